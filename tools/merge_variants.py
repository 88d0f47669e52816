"""Merge a file's variants, one for each combination of answers, into the one Jinja file that renders them all.

For files that a tool writes (`go.mod`, `go.sum`, `uv.lock`) and that differ by the answers:

    python tools/merge_variants.py --template gin-svc go.mod go.sum
    python tools/merge_variants.py --template flask-api --option database --option auth uv.lock

renders the template once for each combination of the options (`database` unless given), runs the template's update
command in each (`go mod tidy` or `uv lock`; `--run` names another), merges each named file and writes it into the
template. A new dependency needs no more than its import or its line in pyproject.toml before. The same variants give
the same bytes, and nothing is written unless every variant comes out of the merged file as it went in.
`--check` writes nothing and exits 1 where a file is out of date.
"""

import argparse
import itertools
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from sync import PROJECT, ROOT, load_questions

COMMANDS = {"gin-svc": "go mod tidy", "flask-api": "uv lock", "fastapi-svc": "uv lock"}
# A slug that no dependency holds, so that it can be found in what the tool wrote and become a variable again.
SLUG = "merged-variant-slug"
SLUG_VARIABLE = "{{ cookiecutter.project_slug }}"
# The most predicates that `and` or `or` joins before every combination is listed instead.
LONGEST = 3

Answers = Mapping[str, str]
Line = tuple[str, frozenset[int]]


def merge(variants: Sequence[tuple[Answers, str]]) -> str:
    """Return a Jinja text that gives each variant's text for its answers.

    Every variant answers the same options, and the variants are all the combinations that can occur.
    Raises ValueError for a text that holds Jinja's delimiters.
    """
    for _, text in variants:
        if any(mark in text.replace(SLUG_VARIABLE, "") for mark in ("{{", "{%", "{#")):
            raise ValueError("a variant holds Jinja's delimiters")
    answers = [answer for answer, _ in variants]
    lines: list[Line] = []
    for number, (_, text) in enumerate(variants):
        lines = _align(lines, text.splitlines(keepends=True), number)
    return "".join(_conditional(lines, answers))


def render(template: str, answers: Answers) -> str:
    """Return what the engines make of a merged text, with its own slug left as a variable."""
    environment = Environment(  # noqa: S701 - source text, not HTML
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, undefined=StrictUndefined
    )
    return environment.from_string(template).render(cookiecutter={**answers, "project_slug": SLUG_VARIABLE})


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


def _conditional(lines: Iterable[Line], answers: Sequence[Answers]) -> Iterator[str]:
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


def condition(wanted: frozenset[int], answers: Sequence[Answers]) -> str:
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


def _predicates(answers: Sequence[Answers]) -> Iterator[tuple[str, frozenset[int]]]:
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


def _equal(name: str, value: str) -> str:
    return f"cookiecutter.{name} == {value!r}"


def combinations(options: Sequence[str]) -> list[Answers]:
    """Return every combination of the choices that copier.yml offers for the options."""
    questions = load_questions()
    choices = [questions[option]["choices"] for option in options]
    values = [list(choice.values()) if isinstance(choice, dict) else choice for choice in choices]
    return [dict(zip(options, combination, strict=True)) for combination in itertools.product(*values)]


def generate(template: str, answers: Answers, command: str, target: Path) -> None:
    """Render the template, with what is not committed yet, and run the update command in the new project."""
    data = {"template": template, "project_slug": SLUG, **answers}
    assignments = itertools.chain.from_iterable(("-d", f"{name}={value}") for name, value in data.items())
    copier = [sys.executable, "-m", "copier", "copy", "-q", "--defaults", "--skip-tasks", "--vcs-ref=HEAD"]
    # Copier warns that it takes what is not committed, which is the purpose.
    quiet = {**os.environ, "PYTHONWARNINGS": "ignore"}
    subprocess.run([*copier, *assignments, str(ROOT), str(target)], check=True, env=quiet)
    subprocess.run(shlex.split(command), cwd=target, check=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--template", required=True, choices=COMMANDS)
    parser.add_argument("--option", action="append", help="an option by which the files differ (default: database)")
    parser.add_argument("--run", help="the update command")
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 where a file is out of date")
    parser.add_argument("files", nargs="+", help="files of the template, by their path in the project")
    args = parser.parse_args()
    variants: list[tuple[Answers, Path]] = []
    stale = False
    with tempfile.TemporaryDirectory() as scratch:
        for number, answers in enumerate(combinations(args.option or ["database"])):
            target = Path(scratch) / str(number)
            generate(args.template, answers, args.run or COMMANDS[args.template], target)
            variants.append((answers, target))
        for name in args.files:
            texts = [
                (answers, (target / name).read_text(encoding="utf-8").replace(SLUG, SLUG_VARIABLE))
                for answers, target in variants
            ]
            merged = merge(texts)
            for answers, text in texts:
                if render(merged, answers) != text:
                    sys.exit(f"{name} does not come out of the merged file for {answers}")
            path = ROOT / "templates" / args.template / PROJECT / name
            if path.is_file() and path.read_text(encoding="utf-8") == merged:
                continue
            stale = True
            print(f"{path.relative_to(ROOT)} {'is out of date' if args.check else 'written'}")
            if not args.check:
                path.write_text(merged, encoding="utf-8", newline="\n")
    return 1 if args.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
