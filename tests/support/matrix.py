"""Which combinations are tried, as data: covering sets, what is run, and texts that a careless template breaks on."""

import itertools
from collections.abc import Iterable
from typing import Any

import pytest
from allpairspy import AllPairs

from tools import questions, templates
from tools.questions import Answers, Source, chosen

# Every template is rendered and linted; those that make a service are run.
TEMPLATES = list(templates.every())
SERVICES = templates.services()
# Databases that outlive a process, and where logins are kept: the database, and whether beside a Redis.
DATABASES = ["sqlite", "postgresql", "mysql"]
STORES_OF_LOGINS = [("sqlite", False), ("postgresql", False), ("postgresql", True), ("mysql", False)]
# In these two every framework follows every other one.
RINGS = [SERVICES, SERVICES[::-1]]
# Answers that decide what a service does; the others decide what lies beside it.
WITH_CODE = {"template", "database", "auth", "redis"}


def covering_set(template: str) -> list[Answers]:
    """Return the fewest combinations that hold every pair of choices in one template."""
    found = {name: values for name, values in questions.options().items() if name != "template"}

    def is_possible(values: list[Any]) -> bool:
        return questions.is_possible(dict(zip(found, values, strict=False)))

    rows = AllPairs(list(found.values()), filter_func=is_possible)
    return [{"template": template, **questions.asked(dict(zip(found, row, strict=True)))} for row in rows]


def running_sets() -> list[Answers]:
    """Return combinations that hold all that a service's code follows from, and every other choice.

    Redis is run beside one database server and beside none, since neither knows of the other.
    """
    services = [
        dict(service) for service in dict.fromkeys(chosen(answers, WITH_CODE) for answers in questions.every_combination())
    ]
    services = [
        service
        for service in services
        if service["template"] in SERVICES and (not service.get("redis") or service["database"] in ("postgresql", "memory"))
    ]
    rest = {name: values for name, values in questions.options().items() if name not in WITH_CODE}
    sets = []
    for number, service in enumerate(services):
        # Each option changes at a pace of its own, so that they do not change together.
        others = {name: values[number // pace % len(values)] for pace, (name, values) in enumerate(rest.items(), 1)}
        sets.append(questions.asked({**service, **others}))
    return sets


def with_engines(sets: Iterable[Answers]) -> list[tuple[str, Answers]]:
    """Give the fixtures that render by Copier and by Cookiecutter in turn."""
    return list(zip(itertools.cycle(("copied", "baked")), sets, strict=False))


def one_quickly(values: Iterable[str]) -> list[Any]:
    """Leave all but the last of a test's parameters to the whole proof."""
    *others, last = values
    return [*(pytest.param(value, marks=pytest.mark.thorough) for value in others), last]


def readable_id(answers: Answers) -> str:
    words = (name if value is True else str(value) for name, value in answers.items() if value is not False)
    return "-".join(words)


def representatives(template: str) -> list[Answers]:
    """Return combinations in which every file of code meets every combination of the options that it reads."""
    code = [source for source in questions.sources(template) if source.is_code]
    reads = frozenset[str]().union(*(source.reads for source in code))
    different = {chosen(answers, reads): answers for answers in questions.every_combination(template)}
    missing = [(answers, {(source, _seen(source, answers)) for source in code}) for answers in different.values()]
    taken: list[Answers] = []
    while True:
        answers, gained = max(missing, key=lambda entry: len(entry[1]))
        if not gained:
            return taken
        taken.append(answers)
        missing = [(other, wanted - gained) for other, wanted in missing]


def variants(template: str) -> dict[tuple[Source, object], list[Answers]]:
    """Return every variant of every file of a template with the combinations of the options that have it."""
    found: dict[tuple[Source, object], list[Answers]] = {}
    for source in questions.sources(template):
        for answers in questions.every_combination(template):
            found.setdefault((source, _seen(source, answers)), []).append(answers)
    return found


def _seen(source: Source, answers: Answers) -> tuple[object, ...]:
    return chosen(answers, source.reads)


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
