"""A release is two commits, a tag and a row in releases.toml, and nothing at all where it cannot be made."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.support import engines
from tests.support.repositories import commit_all, git
from tools import ROOT, release

VERSION = "900.0.0"
DATE = "2030-01-31"
CHANGE = "- A change that the test has made.\n"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working tree as a repository with a change that is not released yet."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Test")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "test@example.com")
    copy = engines.copy_of_tree(tmp_path / "polysvc")
    changelog = copy / "CHANGELOG.md"
    text = changelog.read_text(encoding="utf-8")
    assert release.UNRELEASED in text
    changelog.write_text(text.replace(release.UNRELEASED, f"{release.UNRELEASED}\n### Added\n\n{CHANGE}", 1), encoding="utf-8")
    commit_all(copy)
    return copy


def test_a_release_is_written_committed_tagged_and_recorded(repository: Path) -> None:
    release.make(repository, VERSION, DATE)
    made = release.every(repository)[-1]
    assert (made.version, made.date) == (VERSION, DATE)
    assert git(repository, "rev-parse", "v900.0.0^{commit}").strip() == made.commit == made.commit_in(repository)
    assert git(repository, "log", "--format=%s", "-2").splitlines() == ["Record the commit of 900.0.0", "Release 900.0.0"]
    changelog = (repository / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"## Unreleased\n\n## 900\.0\.0 - 2030-01-31\n\n### Added\n\n{CHANGE}", changelog)
    assert tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"] == VERSION
    assert 'name = "polysvc"\nversion = "900.0.0"' in (repository / "uv.lock").read_text(encoding="utf-8")
    assert git(repository, "status", "--porcelain") == ""


def test_it_is_found_without_its_tag_and_in_a_rewritten_history(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release.make(repository, VERSION, DATE)
    made = release.every(repository)[-1]
    git(repository, "tag", "--delete", made.tag)
    assert made.commit_in(repository) == made.commit
    monkeypatch.setenv("GIT_COMMITTER_EMAIL", "other@example.com")
    git(repository, "rebase", "--quiet", "--root", "--force-rebase")
    git(repository, "reflog", "expire", "--expire=now", "--all")
    again = made.commit_in(repository)
    assert again != made.commit
    assert git(repository, "log", "-1", "--format=%s", again).strip() == "Release 900.0.0"


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("", "not three numbers"),
        ("1.2", "not three numbers"),
        ("v901.0.0", "not three numbers"),
        ("901.0.0\n", "not three numbers"),
        ("90\u0661.0.0", "not three numbers"),
        (VERSION, "not newer than 900.0.0"),
        ("899.9.9", "not newer than 900.0.0"),
        ("901.0.0", "says nothing under Unreleased"),
    ],
)
def test_what_cannot_be_released_changes_nothing(version: str, said: str, repository: Path) -> None:
    release.make(repository, VERSION, DATE)
    before = git(repository, "rev-parse", "HEAD")
    with pytest.raises(ValueError, match=said):
        release.make(repository, version, DATE)
    assert git(repository, "rev-parse", "HEAD") == before
    assert git(repository, "status", "--porcelain") == ""


def test_what_is_not_committed_is_not_released(repository: Path) -> None:
    (repository / "README.md").write_text("changed\n", encoding="utf-8")
    with pytest.raises(ValueError, match="not committed"):
        release.make(repository, VERSION, DATE)


@pytest.mark.parametrize("hook", ["pre-commit", "reference-transaction"])
def test_a_release_that_breaks_off_leaves_nothing(hook: str, repository: Path) -> None:
    """The first commit is refused, or whatever comes after it."""
    path = repository / ".git/hooks" / hook
    fails = "exit 1" if hook == "pre-commit" else 'grep -q refs/tags/v900 && [ "$1" = prepared ] && exit 1; exit 0'
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{fails}\n", encoding="utf-8")
    path.chmod(0o755)
    before = git(repository, "rev-parse", "HEAD")
    with pytest.raises(subprocess.CalledProcessError):
        release.make(repository, VERSION, DATE)
    assert git(repository, "rev-parse", "HEAD") == before
    assert git(repository, "status", "--porcelain") == git(repository, "tag", "--list", "v900*") == ""
    path.unlink()
    release.make(repository, VERSION, DATE)


def test_only_a_branch_is_released(repository: Path) -> None:
    git(repository, "checkout", "--quiet", "--detach")
    with pytest.raises(ValueError, match="HEAD is on no branch"):
        release.make(repository, VERSION, DATE)


def test_a_tag_that_is_there_is_not_moved(repository: Path) -> None:
    git(repository, "tag", "v900.0.0")
    with pytest.raises(ValueError, match=r"the tag v900\.0\.0 is there already"):
        release.make(repository, VERSION, DATE)


def test_every_release_can_be_found_here() -> None:
    for each in release.every():
        assert each.commit_in(ROOT)
