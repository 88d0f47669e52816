"""What has to hold for every file of every generated project. Each check returns the complaints that it has."""

import ast
import configparser
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path, PurePath, PurePosixPath

import esprima
import yaml

# A name in any of these texts would be a part that the option leaves out.
FOREIGN_WORDS: dict[tuple[str, str | bool], tuple[str, ...]] = {
    ("database", "memory"): (
        "sqlalchemy",
        "alembic",
        "sqlite",
        "database_url",
        "gorm",
        "goose",
        "migrat",
        "postgres",
        "mysql",
        "psycopg",
    ),
    ("database", "sqlite"): ("postgres", "psycopg", "asyncpg", "pgx", "mysql", "mariadb", "asyncmy", "memory store"),
    ("database", "postgresql"): ("mysql", "mariadb", "asyncmy", "memory store"),
    ("database", "mysql"): ("postgres", "psycopg", "asyncpg", "pgx", "memory store"),
    ("auth", "none"): ("jwt", "argon", "bearer", "redis", "password_hash", "refresh token", "create-admin", "/auth/"),
    ("redis", False): ("redis",),
    ("docker", False): ("docker", "compose"),
    ("nginx", False): ("deploy/nginx", "nginx.conf", "nginx -s"),
    ("kubernetes", False): ("kubernetes", "kubectl", "kustom"),
    ("load_tests", False): ("locust", "wrk", "make load"),
    ("ci", "github"): ("gitlab",),
    ("ci", "gitlab"): ("github actions", "github/workflows"),
    ("ci", "none"): ("gitlab-ci", "github actions", "github/workflows"),
}
# What a tool wrote: it names packages and files that are none of the project's choice.
LOCKS = {"uv.lock", "go.sum", "go.mod"}
# What speaks of what the project does not have.
OWN_WORDS = LOCKS | {"LICENSE", ".copier-answers.yml"}
RUFF = [
    [sys.executable, "-m", "ruff", *arguments] for arguments in (("format", "--check", "--no-cache"), ("check", "--no-cache"))
]
IMAGE = re.compile(r"(?:image: |FROM |services: \[\")([a-z][a-z0-9./-]*):([0-9][0-9.]*)")
LEFT_OVER = re.compile(r"\{%|\{#|(?<!\$)\{\{-? [a-z_]|\bcookiecutter\b|_copier_")


def files(project: Path) -> list[Path]:
    return sorted(path for path in project.rglob("*") if path.is_file())


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


def complaints(project: Path, answers: Mapping[str, str | bool]) -> list[str]:
    """Return everything that is wrong with a freshly generated project."""
    found = []
    for path in files(project):
        found += complaints_of_file(path.relative_to(project).as_posix(), text_of(path), answers.items())
    return [*found, *images(project), *formatted(project)]


def complaints_of_file(name: str, text: str, answers: Iterable[tuple[str, str | bool]]) -> list[str]:
    """Return what is wrong with a file by itself, in projects with any of these answers."""
    path = PurePosixPath(name)
    found = [complaint for check in (encoding, left_over_jinja, blank_lines, parses) for complaint in check(path, text)]
    if path.name not in OWN_WORDS:
        found += foreign_words(text, answers)
    return [f"{name}: {complaint}" for complaint in found]


def images(project: Path) -> Iterator[str]:
    """Look for images that are taken in two versions: what CI tests has to be what runs."""
    tags: dict[str, set[str]] = {}
    for path in files(project):
        for name, tag in IMAGE.findall(text_of(path)):
            tags.setdefault(name, set()).add(tag)
    for name, found in tags.items():
        if len(found) > 1:
            yield f"the image {name} is taken as {' and as '.join(sorted(found))}"


def formatted(project: Path) -> Iterator[str]:
    """Ask the formatter and the linter of the project's language: they parse every file and see every unused import."""
    commands = [["gofmt", "-l", "."]] if (project / "go.mod").exists() else RUFF
    for command in commands:
        result = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
        if result.returncode or (command[0] == "gofmt" and result.stdout):
            yield f"{' '.join(command)}: {(result.stdout + result.stderr).strip()[:500]}"


def encoding(path: PurePath, text: str) -> Iterator[str]:
    if "\r" in text:
        yield "has a carriage return"
    if text.startswith("\ufeff"):
        yield "starts with a byte order mark"


def left_over_jinja(path: PurePath, text: str) -> Iterator[str]:
    if path.name == ".copier-answers.yml":
        return
    for number, line in enumerate(text.splitlines(), 1):
        if LEFT_OVER.search(line):
            yield f"line {number} has left-over Jinja: {line.strip()[:80]}"


def blank_lines(path: PurePath, text: str) -> Iterator[str]:
    if not text and path.name in {"__init__.py", "py.typed"}:
        return
    if not text.endswith("\n") or text.endswith("\n\n") or text.startswith("\n"):
        yield "does not start with text and end with one newline"
    # Ruff formats the Python in Markdown, too, and a .mako makes Python.
    allowed = 2 if path.suffix in {".py", ".md", ".mako"} else 1
    if "\n" * (allowed + 2) in text and path.name not in {"uv.lock", "LICENSE"}:
        yield f"has more than {allowed} blank lines in a row"
    if re.search(r"[ \t]\n", text):
        yield "has white space at the end of a line"


def foreign_words(text: str, answers: Iterable[tuple[str, str | bool]]) -> Iterator[str]:
    folded = text.lower()
    for option, value in answers:
        for word in FOREIGN_WORDS.get((option, value), ()):
            if word in folded:
                yield f"speaks of {word!r} though {option} is {value}"


def parses(path: PurePath, text: str) -> Iterator[str]:
    parser = PARSERS.get(path.name) or PARSERS.get(path.suffix)
    if parser is None:
        if path.name not in UNPARSED and path.suffix not in UNPARSED:
            yield "is of a kind that tests/support/checks.py cannot parse; add a parser"
        return
    try:
        parser(text)
    except (ValueError, SyntaxError, yaml.YAMLError, esprima.Error, subprocess.CalledProcessError) as error:
        detail = getattr(error, "stderr", "") or getattr(error, "stdout", "") or str(error)
        yield f"does not parse: {detail.strip()[:300]}"


def _by_program(*command: str) -> Callable[[str], None]:
    def parse(text: str) -> None:
        subprocess.run(command, input=text, capture_output=True, text=True, check=True)

    return parse


class _Html(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "link", "br", "img", "input", "hr"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise ValueError(f"</{tag}> closes nothing")


def _html(text: str) -> None:
    parser = _Html()
    parser.feed(text)
    if parser.open:
        raise ValueError(f"<{parser.open[-1]}> is not closed")


def _unit(text: str) -> None:
    configparser.ConfigParser(strict=False, interpolation=None, allow_no_value=False).read_string(text)


def _go_mod(text: str) -> None:
    if not text.startswith("module "):
        raise ValueError("has no module line")


PARSERS: dict[str, Callable[[str], object]] = {
    ".py": ast.parse,
    ".json": json.loads,
    ".yaml": lambda text: list(yaml.safe_load_all(text)),
    ".yml": yaml.safe_load,
    ".env": _by_program("sh", "-n"),
    ".toml": tomllib.loads,
    "uv.lock": tomllib.loads,
    "go.mod": _go_mod,
    ".service": _unit,
    ".socket": _unit,
    # hadolint also knows what is unsound or unpinned.
    "Dockerfile": _by_program("hadolint", "-"),
    "make-secrets": _by_program("shellcheck", "-"),
    "rolling-restart": _by_program("shellcheck", "-"),
    "Makefile": _by_program("make", "--dry-run", "--file=-", "help"),
    ".env.example": _by_program("sh", "-n"),
    ".html": _html,
    ".js": esprima.parseScript,
}
# Go (gofmt parses the whole project at once), text for people, patterns, SQL (which the migration tests run), checksums, what
# nginx reads (tests/test_nginx.py lets it) and what wrk runs (tests/test_load.py).
UNPARSED = {
    *(".go", ".md", ".txt", "LICENSE", ".gitignore", ".dockerignore", ".editorconfig", ".sql", "go.sum", "py.typed", ".mako"),
    *(".conf", ".local", ".tls", ".lua"),
}
