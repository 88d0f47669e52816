"""The template tree itself: it checks out on any system, and what is made from it is up to date."""

import ast
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tools import ROOT

TEMPLATES = ROOT / "templates"
ILLEGAL_ON_WINDOWS = set('"|<>:?*\\')
RESERVED_ON_WINDOWS = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}


def tracked() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listing.split("\0") if name]


def test_nothing_is_a_link() -> None:
    assert [path for path in tracked() if path.is_symlink()] == []


def test_no_directory_is_conditional() -> None:
    conditional = {parent for path in tracked() for parent in path.relative_to(ROOT).parents if "{%" in parent.name}
    assert conditional == set()


def test_every_name_is_legal_on_windows() -> None:
    for path in tracked():
        for part in path.relative_to(ROOT).parts:
            assert not ILLEGAL_ON_WINDOWS & set(part), f"{path} holds a character that Windows refuses"
            assert part == part.strip(" "), f"{path} starts or ends with a blank"
            assert not part.endswith("."), f"{path} ends with a dot"
            assert part.partition(".")[0].lower() not in RESERVED_ON_WINDOWS, f"{path} is a device on Windows"


def test_no_two_names_differ_by_case_alone() -> None:
    names = [path.as_posix().lower() for path in tracked()]
    assert len(names) == len(set(names))


def test_every_text_is_utf8_with_lf() -> None:
    for path in tracked():
        if path.suffix not in {".png", ".gif"}:
            assert "\r" not in path.read_bytes().decode("utf-8"), path


def test_conditions_in_names_are_short() -> None:
    """A long condition hides which file it guards: compute it once in copier.yml instead."""
    for path in tracked():
        assert len(path.name) <= 110, path


def test_templates_use_the_shared_namespace_alone() -> None:
    engine_extras = ("to_nice_yaml", "to_json", "slugify", "_copier_")
    for path in (TEMPLATES / "shared").rglob("*"):
        if path.is_file() and "_copier_conf" not in path.name:
            text = path.read_text(encoding="utf-8")
            assert not [extra for extra in engine_extras if extra in text], path


@pytest.mark.parametrize("name", ["__pycache__", ".venv", ".ruff_cache"])
def test_no_tool_left_anything_behind(name: str) -> None:
    assert [path for path in tracked() if name in path.parts] == []


def test_no_slug_can_take_the_name_of_a_dependency() -> None:
    reserved = set(yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))["reserved_slugs"]["default"])
    locked = {
        name
        for lock in TEMPLATES.glob("*/*/uv.lock")
        for name in re.findall(r'^name = "([a-z0-9-]+)"', lock.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert locked
    assert locked <= reserved, f"add to reserved_slugs in copier.yml: {sorted(locked - reserved)}"


def imports_of(path: Path) -> set[str]:
    """Return the names of modules that a module imports, and of what it takes from them."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize(
    ("folder", "foreign"),
    [
        ("tests", r"tests\.(test_|conftest)|test_"),
        ("bench", r"tests\.(test_|conftest)|test_"),
        ("tools", r"(tests|bench|contract)\."),
        ("contract", r"(tests|tools|bench)\."),
    ],
)
def test_nothing_imports_what_stands_on_it(folder: str, foreign: str) -> None:
    """Suites stand on tests/support, that on tools, and the contract on nothing of ours. No suite stands on another one."""
    modules = [path for path in tracked() if path.suffix == ".py" and path.is_relative_to(ROOT / folder)]
    found = {f"{path.name} imports {name}" for path in modules for name in imports_of(path) if re.match(foreign, name)}
    assert modules
    assert found == set()
