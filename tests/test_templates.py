"""The table of templates: what does not fit is told in one line, and a new template is a row, a choice and its files."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import engines
from tools import PROJECT, templates

ROW = '\n[stub-svc]\nname = "Stub"\nshared = ["any"]\nstub = true\n'
CHOICE = "    Go Gin, one static binary: gin-svc\n"
README = "# {{ cookiecutter.project_name }}\n\nA {{ cookiecutter.__template }} on {{ cookiecutter.database }}.\n"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the working tree to change."""
    return engines.copy_of_tree(tmp_path / "polysvc")


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "line"),
    [
        (
            templates.TABLE,
            'shared = ["any"]',
            'shared = ["any", "go"]',
            "templates/templates.toml: gin-svc gets the files of templates/shared/go, which does not exist",
        ),
        (
            templates.TABLE,
            '"contract/common-passwords.txt" = "internal',
            '"contract/passwords.txt" = "internal',
            "templates/templates.toml: gin-svc has a file made from contract/passwords.txt, which does not exist",
        ),
        (
            templates.TABLE,
            'name = "Gin"',
            'nmae = "Gin"',
            "templates/templates.toml: nmae in [gin-svc] is not known",
        ),
        (
            templates.TABLE,
            'name = "Gin"\n',
            "",
            "templates/templates.toml: [gin-svc] has no name",
        ),
        (
            templates.TABLE,
            'command = "go mod tidy", ',
            "",
            "templates/templates.toml: [gin-svc] lock has no command",
        ),
        (
            templates.TABLE,
            "[gin-svc",
            "[gin-svx",
            "templates/templates.toml has no [gin-svc], which copier.yml offers as an answer to `template`",
        ),
        (
            templates.TABLE,
            'shared = ["any"]',
            'shared = "any"',
            "templates/templates.toml: shared in [gin-svc] is no list of texts",
        ),
        (
            templates.TABLE,
            'name = "Gin"',
            'name = "Gin"\nstub = "false"',
            "templates/templates.toml: stub in [gin-svc] is no true or false",
        ),
        (
            templates.TABLE,
            'name = "Gin"',
            'name = "Gin"\ndirectory = "flask-api"',
            "templates/templates.toml: [gin-svc] is no row of a template",
        ),
        (
            templates.TABLE,
            '= "internal/auth/',
            '= "../auth/',
            "templates/templates.toml: gin-svc has ../auth/{% if cookiecutter.auth == 'jwt' %}common_passwords.txt{% endif %}"
            " made, which is no place in a project",
        ),
        (
            "copier.yml",
            CHOICE,
            "",
            "copier.yml does not offer gin-svc, which templates/templates.toml has, as an answer to `template`",
        ),
        (
            "copier.yml",
            CHOICE,
            CHOICE + "    Kitex: kitex-svc\n",
            "templates/templates.toml has no [kitex-svc], which copier.yml offers as an answer to `template`",
        ),
    ],
)
def test_what_does_not_fit_is_one_line(file: str, old: str, new: str, line: str, copy: Path) -> None:
    change(copy / file, old, new)
    with pytest.raises(templates.TableError) as error:
        templates.load(copy)
    assert str(error.value) == line
    command = [sys.executable, "-m", "tools.sync"]
    result = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (1, f"{line}\n")


def test_a_template_is_added_as_contributing_says(copy: Path, tmp_path: Path) -> None:
    """As a stub, which both engines render with every shared file."""
    with (copy / templates.TABLE).open("a", encoding="utf-8") as table:
        table.write(ROW)
    change(copy / "copier.yml", CHOICE, CHOICE + "    A stub: stub-svc\n")
    home = copy / "templates/stub-svc" / PROJECT
    home.mkdir(parents=True)
    (home / "README.md").write_text(README, encoding="utf-8")
    subprocess.run([sys.executable, "-m", "tools.sync"], cwd=copy, check=True, capture_output=True)

    made = engines.with_copier(copy, tmp_path / "made", {"template": "stub-svc", "database": "mysql"})
    command = [sys.executable, "-m", "cookiecutter", "--no-input", "--output-dir", str(tmp_path / "twin")]
    asked = [str(copy), "--directory=templates/stub-svc", "database=mysql", "run_tests=False"]
    subprocess.run([*command, *asked], check=True, capture_output=True)
    twin = tmp_path / "twin/user-service"
    assert engines.contents(made) == engines.contents(twin)
    assert (made / "README.md").read_text(encoding="utf-8") == "# User Service\n\nA stub-svc on mysql.\n"
    assert (made / ".editorconfig").read_text(encoding="utf-8").startswith("root = true")
    listed = subprocess.run(
        [sys.executable, "-c", "from tests.support import matrix; print(matrix.TEMPLATES, matrix.SERVICES)"],
        cwd=copy,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert listed.count("stub-svc") == 1, "a stub is rendered, and nothing starts it"
