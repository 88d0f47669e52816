"""Resolve each template's dependencies for every combination that changes them, and merge the results into its lock files.

`make locks` does it for every template, `python -m tools.locks TEMPLATE` for one. The combinations are those of what the files
read that the dependencies follow from (`lock` in templates/templates.toml), so that a dependency under a new option is seen by
itself. The same results give the same bytes, and nothing is written unless each comes out of the merged file as it
went in. `--check` writes nothing and exits 1 where a file is out of date.
"""

import argparse
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import TypeVar

from tools import PROJECT, ROOT, questions, templates
from tools.merging import MODULE_VARIABLE, SLUG_VARIABLE, merge, render
from tools.questions import Answers

# Names that no dependency holds, so that they can be found in what the tool wrote and become variables again.
SLUG = "merged-lock-slug"
MODULE = "merged-lock-module"
HEAD = "{# Made by `make locks`. #}\n"

T = TypeVar("T")
# What templates read, by name.
State = tuple[tuple[str, str | bool], ...]


def states(template: str, sources: Iterable[questions.Source], follows: Iterable[str]) -> dict[State, Answers]:
    """Return every state of what the files read that the dependencies follow from, each with answers that lead to it.

    `follows` are patterns of names; a name may stand in conditions.
    """
    sources, follows = list(sources), list(follows)
    for pattern in follows:
        if not any(fnmatch(_bare(source.path), pattern) for source in sources):
            sys.exit(f"{templates.TABLE}: the lock of {template} follows {pattern}, and no file is called so")
    read = [source for source in sources if any(fnmatch(_bare(source.path), pattern) for pattern in follows)]
    names = frozenset[str]().union(*(source.names for source in read))
    found: dict[State, Answers] = {}
    for answers in questions.every_combination(template):
        state = tuple(item for item in questions.namespace(answers).items() if item[0] in names)
        found.setdefault(state, answers)
    return found


def _bare(path: str) -> str:
    """Return a file's name without the condition round it."""
    name = path.rpartition("/")[2]
    return name.partition("%}")[2].rpartition("{%")[0] if name.startswith("{%") else name


def deciding(results: Mapping[State, T]) -> dict[State, T]:
    """Leave out the names of the states on which no result depends, the computed ones first."""
    names = [name for name, _ in next(iter(results))]
    for name in sorted(names, key=lambda name: not name.startswith("__")):
        fewer: dict[State, T] = {}
        for state, result in results.items():
            others = tuple(item for item in state if item[0] != name)
            if fewer.setdefault(others, result) != result:
                break
        else:
            results = fewer
    return dict(results)


def generate(template: str, answers: Answers, command: str, target: Path) -> None:
    """Render the template, with what is not committed yet, and run the update command in the new project."""
    namespace = questions.namespace({**answers, "project_slug": SLUG, "go_module": MODULE})
    for source in questions.sources(template):
        if "_copier_conf" not in source.path and (made := source.made_in(namespace)):
            path = target / made[0]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(made[1], encoding="utf-8", newline="\n")
    subprocess.run(shlex.split(command), cwd=target, check=True)


def resolve(template: str, lock: templates.Lock, scratch: Path) -> dict[str, str]:
    """Return the merged text of each file that the template's lock writes."""
    results = {}
    for number, (state, answers) in enumerate(states(template, questions.sources(template), lock.follows).items()):
        made = scratch / str(number)
        generate(template, answers, lock.command, made)
        written = [(made / name).read_text(encoding="utf-8") for name in lock.writes]
        results[state] = [text.replace(SLUG, SLUG_VARIABLE).replace(MODULE, MODULE_VARIABLE) for text in written]
    needed = deciding(results)
    merged = {}
    for number, name in enumerate(lock.writes):
        text = merge([(dict(state), texts[number]) for state, texts in needed.items()])
        merged[name] = text if name in lock.follows else HEAD + text
        for state, texts in results.items():
            if render(merged[name], dict(state)) != texts[number]:
                sys.exit(f"{name} does not come out of the merged file for {dict(state)}")
    return merged


def main() -> int:
    parser = argparse.ArgumentParser(prog="make locks", description=(__doc__ or "").partition("\n")[0])
    locked = {directory: template.lock for directory, template in templates.every().items() if template.lock}
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 where a file is out of date")
    parser.add_argument("templates", nargs="*", metavar="TEMPLATE", help=f"one or more of {', '.join(locked)} (default: all)")
    args = parser.parse_args()
    if unknown := set(args.templates) - locked.keys():
        parser.error(f"{min(unknown)} has no lock in {templates.TABLE}")
    stale = False
    for template in args.templates or locked:
        with tempfile.TemporaryDirectory() as scratch:
            merged = resolve(template, locked[template], Path(scratch))
        for name, text in merged.items():
            path = ROOT / "templates" / template / PROJECT / name
            if path.is_file() and path.read_text(encoding="utf-8") == text:
                continue
            stale = True
            print(f"{path.relative_to(ROOT)} {'is out of date' if args.check else 'written'}")
            if not args.check:
                path.write_text(text, encoding="utf-8", newline="\n")
    return 1 if args.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
