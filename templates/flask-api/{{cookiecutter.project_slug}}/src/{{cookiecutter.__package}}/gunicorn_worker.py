"""Gunicorn's worker and log, where Gunicorn itself answers and logs.

What is not HTTP gets problem details like every other error, and a client that says nothing, or too slowly, does not
keep a worker from the others.
"""

{% if cookiecutter.database != 'memory' %}
import select
{% endif %}
import socket
from time import monotonic
from types import FrameType
from typing import Any

from gunicorn import util
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.http.errors import (
    ConfigurationProblem,
    ExpectationFailed,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
    UnsupportedTransferCoding,
)
{% if cookiecutter.database == 'memory' %}
from gunicorn.workers.gthread import TConn, ThreadWorker
{% else %}
from gunicorn.workers.sync import SyncWorker
{% endif %}

from .core import shutdown
from .core.problems import MEDIA_TYPE, Problem, make_problem
from .core.telemetry import accept_request_id

_STATUSES: dict[type[Exception], int] = {
    ExpectationFailed: 417,
    LimitRequestHeaders: 431,
    LimitRequestLine: 414,
    UnsupportedTransferCoding: 501,
}
{% if cookiecutter.database != 'memory' %}
# Seconds. Browsers open connections ahead of need, and such a one would keep a worker from all others.
_FIRST_BYTE_TIMEOUT = 5
{% endif %}
# Seconds for a whole request.
_REQUEST_TIMEOUT = 15


class RootLogger(Logger):
    """Hands gunicorn's messages to the root logger, which prints them as all others."""

    def setup(self, cfg: Config) -> None:
        self.cfg = cfg
        self.error_log.propagate = True


class TooSlow(ParseException):
    """A request did not arrive in time."""


class _Client(socket.socket):
    """A connection that has until `end` for a request. Python's own limit would begin anew with each byte."""

    end = 0.0

    def recv(self, *args: Any) -> bytes:
        if self.gettimeout() is not None:
            # Gunicorn has a limit here.
            return super().recv(*args)
        # Zero would not wait for what has arrived already.
        self.settimeout(max(0.001, self.end - monotonic()))
        try:
            return super().recv(*args)
        except TimeoutError:
            raise TooSlow from None
        finally:
            self.settimeout(None)


{% if cookiecutter.database == 'memory' %}
class Worker(ThreadWorker):
{% else %}
class Worker(SyncWorker):
{% endif %}
    """Answers what is not HTTP with a problem, and keeps what it held out of the log."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        shutdown.begin()
        super().handle_exit(sig, frame)

{% if cookiecutter.database != 'memory' %}
    def handle(self, listener: socket.socket, client: socket.socket, addr: Any) -> None:
        readable, _writable, _failed = select.select([client], [], [], _FIRST_BYTE_TIMEOUT)
        if not readable:
            client.close()
            return
        limited = _Client(fileno=client.detach())
        limited.end = monotonic() + _REQUEST_TIMEOUT
        super().handle(listener, limited, addr)

{% else %}
    def handle(self, conn: TConn) -> Any:
        if not isinstance(conn.sock, _Client):
            conn.sock = _Client(fileno=conn.sock.detach())
        conn.sock.end = monotonic() + _REQUEST_TIMEOUT
        return super().handle(conn)

{% endif %}
    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:
        if isinstance(exc, TooSlow):
            problem = _problem(408, "The request did not arrive in time.")
            self.log.warning("a request that did not arrive in time")
        elif isinstance(exc, ParseException) and not isinstance(exc, ConfigurationProblem):
            problem = _problem(_STATUSES.get(type(exc), 400), "The request is not valid HTTP.")
            self.log.warning("a request that is not valid HTTP: %s", type(exc).__name__)
        else:
            problem = _problem(500, None)
            self.log.error("an unexpected error", exc_info=exc)
        try:
            util.write(client, _answer(problem))
        except OSError:
            self.log.debug("the client is gone")


def _problem(status: int, detail: str | None) -> Problem:
    return make_problem(status, detail, instance="", request_id=accept_request_id(()))


def _answer(problem: Problem) -> bytes:
    body = problem.body()
    head = (
        f"HTTP/1.1 {problem.status} {problem.title}\r\n"
        "Cache-Control: no-store\r\n"
        "Connection: close\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"Content-Type: {MEDIA_TYPE}\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        f"X-Request-ID: {problem.request_id}\r\n"
        "\r\n"
    )
    return head.encode() + body
