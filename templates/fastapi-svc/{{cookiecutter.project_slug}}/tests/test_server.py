"""The process: its start, its stop and its log."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

{% if cookiecutter.database != 'memory' %}
from {{ cookiecutter.__package }}.__main__ import main
{% endif %}
from {{ cookiecutter.__package }}.server import Server
from {{ cookiecutter.__package }}.settings import Settings

COMMAND = [sys.executable, "-m", "{{ cookiecutter.__package }}"]
TIMEOUT = 30


class Service:
    """A running process of the service."""

    def __init__(self, **environment: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
        self.lines: list[dict[str, Any]] = []
        self._process = subprocess.Popen(
            COMMAND,
            env={**os.environ, **environment, "PORT": str(self.port)},
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait_for_line(self, pattern: str) -> None:
        """Read the log up to a line whose message matches."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(json.loads(line))
            if re.match(pattern, self.lines[-1]["message"]):
                return
        pytest.fail(f"no line in the log matches {pattern}")

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), TIMEOUT)

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def exit_status(self) -> int:
        """Read the rest of the log and return the status with which the process ends."""
        output, _ = self._process.communicate(timeout=TIMEOUT)
        self.lines += [json.loads(line) for line in output.splitlines()]
        return self._process.returncode

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
{% if cookiecutter.database == 'memory' %}
def service() -> Iterator[Service]:
    service = Service()
{% else %}
def service(empty_database: str) -> Iterator[Service]:
    service = Service(DATABASE_URL=empty_database)
{% endif %}
    yield service
    service.kill()


def test_stop_finishes_the_requests_in_flight(service: Service) -> None:
    body = b'{"name": "Ada", "email": "ada@example.com"}'
    head = f"POST /users HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    service.wait_for_line("Uvicorn running")
    with service.connect() as connection, connection.makefile("rb") as answer:
        connection.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
        # The service asks for the body, so the request is in a route.
        assert answer.readline() == b"HTTP/1.1 100 Continue\r\n"
        assert answer.readline() == b"\r\n"
        service.terminate()
        service.wait_for_line("Shutting down")
        connection.sendall(body)
        assert answer.readline() == b"HTTP/1.1 201 Created\r\n"
        assert b"connection: close\r\n" in answer.readlines()

    assert service.exit_status() == 0
    with pytest.raises(ConnectionRefusedError):
        service.connect()


def test_log_is_one_json_object_a_line(service: Service) -> None:
    service.wait_for_line("Uvicorn running")
    with service.connect() as connection:
        connection.sendall(b"GET /users?email=ada%40example.com HTTP/1.1\r\nHost: test\r\nX-Request-ID: mine\r\n\r\n")
        assert connection.recv(1)
    service.terminate()

    assert service.exit_status() == 0
    assert all(list(line)[:3] == ["time", "level", "message"] for line in service.lines)
    (line,) = [line for line in service.lines if line["message"] == "request"]
    assert list(line) == ["time", "level", "message", "request_id", "method", "route", "status", "duration_ms"]
    assert (line["request_id"], line["method"], line["route"], line["status"]) == ("mine", "GET", "/users", 200)
    assert "ada" not in json.dumps(service.lines)


def test_service_is_not_ready_once_it_has_to_stop(client: TestClient) -> None:
    app = client.app
    assert isinstance(app, FastAPI)
    server = Server(app, Settings())

    server.handle_exit(signal.SIGTERM, None)

    response = client.get("/readyz")
    assert server.should_exit
    assert response.status_code == 503
    assert response.json()["detail"] == "The service is shutting down."
    assert client.get("/healthz").status_code == 200


def test_bad_setting_ends_the_start_with_one_line() -> None:
    environment = {**os.environ, "PORT": "http"}
    result = subprocess.run(COMMAND, env=environment, capture_output=True, text=True, timeout=TIMEOUT, check=False)

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "PORT must be an integer from 1 to 65535\n"
{% if cookiecutter.database != 'memory' %}


def test_unset_database_ends_the_start_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_ENV", "production")
    monkeypatch.delenv("DATABASE_URL", raising=False)

    with pytest.raises(SystemExit, match=r"^DATABASE_URL is required when APP_ENV is production$"):
        main([])


def test_database_out_of_reach_ends_the_start_with_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:////nowhere/users.db")

    with pytest.raises(SystemExit, match=r"^the database is not available: .+$"):
        main([])


def test_migrate_command(
    empty_database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database)

    for arguments in (["migrate"], ["migrate", "status"], ["migrate", "down"]):
        main(arguments)

    assert capsys.readouterr().out.splitlines() == [
        "version 0001, newest 0001",
        "version 0001, newest 0001",
        "version none, newest 0001",
    ]
{% endif %}
