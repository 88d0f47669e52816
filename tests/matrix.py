"""The options that change files, as data: every combination, a covering set of pairs, and what each file depends on.

A file of a template is decided by the options that it reads, in its name or its text, so it has few variants however
many combinations there are. The tests and the public workflow read the same data.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import jinja2.meta
import yaml
from allpairspy import AllPairs

ROOT = Path(__file__).parent.parent
PROJECT = "{{cookiecutter.project_slug}}"
# Answers that decide what the hook does, not what is generated.
WITHOUT_FILES = {"run_tests"}
# Answers that decide what a service does; the others decide what lies beside it.
WITH_CODE = {"template", "database", "auth", "redis"}

Answers = Mapping[str, str | bool]

_ENVIRONMENT = jinja2.Environment(  # noqa: S701 - source text, not HTML
    trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, undefined=jinja2.StrictUndefined
)


@cache
def _questions() -> dict[str, dict[str, Any]]:
    documents: dict[str, Any] = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))
    return {name: spec for name, spec in documents.items() if not name.startswith("_")}


def options() -> dict[str, list[Any]]:
    """Return each option that changes files with its values, the default first."""
    return {
        name: sorted(_values(spec), key=lambda value: value != spec["default"])
        for name, spec in _questions().items()
        if ("choices" in spec or spec.get("type") == "bool") and name not in WITHOUT_FILES
    }


def _values(spec: Mapping[str, Any]) -> list[Any]:
    choices = spec.get("choices", [False, True])
    return list(choices.values()) if isinstance(choices, dict) else list(choices)


@cache
def every_combination(template: str | None = None) -> list[Answers]:
    """Return every combination of the options. A question that is not asked has no answer."""
    if template:
        return [answers for answers in every_combination() if answers["template"] == template]
    found = options()
    rows = (dict(zip(found, values, strict=True)) for values in itertools.product(*found.values()))
    return [_asked(row) for row in rows if _is_possible(row)]


def covering_set(template: str) -> list[Answers]:
    """Return the fewest combinations that hold every pair of choices in one template."""
    found = {name: values for name, values in options().items() if name != "template"}

    def is_possible(values: list[Any]) -> bool:
        return _is_possible(dict(zip(found, values, strict=False)))

    rows = AllPairs(list(found.values()), filter_func=is_possible)
    return [{"template": template, **_asked(dict(zip(found, row, strict=True)))} for row in rows]


def covering_sets() -> list[Answers]:
    return [answers for template in options()["template"] for answers in covering_set(template)]


def running_sets() -> list[Answers]:
    """Return combinations that hold all that a service's code follows from, and every other choice.

    Redis is run beside one database server and beside none, since neither knows of the other.
    """
    services = [dict(service) for service in dict.fromkeys(_chosen(answers, WITH_CODE) for answers in every_combination())]
    services = [service for service in services if not service.get("redis") or service["database"] in ("postgresql", "memory")]
    rest = {name: values for name, values in options().items() if name not in WITH_CODE}
    sets = []
    for number, service in enumerate(services):
        # Each option changes at a pace of its own, so that they do not change together.
        others = {name: values[number // pace % len(values)] for pace, (name, values) in enumerate(rest.items(), 1)}
        sets.append(_asked({**service, **others}))
    return sets


def _chosen(answers: Answers, names: Iterable[str]) -> tuple[tuple[str, str | bool], ...]:
    return tuple((name, value) for name, value in answers.items() if name in names)


def _asked(row: Answers) -> Answers:
    """Return the answers to the questions that are asked beside these answers."""
    return {name: value for name, value in row.items() if _is_asked(name, row)}


def _is_possible(row: Answers) -> bool:
    """Tell whether each question that is not asked has its default; a row may lack some answers yet."""
    questions = _questions()
    return all(value == questions[name]["default"] or _is_asked(name, row) for name, value in row.items())


def _is_asked(name: str, row: Answers) -> bool:
    condition, reads = _condition(name)
    return not reads <= row.keys() or _compiled(condition).render(row) == "True"


@cache
def _condition(name: str) -> tuple[str, set[str]]:
    """Return when a question is asked, as Jinja, and the answers that this reads."""
    condition = _questions()[name].get("when", "{{ true }}")
    return condition, jinja2.meta.find_undeclared_variables(_ENVIRONMENT.parse(condition))


def readable_id(answers: Answers) -> str:
    words = (name if value is True else str(value) for name, value in answers.items() if value is not False)
    return "-".join(words)


@dataclass(frozen=True)
class Source:
    """A file of a template: its path there, its text, and the options that either reads."""

    path: str
    text: str
    reads: frozenset[str]

    @property
    def is_code(self) -> bool:
        """Whether formatters and linters read it, or what configures them."""
        return any(end in self.path for end in (".py", ".go", "go.mod"))

    def made_in(self, namespace: Mapping[str, object]) -> tuple[str, str] | None:
        """Return the file's path and text in a project, as plain Jinja has them, or None where it is left out."""
        path = _compiled(self.path).render(cookiecutter=namespace)
        return (path, _compiled(self.text).render(cookiecutter=namespace)) if path.rpartition("/")[2] else None


@cache
def _compiled(text: str) -> jinja2.Template:
    return _ENVIRONMENT.from_string(text)


def representatives(template: str) -> list[Answers]:
    """Return combinations in which every file of code meets every combination of the options that it reads."""
    code = [source for source in sources(template) if source.is_code]
    reads = frozenset[str]().union(*(source.reads for source in code))
    different = {_chosen(answers, reads): answers for answers in every_combination(template)}
    missing = [(answers, {(source, _seen(source, answers)) for source in code}) for answers in different.values()]
    chosen: list[Answers] = []
    while True:
        answers, gained = max(missing, key=lambda entry: len(entry[1]))
        if not gained:
            return chosen
        chosen.append(answers)
        missing = [(other, wanted - gained) for other, wanted in missing]


def variants(template: str) -> dict[tuple[Source, object], list[Answers]]:
    """Return every variant of every file of a template with the combinations of the options that have it."""
    found: dict[tuple[Source, object], list[Answers]] = {}
    for source in sources(template):
        for answers in every_combination(template):
            found.setdefault((source, _seen(source, answers)), []).append(answers)
    return found


def _seen(source: Source, answers: Answers) -> tuple[object, ...]:
    return _chosen(answers, source.reads)


def flags(answers: Answers) -> dict[str, str]:
    """Return the values that copier.yml computes from the options, for answers without texts."""
    given = {**{name: values[0] for name, values in options().items()}, **answers}
    questions = _questions()
    return {f"__{name}": _compiled(questions[name]["default"]).render(given) for name in _computed()}


@cache
def _computed() -> dict[str, set[str]]:
    """Return the questions of copier.yml that are computed from options alone, and not asked, with those options."""
    found = {}
    for name, spec in _questions().items():
        if spec.get("when") is False and spec["type"] == "str":
            found[name] = jinja2.meta.find_undeclared_variables(_ENVIRONMENT.parse(spec["default"]))
    return {name: reads for name, reads in found.items() if reads and reads <= options().keys()}


@cache
def sources(template: str) -> list[Source]:
    home = ROOT / "templates" / template / PROJECT
    found = []
    for path in sorted(path for path in home.rglob("*") if path.is_file()):
        name = path.relative_to(home).as_posix()
        text = path.read_text(encoding="utf-8")
        found.append(Source(name, text, frozenset((*_read_by(name), *_read_by(text)))))
    return found


def _read_by(text: str) -> Iterator[str]:
    known = options()
    for attribute in _ENVIRONMENT.parse(text).find_all(jinja2.nodes.Getattr):
        if isinstance(attribute.node, jinja2.nodes.Name) and attribute.node.name == "cookiecutter":
            yield from _computed().get(attribute.attr.removeprefix("__"), {attribute.attr} & known.keys())


# Free text that a careless template breaks on. Cookiecutter renders what it is given on the command line, so text
# with Jinja's own delimiters cannot come in alike through both engines: it is refused (tests/test_answers.py).
AWKWARD: list[Answers] = [
    {
        "project_name": 'Zoë\'s "Users" \\ Co {x} $1 #2',
        "project_slug": "a1-b2-3c",
        "description": "Says 'hi', \"ho\" and \\n; 100% {braced} $HOME `tick` <tag> & # no comment: - [x] * 名前 🙂",
        "author_name": "Anne-Marie O'Neil \"Nil\" d'Été",
        "author_email": "first.last+tag@sub-domain.example.org",
    },
    {
        "project_name": "L" * 59 + "g",
        "project_slug": "x" * 38 + "-9",
        "description": "d" * 200,
        "author_name": "ÅÄÖ " * 24 + "ßẞ",
        "author_email": "a" * 64 + "@example.com",
    },
    {
        "project_name": "true",
        "project_slug": "null",
        "description": "yes",
        "author_name": "1.0",
        "author_email": "0@1.example",
    },
    {
        "project_name": "- %YAML: &a !!b |",
        "project_slug": "z9",
        "description": "*/ --> ]]> ''' \"\"\" */ \\",
        "author_name": "{ } } {",
        "author_email": "x_y@example.com",
    },
]


if __name__ == "__main__":
    import json

    print(json.dumps(running_sets()))
