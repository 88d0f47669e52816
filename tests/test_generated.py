"""A covering set of the combinations, really generated: linted, tested, started and asked, as their user would."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import engines
import matrix
import pytest
import servers
from conftest import RUN

SECONDS_TO_START = 120
COVERING = [
    pytest.param(number, answers, id=matrix.readable_id(answers)) for number, answers in enumerate(matrix.covering_sets())
]


@pytest.mark.parametrize(("number", "answers"), COVERING)
def test_it_lints_tests_and_runs(
    number: int, answers: matrix.Answers, tree: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with ExitStack() as stack:
        environment = dict(os.environ)
        for variable in ("VIRTUAL_ENV", "DATABASE_URL", "PORT", "CI"):
            environment.pop(variable, None)
        if answers["database"] in servers.VARIABLES:
            environment["TEST_DATABASE_URL"] = stack.enter_context(servers.fresh_database(answers["database"]))
            environment["DATABASE_URL"] = stack.enter_context(servers.fresh_database(answers["database"]))
        project = generate(number, answers, tree, tmp_path)
        commit_all(project)
        for target in ("install", "lint", "test"):
            make(project, target, environment)
        # The port comes from the project's own example of a `.env`, changed as the README tells to.
        port = free_port()
        example = (project / ".env.example").read_text(encoding="utf-8")
        (project / ".env").write_text(f"{example}\nPORT={port}\n", encoding="utf-8")
        with running(project, environment, port):
            ask_for_a_user(port)
        assert git(project, "status", "--porcelain") == "", "make left files behind that .gitignore does not know"
    record_property(RUN, 1)
    shutil.rmtree(tmp_path)


def generate(number: int, answers: matrix.Answers, tree: Path, directory: Path) -> Path:
    if number % 2:
        return engines.with_cookiecutter(tree, directory / "made", answers, hooks=True)
    return engines.with_copier(tree, directory / "made/user-service", answers, tasks=True)


def commit_all(project: Path) -> None:
    git(project, "init", "--quiet")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "Generate the service")


def git(project: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *identity, *arguments], cwd=project, capture_output=True, text=True, check=True).stdout


def make(project: Path, target: str, environment: dict[str, str]) -> None:
    result = subprocess.run(
        ["make", "--no-print-directory", target], cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, f"make {target} failed:\n{result.stdout[-4000:]}\n{result.stderr[-4000:]}"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running(project: Path, environment: dict[str, str], port: int) -> Iterator[None]:
    """Start the service with `make run`, wait until it is ready, and stop it with SIGTERM, within the deadline."""
    log = project.parent / "run.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["make", "--no-print-directory", "run"],
            cwd=project,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            wait_until_ready(port, process, log)
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=30)
    lines = [line for line in log.read_text(encoding="utf-8").splitlines() if line.startswith("{")]
    assert lines, "the service logged nothing"
    assert all(json.loads(line)["message"] for line in lines)


def wait_until_ready(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if request(port, "GET", "/readyz")[0] == 200:
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"not ready within {SECONDS_TO_START} s:\n{log.read_text(encoding='utf-8')[-3000:]}")


def request(port: int, method: str, path: str, body: object = None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read() or b"null")
    finally:
        connection.close()


def ask_for_a_user(port: int) -> None:
    status, made = request(port, "POST", "/users", {"name": "Ada", "email": "Ada@Example.com", "age": 36})
    assert status == 201, made
    status, found = request(port, "GET", f"/users/{made['id']}")
    assert (status, found) == (200, made)
    assert found["email"] == "ada@example.com"
