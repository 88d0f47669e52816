{# Made from templates/shared/python/tests/test_listener.py by `make sync`: edit that. #}
"""A socket that somebody else holds, as systemd does, so that a restart refuses nobody."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
{% if cookiecutter.auth == 'jwt' %}
from httpx2 import Client, HTTPTransport
from logins import attempt
{% endif %}

TIMEOUT = 60
# What systemd does between fork and exec.
HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.executable, [sys.executable, "-m", "{{ cookiecutter.__package }}"])
"""


@pytest.fixture
def unix_socket(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "http.sock"))
        listener.listen()
        yield listener


@contextmanager
def service_on(listener: socket.socket, folder: Path, **environment: str) -> Iterator[None]:
    """A service that ends with status 0 once it has to stop."""
    descriptor = listener.fileno()
    command = [sys.executable, "-c", HAND_OVER, str(descriptor)]
{% if cookiecutter.database == 'memory' %}
    environment = {**os.environ, **environment, "PORT": "1"}
{% else %}
    environment = {**os.environ, **environment, "PORT": "1", "WEB_CONCURRENCY": "1"}
{% endif %}
    # The third descriptor may be the listener's own, and is handed over in any case.
    with subprocess.Popen(command, env=environment, cwd=folder, pass_fds={3, descriptor}) as process:
        try:
            yield
            process.send_signal(signal.SIGTERM)
            assert process.wait(TIMEOUT) == 0
        finally:
            process.kill()


def ask(listener: socket.socket) -> socket.socket:
    """Send a request and return the connection."""
    connection = socket.socket(listener.family)
    connection.settimeout(TIMEOUT)
    connection.connect(listener.getsockname())
    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n")
    return connection


def assert_answered(connection: socket.socket) -> None:
    with connection:
        assert connection.recv(4096).startswith(b"HTTP/1.1 200 OK\r\n")


def test_tcp_socket(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, service_on(listener, tmp_path):
        assert_answered(ask(listener))


def test_connection_that_waits_for_a_restart(unix_socket: socket.socket, tmp_path: Path) -> None:
    with service_on(unix_socket, tmp_path):
        assert_answered(ask(unix_socket))

    waiting = ask(unix_socket)

    with service_on(unix_socket, tmp_path):
        assert_answered(waiting)
    assert Path(unix_socket.getsockname()).is_socket()
{% if cookiecutter.auth == 'jwt' %}


def test_proxy_on_a_unix_socket_is_trusted(unix_socket: socket.socket, tmp_path: Path) -> None:
    settings = {"TRUSTED_PROXIES": "127.0.0.1", "LOGIN_ATTEMPTS_PER_MINUTE": "1"}
    transport = HTTPTransport(uds=unix_socket.getsockname())
    with (
        service_on(unix_socket, tmp_path, **settings),
        Client(transport=transport, base_url="http://service.test", timeout=TIMEOUT) as client,
    ):
        addresses = ("192.0.2.1", "192.0.2.2", "192.0.2.1")
        assert [attempt(client, x_forwarded_for=address).status_code for address in addresses] == [401, 401, 429]
{% endif %}
