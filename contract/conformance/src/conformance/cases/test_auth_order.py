"""Which check comes first where there are callers with roles."""

from typing import Any

import pytest

from conformance import demands, values
from conformance.accounts import Account
from conformance.demands import demand_equal, demand_errors, demand_problem, demand_status, demand_unauthorized
from conformance.service import JSON, MIB, Service, unique_email

AREA = "order with auth"

pytestmark = [pytest.mark.auth("jwt"), pytest.mark.section("README.md, The order of the checks")]

TOO_LARGE = {"Content-Length": str(MIB + 1), "Content-Type": JSON}
CHUNKED = {"Transfer-Encoding": "chunked", "Content-Type": JSON}
MISSING = f"/users/{2**63 - 1}"
ALLOW = {
    "/auth/register": "POST",
    "/auth/login": "POST",
    "/auth/refresh": "POST",
    "/auth/logout": "POST",
    "/auth/me": "GET, HEAD",
    "/.well-known/jwks.json": "GET, HEAD",
}
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
    return [*[b"10000\r\n" + b" " * 65536 + b"\r\n"] * (MIB // 65536 + 1), b"0\r\n\r\n"]


@pytest.mark.parametrize(
    "target",
    [
        "/auth",
        "/auth/",
        "/auth/nothing",
        "/auth/login/",
        "/auth/Login",
        "/auth//login",
        "/auth/me/",
        "/auth/me/1",
        "/auth/me%0A",
        "/Auth/me",
        "/.well-known",
        "/.well-known/",
        "/.well-known/jwks",
        "/.well-known/jwks.json/",
        "/nothing",
        "/users/",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_path_comes_before_the_token(public: Service, method: str, target: str) -> None:
    demand_problem(public.send(method, target), 404, demands.NO_PATH, "the path is looked at before the token")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
@pytest.mark.parametrize(("target", "allow"), ALLOW.items(), ids=list(ALLOW))
def test_method_of_a_route_of_auth(public: Service, method: str, target: str, allow: str) -> None:
    if method in allow.split(", "):
        method = "PROPFIND"
    answer = public.send(method, target)
    demand_problem(answer, 405, f"{method} is not allowed here.", "the path has no such method")
    demand_equal(answer.headers.get("Allow"), allow, "Allow lists the path's methods", answer)


@pytest.mark.parametrize(
    ("method", "target"),
    [("DELETE", "/users"), ("POST", "/users/1"), ("DELETE", "/users/1/profile"), ("POST", "/auth/me"), ("GET", "/auth/logout")],
)
def test_method_comes_before_the_token(public: Service, method: str, target: str) -> None:
    answer = public.send(method, target, headers={"Authorization": "Bearer garbage"})
    demand_problem(answer, 405, f"{method} is not allowed here.", "the method is looked at before the token")


@every_protected_route
def test_declared_length_comes_before_the_token(public: Service, method: str, target: str) -> None:
    answer = public.send_raw(method, target, TOO_LARGE)
    demand_problem(answer, 413, demands.TOO_LARGE, "the declared length is looked at first")


@pytest.mark.parametrize("target", ["/auth/login", "/auth/register", "/auth/refresh", "/.well-known/jwks.json", "/auth/nothing"])
def test_declared_length_comes_first(public: Service, target: str) -> None:
    answer = public.send_raw("POST", target, TOO_LARGE)
    demand_problem(answer, 413, demands.TOO_LARGE, "the declared length is looked at first")


@every_protected_route
@pytest.mark.parametrize(
    ("token", "detail"), [("", demands.NO_TOKEN), ("Bearer garbage", demands.BAD_TOKEN)], ids=["no token", "garbage"]
)
def test_token_comes_before_the_media_type(public: Service, method: str, target: str, token: str, detail: str) -> None:
    headers = {"Authorization": token} if token else {}
    answer = public.send(method, target, body=b"{", content_type="text/plain", headers=headers)
    demand_unauthorized(answer, detail, "who calls is looked at before the body")


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
def test_token_comes_before_the_parameters(public: Service, method: str, target: str) -> None:
    demand_unauthorized(public.send(method, target), demands.NO_TOKEN, "who calls is looked at before the parameters")


def test_token_comes_before_the_user(public: Service) -> None:
    demand_unauthorized(public.get(MISSING), demands.NO_TOKEN, "who calls is looked at before the user")


@pytest.mark.parametrize(("method", "target"), [("GET", "/users?limit=0"), ("DELETE", "/users/0"), ("DELETE", "/users/abc")])
def test_role_comes_before_the_parameters(member: Account, method: str, target: str) -> None:
    answer = member.client.send(method, target)
    demand_problem(answer, 403, demands.FORBIDDEN, "whether the route is for the role is looked at before the parameters")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"{}", "text/plain"), (b"{", JSON), (b"{}", JSON), (b'{"role":"admin"}', JSON)],
    ids=["media type", "JSON", "fields", "role"],
)
def test_role_comes_before_the_body(member: Account, body: bytes, content_type: str) -> None:
    answer = member.client.send("POST", "/users", body=body, content_type=content_type)
    demand_problem(answer, 403, demands.FORBIDDEN, "whether the route is for the role is looked at before the body")


def test_role_comes_before_the_size_as_it_is_read(member: Account) -> None:
    answer = member.client.send_raw("POST", "/users", CHUNKED, chunks_beyond_the_limit())
    demand_problem(answer, 403, demands.FORBIDDEN, "whether the route is for the role is looked at before the body is read")


def test_declared_length_comes_before_the_role(member: Account) -> None:
    answer = member.client.send_raw("POST", "/users", TOO_LARGE)
    demand_problem(answer, 413, demands.TOO_LARGE, "the declared length is looked at first")


@pytest.mark.parametrize(
    ("method", "target"),
    [("GET", "/users/0"), ("GET", "/users/abc"), ("PUT", "/users/0"), ("PATCH", "/users/01"), ("GET", "/users/0/profile")],
)
def test_parameters_come_before_the_owner(member: Account, method: str, target: str) -> None:
    answer = member.client.send(method, target)
    demand_errors(answer, [("id", demands.ID)], "the parameters are looked at before the owner")


def test_every_parameter_comes_before_the_owner(member: Account, stranger: Account) -> None:
    answer = stranger.client.get(f"{member.path}?expand=x")
    demand_errors(answer, [("expand", demands.EXPAND)], "the parameters are looked at before the owner")


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
    demand_problem(answer, 403, demands.FORBIDDEN, "the owner is looked at before the body")


@pytest.mark.parametrize(("method", "suffix"), [("PUT", ""), ("PUT", "/profile")])
def test_owner_comes_before_the_size_as_it_is_read(member: Account, stranger: Account, method: str, suffix: str) -> None:
    answer = stranger.client.send_raw(method, member.path + suffix, CHUNKED, chunks_beyond_the_limit())
    demand_problem(answer, 403, demands.FORBIDDEN, "the owner is looked at before the body is read")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_owner_comes_before_if_match(member: Account, stranger: Account, method: str) -> None:
    data = {"name": "Mallory", "email": unique_email()}
    answer = stranger.client.send(method, member.path, data=data, headers={"If-Match": '"999"'})
    demand_problem(answer, 403, demands.FORBIDDEN, "the owner is looked at before If-Match")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_media_type_comes_before_a_role_that_is_sent(member: Account, method: str) -> None:
    answer = member.client.send(method, member.path, body=b'{"role":"admin"}', content_type="text/plain")
    demand_status(answer, 415, "the media type is looked at before a member `role`")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(
    "body", [b'{"role":"admin"', b'{"role":"admin","role":"admin"}', b'[{"role":"admin"}]'], ids=["cut off", "twice", "array"]
)
def test_json_comes_before_a_role_that_is_sent(member: Account, method: str, body: bytes) -> None:
    answer = member.client.send(method, member.path, body=body)
    demand_problem(answer, 400, demands.UNREADABLE, "the JSON is looked at before a member `role`")


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
def test_role_that_is_sent_comes_before_the_fields(member: Account, method: str, data: Any) -> None:
    answer = member.client.send(method, member.path, data=data)
    demand_problem(answer, 403, demands.FORBIDDEN, "a member `role` is looked at before the fields")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_role_that_is_sent_comes_before_if_match(member: Account, method: str) -> None:
    data = {"name": member.user["name"], "email": member.email, "role": "admin"}
    answer = member.client.send(method, member.path, data=data, headers={"If-Match": '"999"'})
    demand_problem(answer, 403, demands.FORBIDDEN, "a member `role` is looked at before If-Match")


@pytest.mark.parametrize("body", [b"{", b"{}"], ids=["JSON", "fields"])
def test_media_type_comes_before_the_body_of_a_login(public: Service, body: bytes) -> None:
    answer = public.send("POST", "/auth/login", body=body, content_type="text/plain")
    demand_problem(answer, 415, demands.NOT_JSON, "the media type is looked at before the body")


@pytest.mark.registration("on")
def test_fields_come_before_the_email_of_a_registration(public: Service, member: Account) -> None:
    answer = public.post("/auth/register", {"name": "", "email": member.email, "password": "a walk by the sea"})
    demand_errors(answer, [("/name", demands.NAME)], "the fields are looked at before the e-mail's uniqueness")
