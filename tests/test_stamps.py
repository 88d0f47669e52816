"""A stamp never hides a change: each kind of input is changed under a test that has passed, and the test runs again."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import engines

pytestmark = pytest.mark.stamped("tests/support", "tests/conftest.py", "tools", "templates", "hooks", "contract")

# A suite that is given something of every kind.
SUITE = """
from pathlib import Path

import pytest

from tests.support import engines, planted_helper

pytestmark = pytest.mark.stamped("contract/common-passwords.txt", "hooks")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return engines.written_by_plain_jinja(tmp_path_factory.mktemp("project"), {"template": "gin-svc", "nginx": True})


@pytest.mark.parametrize("number", [1, 2])
def test_planted(number, project, record_property):
    assert planted_helper.VALUE
    record_property("planted figures", 1)


def test_fails():
    assert planted_helper.PASSES
"""
HELPER = "VALUE = True\nPASSES = True\n"
GIN = "templates/gin-svc/{{cookiecutter.project_slug}}"
PROGRAM = "#!/bin/sh\necho 'wrk 4.1.0'\n"


@pytest.fixture(scope="module")
def passed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree with a suite of its own, which has passed."""
    home = tmp_path_factory.mktemp("stamps")
    copy = engines.copy_of_tree(home / "polysvc")
    (copy / "tests/test_planted.py").write_text(SUITE, encoding="utf-8")
    (copy / "tests/support/planted_helper.py").write_text(HELPER, encoding="utf-8")
    (home / "bin").mkdir()
    (home / "bin/wrk").write_text(PROGRAM, encoding="utf-8")
    (home / "bin/wrk").chmod(0o755)
    assert "3 passed" in run(copy)
    return copy


@pytest.fixture
def copy(passed: Path, tmp_path: Path) -> Path:
    """That copy, where it was, so that only what a test changes is another; it is put back afterwards."""
    shutil.copytree(passed, tmp_path / "kept", symlinks=True)
    return passed


@pytest.fixture(autouse=True)
def _put_back(request: pytest.FixtureRequest, tmp_path: Path) -> object:
    yield
    if (tmp_path / "kept").exists():
        passed = request.getfixturevalue("passed")
        shutil.rmtree(passed)
        shutil.copytree(tmp_path / "kept", passed, symlinks=True)
        (passed.parent / "bin/wrk").write_text(PROGRAM, encoding="utf-8")


def run(copy: Path, *arguments: str, suite: str = "tests/test_planted.py", **variables: str) -> str:
    """Run the planted suite and return what pytest says."""
    path = f"{copy.parent}/bin:{os.environ['PATH']}"
    environment = {name: value for name, value in os.environ.items() if name not in ("FRESH", "PYTEST_ADDOPTS")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *filter(None, [suite]), *arguments]
    result = subprocess.run(
        command, cwd=copy, env={**environment, "PATH": path, **variables}, capture_output=True, text=True, check=False
    )
    return result.stdout + result.stderr + f"\nexit status {result.returncode}"


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def test_what_has_passed_is_not_run_again_and_its_figures_count(copy: Path) -> None:
    said = run(copy)
    assert "3 deselected" in said
    assert "exit status 0" in said
    assert "2 planted figures" in said
    assert "3 of the tests were not run again, and are counted above: they passed with the same inputs (FRESH=1 runs all)" in said


@pytest.mark.thorough
def test_workers_leave_out_the_same(copy: Path) -> None:
    said = run(copy, "--numprocesses=2")
    assert "3 of the tests were not run again" in said
    assert "exit status 0" in said


@pytest.mark.thorough
def test_fresh_runs_all(copy: Path) -> None:
    assert "3 passed" in run(copy, FRESH="1")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (f"{GIN}/cmd/server/main.go", "// changed\n"),
        pytest.param("templates/shared/any/.editorconfig", "", marks=pytest.mark.thorough),
        pytest.param("copier.yml", "# changed\n", marks=pytest.mark.thorough),
        ("tests/test_planted.py", "# changed\n"),
        ("tests/support/planted_helper.py", "# changed\n"),
        ("contract/common-passwords.txt", "changed\n"),
        # The same kinds once more, and what is given to every test.
        pytest.param("uv.lock", "\n", marks=pytest.mark.thorough),
        pytest.param("tests/support/machine.py", "# changed\n", marks=pytest.mark.thorough),
        pytest.param("tools/questions.py", "# changed\n", marks=pytest.mark.thorough),
        pytest.param("tests/conftest.py", "# changed\n", marks=pytest.mark.thorough),
        pytest.param("hooks/post_gen_project.py", "# changed\n", marks=pytest.mark.thorough),
        pytest.param("pyproject.toml", "\n", marks=pytest.mark.thorough),
    ],
)
def test_a_changed_input_runs_again(path: str, text: str, copy: Path) -> None:
    """What is rendered, the suite, what it imports and what that imports, files that it names, and the dependencies."""
    if path.startswith("templates/shared"):
        append(copy / path, "\n[*.planted]\nindent_size = 7\n")
        subprocess.run([sys.executable, "-m", "tools.sync"], cwd=copy, check=True, capture_output=True)
        assert "2 passed, 1 deselected" in run(copy)
    elif path.startswith("templates"):
        append(copy / path, text)
        assert "2 passed, 1 deselected" in run(copy)
    else:
        append(copy / path, text)
        assert "3 passed" in run(copy)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "docs/planted.md",
        "tools/new.py",
        "tests/test_tree.py",
        f"{GIN}/docs/{{% if cookiecutter.load_tests %}}load-tests.md{{% endif %}}",
    ],
)
def test_what_is_no_input_runs_nothing(path: str, copy: Path) -> None:
    """Documents, other suites, and what the project's answers leave out of it."""
    (copy / path).parent.mkdir(exist_ok=True)
    append(copy / path, "\n")
    assert "3 deselected" in run(copy)


@pytest.mark.thorough
def test_a_mode_is_an_input(copy: Path) -> None:
    script = next((copy / GIN / "deploy").glob("*make-secrets*"))
    script.chmod(0o644)
    assert "2 passed, 1 deselected" in run(copy)


@pytest.mark.thorough
def test_a_variable_that_reaches_into_tests_runs_again(copy: Path) -> None:
    assert "3 passed" in run(copy, GOFLAGS="-count=1")


@pytest.mark.thorough
def test_what_was_only_planned_gets_no_stamp(copy: Path) -> None:
    shutil.rmtree(copy / "build/stamps")
    assert "no tests ran" in run(copy, "--setup-plan")
    assert "3 passed" in run(copy)


@pytest.mark.thorough
@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"test": "x", "given": [1], "figures": []}'])
def test_a_damaged_stamp_is_none(content: str, copy: Path) -> None:
    for path in (copy / "build/stamps").iterdir():
        path.write_text(content, encoding="utf-8")
    assert "3 passed" in run(copy)


@pytest.mark.thorough
def test_a_suite_that_is_gone_does_no_harm(copy: Path) -> None:
    (copy / "tests/test_planted.py").rename(copy / "tests/test_renamed.py")
    assert "exit status 0" in run(copy, "tests/test_hooks.py", "--deselect=tests/test_planted.py", suite="")


@pytest.mark.thorough
def test_a_file_that_is_misspelt_is_an_error(copy: Path) -> None:
    suite = copy / "tests/test_planted.py"
    suite.write_text(SUITE.replace("contract/common", "contarct/common"), encoding="utf-8")
    assert "names contarct/common-passwords.txt, and there is no such file" in run(copy)


def test_another_version_of_a_program_runs_again(copy: Path) -> None:
    (copy.parent / "bin/wrk").write_text(PROGRAM.replace("4.1.0", "4.2.0"), encoding="utf-8")
    assert "3 passed" in run(copy)


@pytest.mark.thorough
def test_what_failed_or_was_skipped_gets_no_stamp(copy: Path) -> None:
    helper = copy / "tests/support/planted_helper.py"
    helper.write_text(HELPER.replace("PASSES = True", "PASSES = False"), encoding="utf-8")
    assert "1 failed, 2 passed" in run(copy)
    assert "1 failed, 2 deselected" in run(copy)
    helper.write_text("import pytest\nVALUE = pytest.skip('planted', allow_module_level=True)\n", encoding="utf-8")
    assert "1 skipped" in run(copy)
    helper.write_text(HELPER, encoding="utf-8")
    assert "passed" in run(copy)


@pytest.mark.thorough
def test_an_edit_while_the_tests_run_is_seen_by_the_next_run(copy: Path) -> None:
    suite = copy / "tests/test_planted.py"
    append(suite, "\n\ndef test_that_edits():\n    Path(planted_helper.__file__).write_text('VALUE = PASSES = True\\n')\n")
    assert "4 passed" in run(copy)
    assert "4 passed" in run(copy)
