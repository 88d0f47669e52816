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
{% if cookiecutter.auth == 'jwt' %}
from httpx2 import Client
from logins import PASSWORD, attempt, bearer, log_in, refresh, register
{% endif %}

TIMEOUT = 30


class Service:
    """A running process of the service."""

    def __init__(self, **environment: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
        self.log: list[dict[str, Any]] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "{{ cookiecutter.__package }}"],
            env={**os.environ, **environment, "PORT": str(self.port)},
            stdout=subprocess.PIPE,
            text=True,
        )

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), TIMEOUT)

    def wait_until_it_listens(self) -> None:
        while True:
            self._read_log_line()
            try:
                self.connect().close()
            except ConnectionRefusedError:
                continue
            return

    def wait_until_it_stops(self) -> None:
        while not re.match("Handling signal|Shutting down", self._read_log_line()):
            pass

    def _read_log_line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the service has ended"
        self.log.append(json.loads(line))
        return str(self.log[-1]["message"])

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def exit_status(self) -> int:
        """Read the rest of the log and return the status with which the process ends."""
        output, _ = self._process.communicate(timeout=TIMEOUT)
        self.log += [json.loads(line) for line in output.splitlines()]
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
    service = Service(DATABASE_URL=empty_database, WEB_CONCURRENCY="2")
{% endif %}
    yield service
    service.kill()


def test_stop_finishes_the_requests_in_flight(service: Service) -> None:
{% if cookiecutter.auth == 'jwt' %}
    body = b'{"name": "Ada", "email": "ada@example.com", "password": "correct horse battery"}'
    request_line = "POST /auth/register HTTP/1.1"
    head = f"{request_line}\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
{% else %}
    body = b'{"name": "Ada", "email": "ada@example.com"}'
    head = f"POST /users HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
{% endif %}
    service.wait_until_it_listens()
    with service.connect() as connection, connection.makefile("rb") as answer:
        connection.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
        # Who is asked for the body knows that the request is being answered.
        assert answer.readline() == b"HTTP/1.1 100 Continue\r\n"
        assert answer.readline() == b"\r\n"
        service.terminate()
        service.wait_until_it_stops()
        connection.sendall(body)
        assert answer.readline() == b"HTTP/1.1 201 Created\r\n"

    assert service.exit_status() == 0
    with pytest.raises(ConnectionRefusedError):
        service.connect()


{% if cookiecutter.auth == 'jwt' %}
def test_log_holds_no_secret(service: Service) -> None:
    service.wait_until_it_listens()
    with Client(base_url=f"http://127.0.0.1:{service.port}") as client:
        register(client)
        tokens = log_in(client)
        again = refresh(client, tokens).json()
        client.get("/auth/me", headers=bearer(again))
        refresh(client, tokens)
        attempt(client, password="a wrong passphrase")
        client.get(f"/users?access_token={again['access_token']}", headers=bearer(again))
    service.terminate()

    assert service.exit_status() == 0
    log = json.dumps(service.log)
    assert "/auth/login" in log
    for secret in (PASSWORD, "a wrong passphrase", "ada@example.com", "argon2id"):
        assert secret not in log
    for token in (tokens["access_token"], tokens["refresh_token"], again["access_token"], again["refresh_token"]):
        assert token not in log


{% endif %}
def test_log_is_one_json_object_a_line(service: Service) -> None:
    service.wait_until_it_listens()
    with service.connect() as connection:
        connection.sendall(b"GET /users?email=ada%40example.com HTTP/1.1\r\nHost: test\r\nX-Request-ID: mine\r\n\r\n")
        assert connection.recv(1)
    service.terminate()

    assert service.exit_status() == 0
    assert all(list(line)[:3] == ["time", "level", "message"] for line in service.log)
    (line,) = [line for line in service.log if line["message"] == "request"]
    assert list(line) == ["time", "level", "message", "request_id", "method", "route", "status", "duration_ms"]
    assert (line["request_id"], line["method"], line["route"], line["status"]) == ("mine", "GET", {% if cookiecutter.auth == 'jwt' %}"/users", 401){% else %}"/users", 200){% endif +%}
    assert "ada" not in json.dumps(service.log)
