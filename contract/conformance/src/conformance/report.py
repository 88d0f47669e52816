"""Shows the results of a run as a table."""

import shutil
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field

import pytest

AREA_WIDTH = 18
RESULT_WIDTH = 8
COLOURS = {"ok": "32", "FAIL": "1;31", "not run": "1;33"}


@dataclass
class Case:
    """One row of the table."""

    area: str
    name: str
    result: str = "ok"
    seconds: float = 0.0
    text: str = ""


@dataclass
class Table:
    """A pytest plugin that prints a row as soon as a case is over, and a summary in the end."""

    cases: list[Case] = field(default_factory=list)
    _started: float = field(default_factory=time.monotonic)
    _running: Case | None = None

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        item.user_properties.append(("area", item.module.AREA))  # type: ignore[attr-defined]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "setup":
            self._running = Case(str(dict(report.user_properties).get("area", "")), case_name(report.nodeid))
        case = self._running
        if case is None:
            return
        # The last case's teardown deletes the users of all.
        case.seconds += report.duration if report.when != "teardown" else 0.0
        if report.skipped:
            case.result = "not run"
            case.text = report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else ""
        elif report.failed:
            case.result = "FAIL"
            case.text += str(report.longrepr)
        if report.when == "teardown":
            self.cases.append(case)
            self._running = None
            print(row(case), flush=True)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            print(report.longrepr, file=sys.stderr)

    @property
    def failed(self) -> list[Case]:
        return [case for case in self.cases if case.result == "FAIL"]

    def print_header(self, url: str) -> None:
        print(f"Does {url} keep the contract?\n")
        print(f"{'area':<{AREA_WIDTH}} {'case':<{_case_width()}} {'result':<{RESULT_WIDTH}} {'time':>8}")

    def print_summary(self) -> None:
        for case in self.failed:
            print(f"\n{_coloured('FAIL')}  {case.area}: {case.name}")
            print("\n".join(f"      {line}" for line in case.text.splitlines()))
        by_area: dict[str, list[Case]] = defaultdict(list)
        for case in self.cases:
            by_area[case.area].append(case)
        print(f"\n{'area':<{AREA_WIDTH}} {'ok':>6} {'FAIL':>6} {'not run':>8} {'time':>9}")
        for area, cases in [*by_area.items(), ("all", self.cases)]:
            counts = {result: sum(case.result == result for case in cases) for result in COLOURS}
            seconds = sum(case.seconds for case in cases)
            print(f"{area:<{AREA_WIDTH}} {counts['ok']:>6} {counts['FAIL']:>6} {counts['not run']:>8} {seconds:>7.1f} s")
        for text in sorted({case.text for case in self.cases if case.result == "not run"}):
            count = sum(case.text == text for case in self.cases)
            print(f"\n{_coloured('not run').upper()}: {count} cases. To run them, {text}.")
        verdict = f"{len(self.failed)} cases disagree with the contract" if self.failed else "no disagreement with the contract"
        print(f"\n{len(self.cases)} cases in {time.monotonic() - self._started:.1f} s: {verdict}.")


def row(case: Case) -> str:
    width = _case_width()
    name = case.name if len(case.name) <= width else case.name[: width - 1] + "…"
    padding = " " * (RESULT_WIDTH - len(case.result))
    return f"{case.area:<{AREA_WIDTH}} {name:<{width}} {_coloured(case.result)}{padding} {case.seconds * 1000:>5.0f} ms"


def case_name(nodeid: str) -> str:
    """Return a readable name: `…::test_name_is_trimmed[U+0085]` is `name is trimmed: U+0085`."""
    name, bracket, parameters = nodeid.partition("::test_")[2].partition("[")
    # pytest escapes what is not ASCII in a parameter's name.
    shown = parameters.removesuffix("]").encode("ascii", "backslashreplace").decode("unicode_escape")
    return name.replace("_", " ") + (f": {shown}" if bracket else "")


def _case_width() -> int:
    return max(40, min(shutil.get_terminal_size((120, 24)).columns, 160) - AREA_WIDTH - RESULT_WIDTH - 11)


def _coloured(result: str) -> str:
    return f"\x1b[{COLOURS[result]}m{result}\x1b[0m" if sys.stdout.isatty() else result
