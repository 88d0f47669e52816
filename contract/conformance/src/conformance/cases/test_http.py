"""Requests that are broken below the contract: refused, one way or the other, and without harm."""

import pytest

from conformance import values
from conformance.demands import demand, demand_equal, demand_status
from conformance.service import JSON, Answer, Service, unique_email

AREA = "HTTP"

pytestmark = pytest.mark.section("README.md, Requests and headers")

HOST = b"Host: x\r\n"
USERS = b"POST /users HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"

MALFORMED = [
    values.case("no HTTP at all", b"hello\r\n\r\n"),
    values.case("no version", b"GET /users nonsense\r\n\r\n"),
    values.case("space in the target", b"GET /users x HTTP/1.1\r\nHost: x\r\n\r\n"),
    values.case("header without a colon", b"GET /users HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n"),
    values.case("space in a header's name", b"GET /users HTTP/1.1\r\nHost: x\r\nX Y: z\r\n\r\n"),
    values.case("NUL in a header", b"GET /users HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n"),
    values.case("length that is no number", USERS + b"Content-Length: abc\r\n\r\n{}"),
    values.case("negative length", USERS + b"Content-Length: -2\r\n\r\n{}"),
    values.case("length with a sign", USERS + b"Content-Length: +2\r\n\r\n{}"),
    values.case("two lengths", USERS + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} "),
    values.case("chunk without a size", USERS + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"),
    values.case("chunk longer than its size", USERS + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n"),
    values.case("malformed percent-sequence in the path", b"GET /users/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
]


def exchange(service: Service, request: bytes) -> bytes:
    """Send a request, with the caller's credentials behind its Host, and then nothing more."""
    credentials = "".join(f"{name}: {value}\r\n" for name, value in service.credentials).encode()
    return service.exchange(request.replace(HOST, HOST + credentials, 1), ends=True)


def valid_user(email: str) -> bytes:
    return f'{{"name":"Ada","email":"{email}"}}'.encode()


def statuses(received: bytes) -> list[bytes]:
    """Return the statuses of the final answers on a connection."""
    lines = [line for line in received.split(b"\r\n") if line.startswith(b"HTTP/1.")]
    return [line.split(b" ")[1] for line in lines if not line.split(b" ")[1].startswith(b"1")]


def demand_refused(received: bytes, what: str) -> None:
    is_refused = all(status.startswith(b"4") for status in statuses(received))
    demand(is_refused, f"{what} gets a status of 4xx or a closed connection\nfound:    {received[:300]!r}")


def demand_no_user(service: Service, email: str, what: str) -> None:
    answer = service.get(f"/users?email={email}")
    demand_equal(answer["items"], [], what, answer)


@pytest.mark.parametrize("request_bytes", MALFORMED)
def test_malformed_request_is_refused(service: Service, request_bytes: bytes) -> None:
    received = exchange(service, request_bytes)
    demand_refused(received, "a malformed request")


def test_service_lives_on_after_malformed_requests(service: Service) -> None:
    for malformed in MALFORMED:
        exchange(service, malformed.values[0])
    demand_status(service.get("/users"), 200, "a malformed request harms no other")


@pytest.mark.parametrize(
    "head", [b"Content-Length: {}\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"], ids=["declared", "chunked"]
)
def test_body_that_ends_early_is_refused(service: Service, head: bytes) -> None:
    body = valid_user(unique_email())
    if b"chunked" in head:
        request = USERS + head + f"{len(body):x}\r\n".encode() + body + b"\r\n"
    else:
        request = USERS + head.replace(b"{}", str(len(body) + 10).encode()) + body
    demand_refused(exchange(service, request), "a body that ends before its end")


def test_body_that_ends_early_makes_no_user(service: Service) -> None:
    email = unique_email()
    body = valid_user(email)
    exchange(service, USERS + f"Content-Length: {len(body) + 10}\r\n\r\n".encode() + body)
    demand_no_user(service, email, "a body that ends before its declared length is refused")


def test_length_that_is_too_short_cuts_the_body(service: Service) -> None:
    email = unique_email()
    body = valid_user(email)
    exchange(service, USERS + f"Content-Length: {len(body) - 5}\r\n\r\n".encode() + body)
    demand_no_user(service, email, "a body is as long as it was declared")


def test_body_without_a_length_is_empty(service: Service) -> None:
    email = unique_email()
    exchange(service, USERS + b"\r\n" + valid_user(email))
    demand_no_user(service, email, "a request without a length has no body (RFC 9112 §6.3)")


def with_trailer(service: Service, method: str, path: str, body: bytes, content_type: str, trailer: str) -> Answer:
    headers = [("Transfer-Encoding", "chunked"), ("Trailer", trailer.partition(":")[0])]
    headers += [("Content-Type", content_type)] if content_type else []
    parts = [f"{len(body):x}\r\n".encode() + body + b"\r\n", f"0\r\n{trailer}\r\n\r\n".encode()]
    return service.send_raw(method, path, headers, parts)


def test_if_match_in_a_trailer_is_no_condition(service: Service, path: str) -> None:
    answer = with_trailer(service, "PATCH", path, b'{"age":7}', JSON, 'If-Match: "999"')
    demand_status(answer, 200, "trailers are never taken for headers")


def test_content_type_in_a_trailer_is_none(service: Service, path: str) -> None:
    answer = with_trailer(service, "PATCH", path, b'{"age":7}', "", "Content-Type: application/json")
    demand_status(answer, 415, "trailers are never taken for headers")


def test_request_id_in_a_trailer_is_none(service: Service, path: str) -> None:
    answer = with_trailer(service, "PATCH", path, b'{"age":7}', JSON, "X-Request-ID: trailer")
    found = answer.headers.get("X-Request-ID")
    demand(found not in {None, "trailer"}, "trailers are never taken for headers", answer)
