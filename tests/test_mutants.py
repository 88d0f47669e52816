"""The mutants, which `make mutants` runs by hand, fit the templates: a refactoring must not silently disable one."""

import subprocess
import sys

import pytest

from tools import ROOT

pytestmark = pytest.mark.stamped("tests/mutants", "tests/support", "tools", "contract/conformance/src", "templates", "copier.yml")


def test_every_mutant_fits() -> None:
    command = [sys.executable, "-m", "tests.mutants", "--check"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"adapt tests/mutants/*.toml to the change of the templates:\n{result.stderr}"
