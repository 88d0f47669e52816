"""The workflows, ours and the generated ones, as actionlint reads them."""

import subprocess
from pathlib import Path

import pytest

import engines
import matrix

ACTIONLINT = ["go", "run", "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12", "-no-color"]


def test_our_workflow_is_clean() -> None:
    result = subprocess.run(ACTIONLINT, cwd=matrix.ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("database", matrix.options()["database"])
@pytest.mark.parametrize("template", matrix.options()["template"])
def test_generated_workflows_are_clean(template: str, database: str, tree: Path, tmp_path: Path) -> None:
    project = engines.with_copier(tree, tmp_path / "made", {"template": template, "database": database, "ci": "github"})
    workflows = sorted((project / ".github/workflows").iterdir())
    result = subprocess.run([*ACTIONLINT, *workflows], cwd=project, capture_output=True, text=True, check=False)
    assert workflows
    assert result.returncode == 0, result.stdout + result.stderr
