"""Requests that are wrong twice: which refusal comes first is free, but it is one of the two, and nothing happens."""

from typing import Any

import pytest

from conformance import values
from conformance.demands import demand_equal, demand_one_of
from conformance.service import JSON, MAX_BODY, Headers, Service, unique_email

AREA = "order"

pytestmark = pytest.mark.section("README.md, What is each framework's own")

MISSING = f"/users/{2**63 - 1}"
STALE = {"If-Match": '"999"'}
FREE = "which of the two is found first is free"

CHANGES = ["PUT", "PATCH"]


@pytest.mark.parametrize("target", ["/nothing?limit=0", "/users/0/other"])
def test_path_and_parameters(service: Service, target: str) -> None:
    demand_one_of(service.get(target), {404}, "the parameters of a path that is no route are nobody's")


@pytest.mark.parametrize("target", ["/users/0", "/users/abc"])
def test_method_and_parameters(service: Service, target: str) -> None:
    demand_one_of(service.post(target, {}), {400, 405}, FREE)


@pytest.mark.parametrize(("method", "target", "status"), [("POST", "/nothing", 404), ("PATCH", "/users", 405)])
def test_route_and_body(service: Service, method: str, target: str, status: int) -> None:
    answer = service.send(method, target, body=b"x", content_type="text/plain")
    demand_one_of(answer, {status}, "there is nobody who would read the body")


@pytest.mark.parametrize(("method", "target"), [("PUT", "/users/0"), ("PATCH", "/users/0"), ("PUT", "/users/0/profile")])
@pytest.mark.parametrize(
    ("body", "content_type", "others"),
    [(b"{}", "text/plain", {415}), (b"{", JSON, set()), (b'{"x":1}', JSON, set())],
    ids=["media type", "JSON", "fields"],
)
def test_parameters_and_body(
    service: Service, method: str, target: str, body: bytes, content_type: str, others: set[int]
) -> None:
    answer = service.send(method, target, body=body, content_type=content_type)
    demand_one_of(answer, {400, *others}, FREE)


@pytest.mark.parametrize(("method", "target"), [("PUT", ""), ("PATCH", ""), ("PUT", "/profile")])
@pytest.mark.parametrize("body", [b"{", b'{"x":1}'], ids=["JSON", "fields"])
def test_media_type_and_body(service: Service, path: str, method: str, target: str, body: bytes) -> None:
    answer = service.send(method, path + target, body=body, content_type="text/plain")
    demand_one_of(answer, {415}, "a body of another type is not read")


@pytest.mark.parametrize(("method", "target"), [("PUT", ""), ("PATCH", ""), ("PUT", "/profile")])
@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [(b"{}", "text/plain", 415), (b"{", JSON, 400), (b'{"x":1}', JSON, 400)],
    ids=["media type", "JSON", "fields"],
)
def test_body_and_user(service: Service, method: str, target: str, body: bytes, content_type: str, status: int) -> None:
    answer = service.send(method, MISSING + target, body=body, content_type=content_type, headers=STALE)
    demand_one_of(answer, {status, 404}, FREE)


@pytest.mark.parametrize("method", CHANGES)
def test_fields_and_if_match(service: Service, user: dict[str, Any], path: str, method: str) -> None:
    data = {"name": "Ada", "email": unique_email(), "age": 151}
    answer = service.send(method, path, data=data, headers=STALE)
    demand_one_of(answer, {400, 412}, FREE)
    demand_unchanged(service, user)


@pytest.mark.parametrize("method", CHANGES)
@pytest.mark.parametrize("headers", [{}, STALE, {"If-Match": "*"}], ids=["no condition", "stale", "*"])
def test_user_if_match_and_email(service: Service, user: dict[str, Any], method: str, headers: Headers) -> None:
    data = {"name": "Ada", "email": user["email"]}
    answer = service.send(method, MISSING, data=data, headers=headers)
    demand_one_of(answer, {404, 412} if headers == STALE else {404}, "there is no such user")


@pytest.mark.parametrize("method", CHANGES)
def test_if_match_and_email(service: Service, user: dict[str, Any], path: str, method: str) -> None:
    data = {"name": "Ada", "email": service.new_user()["email"]}
    demand_one_of(service.send(method, path, data=data, headers=STALE), {409, 412}, FREE)
    demand_unchanged(service, user)


def test_fields_and_email(service: Service, user: dict[str, Any]) -> None:
    answer = service.post("/users", {"name": "", "email": user["email"]})
    demand_one_of(answer, {400}, "a user that is not valid is not looked for")


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        values.case("path", "GET", "/nothing", 404),
        values.case("method", "DELETE", "/users", 405),
        values.case("parameters", "GET", "/users?limit=0", 400),
        values.case("user", "GET", MISSING, 404),
    ],
)
def test_declared_length_and(service: Service, method: str, target: str, status: int) -> None:
    answer = service.send_raw(method, target, {"Content-Length": str(MAX_BODY + 1)})
    demand_one_of(answer, {413, status}, FREE)


def demand_unchanged(service: Service, user: dict[str, Any]) -> None:
    read = service.get(f"/users/{user['id']}")
    demand_equal(read.data, user, "a change that is refused changes nothing", read)
