"""What is made from something else: a change is taken over, drift is told with the source to edit, and nothing is left behind."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support import engines, matrix
from tools import PROJECT, ROOT, questions, sync, templates

GIN = "templates/gin-svc"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the working tree to change."""
    return engines.copy_of_tree(tmp_path / "polysvc")


def run(root: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tools.sync", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def told(root: Path) -> str:
    """Return the one line that `--check` says of the tree."""
    result = run(root, "--check")
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1, result.stderr
    return result.stderr.strip()


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_made_files_are_up_to_date() -> None:
    result = run(ROOT, "--check")
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("made", "source"),
    [
        (f"{GIN}/{PROJECT}/.editorconfig", "templates/shared/any/.editorconfig"),
        (
            f"{GIN}/{PROJECT}/internal/auth/{{% if cookiecutter.auth == 'jwt' %}}common_passwords.txt{{% endif %}}",
            "contract/common-passwords.txt",
        ),
        (f"{GIN}/hooks/pre_gen_project.py", "hooks/pre_gen_project.py"),
        (f"{GIN}/cookiecutter.json", "copier.yml"),
        (f"{GIN}/.gitattributes", ""),
        ("cookiecutter.json", "copier.yml"),
    ],
)
def test_drift_names_the_source_to_edit(made: str, source: str, copy: Path) -> None:
    with (copy / made).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert told(copy) == f"{made} differs: {f'edit {source} and ' * bool(source)}run `make sync`"
    assert run(copy).stdout.split("\n")[0] == made
    assert run(copy, "--check").returncode == 0


def test_a_mode_is_copied(copy: Path) -> None:
    name = "deploy/{% if cookiecutter.__compose_secrets %}make-secrets{% endif %}"
    (copy / GIN / PROJECT / name).chmod(0o644)
    assert "make-secrets" in told(copy)


@pytest.mark.parametrize(
    ("source", "made"),
    [
        ("templates/shared/any/.editorconfig", f"{GIN}/{PROJECT}/.editorconfig"),
        (
            "contract/common-passwords.txt",
            f"{GIN}/{PROJECT}/internal/auth/{{% if cookiecutter.auth == 'jwt' %}}common_passwords.txt",
        ),
    ],
)
def test_what_has_lost_its_source_is_removed(source: str, made: str, copy: Path) -> None:
    """A copy of a shared file, and each file that the table of templates has made."""
    if source.startswith("contract/"):
        table = copy / templates.TABLE
        head, name, rest = table.read_text(encoding="utf-8").partition("[gin-svc.made]\n")
        table.write_text(head + name + re.sub(rf'(?m)^"{source}".*\n', "", rest), encoding="utf-8")
    else:
        (copy / source).unlink()
    assert f"{made}" in run(copy, "--check").stderr
    assert run(copy).returncode == 0
    assert not [path for path in (copy / made).parent.iterdir() if path.as_posix().startswith(str(copy / made))]


def test_the_namespace_follows_the_questions(copy: Path) -> None:
    """A question that was asked and reached no template would be asked in vain."""
    copier = copy / "copier.yml"
    change(copier, "\nci:\n", "\nplanted:\n  type: bool\n  help: Planted?\n  default: false\n\nci:\n")
    assert run(copy, "--check").stderr.startswith("copier.yml differs: edit copier.yml and run `make sync`\n")
    assert run(copy).returncode == 0
    namespace = yaml.safe_load(copier.read_text(encoding="utf-8"))[questions.NAMESPACE]["default"]
    assert "planted: {{ planted | tojson }}" in namespace


def test_nothing_may_stand_below_the_namespace(copy: Path) -> None:
    with (copy / "copier.yml").open("a", encoding="utf-8") as file:
        file.write("\nlate:\n  type: bool\n  help: Late?\n  default: false\n")
    before = (copy / "copier.yml").read_text(encoding="utf-8")
    result = run(copy)
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert "late stands below `cookiecutter`" in result.stderr
    assert (copy / "copier.yml").read_text(encoding="utf-8") == before


def test_what_is_written_by_hand_is_kept(copy: Path) -> None:
    """Neither a shared file of the same name nor a line in the listing takes it away."""
    with (copy / GIN / sync.LISTING).open("a", encoding="utf-8") as file:
        file.write(f'"{PROJECT}/README.md" linguist-generated\n"../../README.md" linguist-generated\n')
    assert run(copy).returncode == 0
    assert (copy / GIN / PROJECT / "README.md").is_file()
    assert (copy / "README.md").is_file()
    change(copy / templates.TABLE, 'shared = ["any"]', 'shared = ["any", "python"]')
    result = run(copy)
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert "is written by hand" in result.stderr
    assert "go build" in (copy / GIN / PROJECT / "Makefile").read_text(encoding="utf-8")


def test_a_link_is_replaced_and_its_target_kept(copy: Path) -> None:
    source, made = copy / "templates/shared/any/.editorconfig", copy / GIN / PROJECT / ".editorconfig"
    before = source.read_text(encoding="utf-8")
    made.unlink()
    made.symlink_to(source)
    assert run(copy).returncode == 0
    assert not made.is_symlink()
    assert source.read_text(encoding="utf-8") == before


def test_a_misspelt_argument_writes_nothing(copy: Path) -> None:
    assert run(copy, "--chek").returncode == 2


def test_every_made_file_says_so() -> None:
    """In its first line, which both engines drop, or, where the format has no such line, in .gitattributes alone."""
    for path, made in sync.made_files().items():
        if (path.suffix == ".json" and PROJECT not in path.parts) or path.name in (sync.LISTING, "copier.yml"):
            continue
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        assert first == f"{{# Made from {made.source} by `make sync`: edit that. #}}", path


@pytest.mark.parametrize("template", matrix.TEMPLATES)
def test_git_knows_what_is_made(template: str) -> None:
    home = ROOT / "templates" / template
    names = [path for path in sync.made_files() if path.is_relative_to(home) and path.name != sync.LISTING]
    names += [home / PROJECT / name for name in (templates.every()[template].lock or templates.Lock("", [], [])).writes]
    asked = "\0".join(path.relative_to(ROOT).as_posix() for path in names)
    command = ["git", "check-attr", "-z", "--stdin", "linguist-generated"]
    said = subprocess.run(command, cwd=ROOT, input=asked, capture_output=True, text=True, check=True).stdout.split("\0")
    assert set(said[2::3]) == {"set"}, [name for name, value in zip(said[::3], said[2::3], strict=False) if value != "set"]
