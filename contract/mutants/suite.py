"""Runs the conformance suite until its first failure."""

import subprocess
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import services

SUITE = Path(__file__).parent.parent / "conformance"
CASES = SUITE / "src/conformance/cases"
ABOUT_EVERY_ANSWER = "every_response"


class SuiteError(Exception):
    """The suite itself could not run."""


@dataclass(frozen=True)
class Failure:
    """The case that failed, in words, and what it said."""

    case: str
    text: str


def install() -> None:
    subprocess.run(["uv", "sync", "--quiet", "--locked"], cwd=SUITE, env=services.environment(), check=True)


def areas() -> list[str]:
    return sorted(path.stem.removeprefix("test_") for path in CASES.glob("test_*.py"))


def first_failure(url: str, origin: str, directory: Path, first: str | None = None) -> Failure | None:
    """Run the cases, those of the area `first` before all, and return the first that fails."""
    found = _run(url, origin, directory, [first, ABOUT_EVERY_ANSWER]) if first else None
    return found or _run(url, origin, directory, areas())


def _run(url: str, origin: str, directory: Path, names: list[str]) -> Failure | None:
    report = directory / "suite.xml"
    files = [f"{CASES}/test_{name}.py" for name in names]
    command = [f"{SUITE}/.venv/bin/pytest", "--exitfirst", "--quiet", "--tb=line", "-p", "no:cacheprovider"]
    command += [f"--service={url}", f"--cors-origin={origin}", f"--junit-xml={report}", *files]
    environment = services.environment(PYTEST_ADDOPTS="")
    result = subprocess.run(command, cwd=SUITE, env=environment, capture_output=True, text=True, check=False)
    if result.returncode == 0:
        return None
    if result.returncode != 1:
        raise SuiteError(f"pytest ended with {result.returncode}: {(result.stdout + result.stderr).strip()[-1500:]}")
    return _failure(report)


def _failure(report: Path) -> Failure:
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it just now
        for outcome in (*case.iter("failure"), *case.iter("error")):
            area = case.get("classname", "").rpartition("test_")[2].replace("_", " ")
            words, bracket, parameters = case.get("name", "").removeprefix("test_").partition("[")
            name = words.replace("_", " ") + (f": {parameters[:-1]}" if bracket else "")
            return Failure(f"{area}: {name}", (outcome.text or outcome.get("message") or "").strip())
    raise SuiteError(f"{report} names no failure")
