"""Requests byte for byte, for connections of their own."""

from collections.abc import Callable

from differential.case import Dice, choices

# Stands for the host and port of the service, which differ.
AUTHORITY = b"{authority}"
CRLF = b"\r\n"
JSON = b"Content-Type: application/json"
CLOSE = b"Connection: close"
HOST = b"Host: " + AUTHORITY
BODY = b'{"name":"M","email":"malformed@example.com"}'
BAD_BODY = b'{"name":"","email":"x"}'

Make = Callable[[Dice], bytes]


def get(target: bytes = b"/healthz", *lines: bytes, method: bytes = b"GET", version: bytes = b"HTTP/1.1") -> bytes:
    return CRLF.join([b"%b %b %b" % (method, target, version), HOST, CLOSE, *lines, b"", b""])


def post(*lines: bytes, body: bytes = BODY, length: bool = True) -> bytes:
    framing = (b"Content-Length: %d" % len(body),) if length else ()
    return CRLF.join([b"POST /users HTTP/1.1", HOST, CLOSE, JSON, *framing, *lines, b"", body])


def post_chunks(payload: bytes, *lines: bytes) -> bytes:
    """Return a POST with this chunked body, which may be malformed."""
    return post(b"Transfer-Encoding: chunked", *lines, body=payload, length=False)


def without(line: bytes, data: bytes) -> bytes:
    return data.replace(line + CRLF, b"", 1)


def table(text: str) -> tuple[bytes, ...]:
    """Return the choices of a table in which a character stands for the byte of its number."""
    return tuple(choice.encode("latin-1") for choice in choices(text))


def one(*requests: bytes) -> Make:
    return lambda dice: dice.among(requests)


def header_lines(text: str) -> Make:
    """Return a maker of requests with one more header line."""
    return one(*(get(b"/healthz", line) for line in table(text)))


def targets(text: str, method: bytes = b"GET") -> Make:
    """Return a maker of requests with these request targets."""
    return one(*(get(target, method=method) for target in table(text)))


def methods(text: str) -> Make:
    """Return a maker of requests with these methods on several paths."""
    return lambda dice: get(dice.among((b"/healthz", b"/users", b"/users/1", b"/nothing")), method=dice.among(table(text)))
