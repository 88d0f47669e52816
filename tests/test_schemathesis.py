"""Every template answers as the OpenAPI document says: Schemathesis with all its checks and phases."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import matrix
import services

SCHEMATHESIS = Path(sys.executable).with_name("st")
# It also holds what is excluded, with the reason.
CONFIGURATION = matrix.ROOT / "contract/schemathesis.toml"
PHASES = ("examples", "coverage", "fuzzing", "stateful")
SETTINGS = {"LOG_LEVEL": "warning"}


@pytest.mark.parametrize("database", ["sqlite", "postgresql", "memory"])
@pytest.mark.parametrize("template", matrix.options()["template"])
def test_it_answers_as_documented(
    template: str,
    database: str,
    projects: services.Projects,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    project = projects.get(template, database)
    report_path = tmp_path / "report.json"
    command = [SCHEMATHESIS, "--config-file", CONFIGURATION, "run", "--report=json", f"--report-json-path={report_path}"]
    with services.fresh_store(database, tmp_path) as store, services.running(project, store | SETTINGS) as service:
        run = subprocess.run(
            [*map(str, command), f"{service.url}/openapi.json"], cwd=tmp_path, capture_output=True, text=True, check=False
        )
    assert run.returncode == 0, run.stdout[-10_000:] + run.stderr[-2000:]
    report = json.loads(report_path.read_text(encoding="utf-8"))
    assert report["operations"]["tested"] == report["operations"]["total"]
    assert {phase: report["phases"][phase]["status"] for phase in PHASES} == dict.fromkeys(PHASES, "success")
    record_property("Schemathesis requests", report["test_cases"]["generated"])
