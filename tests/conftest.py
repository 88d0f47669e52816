"""Fixtures, and the figures that close a run: what was rendered, run and asked, and how long it took.

A test gives a figure with `record_property(name, number)`; figures of one name are added up.
"""

from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter

import engines
import services

COMBINATIONS = "combinations of the options"
VARIANTS = "variants of files make them up, each looked into"
RENDERED = "combinations rendered by both engines"
RUN = "projects generated and run"


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the working tree without its history."""
    return engines.copy_of_tree(tmp_path_factory.mktemp("tree") / "polysvc")


@pytest.fixture(scope="session")
def projects(tree: Path, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> services.Projects:
    """Installed projects, one for each template and database, shared by all workers."""
    own = tmp_path_factory.getbasetemp()
    directory = (own if worker_id == "master" else own.parent) / "projects"
    directory.mkdir(exist_ok=True)
    return services.Projects(directory, tree)


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.stats.get(outcome, [])]
    calls = [report for report in reports if report.when == "call"]
    terminalreporter.section("figures")
    totals = dict.fromkeys((COMBINATIONS, VARIANTS, RENDERED, RUN), 0)
    for name, value in (figure for report in calls for figure in report.user_properties):
        totals[name] = totals.get(name, 0) + value
    for name, total in totals.items():
        terminalreporter.write_line(f"{total:7} {name}")
    seconds: dict[str, float] = {}
    for report in reports:
        part = report.nodeid.partition("::")[0]
        seconds[part] = seconds.get(part, 0) + report.duration
    for part, duration in sorted(seconds.items()):
        terminalreporter.write_line(f"{duration:7.0f} s  {part}")
