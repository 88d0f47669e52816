"""The blocks of `docs/adding-a-resource.md`, done in a project as its reader would do them.

A block whose info string has a title makes the file of that name, a `diff` changes files, and `sh` is run.
"""

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

DOCUMENT = Path("docs/adding-a-resource.md")

_BLOCK = re.compile(r"^```(?P<language>[a-z]+)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block of code in a document. `title` is the file that it makes, or None."""

    language: str
    title: str | None
    text: str


def blocks(project: Path) -> list[Block]:
    """Return the blocks of the project's document, in their order."""
    document = (project / DOCUMENT).read_text(encoding="utf-8")
    return [Block(found["language"], found["title"], found["text"]) for found in _BLOCK.finditer(document)]


def follow(project: Path, environment: Mapping[str, str]) -> None:
    """Do what the document says, step by step; fail where a step cannot be done."""
    for block in blocks(project):
        if block.title is not None:
            path = project / block.title
            assert not path.exists(), f"{block.title} is there already"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.language == "diff":
            _run(project, environment, ["git", "apply", "--whitespace=error", "-"], block.text)
        elif block.language == "sh":
            _run(project, environment, ["bash", "-e", "-s"], block.text)


def source_lines(project: Path) -> int:
    """Return how many lines of source, without its tests, the document has its reader write."""
    return sum(
        len(block.text.splitlines()) if block.title else _added(block.text)
        for block in blocks(project)
        if block.language != "sh" and not any(_is_test(path) for path in _paths(block))
    )


def _paths(block: Block) -> Iterator[str]:
    if block.title is not None:
        yield block.title
    elif block.language == "diff":
        yield from re.findall(r"^\+\+\+ b/(.+)$", block.text, re.MULTILINE)


def _is_test(path: str) -> bool:
    return path.startswith("tests/") or path.endswith("_test.go")


def _added(diff: str) -> int:
    return len(re.findall(r"^\+(?!\+\+ )", diff, re.MULTILINE))


def _run(project: Path, environment: Mapping[str, str], command: list[str], text: str) -> None:
    result = subprocess.run(command, input=text, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"{text}\n{result.stdout}{result.stderr}"
