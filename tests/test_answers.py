"""A bad answer is refused by both engines in the same line, before anything is written."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest
from cookiecutter.exceptions import FailedHookException

from tests.support import engines
from tools import ROOT
from tools.questions import Answers

pytestmark = pytest.mark.stamped("copier.yml", "cookiecutter.json", "hooks", "templates", "tools")

Render = Callable[[Answers], Path]

TOO_LONG = "x" * 300
SLUG_RULE = (
    "project_slug must be lower-case letters, digits and single hyphens, start with a letter and have at most 40 characters"
)
BAD = [
    ("project_name", "", "project_name must be 1 to 60 printable characters without white space around them"),
    ("project_name", " x", "project_name must be 1 to 60 printable characters without white space around them"),
    ("project_name", TOO_LONG, "project_name must be 1 to 60 printable characters without white space around them"),
    ("project_name", "two\nlines", "project_name must be 1 to 60 printable characters without white space around them"),
    *(
        (
            "project_slug",
            slug,
            SLUG_RULE,
        )
        for slug in ("Users", "1users", "-users", "users-", "us--ers", "us_ers", "us ers", "usérs", "x" * 41, "../users", "a/b")
    ),
    *(
        ("project_slug", slug, "project_slug must not be the name of a package that the service is built on")
        for slug in ("pydantic", "vendor")
    ),
    *(
        ("go_module", path, "go_module must be a Go module path such as github.com/acme/user-service")
        for path in (
            "",
            "/acme",
            "acme/",
            "a//b",
            "a b",
            "a/../b",
            "GitHub.com/acme/x",
            "github.com/acme/é",
            "x" * 201,
            "-a",
            "a\n",
        )
    ),
    ("go_module", "net/http", "go_module must not be, or lie inside, net, which the service is built on"),
    (
        "go_module",
        "github.com/gin-gonic/gin/users",
        "go_module must not be, or lie inside, github.com/gin-gonic/gin, which the service is built on",
    ),
    ("description", "", "description must be 1 to 200 printable characters without white space around them"),
    ("description", TOO_LONG, "description must be 1 to 200 printable characters without white space around them"),
    ("description", "a\tb", "description must be 1 to 200 printable characters without white space around them"),
    ("author_name", "", "author_name must be 1 to 100 printable characters without white space around them"),
    *(
        ("author_email", address, "author_email must be an e-mail address")
        for address in ("", "nobody", "@x.org", "a@", "a@b@c", "a b@c.org", "a@-b.org", "a@b..org", "a@b.org\n")
    ),
]
IDS = [f"{name}-{value[:12]!r}" for name, value, _ in BAD]


@pytest.mark.parametrize(("question", "value", "line"), BAD, ids=IDS)
def test_copier_refuses(question: str, value: str, line: str, tree: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Validation error") as refusal:
        engines.with_copier(tree, tmp_path / "made", {"template": "gin-svc", question: value})
    assert line in str(refusal.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("question", "value", "line"), BAD, ids=IDS)
def test_cookiecutter_refuses(
    question: str, value: str, line: str, baked: Render, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(FailedHookException):
        baked({"template": "gin-svc", question: value})
    assert line in capfd.readouterr().err.splitlines()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("delimiter", ["{{", "{%", "{#"])
@pytest.mark.parametrize("question", ["project_name", "description", "author_name"])
def test_jinja_is_refused_when_it_is_typed(question: str, delimiter: str, tree: Path, tmp_path: Path) -> None:
    """Cookiecutter and cruft render a stored answer once more, so Jinja in one would break the first update."""
    line = f"{question} must not hold Jinja's {{{{, {{% or {{#"
    with pytest.raises(ValueError, match="Validation error") as refusal:
        engines.with_copier(tree, tmp_path / "made", {question: f"a {delimiter} b"})
    assert line in str(refusal.value)

    output = tmp_path / "output"
    output.mkdir()
    typing = pexpect.spawn(
        sys.executable, ["-m", "cookiecutter", "-o", str(output), str(tree / "templates/gin-svc")], encoding="utf-8", timeout=30
    )
    spec = json.loads((tree / "templates/gin-svc/cookiecutter.json").read_text(encoding="utf-8"))
    asked = [name for name in spec if not name.startswith("_")]
    for number, name in enumerate(asked, 1):
        typing.expect_exact(f"[{number}/{len(asked)}]")
        typing.sendline(f"a {delimiter} b" if name == question else "n" if name == "run_tests" else "")
    typing.expect(pexpect.EOF)
    assert line in (typing.before or "")
    assert list(output.iterdir()) == []


def test_make_new_refuses_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tools.new", "--defaults", "-d", "project_slug=Bad Slug", str(tmp_path / "made")]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert "project_slug must be lower-case letters" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_make_new_keeps_what_is_already_there(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made/precious").write_text("mine", encoding="utf-8")
    command = [sys.executable, "-m", "tools.new", "--defaults", "-d", "run_tests=false", str(tmp_path / "made")]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.splitlines() == [f"{tmp_path / 'made'} already exists; nothing was changed"]
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["precious"]


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("User Service", "user-service"),
        ("Café «Ünïon»", "cafe-union"),
        ("3D Prints & Co.", "svc-3d-prints-co"),
        ("用户", "user-service"),
        ("a" * 39 + " b", "a" * 39),
        ("it's_a--test", "it-s-a-test"),
    ],
)
def test_the_slug_follows_the_name_in_both_engines(name: str, slug: str, copied: Render, baked: Render) -> None:
    made = copied({"template": "gin-svc", "project_name": name})
    twin = baked({"template": "gin-svc", "project_name": name})
    assert twin.name == slug
    assert (made / "go.mod").read_text(encoding="utf-8").startswith(f"module {slug}\n")
