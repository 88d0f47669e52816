"""The load tests of generated projects: `make load` passes against a service that is right, and fails against one that is not."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import engines
import matrix
import services

SECONDS = 3
USERS = 4
ROW = re.compile(r"^(locust|wrk) +(\S.*?) +(\d+) +(\d+) +([\d.]+) +([\d.e+]+) +([\d.e+]+)$", re.M)
TEMPLATES = matrix.options()["template"]


@pytest.fixture
def with_wrk() -> None:
    if not shutil.which("wrk"):
        message = "wrk is not on the PATH: its workloads were not run"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)


def rendered(tree: Path, directory: Path, template: str, auth: str) -> Path:
    answers: matrix.Answers = {
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
@pytest.mark.parametrize(("template", "auth"), [*zip(TEMPLATES, ("jwt", "none", "jwt"), strict=True)])
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


class Stub(BaseHTTPRequestHandler):
    """A service without logins that answers as it should, but for what a test plants."""

    protocol_version = "HTTP/1.1"
    reads = 0

    def do_GET(self) -> None:
        if self.path == "/readyz":
            self.answer(200, {"status": "ok"})
        elif self.path.startswith("/users/"):
            # Every third read of one user fails.
            type(self).reads += 1
            self.answer(*((500, {"status": 500}) if self.reads % 3 == 0 else (200, self.user())), ETag='"1"')
        else:
            self.answer(200, {"items": [], "next_cursor": None})

    def do_POST(self) -> None:
        self.answer(201, self.user())

    def do_PUT(self) -> None:
        # Not the shape of a profile.
        self.answer(200, {"user_id": 1})

    def do_PATCH(self) -> None:
        self.answer(200, {**self.user(), "version": 2})

    def do_DELETE(self) -> None:
        self.answer(204)

    def user(self) -> dict[str, object]:
        times = dict.fromkeys(("created_at", "updated_at"), "2026-01-31T09:30:00.000Z")
        return {"id": 1, "name": "Ada", "email": "ada@example.com", "age": 1, **times, "version": 1}

    def answer(self, status: int, document: object = None, **headers: str) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b"" if document is None else json.dumps(document).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def stub() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.usefixtures("with_wrk")
def test_wrong_answers_fail_the_load_tests_and_are_named(project: Path) -> None:
    with stub() as url:
        result = load(project, [sys.executable, "load/run.py"], LOAD_URL=url, MAX_P99_MS="1")

    table = rows(result.stdout)
    assert result.returncode == 1, result.stdout + result.stderr
    assert table["wrk read"][1] > 0
    assert table["wrk list"][1] == 0
    assert re.search(r"FAILED: read: \d+ x status 500", result.stderr), result.stderr
    assert re.search(r"FAILED: all: \d+ x GET /users/\{id\}: .*500", result.stderr), result.stderr
    assert re.search(r"FAILED: \S.*: p99 is [\d.]+ ms, over MAX_P99_MS=1", result.stderr), result.stderr


def serve() -> None:
    """Be a service that logs an error: what the load tests start in place of the project's own."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    print(json.dumps({"level": "warning", "message": "nothing"}))
    print(json.dumps({"level": "error", "message": "planted"}), flush=True)
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Stub).serve_forever()


SERVE = [sys.executable, "-c", "import test_load; test_load.serve()"]
WITH_TESTS = {"PYTHONPATH": str(Path(__file__).parent)}


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
