"""HTTP/1.1 on a connection, more strictly than Uvicorn has it.

Uvicorn has no limit for the time of a request's head and body and for the size of its head, takes ambiguous requests
(two Hosts, trailers as headers), and closes an idle connection at the start of a stop, on which a request may be on its
way.
"""

from asyncio import TimerHandle, Transport

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# The request target and the headers.
MAX_HEAD_BYTES = 16_384
# Bytes that may come without completing a head or a part of a body.
MAX_PENDING_BYTES = 65_536
# Seconds, from the connection or the head's first byte to its end.
HEAD_TIMEOUT = 10
# Seconds, from the end of the head to that of the body. The connection is closed then, whatever has been answered.
BODY_TIMEOUT = 15
# Seconds for which an idle connection stays open once the service has to stop, since a request may be on its way.
LINGER = 0.25


class StrictProtocol(HttpToolsProtocol):
    """Refuses requests that are ambiguous, and clients that draw out the head or the body of a request.

    An error that is raised while a request is parsed becomes a 400, and the connection is closed.
    """

    _pending_bytes = 0
    _head_bytes = 0
    _in_head = False
    _timer: TimerHandle | None = None
    _is_ending = False

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_end(HEAD_TIMEOUT)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._pending_bytes += len(data)
        super().data_received(data)
        if self._pending_bytes > MAX_PENDING_BYTES and not self.transport.is_closing():
            self.send_400_response("The head of the request is too large.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._head_bytes = 0
        self._expect_end(HEAD_TIMEOUT)

    def on_url(self, url: bytes) -> None:
        self._count_head(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        # What comes after the body is a trailer, which must not become a header (RFC 9110 §6.5.1).
        if self._in_head:
            self._count_head(len(name) + len(value))
            # White space around a value is no part of it (RFC 9112 §5).
            super().on_header(name, value.strip(b" \t"))

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._pending_bytes = 0
        self._expect_end(BODY_TIMEOUT)
        hosts = [name for name, _ in self.headers if name == b"host"]
        if len(hosts) != 1 and self.parser.get_http_version() == "1.1":
            raise ValueError("not exactly one Host (RFC 9112 §3.2)")
        super().on_headers_complete()
        if self._is_ending:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        self._pending_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._stop_timer()
        super().on_message_complete()

    def shutdown(self) -> None:
        """Answer the request under way, or one that comes very soon, and close."""
        self._is_ending = True
        if self._has_request():
            super().shutdown()
        else:
            self.loop.call_later(LINGER, self._close_without_request)

    def _close_without_request(self) -> None:
        if not self._has_request() and not self._in_head:
            self.transport.close()

    def _has_request(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _count_head(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > MAX_HEAD_BYTES:
            raise ValueError("the head of the request is too large")

    def _expect_end(self, seconds: float) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(seconds, self.transport.close)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
