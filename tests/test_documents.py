"""The documents name what is there: their links lead somewhere, and the map, the commands and the questions are whole."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tools import ROOT, questions

README = ROOT / "README.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
PAGES = [README, CONTRIBUTING, ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGES += [ROOT / "contract/README.md", *sorted((ROOT / "contract").glob("*/README.md"))]
# Folders whose modules CONTRIBUTING.md lists, each under a heading that begins with the folder.
MAPPED = ["tools", "tests/support", "tests/mutants", "bench"]
FENCED = re.compile(r"(?ms)^```.*?^```$")
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
MADE = re.compile(r"`make ([a-z][a-z-]*)[^`]*`|^make (?!-)([a-z][a-z-]*)", re.MULTILINE)
TARGET = re.compile(r"(?m)^([a-z][a-z-]*):")


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def anchors(text: str) -> set[str]:
    """Return the names that GitHub gives to the headings; one that comes again gets a number."""
    found: set[str] = set()
    times: Counter[str] = Counter()
    for heading in re.findall(r"(?m)^#{1,6} +(.+)$", FENCED.sub("", text)):
        name = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        times[name] += 1
        found.add(name if times[name] == 1 else f"{name}-{times[name] - 1}")
    return found


def section(text: str, heading: str) -> str:
    """Return what stands below the heading that begins with this text, until the next one of any level."""
    (found,) = re.findall(rf"(?ms)^#+ {re.escape(heading)}.*?\n(.*?)(?=^#|\Z)", FENCED.sub("", text))
    return str(found)


def lost(page: Path) -> list[str]:
    """Return the links of a page to files or headings that are not there."""
    text = read(page)
    found = []
    for link in LINK.findall(CODE.sub("", FENCED.sub("", text))):
        path, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(read(target))):
            found.append(link)
    return found


def test_readme_is_short() -> None:
    assert 40 <= len(read(README).splitlines()) <= 120


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    assert lost(page) == []


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A `page` (one)\n\n## Twice\n\n## Twice\n\n[here](#a-page-one) [again](page.md#twice-1) [far](https://example.com)\n"
        "[gone](gone.md) [heading](#thrice) [`other`](page.md#twice-2) `[code](code.md)`\n```\n[code](code.md)\n```\n",
        encoding="utf-8",
    )
    assert lost(page) == ["gone.md", "#thrice", "page.md#twice-2"]


@pytest.mark.parametrize("page", [README, CONTRIBUTING], ids=lambda page: page.name)
def test_commands_are_in_a_makefile(page: Path) -> None:
    """Ours, or that of the generated projects."""
    ours, of_projects = ROOT / "Makefile", (ROOT / "templates").glob("*/*/Makefile")
    targets = {target for makefile in (ours, *of_projects) for target in TARGET.findall(read(makefile))}
    named = {first or second for first, second in MADE.findall(read(page))}
    assert named, "the page names no command"
    assert named - targets == set()


@pytest.mark.parametrize("folder", MAPPED)
def test_every_module_is_in_the_map(folder: str) -> None:
    modules = {path.name for path in (ROOT / folder).iterdir() if path.suffix in {".py", ".toml"}}
    named = set(re.findall(r"`([\w-]+\.(?:py|toml))`", section(read(CONTRIBUTING), f"{folder}/:")))
    assert named == modules


def test_every_suite_is_in_the_map() -> None:
    suites = {path.name for path in (ROOT / "tests").glob("test_*.py")}
    assert set(re.findall(r"`(test_\w+\.py)`", section(read(CONTRIBUTING), "tests/: the suites"))) == suites


def test_readme_names_every_question_with_its_values() -> None:
    rows = re.findall(r"(?m)^\| (`.+?) \| (.+?) \| .+ \|$", section(read(README), "The questions"))
    told = {name: answers for names, answers in rows for name in re.findall(r"`(\w+)`", names)}
    asked = {name: spec for name, spec in questions.every().items() if not questions.is_computed(spec)}
    assert told.keys() == asked.keys()
    for name, spec in asked.items():
        choices = spec.get("choices", ["yes", "no"] if spec["type"] == "bool" else ["text"])
        values = {str(value) for value in (choices.values() if isinstance(choices, dict) else choices)}
        assert set(re.split(r", ", re.sub(r" \(.*\)|`", "", told[name]))) == values, name
