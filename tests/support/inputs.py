"""What a running test is given beside its code, noted where it is taken, for `stamps`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from tools.questions import Answers

# A kind, and a name: the answers that lead to a project, or the path of a file or folder.
Input = tuple[str, str]
RENDERED = "rendered"
FILES = "files"

_noting: list[set[Input]] = []


def note_project(answers: Answers) -> None:
    """Note that what runs uses the project that these answers lead to."""
    _note((RENDERED, json.dumps(answers, sort_keys=True)))


def note_engine(answers: Answers) -> None:
    """Note that an engine renders the project, and so reads what the template has beside its files."""
    note_project(answers)
    if "template" in answers:
        for name in ("cookiecutter.json", "hooks"):
            note_files(f"templates/{answers['template']}/{name}")


def note_files(path: str) -> None:
    """Note that what runs uses a file of this repository, or all in a folder."""
    _note((FILES, path))


def _note(given: Input) -> None:
    for notes in _noting:
        notes.add(given)


@contextmanager
def noted(into: set[Input]) -> Iterator[None]:
    """Collect what is noted while a block runs."""
    _noting.append(into)
    try:
        yield
    finally:
        _noting.pop()
