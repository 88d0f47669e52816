"""The workflows, ours and the generated ones, as actionlint reads them."""

import subprocess
from pathlib import Path

import pytest

from tests.support import engines, matrix
from tools import ROOT, questions

pytestmark = pytest.mark.stamped(".github")

ACTIONLINT = ["go", "run", "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12", "-no-color"]


def test_our_workflow_is_clean() -> None:
    result = subprocess.run(ACTIONLINT, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("database", questions.options()["database"])
@pytest.mark.parametrize("template", matrix.TEMPLATES)
def test_generated_workflows_are_clean(template: str, database: str, tmp_path: Path) -> None:
    answers: questions.Answers = {"template": template, "database": database, "ci": "github"}
    project = engines.written_by_plain_jinja(tmp_path, answers)
    workflows = sorted((project / ".github/workflows").iterdir())
    result = subprocess.run([*ACTIONLINT, *workflows], cwd=project, capture_output=True, text=True, check=False)
    assert workflows
    assert result.returncode == 0, result.stdout + result.stderr
