"""Runs the conformance suite until its first failure."""

import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

from tests.support import services

from . import logins
from .catalogue import Setting

ABOUT_EVERY_ANSWER = "every_response"


class SuiteError(Exception):
    """The suite itself could not run."""


@dataclass(frozen=True)
class Failure:
    """The case that failed, in words, and what it said."""

    case: str
    text: str

    @property
    def is_silence(self) -> bool:
        """Whether the service gave no answer, which on a machine that is too busy says nothing about the service."""
        return "demands: the service answers" in self.text


@dataclass(frozen=True)
class Suite:
    """The suite in a directory."""

    directory: Path

    @property
    def areas(self) -> list[str]:
        return sorted(path.stem.removeprefix("test_") for path in self._cases.glob("test_*.py"))

    def install(self) -> None:
        command = [sys.executable, "-m", "uv", "sync", "--quiet", "--locked"]
        subprocess.run(command, cwd=self.directory, env=services.environment(), check=True)

    def first_failure(self, url: str, setting: Setting, scratch: Path, first: str | None = None) -> Failure | None:
        """Run the cases, those of the area `first` before all, and return the first that fails.

        `setting` is how the service was made and started.
        """
        found = self._run(url, setting, scratch, [first, ABOUT_EVERY_ANSWER]) if first else None
        return found or self._run(url, setting, scratch, self.areas)

    @property
    def _cases(self) -> Path:
        return self.directory / "src/conformance/cases"

    def _run(self, url: str, setting: Setting, scratch: Path, areas: list[str]) -> Failure | None:
        report = scratch / "suite.xml"
        command = [f"{self.directory}/.venv/bin/pytest", "--exitfirst", "--quiet", "--tb=line", "-p", "no:cacheprovider"]
        command += [f"--service={url}", f"--cors-origin={setting.origin}", f"--junit-xml={report}"]
        command += [f"{self._cases}/test_{area}.py" for area in areas]
        command += logins.arguments(setting)
        environment = services.environment(PYTEST_ADDOPTS="", **logins.secrets(setting))
        result = subprocess.run(command, cwd=self.directory, env=environment, capture_output=True, text=True, check=False)
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
