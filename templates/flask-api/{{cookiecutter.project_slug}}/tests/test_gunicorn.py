"""What gunicorn would do differently if nobody told it."""

import json
import logging
import socket
from threading import Event, Thread
from time import monotonic

import pytest
from conftest import MakeClient
from gunicorn.config import Config
{% if cookiecutter.database == 'memory' %}
from gunicorn.workers.gthread import TConn
{% endif %}
from processes import TIMEOUT, Service

from {{ cookiecutter.__package }} import gunicorn_worker

HEAD = b"POST {{ '/auth/login' if cookiecutter.auth == 'jwt' else '/users' }} HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"


def exchange(service: Service, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of the answer to a request that may be none."""
    with service.connect() as connection, connection.makefile("rb") as answer:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        status = int(answer.readline().split()[1])
        lines = iter(lambda: answer.readline().decode().strip(), "")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        return status, headers, answer.read(int(headers["content-length"]))


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"GET /healthz", 400),
        (b"GET /" + 9000 * b"a" + b" HTTP/1.1", 414),
        (b"GET /healthz HTTP/1.1\r\nX-Secret: " + 9000 * b"a", 431),
        (b"GET /healthz HTTP/1.1\r\nX-Secret: \x01", 400),
    ],
)
def test_what_is_not_http_is_answered_with_a_problem(
    running_service: Service, request_line: bytes, status: int
) -> None:
    answered, headers, body = exchange(running_service, request_line + b"\r\n\r\n")

    problem = json.loads(body)
    assert answered == problem["status"] == status
    assert headers["content-type"] == "application/problem+json"
    assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")
    assert problem["request_id"] == headers["x-request-id"]


@pytest.mark.parametrize(
    "rest",
    [
        b'Content-Length: 100\r\n\r\n{"name": "Ada", "email": "ada@example.com"}',
        b'Transfer-Encoding: chunked\r\n\r\n2b\r\n{"name": "Ada", "email": "ada@example.com"}\r\n',
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    ],
)
def test_body_that_did_not_arrive_whole(running_service: Service, rest: bytes) -> None:
    status, _, _ = exchange(running_service, HEAD + rest)

    assert status == 400


@pytest.mark.parametrize(("start", "status"), [(HEAD, 408), (HEAD + b"Content-Length: 100\r\n\r\n", 400)])
def test_request_that_comes_too_slowly(
    make_client: MakeClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    start: bytes,
    status: int,
) -> None:
    monkeypatch.setattr(gunicorn_worker, "_REQUEST_TIMEOUT", 0.3)
    # Without what a worker of Gunicorn needs to be started.
    worker = gunicorn_worker.Worker.__new__(gunicorn_worker.Worker)
    vars(worker).update(cfg=Config(), log=gunicorn_worker.RootLogger(Config()), nr=0, max_requests=9, alive=False)
    is_answered = Event()

    def trickle(client: socket.socket) -> None:
        client.sendall(start)
        while not is_answered.wait(0.05):
            client.sendall(b"x")

    with make_client() as application, socket.create_server(("127.0.0.1", 0)) as listener:
        vars(worker)["wsgi"] = application.app
        client = socket.create_connection(listener.getsockname(), TIMEOUT)
        accepted, address = listener.accept()
        sender = Thread(target=trickle, args=[client])
        sender.start()
        started = monotonic()
{% if cookiecutter.database == 'memory' %}
        connection = TConn(Config(), accepted, address, listener.getsockname())
        worker.handle(connection)
        connection.close()
{% else %}
        worker.handle(listener, accepted, address)
{% endif %}
        took = monotonic() - started
        is_answered.set()
        sender.join()
        with client:
            answer = client.recv(1000)

    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert took < 5
    assert all(record.levelno < logging.ERROR for record in caplog.records)


{% if cookiecutter.database == 'memory' %}
def test_empty_number_of_workers_counts_as_unset() -> None:
    with Service(WEB_CONCURRENCY="") as service:
{% else %}
def test_empty_number_of_workers_counts_as_unset(empty_database: str) -> None:
    with Service(DATABASE_URL=empty_database, WEB_CONCURRENCY="") as service:
{% endif %}
        service.wait_until_it_listens()


{% if cookiecutter.database == 'memory' %}
def test_second_signal_ends_the_service_at_once() -> None:
    with Service(SHUTDOWN_TIMEOUT="300") as service:
{% else %}
def test_second_signal_ends_the_service_at_once(empty_database: str) -> None:
    with Service(DATABASE_URL=empty_database, WEB_CONCURRENCY="1", SHUTDOWN_TIMEOUT="300") as service:
{% endif %}
        service.wait_until_it_listens()
        with service.connect() as connection, connection.makefile("rb") as answer:
            connection.sendall(
                b"POST {{ '/auth/login' if cookiecutter.auth == 'jwt' else '/users' }} HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
                b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"
            )
            # Who is asked for the body knows that the request is being answered.
            assert answer.readline() == b"HTTP/1.1 100 Continue\r\n"
            service.terminate()
            service.wait_until_it_stops()
            service.terminate()

            assert service.exit_status() == 0
