"""Fixtures, and the figures that close a run: what was rendered, run and asked, and how long it took."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from _pytest.terminal import TerminalReporter
from pytest_copie.plugin import Copie

from tests.support import engines, figures, servers, services, stamps
from tests.support.inputs import note_engine
from tools.questions import Answers

_servers = ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    stamps.register(config)
    if not hasattr(config, "workerinput"):
        _servers.enter_context(servers.of_a_run())


def pytest_unconfigure() -> None:
    _servers.close()


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


@pytest.fixture
def copied(tree: Path, tmp_path: Path) -> Callable[[Answers], Path]:
    """Render a project with Copier as an unattended user does, hooks and all but its tests; raise what Copier raises."""
    copie = Copie(default_template_dir=tree, test_dir=tmp_path / "copie", config_file=tmp_path / "unused")
    copie.test_dir.mkdir()

    def render(answers: Answers) -> Path:
        note_engine(answers)
        result = copie.copy({"run_tests": False, **answers})
        if result.exception:
            raise result.exception
        assert result.project_dir
        return result.project_dir

    return render


@pytest.fixture
def baked(cookies: Any, tree: Path) -> Callable[[Answers], Path]:
    """Render a project with Cookiecutter likewise."""

    def render(answers: Answers) -> Path:
        note_engine(answers)
        context = {"run_tests": False, **answers}
        result = cookies.bake(context, template=str(tree / "templates" / str(context.pop("template"))))
        if result.exception:
            raise result.exception
        return Path(result.project_path)

    return render


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.stats.get(outcome, [])]
    calls = [report for report in reports if report.when == "call"]
    terminalreporter.section("figures")
    totals: dict[str, Any] = {}
    left_out = stamps.left_out(config)
    told = [*(report.user_properties for report in calls), *(stamp.figures for stamp in left_out)]
    for name, value in (figure for figures_ in told for figure in figures_):
        totals[name] = totals.get(name, 0) + value
    first = (figures.COMBINATIONS, figures.VARIANTS, figures.RENDERED, figures.RUN)
    for name, total in sorted(totals.items(), key=lambda item: first.index(item[0]) if item[0] in first else len(first)):
        terminalreporter.write_line(f"{total:7} {name}")
    if left_out:
        terminalreporter.write_line(
            f"{len(left_out):7} of the tests were not run again, and are counted above: "
            "they passed with the same inputs (FRESH=1 runs all)"
        )
    seconds: dict[str, float] = {}
    for report in reports:
        part = report.nodeid.partition("::")[0]
        seconds[part] = seconds.get(part, 0) + report.duration
    for part, duration in sorted(seconds.items()):
        terminalreporter.write_line(f"{duration:7.0f} s  {part}, in all processes")
