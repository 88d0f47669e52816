"""Differences planted between a service and its client, to show that the differential fuzzer finds them."""

import re
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from differential.case import cursor_after
from services import HOST

Replacement = bytes | Callable[[re.Match[bytes]], bytes]


@dataclass(frozen=True)
class Plant:
    """A fault as its effect on the bytes. `replacement` is as long as what it replaces, so that every length stays right."""

    fault: str
    in_requests: bool
    pattern: bytes
    replacement: Replacement

    def on_request(self, data: bytes) -> bytes:
        return re.sub(self.pattern, self.replacement, data) if self.in_requests else data

    def on_answer(self, data: bytes) -> bytes:
        return data if self.in_requests else re.sub(self.pattern, self.replacement, data)


def request(fault: str, pattern: bytes, replacement: Replacement) -> Plant:
    return Plant(fault, True, pattern, replacement)


def answer(fault: str, pattern: bytes, replacement: Replacement) -> Plant:
    return Plant(fault, False, pattern, replacement)


def _next_digit(found: re.Match[bytes]) -> bytes:
    return found[1] + b"%d" % ((int(found[2]) + 1) % 10)


def _page_after_another(found: re.Match[bytes]) -> bytes:
    cursors = [cursor_after(user_id).encode() for user_id in range(9, 0, -1)]
    return found[1] + (cursors[-1] if len(found[2]) == len(cursors[-1]) else found[2])


PLANTS = (
    answer("Location is lost", rb"\r\nLocation:", b"\r\nXocation:"),
    answer("422 for 400", rb"HTTP/1.1 400 ", b"HTTP/1.1 422 "),
    answer("400 for 409", rb"HTTP/1.1 409 ", b"HTTP/1.1 400 "),
    answer("another word in one message", rb"must be an integer from 0", b"must be an Integer from 0"),
    answer("kept by caches", rb"Cache-Control: no-store", b"Cache-Control: no-cache"),
    answer("an ETag of another version", rb'(?i)(etag: ")(\d)', _next_digit),
    answer("a method missing from Allow", rb"Allow: GET, HEAD, PUT\r\n", b"Allow: GET, PUT\r\nX: x\r\n"),
    answer("updated_at a millisecond late", rb'("updated_at":"[-:.T\d]{22})(\d)', _next_digit),
    answer("every version counted up once more", rb'("version":)(\d)', _next_digit),
    answer("the cursor of an earlier page", rb'("next_cursor":")(\w{10})(?=")', _page_after_another),
    answer("another member order", rb'"type":"about:blank","title":"Not Found"', b'"title":"Not Found","type":"about:blank"'),
    answer("a body that is not compact", rb'\{"status":"ok"\}', b'{"status":"ok" '),
    request("If-Match is not looked at", rb"\r\nIf-Match:", b"\r\nXf-Match:"),
    request("If-None-Match is not looked at", rb"\r\nIf-None-Match:", b"\r\nXf-None-Match:"),
    request("expand is not looked at", rb"expand=profile", b"expend=profile"),
    request("limit=0 is taken for 1", rb"limit=0", b"limit=1"),
    request("a byte order mark is passed over", b"\xef\xbb\xbf\\{", b"   {"),
    request("a lone surrogate is replaced", rb"\\ud800", rb"\\ufffd"),
    request("NUL is taken for another control character", rb"\\u0000", rb"\\u0001"),
    request("a request id may be longer", rb"x{129}", b"x" * 128 + b" "),
    request("any origin is allowed", rb"Origin: https://evil.example.com", b"Origin:  https://app.example.com"),
    request("numbers that are not JSON", rb"(?<=:)(?:01|1\.|1e|\+1|\.5)(?=[,}])", b"11"),
    request("two unlike lengths", rb"(Content-Length: 44\r\n)Content-Length: 4[35]", rb"\1Xontent-Length: 43"),
    request("methods in lower case", rb"^(?:get|Get) /", b"GET /"),
)


@contextmanager
def proxy(port: int, plant: Plant | None) -> Iterator[int]:
    """Yield the port of a proxy in front of a service's."""
    on_request = plant.on_request if plant else bytes
    on_answer = plant.on_answer if plant else bytes

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            client: socket.socket = self.request
            with socket.create_connection((HOST, port)) as service:
                requests = threading.Thread(target=_copy, args=(client, service, on_request))
                requests.start()
                _copy(service, client, on_answer)
                with suppress(OSError):
                    client.shutdown(socket.SHUT_RDWR)
                requests.join()

    with socketserver.ThreadingTCPServer((HOST, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def _copy(source: socket.socket, target: socket.socket, changed: Callable[[bytes], bytes]) -> None:
    """Hand on what comes until it ends, and the end too."""
    with suppress(OSError):
        while data := source.recv(1 << 21):
            target.sendall(changed(data))
        target.shutdown(socket.SHUT_WR)
