"""Clients that hold on to connections: slow headers, slow bodies, large bodies, and none at all; each one within `with`."""

import socket
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from selectors import EVENT_READ, DefaultSelector
from threading import Event, Thread

from tests.support.load_clients import is_readable
from tests.support.machine import HOST

PAUSE = 0.5
CHUNK = b"x" * 65536
_HEAD = b"POST /users HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


class SlowClients:
    """Connections over which a thread sends a little again and again, until the server has had enough of them."""

    def __init__(self, port: int, count: int, beginning: bytes, little: bytes) -> None:
        self._port = port
        self._count = count
        self._beginning = beginning
        self._little = little
        self._stopping = Event()
        self.opened = time.monotonic()
        self.answers: Counter[str] = Counter()
        self.seconds_until_closed: list[float] = []
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def are_gone(self) -> bool:
        return len(self.seconds_until_closed) == self._count

    def told(self) -> str:
        """Say what became of them, such as `200 closed after 10 s`."""
        parts = [f"{count} {answer}" for answer, count in sorted(self.answers.items())]
        if self.seconds_until_closed:
            first, last = (f"{seconds:.0f}" for seconds in (min(self.seconds_until_closed), max(self.seconds_until_closed)))
            parts[-1] += f" after {first} s" if first == last else f" after {first} to {last} s"
        if not self.are_gone():
            parts.append(f"{self._count - len(self.seconds_until_closed)} still kept")
        return ", ".join(parts)

    def _run(self) -> None:
        with ExitStack() as stack:
            selector = stack.enter_context(DefaultSelector())
            for _ in range(self._count):
                connection = stack.enter_context(socket.create_connection((HOST, self._port)))
                connection.sendall(self._beginning)
                selector.register(connection, EVENT_READ)
            while selector.get_map() and not self._stopping.wait(PAUSE):
                for key, _ in selector.select(0):
                    selector.unregister(key.fileobj)
                    self._note(_as_socket(key.fileobj))
                for key in list(selector.get_map().values()):
                    with suppress(OSError):  # It is readable then, and noted the next time.
                        _as_socket(key.fileobj).sendall(self._little)

    def _note(self, connection: socket.socket) -> None:
        self.seconds_until_closed.append(time.monotonic() - self.opened)
        answer = told(connection)
        self.answers[f"answered with {answer}" if answer.isdecimal() else answer] += 1


def _as_socket(registered: object) -> socket.socket:
    assert isinstance(registered, socket.socket)
    return registered


def told(connection: socket.socket) -> str:
    """Return the status of what the server sent, or that it closed the connection without a word."""
    connection.settimeout(10)
    try:
        received = connection.recv(65536)
    except OSError:
        return "closed"
    return received.split()[1].decode() if received.startswith(b"HTTP/1.") else "closed"


def large_bodies(port: int, count: int, megabytes: int, *, chunked: bool) -> Counter[str]:
    """Send so many bodies at once, each until the server says something; return what it said."""
    head, chunk = _HEAD + f"Content-Length: {megabytes << 20}\r\n\r\n".encode(), CHUNK
    if chunked:
        head, chunk = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"%x\r\n%s\r\n" % (len(CHUNK), CHUNK)

    def ask(_: int) -> str:
        with socket.create_connection((HOST, port)) as connection, suppress(OSError):
            connection.sendall(head)
            for _ in range((megabytes << 20) // len(CHUNK)):
                if is_readable(connection):
                    break
                connection.sendall(chunk)
            return told(connection)
        return "closed"

    with ThreadPoolExecutor(count) as threads:
        return Counter(threads.map(ask, range(count)))


@dataclass(frozen=True)
class EveryKind:
    """Slow headers, slow bodies and idle connections at once."""

    headers: SlowClients
    bodies: SlowClients
    idle: SlowClients

    def is_over(self) -> bool:
        """Tell whether the server has given up all whose headers it still awaits."""
        return self.headers.are_gone() and self.idle.are_gone()

    def told(self) -> str:
        return f"slow headers: {self.headers.told()}; slow bodies: {self.bodies.told()}; idle: {self.idle.told()}"


@contextmanager
def every_kind(port: int, *, headers: int = 200, bodies: int = 100, idle: int = 1000) -> Iterator[EveryKind]:
    """Send one header after the other and never the last, one byte of a body after the other, and nothing at all."""
    beginnings = (
        (headers, _HEAD, b"X-Slow: 1\r\n"),
        (bodies, _HEAD + b"Content-Length: 100000\r\n\r\n{", b" "),
        (idle, b"", b""),
    )
    every = [SlowClients(port, *beginning) for beginning in beginnings]
    try:
        yield EveryKind(*every)
    finally:
        for clients in every:
            clients.stop()
