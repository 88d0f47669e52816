"""The conformance suite's own tests: it fails where it should, and says so well."""

import re
import subprocess
from collections.abc import Callable

import pytest

from tests.support import conformance, services

# Runs the whole suite against services that get all of it wrong.
SLOW = "test_command.py"
FILES = [
    pytest.param(path.name, marks=pytest.mark.thorough if path.name == SLOW else ())
    for path in sorted((conformance.DIRECTORY / "tests").glob("test_*.py"))
]
pytestmark = pytest.mark.stamped(*conformance.FILES, "contract/conformance/tests")


@pytest.mark.parametrize("file", FILES)
def test_its_own_tests_pass(file: str, record_property: Callable[[str, object], None]) -> None:
    command = conformance.command("pytest", "--quiet", "-p", "no:cacheprovider", f"tests/{file}")
    run = subprocess.run(
        command, cwd=conformance.DIRECTORY, env=services.environment(), capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-2000:]
    closing = re.search(r"^(\d+) passed in ", run.stdout, re.MULTILINE)
    assert closing, run.stdout[-1000:]
    record_property("self-tests of the conformance suite passed", int(closing[1]))
