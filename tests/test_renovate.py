"""Renovate finds every version that the templates pin (.github/renovate.json), and every action is pinned by its hash."""

import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from tools import PROJECT, ROOT, sync, templates

CONFIGURATION: dict[str, Any] = json.loads((ROOT / ".github/renovate.json").read_text(encoding="utf-8"))
MANAGERS: list[dict[str, Any]] = CONFIGURATION["customManagers"]

# Files in which a number with a dot is a version, and a word behind a colon an image's tag, unless ANOTHER_NUMBER tells more.
OF_VERSIONS = re.compile(r"(pyproject\.toml|go\.mod|Makefile|Dockerfile|\.ya?ml)[^/]*$|^\.ci/run$")
THERE = (
    re.compile(r"(?<![\w.])(v?\d+(?:\.\d+)+[\w.+-]*)"),
    re.compile(r"(?:^FROM |--from=|\bimage: )(?:\S|{{.*?}})*?:(\w[\w.-]*)"),
    re.compile(r"\"[a-z][\w./-]*:(\w[\w.-]*)\""),
    re.compile(r"\buses: *[^\s@]+@(\S+)"),
)
ANYWHERE = (re.compile(r"[\w\])]==(v?\d[\w.+-]*\w)"), re.compile(r"[\w/]@(v?\d+\.\d+\.\d+[\w.+-]*)"))
ANOTHER_NUMBER = {
    r"// indirect$": "follows from the direct modules",
    r"^go \d": "the oldest Go that the service supports",
    r"^requires-python|^ *python: \[": "the Pythons that the service supports",
    r"^version = |^ *newTag: ": "the version of the new project itself",
    r"\b\d{1,3}(?:\.\d{1,3}){3}\b": "an address",
    r"^ *sleep ": "a time",
    r"no-new-privileges:true": "a switch",
    r"^ *#": "a remark",
}
PIN_BY_HASH = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


def tracked() -> list[str]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listing.split("\0") if name and (ROOT / name).is_file()]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def copies() -> set[str]:
    """Return the files of the templates that `make sync` copies."""
    return {
        f"templates/{template.directory}/{PROJECT}/{place}"
        for template in templates.every().values()
        for place in sync.copied(template)
    }


def sources() -> list[str]:
    """Return what pins versions outside the files that Renovate's own managers read."""
    made = copies() | {name for name in tracked() if name.endswith(("uv.lock", "go.sum", "openapi.json"))}
    return [name for name in tracked() if name not in made and name.startswith((".ci/", "templates/", "tests/"))]


def python(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace("(?<", "(?P<"))


def reads(manager: dict[str, Any], name: str) -> bool:
    return any(python(pattern[1:-1]).search(name) for pattern in manager["managerFilePatterns"])


def found(name: str, text: str) -> Iterator[tuple[dict[str, Any], re.Match[str]]]:
    """Return what each custom manager takes for a dependency in a file."""
    for manager in MANAGERS:
        if reads(manager, name):
            for pattern in manager["matchStrings"]:
                yield from ((manager, match) for match in python(pattern).finditer(text))


def pins(name: str, text: str) -> dict[tuple[int, int], str]:
    """Return where a text seems to pin a version, by a scan that knows nothing of the managers."""
    kinds = (*ANYWHERE, *THERE) if OF_VERSIONS.search(name) else ANYWHERE
    seen: dict[tuple[int, int], str] = {}
    position = 0
    for line in text.splitlines(keepends=True):
        if not any(re.search(number, line.rstrip("\n")) for number in ANOTHER_NUMBER):
            matches = [match for kind in kinds for match in kind.finditer(line)]
            seen |= {(position + match.start(1), position + match.end(1)): match[1] for match in matches}
        position += len(line)
    return seen


def unmanaged(name: str, text: str) -> list[str]:
    """Return the versions that a text pins and that no manager finds to their end."""
    held = []
    for _, match in found(name, text):
        ends = [match.end(group) for group in match.groupdict() if group.startswith("current")]
        held.append((match.start(), max(ends)))
    return [
        version
        for (start, end), version in pins(name, text).items()
        if not any(first <= start and end <= last for first, last in held)
    ]


def test_every_pin_is_found() -> None:
    missed = {name: versions for name in sources() if (versions := unmanaged(name, text_of(name)))}
    assert missed == {}, "add a custom manager to .github/renovate.json, or say in ANOTHER_NUMBER what the number is"


def test_no_copy_is_bumped() -> None:
    made = copies()
    assert made
    assert [name for name in made if any(reads(manager, name) for manager in MANAGERS)] == []


def test_the_files_that_we_run_ourselves_are_read_by_renovates_own_managers() -> None:
    assert set(CONFIGURATION["enabledManagers"]) == {"custom.regex", "github-actions", "pep621"}
    # config:recommended would skip tests/, and pep621 would run `uv lock` on Jinja.
    assert CONFIGURATION["ignorePaths"] == []
    assert CONFIGURATION["pep621"]["ignorePaths"] == ["templates/**"]
    read = re.compile(r"(^|/)(pyproject\.toml|uv\.lock)$|^\.github/workflows/[^/]+\.yml$|\.md$")
    others = [name for name in tracked() if not name.startswith((".ci/", "templates/", "tests/")) and not read.search(name)]
    assert others
    assert [name for name in others if any(kind.search(text_of(name)) for kind in ANYWHERE)] == []


@pytest.mark.parametrize("manager", MANAGERS, ids=lambda manager: manager["description"])
def test_every_pattern_finds_something(manager: dict[str, Any]) -> None:
    files = {name: text_of(name) for name in sources() if reads(manager, name)}
    for pattern in manager["managerFilePatterns"]:
        assert [name for name in files if python(pattern[1:-1]).search(name)], pattern
    for pattern in manager["matchStrings"]:
        matches = [match for text in files.values() for match in python(pattern).finditer(text)]
        assert matches, pattern
        for match in matches:
            assert match["depName"]
            assert match.groupdict().get("currentValue") or match["currentDigest"]


@pytest.mark.parametrize("manager", MANAGERS, ids=lambda manager: manager["description"])
def test_every_pattern_is_one_that_renovate_can_run(manager: dict[str, Any]) -> None:
    """RE2 looks neither ahead nor back, and ^ and $ are the ends of the whole file."""
    patterns = [pattern[1:-1] for pattern in manager["managerFilePatterns"]] + manager["matchStrings"]
    assert all(re.fullmatch(r"/\^.+/", pattern) for pattern in manager["managerFilePatterns"])
    assert [pattern for pattern in patterns if re.search(r"\(\?(=|!|<=|<!|P)|\\[1-9]", pattern)] == []
    assert [pattern for pattern in manager["matchStrings"] if re.search(r"(?<!\[)\^|\$", pattern)] == []


def test_a_package_has_one_version_in_all_templates() -> None:
    versions = defaultdict(set)
    for name in sources():
        for manager, match in found(name, text_of(name)):
            if manager["datasourceTemplate"] != "docker":
                versions[match["depName"]].add(match.groupdict().get("currentValue") or match["currentDigest"])
    assert versions
    assert {package: seen for package, seen in versions.items() if len(seen) > 1} == {}


PIN = "1.2" + ".3"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (f"templates/new-svc/{PROJECT}/pyproject.toml", f'    "new-package[extra]=={PIN}",\n'),
        (f"templates/gin-svc/{PROJECT}/go.mod", f"\texample.org/new/v2 v{PIN}\n"),
        (f"templates/gin-svc/{PROJECT}/Makefile", f"\tgo run example.org/new/cmd/tool@v{PIN} ./...\n"),
        ("templates/shared/python/Makefile", f"\tuv tool run new-tool=={PIN}\n"),
        ("templates/shared/any/deploy/kubernetes/base/{% if cookiecutter.x %}new.yaml{% endif %}", f"  image: new/image:{PIN}\n"),
        ("templates/shared/any/{% if cookiecutter.docker %}Dockerfile{% endif %}", f"FROM new/image:{PIN}-slim AS build\n"),
        (
            "templates/shared/go/.github/workflows/{% if cookiecutter.ci == 'github' %}ci.yml{% endif %}",
            f"      - uses: new/action@{'0123456789' * 4} # v{PIN}\n",
        ),
    ],
)
def test_a_new_pin_of_a_known_kind_is_found(name: str, text: str) -> None:
    assert pins(name, text)
    assert unmanaged(name, text) == []


@pytest.mark.parametrize(
    ("name", "text", "version"),
    [
        ("Dockerfile", f"ARG TINI_VERSION={PIN}\n", PIN),
        ("Dockerfile", f"RUN curl -O https://example.org/v{PIN}/tool\n", f"v{PIN}"),
        ("{% if cookiecutter.ci == 'gitlab' %}.gitlab-ci.yml{% endif %}", f"  script: npx new-tool@{PIN} lint\n", PIN),
        ("{% if cookiecutter.ci == 'gitlab' %}.gitlab-ci.yml{% endif %}", "  services: [redis:8.4]\n", "8.4"),
        ("{% if cookiecutter.docker %}compose.yaml{% endif %}", '    image: "{{ registry }}/redis:8"\n', "8"),
        (".github/workflows/{% if cookiecutter.ci == 'github' %}ci.yml{% endif %}", "      - uses: new/action@v3\n", "v3"),
        ("Makefile", f"\tpip install 'new-package~={PIN}'\n", PIN),
        ("Makefile", f"\tgo run example.org/new/cmd/tool@v{PIN}-rc.1 ./...\n", f"v{PIN}-rc.1"),
        ("pyproject.toml", f'    "new-package>={PIN}",\n', PIN),
        ("src/settings.py", f'TOOL = "new-tool=={PIN}"\n', PIN),
    ],
)
def test_a_pin_of_a_new_kind_is_missed(name: str, text: str, version: str) -> None:
    assert unmanaged(f"templates/gin-svc/{PROJECT}/{name}", text) == [version]


def test_every_action_is_pinned_by_the_hash_of_its_commit() -> None:
    lines = {
        (name, line.strip().removeprefix("- "))
        for name in tracked()
        if ".github/workflows/" in name
        for line in text_of(name).splitlines()
        if re.match(r" *(- )?uses:", line)
    }
    assert lines
    assert [(name, line) for name, line in sorted(lines) if not PIN_BY_HASH.match(line)] == []
    hashes = defaultdict(set)
    for _, line in lines:
        action, _, version = line.partition("@")
        hashes[action].add(version)
    assert {action: seen for action, seen in hashes.items() if len(seen) > 1} == {}
