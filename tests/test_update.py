"""A generated project that its owner has changed takes a newer release and a changed answer, with either tool."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support import engines, matrix, services, walkthrough
from tests.support.engines import contents
from tests.support.repositories import commit_all, git
from tools import ROOT, release

pytestmark = pytest.mark.stamped(
    "copier.yml", "cookiecutter.json", "hooks", "templates", "tools", "contract", ".gitignore", ".gitattributes", release.RECORD
)

OWNERS_LINE = "\n## Notes of the owner\n\nKept across updates.\n"
RELEASE_NOTE = "# Since the second release.\n"
COPIER = (sys.executable, "-m", "copier")
CRUFT = (sys.executable, "-m", "cruft")
EDITORCONFIG = "templates/shared/any/.editorconfig"


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose first tag is the working tree, and whose second changes a shared file and an option's text."""
    repository = engines.copy_of_tree(tmp_path_factory.mktemp("releases") / "polysvc")
    commit_all(repository)
    git(repository, "tag", "v900.0.0")
    path = repository / EDITORCONFIG
    path.write_text(RELEASE_NOTE + path.read_text(encoding="utf-8"), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "tools.sync"], cwd=repository, check=True, capture_output=True)
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


def assert_kept(project: Path) -> None:
    """See that an update has left what the owner did, and no conflict."""
    assert (project / "README.md").read_text(encoding="utf-8").endswith(OWNERS_LINE)
    assert (project / "docs/decisions.md").read_text(encoding="utf-8") == "Ours.\n"
    assert list(project.rglob("*.rej")) == []
    assert "<<<<<<<" not in git(project, "diff", "HEAD")


def assert_updated(project: Path) -> None:
    assert_kept(project)
    assert (project / ".editorconfig").read_text(encoding="utf-8").startswith(RELEASE_NOTE)
    assert "Apache License" in (project / "LICENSE").read_text(encoding="utf-8")
    assert (project / ".gitlab-ci.yml").is_file()
    assert not (project / ".github/workflows/ci.yml").exists()


@pytest.mark.parametrize("template", matrix.one_quickly(matrix.TEMPLATES))
def test_copier_update_merges_cleanly(template: str, releases: Path, tmp_path: Path) -> None:
    project = tmp_path / "service"
    run(
        *COPIER,
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
    run(*COPIER, "update", "--trust", "--defaults", "-d", "license=Apache-2.0", "-d", "ci=gitlab", cwd=project)
    assert_updated(project)
    assert "_commit: v900.1.0" in (project / engines.ANSWERS_FILE).read_text(encoding="utf-8")


@pytest.mark.parametrize("template", matrix.one_quickly(matrix.TEMPLATES))
def test_cruft_update_merges_cleanly(template: str, releases: Path, tmp_path: Path) -> None:
    directory = f"--directory=templates/{template}"
    run(
        *CRUFT,
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
    run(*CRUFT, "update", "--skip-apply-ask", "--checkout=v900.1.0", "--variables-to-update", changed, cwd=project)
    assert_updated(project)
    run(*CRUFT, "check", "--checkout=v900.1.0", cwd=project)


@pytest.mark.parametrize("template", matrix.one_quickly(matrix.TEMPLATES))
def test_cruft_makes_what_cookiecutter_makes(template: str, releases: Path, cookies: Any, tmp_path: Path) -> None:
    made = Path(cookies.bake({"run_tests": False}, template=str(releases / "templates" / template)).project_path)
    command = [*CRUFT, "create", releases, f"--directory=templates/{template}", "--no-input"]
    run(*command, "--extra-context", '{"run_tests": false}', "--output-dir", tmp_path / "cruft", cwd=tmp_path)
    twin = tmp_path / "cruft" / made.name
    (twin / ".cruft.json").unlink()
    assert contents(made) == contents(twin)


@pytest.mark.thorough
@pytest.mark.parametrize("template", matrix.SERVICES)
def test_an_update_keeps_the_owners_entity(template: str, releases: Path, tmp_path: Path) -> None:
    project = tmp_path / "service"
    answers = ("--data", f"template={template}", "--data", "run_tests=false", "--data", "database=sqlite")
    run(*COPIER, "copy", "--trust", "--defaults", "--vcs-ref=v900.0.0", *answers, releases, project, cwd=tmp_path)
    own_it(project)
    environment = services.environment()
    services.make(project, "install", environment)
    walkthrough.follow(project, environment)
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "Take orders")
    run(
        *COPIER, "update", "--trust", "--defaults", "-d", "license=Apache-2.0", "-d", "ci=gitlab", "-d", "nginx=true", cwd=project
    )
    assert_updated(project)
    for target in ("install", "lint", "test"):
        services.make(project, target, environment)


NOTES_IN_PYTHON = """\"\"\"Notes.\"\"\"

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "service_0001"


def upgrade() -> None:
    op.create_table("notes", sa.Column("text", sa.String(30)))


def downgrade() -> None:
    op.drop_table("notes")
"""
NOTES_IN_GO = """-- +goose Up
CREATE TABLE notes (text VARCHAR(30));

-- +goose Down
DROP TABLE notes;
"""


def add_notes(project: Path) -> None:
    """Add a table of the owner's, by a migration with the number that follows the template's."""
    if (project / "go.mod").exists():
        (project / "internal/db/migrations/00002_notes.sqlite.sql").write_text(NOTES_IN_GO, encoding="utf-8")
    else:
        (project / "src/user_service/migrations/versions/0002_notes.py").write_text(NOTES_IN_PYTHON, encoding="utf-8")


@pytest.mark.thorough
@pytest.mark.parametrize("template", matrix.SERVICES)
def test_an_owners_migration_never_meets_one_of_the_template(template: str, releases: Path, tmp_path: Path) -> None:
    """Logins come by an update, with a migration of their own, to a database that has a table of the owner's."""
    project = tmp_path / "service"
    answers = ("--data", f"template={template}", "--data", "run_tests=false", "--data", "database=sqlite", "--data", "auth=none")
    run(*COPIER, "copy", "--trust", "--defaults", "--vcs-ref=v900.0.0", *answers, releases, project, cwd=tmp_path)
    own_it(project)
    add_notes(project)
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "Keep notes")
    environment = services.environment(DATABASE_URL=f"sqlite:///{tmp_path}/data.db")
    for target in ("install", "migrate"):
        services.make(project, target, environment)
    run(*COPIER, "update", "--trust", "--defaults", "--vcs-ref=v900.0.0", "-d", "auth=jwt", cwd=project)
    assert_kept(project)
    for target in ("install", "lint", "migrate"):
        services.make(project, target, environment)
    with closing(sqlite3.connect(tmp_path / "data.db")) as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        columns = {name for _, name, *_ in database.execute("PRAGMA table_info(users)")}
    assert {"notes", "refresh_tokens"} <= tables
    assert "password_hash" in columns


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone whose last commit is the working tree, with the tag of every release, which a clone may lack."""
    clone = tmp_path_factory.mktemp("released") / "polysvc"
    run("git", "clone", "--quiet", "--no-tags", ROOT, clone, cwd=clone.parent)
    tree = engines.copy_of_tree(clone.with_name("tree"))
    git(clone, "--work-tree", str(tree), "add", "--all")
    git(clone, "commit", "--quiet", "--message", "The working tree")
    for each in release.every():
        git(clone, "tag", each.tag, each.commit_in(clone))
    return clone


RELEASED = [
    pytest.param(each, template, id=f"{each.version}-{template}") for each in release.every() for template in matrix.TEMPLATES
]


@pytest.mark.thorough
@pytest.mark.parametrize(("since", "template"), RELEASED)
def test_copier_updates_a_project_of_every_release(since: release.Release, template: str, released: Path, tmp_path: Path) -> None:
    project = tmp_path / "service"
    answers = ("--data", f"template={template}", "--data", "run_tests=false")
    run(*COPIER, "copy", "--trust", "--defaults", f"--vcs-ref={since.tag}", *answers, released, project, cwd=tmp_path)
    own_it(project)
    run(*COPIER, "update", "--trust", "--defaults", "--vcs-ref=HEAD", cwd=project)
    assert_kept(project)


@pytest.mark.thorough
@pytest.mark.parametrize(("since", "template"), RELEASED)
def test_cruft_updates_a_project_of_every_release(since: release.Release, template: str, released: Path, tmp_path: Path) -> None:
    told = (f"--directory=templates/{template}", "--no-input", "--extra-context", '{"run_tests": false}')
    run(*CRUFT, "create", released, f"--checkout={since.tag}", *told, cwd=tmp_path)
    project = tmp_path / "user-service"
    own_it(project)
    run(*CRUFT, "update", "--skip-apply-ask", "--checkout=HEAD", cwd=project)
    assert_kept(project)
