"""The hook after generation: it tidies up, tests, tells, and never takes the new project away."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import ROOT

HOOK = ROOT / "hooks/post_gen_project.py"
PASSING = "install:\n\ntest:\n\t@echo '3 passed in 0.10s'\n"
FAILING = "install:\n\ntest:\n\t@echo 'test_x broke' && false\n"
OFFLINE = "install:\n\t@echo 'no route to host' && false\n"


def project(directory: Path, makefile: str, marker: str = "pyproject.toml") -> Path:
    (directory / "made/src/empty/deeper").mkdir(parents=True)
    (directory / "made/.git/refs").mkdir(parents=True)
    (directory / "made/Makefile").write_text(makefile, encoding="utf-8")
    (directory / "made" / marker).write_text("", encoding="utf-8")
    return directory / "made"


def run_hook(directory: Path, run_tests: str = "True", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, HOOK, run_tests],
        cwd=directory,
        env={**os.environ, "PWD": str(directory.parent), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_says_what_was_made_tested_and_what_comes_next(tmp_path: Path) -> None:
    result = run_hook(project(tmp_path, PASSING))
    assert result.returncode == 0
    lines = result.stdout.splitlines()
    assert lines[0] == f"Made     made: 2 files in {tmp_path / 'made'}"
    assert lines[1].startswith("Tests    3 passed in 0.10s; ")
    assert lines[2:] == ["Next     cd made", "         make run"]


def test_it_removes_empty_directories_outside_git(tmp_path: Path) -> None:
    made = project(tmp_path, PASSING)
    run_hook(made, "False")
    assert not (made / "src").exists()
    assert (made / ".git/refs").is_dir()


@pytest.mark.parametrize(("makefile", "told"), [(FAILING, "the tests fail"), (OFFLINE, "is there a network?")])
def test_a_failure_is_told_and_the_project_kept(makefile: str, told: str, tmp_path: Path) -> None:
    result = run_hook(project(tmp_path, makefile))
    assert result.returncode == 0
    assert told in result.stdout
    assert "run them with: make install test" in result.stdout
    assert ("test_x broke" if makefile == FAILING else "no route to host") in result.stderr


def test_strict_makes_a_failure_a_failure(tmp_path: Path) -> None:
    assert run_hook(project(tmp_path, FAILING), SCAFFOLD_STRICT="1").returncode == 1
    assert run_hook(project(tmp_path / "other", PASSING), SCAFFOLD_STRICT="1").returncode == 0


def test_without_go_it_says_so(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "make").symlink_to("/usr/bin/make")
    result = run_hook(project(tmp_path, PASSING, "go.mod"), PATH=str(tools))
    assert result.returncode == 0
    assert "not run: go is not on the PATH" in result.stdout


def test_it_leaves_the_tests_to_the_user_when_asked(tmp_path: Path) -> None:
    result = run_hook(project(tmp_path, FAILING), "False", SCAFFOLD_STRICT="1")
    assert result.returncode == 0
    assert "not run, as you asked" in result.stdout


def test_it_reports_progress_on_standard_error(tmp_path: Path) -> None:
    result = run_hook(project(tmp_path, PASSING))
    assert result.stderr.splitlines() == ["Installing the dependencies (make install)", "Running the tests (make test)"]
