"""The headers that every kind of answer has."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from conformance import values
from conformance.demands import demand, demand_equal
from conformance.service import JSON, MAX_BODY, PROBLEM, Answer, Service, unique_email

AREA = "headers"

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
TAKEN_OVER = "README.md, Conventions: X-Request-ID"

Send = Callable[[Service, dict[str, Any]], Answer]

KINDS: dict[str, tuple[int, Send]] = {
    "200 of a page": (200, lambda service, user: service.get("/users")),
    "200 of a user": (200, lambda service, user: service.get(f"/users/{user['id']}")),
    "200 of a change": (200, lambda service, user: service.patch(f"/users/{user['id']}", {"age": 1})),
    "200 of a profile": (200, lambda service, user: service.put(f"/users/{user['id']}/profile", {})),
    "200 of /healthz": (200, lambda service, user: service.get("/healthz")),
    "200 of /readyz": (200, lambda service, user: service.get("/readyz")),
    "200 of /openapi.json": (200, lambda service, user: service.get("/openapi.json")),
    "200 of /docs": (200, lambda service, user: service.get("/docs")),
    "200 of HEAD": (200, lambda service, user: service.send("HEAD", f"/users/{user['id']}")),
    "201": (201, lambda service, user: service.post("/users", {"name": "Ada", "email": unique_email()})),
    "204": (204, lambda service, user: service.delete(f"/users/{user['id']}")),
    "304": (304, lambda service, user: service.get(f"/users/{user['id']}", {"If-None-Match": '"1"'})),
    "400 of a parameter": (400, lambda service, user: service.get("/users/0")),
    "400 of a field": (400, lambda service, user: service.post("/users", {"x": 1})),
    "400 of an unreadable body": (400, lambda service, user: service.send("POST", "/users", body=b"{")),
    "404 of a path": (404, lambda service, user: service.get("/nothing")),
    "404 of a user": (404, lambda service, user: service.get(f"/users/{2**63 - 1}")),
    "404 of a profile": (404, lambda service, user: service.get(f"/users/{user['id']}/profile")),
    "405": (405, lambda service, user: service.delete("/users")),
    "409": (409, lambda service, user: service.post("/users", {"name": "Ada", "email": user["email"]})),
    "412": (412, lambda service, user: service.delete(f"/users/{user['id']}", {"If-Match": '"999"'})),
    "413": (
        413,
        lambda service, user: service.send_raw("POST", "/users", {"Content-Length": str(MAX_BODY + 1), "Content-Type": JSON}),
    ),
    "415": (415, lambda service, user: service.send("POST", "/users", body=b"{}", content_type="text/plain")),
}

every_kind = pytest.mark.parametrize("kind", list(KINDS))


def answer_of(service: Service, user: dict[str, Any], kind: str) -> Answer:
    status, send = KINDS[kind]
    answer = send(service, user)
    demand(answer.status == status, f"this request is answered with {status}, which this case needs", answer)
    return answer


@pytest.mark.section("openapi.yaml, ContentTypeOptions")
@every_kind
def test_nosniff(service: Service, user: dict[str, Any], kind: str) -> None:
    answer = answer_of(service, user, kind)
    what = "every answer has X-Content-Type-Options: nosniff"
    demand_equal(answer.headers.get_list("X-Content-Type-Options"), ["nosniff"], what, answer)


@pytest.mark.section("openapi.yaml, CacheControl")
@every_kind
def test_no_store(service: Service, user: dict[str, Any], kind: str) -> None:
    answer = answer_of(service, user, kind)
    demand_equal(answer.headers.get_list("Cache-Control"), ["no-store"], "every answer has Cache-Control: no-store", answer)


@pytest.mark.section("openapi.yaml, RequestId")
@every_kind
def test_request_id(service: Service, user: dict[str, Any], kind: str) -> None:
    answer = answer_of(service, user, kind)
    found = answer.headers.get_list("X-Request-ID")
    demand(len(found) == 1 and UUID.fullmatch(found[0]) is not None, "every answer has an X-Request-ID, once", answer)


@pytest.mark.section("README.md, Conventions")
@every_kind
def test_content_type(service: Service, user: dict[str, Any], kind: str) -> None:
    answer = answer_of(service, user, kind)
    wanted = JSON if answer.status < 300 else PROBLEM
    if answer.status in {204, 304}:
        demand(answer.body == b"", "an answer of this status has no body", answer)
    elif kind == "200 of /docs":
        demand_equal(answer.media_type, "text/html", "the page is HTML", answer)
    else:
        demand_equal(answer.media_type, wanted, f"the media type is {wanted}", answer)


@pytest.mark.section("README.md, Conventions")
@pytest.mark.parametrize("accept", ["text/html", "application/xml", "application/json;q=0", "garbage"])
@pytest.mark.parametrize(("target", "wanted"), [("/users", JSON), ("/users/0", PROBLEM), ("/nothing", PROBLEM)])
def test_accept_does_not_matter(service: Service, target: str, wanted: str, accept: str) -> None:
    answer = service.get(target, {"Accept": accept})
    demand_equal(answer.media_type, wanted, f"the media type is {wanted}, whatever the client would like", answer)


@pytest.mark.section("README.md, Requests and headers")
@pytest.mark.parametrize("name", ["Server", "X-Powered-By"])
def test_no_version(service: Service, path: str, name: str) -> None:
    answer = service.get(path)
    demand(re.search(r"\d", answer.headers.get(name, "")) is None, f"{name} shows no version", answer)


@pytest.mark.section(TAKEN_OVER)
@pytest.mark.parametrize(
    "request_id",
    [
        values.case("1 character", "a"),
        values.case("128 characters", "a" * 128),
        values.case("every character", "AZaz09._-"),
        values.case("a dot", "."),
        values.case("UUID in capitals", "0B5F3C1E-6D6C-4F0E-9F55-0C6F3F6F2D11"),
    ],
)
def test_request_id_is_taken_over(service: Service, request_id: str) -> None:
    answer = service.get("/healthz", {"X-Request-ID": request_id})
    demand_equal(answer.headers.get("X-Request-ID"), request_id, "a valid X-Request-ID is taken over", answer)


@pytest.mark.section(TAKEN_OVER)
@pytest.mark.parametrize(
    "request_id",
    [
        values.case("empty", ""),
        values.case("129 characters", "a" * 129),
        values.case("1,000 characters", "a" * 1000),
        values.case("space", "a b"),
        values.case("comma", "a,b"),
        values.case("slash", "a/b"),
        values.case("colon", "a:b"),
        values.case("plus", "a+b"),
        values.case("quote", 'a"b'),
        values.case("percent", "%41"),
        values.case("é", "é"),
        values.case("Arabic digit", "\u0661"),
        values.case("newline escaped", "a\\n"),
    ],
)
def test_request_id_is_replaced(service: Service, request_id: str) -> None:
    answer = service.get("/healthz", {"X-Request-ID": request_id})
    found = answer.headers.get("X-Request-ID", "")
    demand(UUID.fullmatch(found) is not None, "an X-Request-ID that is not valid is replaced by a new UUID", answer)


@pytest.mark.section(TAKEN_OVER)
@pytest.mark.parametrize("pair", [("a", "a"), ("a", ""), ("", "a"), ("a", "é"), ("é", "a")])
def test_request_id_that_comes_twice(service: Service, pair: tuple[str, str]) -> None:
    answer = service.get("/healthz", [("X-Request-ID", pair[0]), ("x-request-id", pair[1])])
    found = answer.headers.get_list("X-Request-ID")
    what = "of two values of X-Request-ID a valid one is taken over, or a new UUID is made"
    is_valid = len(found) == 1 and (found[0] in {text for text in pair if text == "a"} or UUID.fullmatch(found[0]) is not None)
    demand(is_valid, what, answer)


@pytest.mark.section(TAKEN_OVER)
def test_request_id_is_new_each_time(service: Service) -> None:
    answers = [service.get("/healthz") for _ in range(5)]
    found = {answer.headers.get("X-Request-ID") for answer in answers}
    demand_equal(len(found), 5, "each request without an X-Request-ID gets one of its own", *answers[:2])


@pytest.mark.section("README.md, Conventions")
@every_kind
def test_request_id_is_taken_over_in_each_kind(service: Service, user: dict[str, Any], kind: str) -> None:
    answer = answer_of(service.with_header("X-Request-ID", "mine"), user, kind)
    demand_equal(answer.headers.get_list("X-Request-ID"), ["mine"], "a valid X-Request-ID is echoed", answer)
    if answer.media_type == PROBLEM:
        demand_equal(answer["request_id"], "mine", "a problem has the request_id of its answer", answer)
