"""Every template keeps the contract on every database: the conformance suite, run as its users run it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

import matrix
import services

CONFORMANCE = matrix.ROOT / "contract/conformance"
ORIGIN = "https://app.example.com"
SETTINGS = {"CORS_ALLOWED_ORIGINS": ORIGIN, "LOG_LEVEL": "warning"}


@pytest.mark.parametrize("database", matrix.options()["database"])
@pytest.mark.parametrize("template", matrix.options()["template"])
def test_it_keeps_the_contract(
    template: str,
    database: str,
    projects: services.Projects,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    project = projects.get(template, database)
    results = tmp_path / "results.xml"
    conformance = [sys.executable, "-m", "uv", "run", "--quiet", "--locked", "--project", str(CONFORMANCE), "conformance"]
    with services.fresh_store(database, tmp_path) as store, services.running(project, store | SETTINGS) as service:
        run = subprocess.run(
            [*conformance, service.url, "--cors-origin", ORIGIN, "--junit", str(results)],
            env=services.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
    assert run.returncode == 0, run.stdout[-10_000:] + run.stderr[-2000:]
    suite = next(ElementTree.parse(results).getroot().iter("testsuite"))  # noqa: S314 - our own file
    assert suite.get("skipped") == "0", run.stdout[-10_000:]
    record_property("conformance cases passed", int(suite.get("tests", 0)))
