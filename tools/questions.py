"""The questions of copier.yml as data: the options, what is computed from them, and which of them each file of a template reads.

A file of a template is decided by the options that it reads, in its name or its text, so it has few variants however
many combinations there are.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import jinja2
import jinja2.meta
import yaml

from tools import PROJECT, ROOT

# Answers that decide what the hook does, not what is generated.
WITHOUT_FILES = {"run_tests"}
# The namespace that `make sync` makes from the questions.
NAMESPACE = "cookiecutter"

Answers = Mapping[str, str | bool]
Question = Mapping[str, Any]

_ENVIRONMENT = jinja2.Environment(  # noqa: S701 - source text, not HTML
    trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, undefined=jinja2.StrictUndefined
)


@cache
def every() -> dict[str, Question]:
    """Return the questions in their order, those that are computed too, without Copier's settings and the namespace."""
    documents: dict[str, Any] = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))
    return {name: spec for name, spec in documents.items() if not name.startswith("_") and name != NAMESPACE}


def is_computed(spec: Question) -> bool:
    return spec.get("when") is False


def options() -> dict[str, list[Any]]:
    """Return each option that changes files with its values, the default first."""
    return {
        name: sorted(_values(spec), key=lambda value: value != spec["default"])
        for name, spec in every().items()
        if ("choices" in spec or spec.get("type") == "bool") and name not in WITHOUT_FILES
    }


def _values(spec: Question) -> list[Any]:
    choices = spec.get("choices", [False, True])
    return list(choices.values()) if isinstance(choices, dict) else list(choices)


@cache
def every_combination(template: str | None = None) -> list[Answers]:
    """Return every combination of the options. A question that is not asked has no answer."""
    if template:
        return [answers for answers in every_combination() if answers["template"] == template]
    found = options()
    rows = (dict(zip(found, values, strict=True)) for values in itertools.product(*found.values()))
    return [asked(row) for row in rows if is_possible(row)]


def chosen(answers: Answers, names: Iterable[str]) -> tuple[tuple[str, str | bool], ...]:
    return tuple((name, value) for name, value in answers.items() if name in names)


def asked(row: Answers) -> Answers:
    """Return the answers to the questions that are asked beside these answers."""
    return {name: value for name, value in row.items() if _is_asked(name, row)}


def is_possible(row: Answers) -> bool:
    """Tell whether each question that is not asked has its default; a row may lack some answers yet."""
    return all(value == every()[name]["default"] or _is_asked(name, row) for name, value in row.items())


def _is_asked(name: str, row: Answers) -> bool:
    condition, reads = _condition(name)
    return not reads <= row.keys() or compiled(condition).render(row) == "True"


@cache
def _condition(name: str) -> tuple[str, set[str]]:
    """Return when a question is asked, as Jinja, and the answers that this reads."""
    condition = every()[name].get("when", "{{ true }}")
    return condition, jinja2.meta.find_undeclared_variables(_ENVIRONMENT.parse(condition))


@cache
def compiled(text: str) -> jinja2.Template:
    return _ENVIRONMENT.from_string(text)


def namespace(answers: Answers) -> dict[str, str | bool]:
    """Return what templates read where these are the answers, and every other question takes its default."""
    given: dict[str, Any] = {}
    for name, spec in every().items():
        default = spec["default"]
        given[name] = answers.get(name, compiled(default).render(given) if isinstance(default, str) else default)
    hidden = {name for name, spec in every().items() if is_computed(spec)} | {"template"}
    return {f"__{name}" if name in hidden else name: value for name, value in given.items() if isinstance(value, str | bool)}


@cache
def _computed() -> dict[str, set[str]]:
    """Return the values that are computed from options alone, each with those options."""
    found = {}
    for name, spec in every().items():
        if is_computed(spec) and spec["type"] == "str":
            found[name] = jinja2.meta.find_undeclared_variables(_ENVIRONMENT.parse(spec["default"]))
    return {name: reads for name, reads in found.items() if reads and reads <= options().keys()}


@dataclass(frozen=True)
class Source:
    """A file of a template: its path there, its text, and what either reads: names of the namespace."""

    path: str
    text: str
    names: frozenset[str]

    @cached_property
    def reads(self) -> frozenset[str]:
        """The options that decide the file."""
        known = options().keys()
        return frozenset(
            option for name in self.names for option in _computed().get(name.removeprefix("__"), {name}) if option in known
        )

    @cached_property
    def is_code(self) -> bool:
        """Whether formatters and linters read it, or what configures them."""
        return any(end in self.path for end in (".py", ".go", "go.mod"))

    def made_in(self, values: Mapping[str, object]) -> tuple[str, str] | None:
        """Return the file's path and text in a project, as plain Jinja has them, or None where it is left out."""
        path = compiled(self.path).render(cookiecutter=values)
        return (path, compiled(self.text).render(cookiecutter=values)) if path.rpartition("/")[2] else None


@cache
def sources(template: str, root: Path = ROOT) -> list[Source]:
    """Return every file of a template."""
    home = root / "templates" / template / PROJECT
    found = []
    for path in sorted(path for path in home.rglob("*") if path.is_file()):
        name = path.relative_to(home).as_posix()
        text = path.read_text(encoding="utf-8")
        found.append(Source(name, text, frozenset((*_names_in(name), *_names_in(text)))))
    return found


def _names_in(text: str) -> Iterator[str]:
    """Yield the names of the namespace that a text reads."""
    for attribute in _ENVIRONMENT.parse(text).find_all(jinja2.nodes.Getattr):
        if isinstance(attribute.node, jinja2.nodes.Name) and attribute.node.name == NAMESPACE:
            yield attribute.attr
