"""Fixtures and the figures that close a run: how many combinations were rendered and run, and how long it took."""

from pathlib import Path

import engines
import pytest
from _pytest.terminal import TerminalReporter

RENDERED = "combinations rendered"
RUN = "projects generated and run"


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the working tree without its history."""
    return engines.copy_of_tree(tmp_path_factory.mktemp("tree") / "polysvc")


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.stats.get(outcome, [])]
    calls = [report for report in reports if report.when == "call"]
    terminalreporter.section("figures")
    for figure in (RENDERED, RUN):
        total = sum(value for report in calls for name, value in report.user_properties if name == figure)
        terminalreporter.write_line(f"{figure}: {total}")
    seconds: dict[str, float] = {}
    for report in reports:
        part = report.nodeid.partition("::")[0]
        seconds[part] = seconds.get(part, 0) + report.duration
    for part, duration in sorted(seconds.items()):
        terminalreporter.write_line(f"{duration:7.0f} s  {part}")
