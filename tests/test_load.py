"""The load tests of generated projects: `make load` passes against a service that is right, and fails against one that is not."""

import itertools
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.support import engines, matrix, servers, services, stub_service
from tools import ROOT, questions

pytestmark = [pytest.mark.thorough, pytest.mark.stamped]

SECONDS = 3
USERS = 4
ROW = re.compile(r"^(locust|wrk) +(\S.*?) +(\d+) +(\d+) +([\d.]+) +([\d.e+]+) +([\d.e+]+)$", re.M)


@pytest.fixture
def with_wrk() -> None:
    if not shutil.which("wrk"):
        servers.skip("wrk is not on the PATH: its workloads were not run")


def rendered(tree: Path, directory: Path, template: str, auth: str) -> Path:
    answers: questions.Answers = {
        "template": template,
        "database": "sqlite" if auth == "jwt" else "memory",
        "auth": auth,
        "load_tests": True,
        "project_slug": services.SLUG,
    }
    return engines.with_copier(tree, directory / "project", answers)


@pytest.fixture(scope="module")
def project(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose load tests load something else than its service."""
    return rendered(tree, tmp_path_factory.mktemp("load"), "gin-svc", "none")


def load(project: Path, command: list[str], **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run the load tests, for as short as makes sense."""
    return subprocess.run(
        command,
        cwd=project,
        env=services.environment(**{"USERS": str(USERS), "SECONDS": str(SECONDS), **variables}),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def rows(output: str) -> dict[str, tuple[int, int, float, float, float]]:
    """Return the table: for each workload the requests, the failed ones, the rate, the p50 and the p99."""
    found = ROW.findall(output)
    return {f"{tool} {name}": (int(a), int(b), float(c), float(d), float(e)) for tool, name, a, b, c, d, e in found}


@pytest.mark.usefixtures("with_wrk")
@pytest.mark.parametrize(("template", "auth"), [*zip(matrix.SERVICES, itertools.cycle(("jwt", "none")), strict=False)])
def test_a_service_bears_its_load_tests(
    template: str, auth: str, tree: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    project = rendered(tree, tmp_path, template, auth)

    result = load(project, ["make", "--no-print-directory", "load"], TMPDIR=str(tmp_path))

    assert result.returncode == 0, result.stdout + result.stderr
    table = rows(result.stdout)
    assert {"locust all", "locust GET /users/{id}", "wrk list", "wrk read", "wrk create"} <= table.keys()
    assert all(requests and not failed for requests, failed, *_ in table.values())
    if auth == "jwt":
        assert table["locust POST /auth/login"][0] == USERS
    assert not list(tmp_path.glob("load-*")), "files were left behind"
    record_property("requests of load tests", sum(requests for requests, *_ in table.values()))


@pytest.mark.usefixtures("with_wrk")
def test_wrong_answers_fail_the_load_tests_and_are_named(project: Path) -> None:
    with stub_service.serving() as url:
        result = load(project, [sys.executable, "load/run.py"], LOAD_URL=url, MAX_P99_MS="1")

    table = rows(result.stdout)
    assert result.returncode == 1, result.stdout + result.stderr
    assert table["wrk read"][1] > 0
    assert table["wrk list"][1] == 0
    assert re.search(r"FAILED: read: \d+ x status 500", result.stderr), result.stderr
    assert re.search(r"FAILED: all: \d+ x GET /users/\{id\}: .*500", result.stderr), result.stderr
    assert re.search(r"FAILED: \S.*: p99 is [\d.]+ ms, over MAX_P99_MS=1", result.stderr), result.stderr


SERVE = [sys.executable, "-m", "tests.support.stub_service"]
WITH_TESTS = {"PYTHONPATH": str(ROOT)}


def test_errors_in_the_log_fail_the_load_tests(project: Path) -> None:
    result = load(project, [sys.executable, "load/run.py", *SERVE], **WITH_TESTS, SECONDS="1")

    assert result.returncode == 1
    # The stub also complains of connections that wrk cuts off, on standard error.
    expected = r"FAILED: errors in the service's log: \d+, the first is \{\"level\": \"error\", \"message\": \"planted\"\}"
    assert re.search(expected, result.stderr), result.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_leaves_nothing_behind(number: signal.Signals, project: Path, tmp_path: Path) -> None:
    variables = services.environment(SECONDS="60", TMPDIR=str(tmp_path), **WITH_TESTS)

    # What a shell starts in the background ignores SIGINT, and so does what it starts in turn.
    process = subprocess.Popen(
        [sys.executable, "load/run.py", *SERVE],
        cwd=project,
        env=variables,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stderr
    try:
        started = re.search(r"Locust: .* at http://127.0.0.1:(\d+)", process.stderr.readline())
        assert started
        process.send_signal(number)
        status = process.wait(30)
    finally:
        process.kill()
        process.wait()
        process.stderr.close()

    assert status == 128 + number
    assert not list(tmp_path.glob("load-*")), "files were left behind"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(started[1])), timeout=5)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"USERS": "many"}, "USERS must be a whole number above 0"),
        ({"LOAD_URL": "nonsense"}, "LOAD_URL must be such as http://127.0.0.1:8000"),
        ({"LOAD_URL": "http://127.0.0.1:1"}, "http://127.0.0.1:1 does not answer"),
    ],
)
def test_a_mistake_is_one_line(variables: Mapping[str, str], message: str, project: Path) -> None:
    result = load(project, [sys.executable, "load/run.py"], **variables)

    assert result.returncode == 1
    assert result.stderr.startswith(message), result.stderr
    assert result.stderr.count("\n") == 1
