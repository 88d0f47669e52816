"""Make a release of what is committed here: `make release VERSION=1.2.3`.

It gives the changelog's entry its heading and the project its version, commits both, tags the commit, and writes the version
with its commit into releases.toml, in a second commit. What is pushed is up to you: `git push --follow-tags`.
"""

import argparse
import datetime
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from tools import ROOT

RECORD = "releases.toml"
UNRELEASED = "## Unreleased\n"
VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", re.ASCII)


@dataclass(frozen=True)
class Release:
    """A release. Who rewrites the history of a repository keeps the trees of its commits, so it can be found by that too."""

    version: str
    date: str
    commit: str
    tree: str

    @property
    def tag(self) -> str:
        return f"v{self.version}"

    def commit_in(self, repository: Path) -> str:
        """Return its commit in a clone, which may lack the tag; raise LookupError where the clone does not reach back to it."""
        for line in git(repository, "log", "--all", "--format=%H %T").splitlines():
            commit, tree = line.split()
            if commit == self.commit or tree == self.tree:
                return commit
        raise LookupError(f"{self.version} is not in this clone: fetch the whole history")


def every(root: Path = ROOT) -> list[Release]:
    """Return the releases, the oldest first."""
    document = tomllib.loads((root / RECORD).read_text(encoding="utf-8"))
    return [Release(**row) for row in document.get("release", [])]


def git(repository: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=repository, capture_output=True, text=True, check=True).stdout


def make(root: Path, version: str, date: str) -> None:
    """Make the release; raise ValueError, before anything is changed, where it cannot be made."""
    wanted = VERSION.fullmatch(version)
    if not wanted:
        raise ValueError(f"VERSION={version}: not three numbers with dots between them, as in VERSION=1.2.3")
    if any(_numbers(release.version) >= _numbers(version) for release in every(root)):
        raise ValueError(f"VERSION={version}: not newer than {every(root)[-1].version}, which has been released")
    if subprocess.run(["git", "symbolic-ref", "--quiet", "HEAD"], cwd=root, capture_output=True, check=False).returncode:
        raise ValueError("HEAD is on no branch")
    if git(root, "rev-parse", "--is-shallow-repository").strip() == "true":
        raise ValueError("this clone is shallow: fetch the whole history")
    if git(root, "status", "--porcelain", "--untracked-files=all"):
        raise ValueError("there are changes that are not committed")
    if git(root, "tag", "--list", f"v{version}"):
        raise ValueError(f"the tag v{version} is there already")
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    before, heading, after = changelog.partition(f"\n{UNRELEASED}")
    if not heading:
        raise ValueError("CHANGELOG.md has no heading Unreleased")
    if not re.search(r"(?m)^- ", re.split(r"(?m)^## ", after)[0]):
        raise ValueError("CHANGELOG.md says nothing under Unreleased")
    head = git(root, "rev-parse", "HEAD").strip()
    try:
        _commit(root, version, date, f"{before}{heading}\n## {version} - {date}\n{after}")
    except subprocess.CalledProcessError:
        # Nothing was there that is not committed, so that all of it can be taken back.
        subprocess.run(["git", "tag", "--delete", f"v{version}"], cwd=root, capture_output=True, check=False)
        git(root, "reset", "--quiet", "--hard", head)
        raise


def _commit(root: Path, version: str, date: str, changelog: str) -> None:
    """Write, commit, tag and record."""

    _write(root / "CHANGELOG.md", changelog)
    for name, line in (("pyproject.toml", r'(?m)^version = ".*"'), ("uv.lock", r'(?<=name = "polysvc"\n)version = ".*"')):
        _write(root / name, re.sub(line, f'version = "{version}"', (root / name).read_text(encoding="utf-8"), count=1))
    git(root, "commit", "--quiet", "--all", "--message", f"Release {version}")
    git(root, "tag", "--annotate", "--message", f"Release {version}", f"v{version}")
    commit, tree = git(root, "log", "-1", "--format=%H %T").split()
    record = (root / RECORD).read_text(encoding="utf-8")
    row = f'\n[[release]]\nversion = "{version}"\ndate = "{date}"\ncommit = "{commit}"\ntree = "{tree}"\n'
    _write(root / RECORD, record + row)
    git(root, "commit", "--quiet", "--all", "--message", f"Record the commit of {version}")


def _numbers(version: str) -> list[int]:
    return [int(number) for number in version.split(".")]


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make release", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("version", metavar="VERSION=…", nargs="?", default="")
    try:
        version = parser.parse_args().version
        make(ROOT, version, datetime.datetime.now(datetime.UTC).date().isoformat())
    except (ValueError, subprocess.CalledProcessError) as error:
        print(f"make release: {getattr(error, 'stderr', '') or error}".strip(), file=sys.stderr)
        return 1
    print(f"released {version}; to publish it: git push --follow-tags")
    return 0


if __name__ == "__main__":
    sys.exit(main())
