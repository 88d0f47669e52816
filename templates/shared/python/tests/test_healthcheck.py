"""The command that asks the service whether it is ready."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from {{ cookiecutter.__package }} import healthcheck
from {{ cookiecutter.__package }}.__main__ import main

NOT_READY = json.dumps({"status": 503, "detail": "The service is shutting down."})


@contextmanager
def server(status: int, body: str) -> Iterator[int]:
    """The port of a server that answers one request like this."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/readyz" else 404)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as listening:
        listening.timeout = 10
        thread = Thread(target=listening.handle_request)
        thread.start()
        yield listening.server_port
        thread.join()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "localhost"])  # noqa: S104
def test_ready(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], host: str) -> None:
    with server(200, "{}") as port:
        monkeypatch.setenv("HOST", host)
        monkeypatch.setenv("PORT", str(port))

        main(["healthcheck"])

    assert capsys.readouterr().out == "ready\n"


@pytest.mark.parametrize(
    ("status", "body", "line"),
    [
        (503, NOT_READY, "not ready: The service is shutting down."),
        (502, "<html>", "not ready: the answer has status 502"),
        (404, "[]", "not ready: the answer has status 404"),
    ],
)
def test_not_ready(monkeypatch: pytest.MonkeyPatch, status: int, body: str, line: str) -> None:
    with server(status, body) as port:
        monkeypatch.setenv("PORT", str(port))

        with pytest.raises(SystemExit) as ended:
            main(["healthcheck"])

    assert ended.value.code == line


def test_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(healthcheck, "TIMEOUT", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        with pytest.raises(SystemExit) as hung:
            main(["healthcheck"])
    with pytest.raises(SystemExit) as gone:
        main(["healthcheck"])

    assert hung.value.code == gone.value.code == f"not ready: no answer from 127.0.0.1 on port {port}"


def test_all_addresses_of_ipv6_are_asked_at_the_loopback_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("HOST", "::")
        monkeypatch.setenv("PORT", str(port))

        with pytest.raises(SystemExit, match=f"^not ready: no answer from ::1 on port {port}$"):
            main(["healthcheck"])
