"""The table of templates, templates/templates.toml: what is said of each outside of it, read and checked."""

import sys
import tomllib
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml

from tools import ROOT

TABLE = "templates/templates.toml"
T = TypeVar("T")
# What TOML gives for the types below.
WANTED: dict[Any, type] = {str: str, bool: bool, list[str]: list, dict[str, str]: dict}
WORDS = {str: "text", bool: "true or false", list: "list of texts", dict: "table of texts"}


class TableError(Exception):
    """The table does not fit itself or the tree. The text is one line."""


@dataclass(frozen=True)
class Lock:
    """How the dependencies are resolved: a command, the files that it writes, and patterns of those that it follows from."""

    command: str
    writes: list[str]
    follows: list[str]


@dataclass(frozen=True)
class Template:
    """A template; `made` are places in a project by their source in the repository."""

    directory: str
    name: str
    shared: list[str]
    lock: Lock | None = None
    made: dict[str, str] = field(default_factory=dict)
    stub: bool = False


def load(root: Path = ROOT) -> dict[str, Template]:
    """Return every template by its directory, in the order of the table. Raise TableError for what does not fit."""
    try:
        table: dict[str, dict[str, Any]] = tomllib.loads((root / TABLE).read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise TableError(f"{TABLE}: {error}") from None
    templates = {}
    for directory, row in table.items():
        if not isinstance(row, dict) or "directory" in row or not isinstance(row.get("lock", {}), dict):
            raise TableError(f"{TABLE}: [{directory}] is no row of a template")
        lock = _made_of(Lock, f"[{directory}] lock", row["lock"]) if "lock" in row else None
        templates[directory] = _made_of(Template, f"[{directory}]", {"directory": directory, **row, "lock": lock})
    choices = yaml.safe_load((root / "copier.yml").read_text(encoding="utf-8"))["template"]["choices"].values()
    for directory in choices:
        if directory not in templates:
            raise TableError(f"{TABLE} has no [{directory}], which copier.yml offers as an answer to `template`")
    for template in templates.values():
        if template.directory not in choices:
            raise TableError(f"copier.yml does not offer {template.directory}, which {TABLE} has, as an answer to `template`")
        for part in template.shared:
            if not (root / "templates/shared" / part).is_dir():
                raise TableError(f"{TABLE}: {template.directory} gets the files of templates/shared/{part}, which does not exist")
        for source, place in template.made.items():
            if place.startswith("/") or ".." in place.split("/"):
                raise TableError(f"{TABLE}: {template.directory} has {place} made, which is no place in a project")
            if not (root / source).is_file():
                raise TableError(f"{TABLE}: {template.directory} has a file made from {source}, which does not exist")
    return templates


def _made_of(kind: type[T], place: str, row: dict[str, Any]) -> T:
    """Make an object of a row's values; raise TableError for one that is not known or missing."""
    known = {field.name: field.default is MISSING and field.default_factory is MISSING for field in fields(kind)}  # type: ignore[arg-type]
    for name in row.keys() - known.keys():
        raise TableError(f"{TABLE}: {name} in {place} is not known")
    for name, needed in known.items():
        if needed and name not in row:
            raise TableError(f"{TABLE}: {place} has no {name}")
    for field_ in fields(kind):  # type: ignore[arg-type]
        value = row.get(field_.name)
        parts = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
        wanted = WANTED.get(field_.type)
        if value is not None and wanted and (type(value) is not wanted or not all(isinstance(part, str) for part in parts)):
            raise TableError(f"{TABLE}: {field_.name} in {place} is no {WORDS[wanted]}")
    return kind(**row)


@cache
def every() -> dict[str, Template]:
    """Return the templates of this repository; end in one line where the table does not fit."""
    try:
        return load()
    except TableError as error:
        sys.exit(str(error))


def services() -> list[str]:
    """Return the directories of the templates that make a service."""
    return [directory for directory, template in every().items() if not template.stub]
