"""The observer finds each kind of fault in an answer, and none in a good one."""

import json
from typing import Any

import httpx
import pytest

from conformance import observer
from conformance.observer import CHECKS, Observer, load_document
from conformance.service import Answer

USER: dict[str, Any] = {
    "id": 42,
    "name": "Zoë",
    "email": "zoe@example.com",
    "age": None,
    "created_at": "2026-01-31T09:30:00.000Z",
    "updated_at": "2026-01-31T09:30:00.000Z",
    "version": 1,
}
PROFILE = {"user_id": 42, "bio": "", "location": "", "website": "", "updated_at": "2026-01-31T09:30:00.000Z"}
NOT_FOUND = {
    "type": "about:blank",
    "title": "Not Found",
    "status": 404,
    "detail": "There is nothing at this path.",
    "instance": "/nothing",
    "request_id": "r1",
}
COMMON = {"X-Request-ID": "r1", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


def compact(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def answer(
    method: str = "GET",
    target: str = "/users/42",
    status: int = 200,
    body: bytes | None = None,
    remove: str = "",
    **headers: str,
) -> Answer:
    """Return an answer, by default a good one, with other headers where they are given (`_` for `-`)."""
    media_type = "application/json" if status < 300 else "application/problem+json"
    own = {name.replace("_", "-"): value for name, value in headers.items()}
    pairs = {**COMMON, "Content-Type": media_type, "Date": "now", "Server": "any", **own}
    pairs.pop(remove, None)
    data = compact(USER if status < 300 else NOT_FOUND) if body is None else body
    return Answer(method, target, (), b"", status, httpx.Headers(list(pairs.items())), data)


def faults(given: Answer) -> list[str]:
    """Return the checks that find a fault in an answer."""
    watching = Observer(load_document())
    watching.observe(given)
    return [check for check in CHECKS if watching.faults(check)]


FAULTY = [
    (answer(status=202), observer.STATUS),
    (answer(target="/nothing", status=200), observer.STATUS),
    (answer(target="/users", method="DELETE", status=404), observer.STATUS),
    (answer(target="/users", method="POST", status=201), observer.HEADERS_THERE),
    (answer(target="/users", method="POST", status=201, Location="/orders/42"), observer.HEADERS_THERE),
    (answer(ETag="1"), observer.HEADERS_THERE),
    (answer(ETag='W/"1"'), observer.HEADERS_THERE),
    (answer(X_Request_ID="a b"), observer.HEADERS_THERE),
    (answer(Set_Cookie="a=b"), observer.HEADERS_KNOWN),
    (answer(target="/healthz", body=b'{"status":"ok"}', Link="</users>"), observer.HEADERS_KNOWN),
    (answer(Content_Type="text/json"), observer.MEDIA_TYPE),
    (answer(target="/nothing", status=404, Content_Type="application/json"), observer.MEDIA_TYPE),
    (answer(body=compact(USER | {"extra": 1})), observer.BODY),
    (answer(body=compact(USER | {"name": " a"})), observer.BODY),
    (answer(body=compact(USER | {"name": "a\n"})), observer.BODY),
    (answer(body=compact(USER | {"name": "a" * 101})), observer.BODY),
    (answer(body=compact(USER | {"email": "Zoe@example.com"})), observer.BODY),
    (answer(body=compact(USER | {"age": 151})), observer.BODY),
    (answer(body=compact(USER | {"id": 0})), observer.BODY),
    (answer(body=compact(USER | {"version": "1"})), observer.BODY),
    (answer(body=compact(USER | {"updated_at": "2026-01-31T09:30:00Z"})), observer.BODY),
    (answer(body=compact(USER | {"updated_at": "2026-01-31T09:30:00.000Z\n"})), observer.BODY),
    (answer(body=compact(USER | {"profile": {}})), observer.BODY),
    (answer(body=compact({name: USER[name] for name in USER if name != "age"})), observer.BODY),
    (answer(target="/users", body=compact({"items": [USER | {"id": -1}], "next_cursor": None})), observer.BODY),
    (answer(target="/users", body=compact({"items": [], "next_cursor": "YWZ0ZXI6MQ=="})), observer.BODY),
    (answer(target="/nothing", status=404, body=compact(NOT_FOUND | {"errors": []})), observer.BODY),
    (answer(method="DELETE", status=204, body=b"x", remove="Content-Type"), observer.BODY),
    (answer(body=b"not json"), observer.BODY),
    (answer(body=compact(USER).replace("ë".encode(), b"\xeb")), observer.UTF8),
    (answer(target="/other", status=404), observer.PROBLEM),
    (answer(target="/nothing", status=404, X_Request_ID="other"), observer.PROBLEM),
    (answer(target="/nothing", status=404, body=compact(NOT_FOUND | {"title": "Conflict"})), observer.PROBLEM),
    (answer(target="/nothing", status=404, body=compact(NOT_FOUND | {"status": 400})), observer.PROBLEM),
    (answer(remove="X-Request-ID"), observer.COMMON_HEADERS),
    (answer(Cache_Control="no-cache"), observer.COMMON_HEADERS),
    (answer(X_Content_Type_Options="none"), observer.COMMON_HEADERS),
    (answer(Server="gunicorn/23.0"), observer.NO_VERSION),
    (answer(X_Powered_By="Flask 3"), observer.NO_VERSION),
]


@pytest.mark.parametrize(
    "given",
    [
        answer(),
        answer(ETag='"1"'),
        answer(Vary="Accept-Encoding"),
        answer(Content_Type="application/json; charset=utf-8"),
        answer(body=json.dumps(dict(sorted(USER.items())), indent=1).encode() + b"\n"),
        answer(method="HEAD", body=b""),
        answer(target="/users/42?expand=profile", body=compact(USER | {"profile": PROFILE})),
        answer(target="/users/42?expand=profile", body=compact(USER | {"profile": None})),
        answer(target="/users", method="POST", status=201, Location="/users/42"),
        answer(target="/users", body=compact({"items": [USER, USER], "next_cursor": "YWZ0ZXI6NDI"})),
        answer(target="/nothing", status=404),
        answer(target="http://localhost/nothing?x=1", status=404),
        answer(
            target="/users",
            method="DELETE",
            status=405,
            Allow="GET, HEAD, POST",
            body=compact(
                NOT_FOUND
                | {"title": "Method Not Allowed", "status": 405, "detail": "DELETE is not allowed here."}
                | {"instance": "/users"}
            ),
        ),
        answer(target="/healthz", body=b'{"status":"ok"}', Access_Control_Allow_Origin="https://a.example", Vary="Origin"),
        answer(method="DELETE", status=204, body=b"", remove="Content-Type"),
    ],
)
def test_good_answer_has_no_fault(given: Answer) -> None:
    assert faults(given) == []


@pytest.mark.parametrize(("given", "check"), FAULTY)
def test_fault_is_found(given: Answer, check: str) -> None:
    assert check in faults(given)


def test_every_check_is_tried() -> None:
    tried = {check for _, check in FAULTY}
    assert tried == set(CHECKS)


def test_a_fault_is_kept_once_for_an_operation() -> None:
    watching = Observer(load_document())
    for number in (42, 43):
        watching.observe(answer(target=f"/users/{number}", Set_Cookie="a=b"))
    assert len(watching.faults(observer.HEADERS_KNOWN)) == 1
