"""The mutants as data: which edit of a rendered project makes each, and what of the contract it breaks."""

import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ORIGIN = "https://app.example"
EVERY_SETTING = "every-setting"
UNTRUSTED = "untrusted"
DATABASES = ("sqlite", "postgresql", "mysql", "memory")
_NEEDED = {"id", "breaks", "file", "find", "replace"}
_OPTIONAL = {"also", "area", "auth", "database", "explained", "origin", "seen_by", "start"}


class CatalogueError(Exception):
    """The data does not fit itself or the templates. The text is one line."""


@dataclass(frozen=True, order=True)
class Setting:
    """What is rendered and how it is started."""

    template: str
    database: str
    auth: str
    origin: str
    start: str = ""

    def __str__(self) -> str:
        return "/".join(filter(None, (self.template, self.database, self.auth, self.start)))


@dataclass(frozen=True)
class Edit:
    """Replaces the one place of a file that holds a text."""

    file: str
    find: str
    replace: str

    def apply(self, project: Path) -> None:
        path = project / self.file
        if not path.is_file():
            raise CatalogueError(f"there is no {self.file}")
        text = path.read_text(encoding="utf-8")
        count = text.count(self.find)
        if count != 1:
            raise CatalogueError(f"{self.file} holds its text {count} times instead of once: {self.find!r}")
        path.write_text(text.replace(self.find, self.replace), encoding="utf-8")


@dataclass(frozen=True)
class Mutant:
    """A fault in a service that runs on a database and allows an origin.

    With `auth = "jwt"` it lives in a service with logins, which `start` has start with every setting of logins, or
    without a trusted proxy.
    `area` names the cases that run first, since they are the likeliest to notice it. `explained` says why no case can,
    and `seen_by` is the command of the project's own tests that notices it in their stead.
    """

    setting: Setting
    id: str
    breaks: str
    edits: tuple[Edit, ...]
    area: str | None = None
    explained: str | None = None
    seen_by: str | None = None

    def __str__(self) -> str:
        return f"{self.setting} {self.id}"

    def apply(self, project: Path) -> None:
        """Make the fault in a project; raise CatalogueError where the project has changed under it."""
        try:
            for edit in self.edits:
                edit.apply(project)
        except CatalogueError as error:
            raise CatalogueError(f"{self.setting.template}.toml, {self.id}: {error}") from None


def load(directory: Path = HERE) -> list[Mutant]:
    """Return every mutant, in the order of the data."""
    mutants = []
    for path in sorted(directory.glob("*.toml")):
        entries = tomllib.loads(path.read_text(encoding="utf-8"))["mutant"]
        mutants += [_mutant(path, entry) for entry in entries]
    counts = Counter((mutant.setting.template, mutant.id) for mutant in mutants)
    for (template, name), count in counts.items():
        if count > 1:
            raise CatalogueError(f"{template}.toml has {count} mutants {name}")
    return mutants


def complaints(mutants: Iterable[Mutant], project: Path) -> list[str]:
    """Return what does not fit of mutants of one project, which stays as it is."""
    found = []
    for mutant in mutants:
        paths = {project / edit.file for edit in mutant.edits}
        before = {path: path.read_bytes() for path in paths if path.is_file()}
        try:
            mutant.apply(project)
        except CatalogueError as error:
            found.append(str(error))
        for path, content in before.items():
            path.write_bytes(content)
    return found


def _mutant(path: Path, entry: dict[str, Any]) -> Mutant:
    name = entry.get("id", "an entry without an id")
    if missing := _NEEDED - entry.keys():
        raise CatalogueError(f"{path.name}, {name}: {sorted(missing)[0]} is missing")
    if unknown := entry.keys() - _NEEDED - _OPTIONAL:
        raise CatalogueError(f"{path.name}, {name}: {sorted(unknown)[0]} is not known")
    if entry.get("database", "sqlite") not in DATABASES:
        raise CatalogueError(f"{path.name}, {name}: {entry['database']} is no database")
    if entry.get("auth", "none") not in {"none", "jwt"}:
        raise CatalogueError(f"{path.name}, {name}: {entry['auth']} is no kind of login")
    if "seen_by" in entry and "explained" not in entry:
        raise CatalogueError(f"{path.name}, {name}: seen_by goes with explained")
    if "start" in entry and (entry["start"] not in {EVERY_SETTING, UNTRUSTED} or entry.get("auth") != "jwt"):
        raise CatalogueError(f"{path.name}, {name}: {entry['start']} is no start of a service with logins")
    edits = [{key: entry[key] for key in ("file", "find", "replace")}, *entry.get("also", [])]
    return Mutant(
        setting=Setting(
            template=path.stem,
            database=entry.get("database", "sqlite"),
            auth=entry.get("auth", "none"),
            origin=entry.get("origin", ORIGIN),
            start=entry.get("start", ""),
        ),
        id=name,
        breaks=entry["breaks"],
        edits=tuple(Edit(**edit) for edit in edits),
        area=entry.get("area"),
        explained=entry.get("explained"),
        seen_by=entry.get("seen_by"),
    )
