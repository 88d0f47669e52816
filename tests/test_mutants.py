"""The mutants, which `make mutants` runs by hand, fit the templates: a refactoring must not silently disable one."""

import os
import subprocess
import sys

from matrix import ROOT


def test_every_mutant_fits() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    command = [sys.executable, "-m", "contract.mutants", "--check"]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"adapt contract/mutants/*.toml to the change of the templates:\n{result.stderr}"
