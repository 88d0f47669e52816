"""A generated project that its owner has changed takes a newer release and a changed answer, with either tool."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import engines
import matrix
from test_combinations import contents
from test_generated import commit_all, git

OWNERS_LINE = "\n## Notes of the owner\n\nKept across updates.\n"
RELEASE_NOTE = "# Since the second release.\n"
EDITORCONFIG = "templates/shared/any/.editorconfig"
TEMPLATES = matrix.options()["template"]


def released_tags() -> list[str]:
    listing = subprocess.run(["git", "tag", "--list", "v*"], cwd=matrix.ROOT, capture_output=True, text=True, check=True)
    return listing.stdout.split()


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose first tag is the working tree, and whose second changes a shared file and an option's text."""
    repository = engines.copy_of_tree(tmp_path_factory.mktemp("releases") / "polysvc")
    commit_all(repository)
    git(repository, "tag", "v900.0.0")
    path = repository / EDITORCONFIG
    path.write_text(RELEASE_NOTE + path.read_text(encoding="utf-8"), encoding="utf-8")
    subprocess.run([sys.executable, "tools/sync.py"], cwd=repository, check=True, capture_output=True)
    git(repository, "commit", "--quiet", "--all", "--message", "Change a shared file")
    git(repository, "tag", "v900.1.0")
    return repository


def run(*command: object, cwd: Path) -> None:
    result = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def own_it(project: Path) -> None:
    """Commit the project and change it as its owner would."""
    commit_all(project)
    readme = project / "README.md"
    readme.write_text(readme.read_text(encoding="utf-8") + OWNERS_LINE, encoding="utf-8")
    (project / "docs").mkdir(exist_ok=True)
    (project / "docs/decisions.md").write_text("Ours.\n", encoding="utf-8")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "Make it ours")


def assert_updated(project: Path) -> None:
    assert (project / "README.md").read_text(encoding="utf-8").endswith(OWNERS_LINE)
    assert (project / "docs/decisions.md").read_text(encoding="utf-8") == "Ours.\n"
    assert (project / ".editorconfig").read_text(encoding="utf-8").startswith(RELEASE_NOTE)
    assert "Apache License" in (project / "LICENSE").read_text(encoding="utf-8")
    assert (project / ".gitlab-ci.yml").is_file()
    assert not (project / ".github/workflows/ci.yml").exists()
    assert list(project.rglob("*.rej")) == []
    assert "<<<<<<<" not in git(project, "diff", "HEAD")


@pytest.mark.parametrize("template", TEMPLATES)
def test_copier_update_merges_cleanly(template: str, releases: Path, tmp_path: Path) -> None:
    project = tmp_path / "service"
    copier = [sys.executable, "-m", "copier"]
    run(
        *copier,
        "copy",
        "--trust",
        "--defaults",
        "--vcs-ref=v900.0.0",
        "-d",
        f"template={template}",
        "-d",
        "run_tests=false",
        releases,
        project,
        cwd=tmp_path,
    )
    own_it(project)
    run(*copier, "update", "--trust", "--defaults", "-d", "license=Apache-2.0", "-d", "ci=gitlab", cwd=project)
    assert_updated(project)
    assert "_commit: v900.1.0" in (project / engines.ANSWERS_FILE).read_text(encoding="utf-8")


@pytest.mark.parametrize("template", TEMPLATES)
def test_cruft_update_merges_cleanly(template: str, releases: Path, tmp_path: Path) -> None:
    cruft = [sys.executable, "-m", "cruft"]
    directory = f"--directory=templates/{template}"
    run(
        *cruft,
        "create",
        releases,
        directory,
        "--checkout=v900.0.0",
        "--no-input",
        "--extra-context",
        '{"run_tests": false}',
        cwd=tmp_path,
    )
    project = tmp_path / "user-service"
    own_it(project)
    changed = json.dumps({"license": "Apache-2.0", "ci": "gitlab"})
    run(*cruft, "update", "--skip-apply-ask", "--checkout=v900.1.0", "--variables-to-update", changed, cwd=project)
    assert_updated(project)
    run(*cruft, "check", "--checkout=v900.1.0", cwd=project)


@pytest.mark.parametrize("template", TEMPLATES)
def test_cruft_makes_what_cookiecutter_makes(template: str, releases: Path, tmp_path: Path) -> None:
    made = engines.with_cookiecutter(releases, tmp_path / "plain", {"template": template}, hooks=True)
    cruft = [sys.executable, "-m", "cruft", "create", releases, f"--directory=templates/{template}", "--no-input"]
    run(*cruft, "--extra-context", '{"run_tests": false}', "--output-dir", tmp_path / "cruft", cwd=tmp_path)
    twin = tmp_path / "cruft" / made.name
    (twin / ".cruft.json").unlink()
    assert contents(made) == contents(twin)


def test_projects_of_every_release_update_to_this_tree(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """Nothing is released before the first tag; from then on the figure says how many releases were updated from."""
    repository = tmp_path / "polysvc"
    run("git", "clone", "--quiet", matrix.ROOT, repository, cwd=tmp_path)
    copier = [sys.executable, "-m", "copier"]
    for tag in released_tags():
        for template in TEMPLATES:
            project = tmp_path / tag / template
            answers = ("--data", f"template={template}", "--data", "run_tests=false")
            run(*copier, "copy", "--trust", "--defaults", f"--vcs-ref={tag}", *answers, repository, project, cwd=tmp_path)
            own_it(project)
            run(*copier, "update", "--trust", "--defaults", "--vcs-ref=HEAD", cwd=project)
            assert (project / "README.md").read_text(encoding="utf-8").endswith(OWNERS_LINE)
            assert "<<<<<<<" not in git(project, "diff", "HEAD")
        record_property("releases updated from", 1)
