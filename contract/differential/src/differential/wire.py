"""HTTP/1.1 over plain sockets: exactly the bytes that a case asks for, and exactly those that come back.

A client library would mend or refuse most of what the fuzzer sends.
"""

import asyncio
import contextlib
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass

SECONDS_TO_ANSWER = 10.0
SECONDS_TO_CLOSE = 5.0
_MAX_HEAD_BYTES = 1 << 20


class NoAnswerError(Exception):
    """The peer closed or reset the connection, or was silent, before an answer was complete."""


class BadAnswerError(Exception):
    """What came back is not HTTP/1.1."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One response. Header names are in lower case; a status of 0 stands for none, with the reason as the body."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)

    @property
    def closes(self) -> bool:
        return (self.header("connection") or "").lower() == "close"


@dataclass(frozen=True, slots=True)
class Conversation:
    """Everything that came back on one connection. `end` is `closed`, `silent` or what was wrong with the bytes."""

    answers: tuple[Answer, ...]
    end: str


class _Reader:
    """Reads answers from a socket."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._buffer = bytearray()
        self.at_end = False

    @property
    def has_read(self) -> bool:
        return bool(self._buffer)

    async def _more(self) -> bool:
        if not self.at_end:
            received = await asyncio.get_running_loop().sock_recv(self._socket, 1 << 16)
            self._buffer += received
            self.at_end = not received
        return not self.at_end

    async def _until(self, mark: bytes) -> bytes:
        while (found := self._buffer.find(mark)) < 0:
            if len(self._buffer) > _MAX_HEAD_BYTES:
                raise BadAnswerError("endless head")
            if not await self._more():
                raise NoAnswerError("closed")
        taken = bytes(self._buffer[:found])
        del self._buffer[: found + len(mark)]
        return taken

    async def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            if not await self._more():
                raise NoAnswerError("closed inside a body")
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    async def answer(self, *, to_head: bool) -> Answer:
        """Read the next final answer; those of class 1xx are passed over."""
        while True:
            status, headers = _head(await self._until(b"\r\n\r\n"))
            if status >= 200:
                break
        answer = Answer(status, headers)
        if to_head or status in (204, 304):
            return answer
        if (answer.header("transfer-encoding") or "").lower() == "chunked":
            return Answer(status, headers, await self._chunks())
        length = answer.header("content-length")
        if length is None:
            while await self._more():
                pass
            return Answer(status, headers, await self._exactly(len(self._buffer)))
        if not length.isdecimal():
            raise BadAnswerError(f"Content-Length: {length}")
        return Answer(status, headers, await self._exactly(int(length)))

    async def _chunks(self) -> bytes:
        body = b""
        while size := int((await self._until(b"\r\n")).partition(b";")[0], 16):
            body += await self._exactly(size)
            await self._exactly(2)
        while await self._until(b"\r\n"):
            pass
        return body


def _head(block: bytes) -> tuple[int, tuple[tuple[str, str], ...]]:
    first, *lines = block.decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    if not re.fullmatch(r"HTTP/1\.[0-9]", version) or not rest[:3].isdecimal():
        raise BadAnswerError(f"status line {first[:80]!r}")
    headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or name != name.strip():
            raise BadAnswerError(f"header line {line[:80]!r}")
        headers.append((name.lower(), value.strip()))
    return int(rest[:3]), tuple(headers)


class Peer:
    """One service. `exchange` keeps its connection open between requests, as most clients do."""

    def __init__(self, name: str, host: str, port: int) -> None:
        self.name = name
        self.authority = f"{host}:{port}"
        self._address = (host, port)
        self._kept: _Reader | None = None
        self._kept_socket: socket.socket | None = None

    async def exchange(self, request: bytes, *, to_head: bool, source: str = "") -> Answer:
        """Send one request and return its answer. A failure to answer is an Answer of status 0 too.

        From another `source` than the machine chooses it goes over a connection of its own.
        """
        if source:
            talk = await self.converse(request, [to_head], most=1, source=source)
            return talk.answers[0] if talk.answers else Answer(0, body=talk.end.encode())
        for _ in range(2):
            reused = self._kept is not None
            try:
                async with asyncio.timeout(SECONDS_TO_ANSWER):
                    return await self._exchange(request, to_head)
            except (NoAnswerError, ConnectionError) as error:
                reason = str(error) if isinstance(error, NoAnswerError) else "closed"
                stale = reused and self._kept is not None and not self._kept.has_read
                self.close()
                # A service may close a connection that it kept open just when the next request is on its way.
                if not stale:
                    return Answer(0, body=reason.encode())
            except (BadAnswerError, ValueError) as error:
                self.close()
                return Answer(0, body=f"not HTTP: {error}".encode())
            except TimeoutError:
                self.close()
                return Answer(0, body=b"silent")
        raise AssertionError("a new connection cannot be stale")

    async def _exchange(self, request: bytes, to_head: bool) -> Answer:
        if self._kept is None or self._kept_socket is None:
            self._kept_socket = await self._connect()
            self._kept = _Reader(self._kept_socket)
        loop = asyncio.get_running_loop()
        # A service may answer before it has read all of a large body, and close.
        sending = asyncio.ensure_future(loop.sock_sendall(self._kept_socket, request)) if len(request) > 1 << 15 else None
        if sending is None:
            await loop.sock_sendall(self._kept_socket, request)
        try:
            answer = await self._kept.answer(to_head=to_head)
        finally:
            unsent = sending is not None and not await _settled(sending)
        if self._kept.has_read:
            raise BadAnswerError("more bytes than the answer has")
        if answer.closes or unsent or self._kept.at_end:
            self.close()
        return answer

    async def converse(
        self, data: bytes, heads: Sequence[bool], *, half_close: bool = False, most: int = 1 << 30, source: str = ""
    ) -> Conversation:
        """Send bytes on a new connection and read answers until the peer closes, or `most` of them.

        `heads` tells which of them answer HEAD.
        """
        answers: list[Answer] = []
        end = "open"
        connection = await self._connect(source)
        reader = _Reader(connection)
        sending = asyncio.ensure_future(self._send_all(connection, data, half_close))
        try:
            async with asyncio.timeout(SECONDS_TO_CLOSE):
                while len(answers) < most:
                    number = len(answers)
                    answers.append(await reader.answer(to_head=number < len(heads) and heads[number]))
        except NoAnswerError:
            end = "closed" if not reader.has_read else "closed inside an answer"
        except ConnectionError:
            end = "closed"
        except TimeoutError:
            end = "silent"
        except (BadAnswerError, ValueError) as error:
            end = f"not HTTP: {error}"
        finally:
            await _settled(sending)
            connection.close()
        return Conversation(tuple(answers), end)

    async def _send_all(self, connection: socket.socket, data: bytes, half_close: bool) -> None:
        await asyncio.get_running_loop().sock_sendall(connection, data)
        if half_close:
            connection.shutdown(socket.SHUT_WR)

    async def _connect(self, source: str = "") -> socket.socket:
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if source:
                connection.bind((source, 0))
            await asyncio.get_running_loop().sock_connect(connection, self._address)
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        if self._kept_socket is not None:
            self._kept_socket.close()
        self._kept = self._kept_socket = None


async def _settled(sending: asyncio.Future[None]) -> bool:
    """End a transfer that may still be under way; return whether it came through."""
    if not sending.done():
        sending.cancel()
    with contextlib.suppress(asyncio.CancelledError, OSError):
        await sending
        return True
    return False
