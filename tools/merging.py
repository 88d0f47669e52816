"""Merge the variants of a text, one for each combination of answers, into the one Jinja text that renders them all."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from jinja2 import Environment, StrictUndefined

SLUG_VARIABLE = "{{ cookiecutter.project_slug }}"
MODULE_VARIABLE = "{{ cookiecutter.__module }}"
# The most predicates that `and` or `or` joins before every combination is listed instead.
LONGEST = 3

# What a template reads.
Namespace = Mapping[str, str | bool]
Line = tuple[str, frozenset[int]]


def merge(variants: Sequence[tuple[Namespace, str]]) -> str:
    """Return a Jinja text that gives each variant's text for its answers.

    Every variant answers the same options, and the variants are all the combinations that can occur.
    Raises ValueError for a text that holds Jinja's delimiters.
    """
    for _, text in variants:
        if any(mark in text.replace(SLUG_VARIABLE, "").replace(MODULE_VARIABLE, "") for mark in ("{{", "{%", "{#")):
            raise ValueError("a variant holds Jinja's delimiters")
    answers = [answer for answer, _ in variants]
    lines: list[Line] = []
    for number, (_, text) in enumerate(variants):
        lines = _align(lines, text.splitlines(keepends=True), number)
    return "".join(_conditional(lines, answers))


def render(template: str, answers: Namespace) -> str:
    """Return what the engines make of a merged text, with the slug and the Go module left as variables."""
    environment = Environment(  # noqa: S701 - source text, not HTML
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, undefined=StrictUndefined
    )
    names = {"project_slug": SLUG_VARIABLE, "__module": MODULE_VARIABLE}
    return environment.from_string(template).render(cookiecutter={**answers, **names})


def _align(merged: list[Line], added: list[str], number: int) -> list[Line]:
    """Return the merged lines with one more variant laid over them, each line with the variants that have it."""
    result: list[Line] = []
    matcher = SequenceMatcher(None, [text for text, _ in merged], added, autojunk=False)
    for operation, start, end, added_start, added_end in matcher.get_opcodes():
        owners = frozenset({number}) if operation == "equal" else frozenset()
        result += [(text, having | owners) for text, having in merged[start:end]]
        if operation != "equal":
            result += [(text, frozenset({number})) for text in added[added_start:added_end]]
    return result


def _conditional(lines: Iterable[Line], answers: Sequence[Namespace]) -> Iterator[str]:
    everywhere = frozenset(range(len(answers)))
    open_for = everywhere
    may_turn = False
    for having, group in itertools.groupby(lines, key=lambda line: line[1]):
        if may_turn and having == everywhere - open_for:
            yield "{% else %}\n"
            may_turn = False
        else:
            if open_for != everywhere:
                yield "{% endif %}\n"
            if having != everywhere:
                yield f"{{% if {condition(having, answers)} %}}\n"
            may_turn = having != everywhere
        open_for = having
        yield from (text for text, _ in group)
    if open_for != everywhere:
        yield "{% endif %}\n"


def condition(wanted: frozenset[int], answers: Sequence[Namespace]) -> str:
    """Return the shortest Jinja condition that holds for exactly the wanted combinations of answers."""
    predicates = list(_predicates(answers))
    for size in range(1, LONGEST + 1):
        found = [
            word.join(text for text, _ in chosen)
            for chosen in itertools.combinations(predicates, size)
            for word, holding in (
                (" and ", frozenset.intersection(*(true for _, true in chosen))),
                (" or ", frozenset.union(*(true for _, true in chosen))),
            )
            if holding == wanted
        ]
        if found:
            return min(found, key=lambda text: (len(text), text))
    rows = (" and ".join(_equal(name, value) for name, value in answers[number].items()) for number in sorted(wanted))
    return " or ".join(f"({row})" for row in rows)


def _predicates(answers: Sequence[Namespace]) -> Iterator[tuple[str, frozenset[int]]]:
    for name in answers[0]:
        values = list(dict.fromkeys(answer[name] for answer in answers))
        for size in range(1, len(values)):
            for chosen in itertools.combinations(values, size):
                text = _equal(name, chosen[0])
                if size > 1 and size == len(values) - 1:
                    text = f"cookiecutter.{name} != {next(value for value in values if value not in chosen)!r}"
                elif size > 1:
                    text = f"cookiecutter.{name} in {chosen!r}"
                yield text, frozenset(number for number, answer in enumerate(answers) if answer[name] in chosen)


def _equal(name: str, value: str | bool) -> str:
    if value in (True, False, "yes", ""):
        return f"cookiecutter.{name}" if value else f"not cookiecutter.{name}"
    return f"cookiecutter.{name} == {value!r}"
