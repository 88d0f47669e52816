"""Which check comes first where there are callers with roles."""

from typing import Any

import pytest

from conformance import demands, values
from conformance.accounts import Account
from conformance.demands import (
    demand_allow,
    demand_errors,
    demand_no_such_path,
    demand_one_of,
    demand_problem,
    demand_unauthorized,
)
from conformance.service import JSON, MAX_BODY, Service, unique_email

AREA = "order with auth"

pytestmark = [pytest.mark.auth("jwt"), pytest.mark.section("README.md, Never negotiable")]

TOO_LARGE = {"Content-Length": str(MAX_BODY + 1), "Content-Type": JSON}
CHUNKED = {"Transfer-Encoding": "chunked", "Content-Type": JSON}
MISSING = f"/users/{2**63 - 1}"
ALLOW = {
    "/auth/register": {"POST"},
    "/auth/login": {"POST"},
    "/auth/refresh": {"POST"},
    "/auth/logout": {"POST"},
    "/auth/me": {"GET", "HEAD"},
    "/.well-known/jwks.json": {"GET", "HEAD"},
}
FREE = "which of the two is found first is free"
PROTECTED = [
    values.case("GET /users", "GET", "/users"),
    values.case("POST /users", "POST", "/users"),
    values.case("GET /users/1", "GET", "/users/1"),
    values.case("PUT /users/1", "PUT", "/users/1"),
    values.case("PATCH /users/1", "PATCH", "/users/1"),
    values.case("DELETE /users/1", "DELETE", "/users/1"),
    values.case("GET /users/1/profile", "GET", "/users/1/profile"),
    values.case("PUT /users/1/profile", "PUT", "/users/1/profile"),
    values.case("GET /auth/me", "GET", "/auth/me"),
    values.case("POST /auth/logout", "POST", "/auth/logout"),
]

every_protected_route = pytest.mark.parametrize(("method", "target"), PROTECTED)


def chunks_beyond_the_limit() -> list[bytes]:
    return [*[b"10000\r\n" + b" " * 65536 + b"\r\n"] * (MAX_BODY // 65536 + 1), b"0\r\n\r\n"]


@pytest.mark.parametrize(
    "target",
    [
        "/auth",
        "/auth/nothing",
        "/auth/Login",
        "/auth/me/1",
        "/auth/me%0A",
        "/Auth/me",
        "/.well-known",
        "/.well-known/jwks",
        "/nothing",
        "/users/1/other",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_path_and_token(public: Service, method: str, target: str) -> None:
    answer = public.send(method, target, is_documented=False)
    demand_one_of(answer, {401, 404}, "there is nothing at this path, and nobody has a token")


@pytest.mark.parametrize(
    "target",
    ["/auth/", "/auth/login/", "/auth//login", "/auth/me/", "/.well-known/", "/.well-known/jwks.json/", "/users/", "//users"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_slash_too_many_and_token(public: Service, method: str, target: str) -> None:
    answer = public.send(method, target, is_documented=False)
    if answer.status in {400, 401, 405, 415}:
        demand_one_of(answer, {400, 401, 405, 415}, "nobody has a token, and nothing was sent")
    else:
        demand_no_such_path(answer, "a path with a slash too many is another one, or leads to the one without it")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"])
@pytest.mark.parametrize(("target", "allow"), ALLOW.items(), ids=list(ALLOW))
def test_method_of_a_route_of_auth(service: Service, method: str, target: str, allow: set[str]) -> None:
    if method in allow:
        method = "PROPFIND"
    answer = service.send(method, target)
    demand_problem(answer, 405, "the path has no such method")
    demand_allow(answer, allow, "Allow names the path's methods")


@pytest.mark.parametrize(
    ("method", "target"),
    [("DELETE", "/users"), ("POST", "/users/1"), ("DELETE", "/users/1/profile"), ("POST", "/auth/me"), ("GET", "/auth/logout")],
)
def test_method_and_token(public: Service, method: str, target: str) -> None:
    answer = public.send(method, target, headers={"Authorization": "Bearer garbage"}, is_documented=False)
    demand_one_of(answer, {401, 405}, FREE)


@every_protected_route
def test_declared_length_and_token(public: Service, method: str, target: str) -> None:
    answer = public.send_raw(method, target, TOO_LARGE)
    demand_one_of(answer, {401, 413}, FREE)


@pytest.mark.parametrize("target", ["/auth/login", "/auth/register", "/auth/refresh"])
def test_declared_length_is_too_large(public: Service, target: str) -> None:
    answer = public.send_raw("POST", target, TOO_LARGE)
    demand_problem(answer, 413, "a declared length over the limit is refused before anything is read")


@every_protected_route
@pytest.mark.parametrize(
    ("token", "error"), [("", demands.NO_TOKEN), ("Bearer garbage", demands.BAD_TOKEN)], ids=["no token", "garbage"]
)
def test_token_comes_before_the_media_type(public: Service, method: str, target: str, token: str, error: str) -> None:
    headers = {"Authorization": token} if token else {}
    answer = public.send(method, target, body=b"{", content_type="text/plain", headers=headers)
    demand_unauthorized(answer, error, "who calls is looked at before the body")


@pytest.mark.parametrize(("method", "target"), [("POST", "/users"), ("PUT", "/users/1"), ("PATCH", "/users/1")])
@pytest.mark.parametrize("body", [b"{", b"{}", b'{"x":1}'], ids=["JSON", "required fields", "unknown field"])
def test_token_comes_before_the_body(public: Service, method: str, target: str, body: bytes) -> None:
    demand_unauthorized(public.send(method, target, body=body), demands.NO_TOKEN, "who calls is looked at before the body")


@pytest.mark.parametrize(("method", "target"), [("POST", "/users"), ("PUT", "/users/1"), ("PUT", "/users/1/profile")])
def test_token_comes_before_the_size_as_it_is_read(public: Service, method: str, target: str) -> None:
    answer = public.send_raw(method, target, CHUNKED, chunks_beyond_the_limit())
    demand_unauthorized(answer, demands.NO_TOKEN, "who calls is looked at before the body is read")


@pytest.mark.parametrize(
    ("method", "target"),
    [("GET", "/users?limit=0"), ("GET", "/users/0"), ("GET", "/users/abc?expand=x"), ("DELETE", "/users/0"), ("PUT", "/users/0")],
)
def test_token_and_parameters(public: Service, method: str, target: str) -> None:
    demand_one_of(public.send(method, target), {400, 401}, FREE)


def test_token_comes_before_the_user(public: Service) -> None:
    demand_unauthorized(public.get(MISSING), demands.NO_TOKEN, "who calls is looked at before the user")


@pytest.mark.parametrize(("method", "target"), [("GET", "/users?limit=0"), ("DELETE", "/users/0"), ("DELETE", "/users/abc")])
def test_role_and_parameters(member: Account, method: str, target: str) -> None:
    demand_one_of(member.client.send(method, target), {400, 403}, FREE)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"{}", "text/plain"), (b"{", JSON), (b"{}", JSON), (b'{"role":"admin"}', JSON)],
    ids=["media type", "JSON", "fields", "role"],
)
def test_role_comes_before_the_body(member: Account, body: bytes, content_type: str) -> None:
    answer = member.client.send("POST", "/users", body=body, content_type=content_type)
    demand_problem(answer, 403, "whether the route is for the role is looked at before the body")


def test_role_comes_before_the_size_as_it_is_read(member: Account) -> None:
    answer = member.client.send_raw("POST", "/users", CHUNKED, chunks_beyond_the_limit())
    demand_problem(answer, 403, "whether the route is for the role is looked at before the body is read")


def test_declared_length_and_role(member: Account) -> None:
    demand_one_of(member.client.send_raw("POST", "/users", TOO_LARGE), {403, 413}, FREE)


@pytest.mark.parametrize(
    ("method", "target"),
    [("GET", "/users/0"), ("GET", "/users/abc"), ("PUT", "/users/0"), ("PATCH", "/users/x"), ("GET", "/users/0/profile")],
)
def test_parameters_and_owner(member: Account, method: str, target: str) -> None:
    others = {415} if method in {"PUT", "PATCH"} else set()
    demand_one_of(member.client.send(method, target), {400, 403, *others}, FREE)


def test_every_parameter_and_owner(member: Account, stranger: Account) -> None:
    demand_one_of(stranger.client.get(f"{member.path}?expand=x"), {400, 403}, FREE)


@pytest.mark.parametrize(("method", "suffix"), [("PUT", ""), ("PATCH", ""), ("PUT", "/profile")])
@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"{}", "text/plain"), (b"{", JSON), (b'{"x":1}', JSON), (b'{"role":"admin"}', JSON), (b"", "")],
    ids=["media type", "JSON", "fields", "role", "no body"],
)
def test_owner_comes_before_the_body(
    member: Account, stranger: Account, method: str, suffix: str, body: bytes, content_type: str
) -> None:
    answer = stranger.client.send(method, member.path + suffix, body=body, content_type=content_type)
    demand_problem(answer, 403, "the owner is looked at before the body")


@pytest.mark.parametrize(("method", "suffix"), [("PUT", ""), ("PUT", "/profile")])
def test_owner_comes_before_the_size_as_it_is_read(member: Account, stranger: Account, method: str, suffix: str) -> None:
    answer = stranger.client.send_raw(method, member.path + suffix, CHUNKED, chunks_beyond_the_limit())
    demand_problem(answer, 403, "the owner is looked at before the body is read")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_owner_comes_before_if_match(member: Account, stranger: Account, method: str) -> None:
    data = {"name": "Mallory", "email": unique_email()}
    answer = stranger.client.send(method, member.path, data=data, headers={"If-Match": '"999"'})
    demand_problem(answer, 403, "the owner is looked at before If-Match")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_media_type_and_a_role_that_is_sent(member: Account, method: str) -> None:
    answer = member.client.send(method, member.path, body=b'{"role":"admin"}', content_type="text/plain")
    demand_one_of(answer, {415}, "a body of another type is not read")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(
    ("body", "others"),
    [(b'{"role":"admin"', set()), (b'[{"role":"admin"}]', set()), (b'{"role":"admin","role":"user"}', {403})],
    ids=["cut off", "array", "twice"],
)
def test_json_and_a_role_that_is_sent(member: Account, method: str, body: bytes, others: set[int]) -> None:
    demand_one_of(member.client.send(method, member.path, body=body), {400, *others}, FREE)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(
    "data",
    [
        values.case("wrong role", {"role": "king"}),
        values.case("role null", {"role": None}),
        values.case("role that is no string", {"role": ["admin"]}),
        values.case("missing, wrong and unknown fields", {"role": "admin", "age": -1, "x": 1}),
        values.case("wrong password", {"role": "admin", "password": "short"}),
    ],
)
def test_role_that_is_sent_and_fields(member: Account, method: str, data: Any) -> None:
    demand_one_of(member.client.send(method, member.path, data=data), {400, 403}, FREE)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_role_that_is_sent_and_if_match(member: Account, method: str) -> None:
    data = {"name": member.user["name"], "email": member.email, "role": "admin"}
    answer = member.client.send(method, member.path, data=data, headers={"If-Match": '"999"'})
    demand_one_of(answer, {403, 412}, FREE)


@pytest.mark.parametrize("body", [b"{", b"{}"], ids=["JSON", "fields"])
def test_media_type_and_the_body_of_a_login(public: Service, body: bytes) -> None:
    answer = public.send("POST", "/auth/login", body=body, content_type="text/plain")
    demand_problem(answer, 415, "a body of another type is not read")


@pytest.mark.registration("on")
def test_fields_and_the_email_of_a_registration(public: Service, member: Account) -> None:
    answer = public.post("/auth/register", {"name": "", "email": member.email, "password": "a walk by the sea"})
    demand_errors(answer, ["/name"], "a registration that is not valid is not looked for")
