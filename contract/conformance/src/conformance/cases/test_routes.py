"""Paths, methods and HEAD."""

import re
from typing import Any

import pytest

from conformance.demands import (
    REDIRECTS,
    demand,
    demand_allow,
    demand_equal,
    demand_no_such_path,
    demand_one_of,
    demand_problem,
    demand_status,
    told_by_headers,
)
from conformance.service import Service

AREA = "routes"

ROUTING = "README.md, Conventions: 404 and 405"

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"]
ALLOW = {
    "/users": {"GET", "HEAD", "POST"},
    "/users/{}": {"DELETE", "GET", "HEAD", "PATCH", "PUT"},
    "/users/{}/profile": {"GET", "HEAD", "PUT"},
    "/healthz": {"GET", "HEAD"},
    "/readyz": {"GET", "HEAD"},
    "/openapi.json": {"GET", "HEAD"},
    "/docs": {"GET", "HEAD"},
}
WRONG_METHODS = [(method, target) for target, allowed in ALLOW.items() for method in METHODS if method not in allowed]
READ = ["/users", "/users?limit=1", "/users/{}", "/users/{}?expand=profile", "/users/{}/profile"]
READ += ["/healthz", "/readyz", "/openapi.json", "/docs"]
READ_WRONGLY = ["/nothing", "/users/", "/users/0", f"/users/{2**63 - 1}", "/users?limit=0", f"/users/{2**63 - 1}/profile"]


@pytest.mark.section(ROUTING)
@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/nothing",
        "/user",
        "/Users",
        "/USERS",
        "/users/1/Profile",
        "/users/1/profile/1",
        "/users/1/other",
        "/users/1/2",
        "/healthz/x",
        "/Healthz",
        "/openapi.yaml",
        "/openapi",
        "/docs/nothing",
        "/users.json",
        "/users%0A",
        "/users/1/profile%0A",
        "/healthz%0A",
        "/usersx",
        "/favicon.ico",
        "/.env",
        "/nothing%20here",
        "/caf%C3%A9",
        "/%ff",
        "/a;b=c",
        "/a:b@c",
        "/nothing?limit=0",
        "/nothing%3Fx",
    ],
)
def test_nothing_at(service: Service, target: str) -> None:
    demand_problem(service.get(target), 404, "a path that is not a route is 404")


@pytest.mark.section("README.md, What is each framework's own")
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(
    "target",
    [
        "//",
        "/users/",
        "/users//",
        "//users",
        "/users//1",
        "/users/1/",
        "/users/1//",
        "/users//profile",
        "/users/1//profile",
        "/users/1/profile/",
        "/healthz/",
        "/readyz/",
        "/openapi.json/",
        "/docs/",
        "//elsewhere.example/",
        "//elsewhere.example/users",
        "//elsewhere.example//",
    ],
)
def test_slash_too_many(service: Service, method: str, target: str) -> None:
    """A framework may mend the path by a redirect, which must never lead to another host."""
    answer = service.send(method, target, is_documented=False)
    mended = "/" + re.sub("/+", "/", target).strip("/")
    if answer.status in {404, *REDIRECTS}:
        demand_no_such_path(answer, "a path with a slash too many is another one, or leads to the one without it")
    else:
        other = service.send(method, mended, is_documented=False)
        what = "a path with a slash too many is another one, one with an empty id, or the one without it"
        demand_one_of(answer, {400, 405, other.status}, what)


@pytest.mark.auth("none")
@pytest.mark.section("README.md, Auth")
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "target", ["/auth/register", "/auth/login", "/auth/refresh", "/auth/logout", "/auth/me", "/.well-known/jwks.json"]
)
def test_nothing_of_auth_at(service: Service, method: str, target: str) -> None:
    answer = service.send(method, target)
    demand_problem(answer, 404, "without the option there is no trace of auth")


@pytest.mark.section(ROUTING)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("target", ["/nothing", "/users/1/other", "/Users"])
def test_nothing_for(service: Service, method: str, target: str) -> None:
    answer = service.send(method, target)
    demand_problem(answer, 404, "a path that is not a route is 404, whatever the method")


@pytest.mark.section(ROUTING)
def test_instance_of_an_absolute_target(service: Service) -> None:
    answer = service.get(f"http://{service.authority}/nothing?x=1")
    demand_problem(answer, 404, "instance is the path of the request, without the query")


@pytest.mark.section(ROUTING)
@pytest.mark.parametrize(("method", "target"), WRONG_METHODS)
def test_method_is_not_allowed(service: Service, method: str, target: str) -> None:
    answer = service.send(method, target.format(1))
    demand_problem(answer, 405, "the path has no such method")


@pytest.mark.section(ROUTING)
@pytest.mark.parametrize(("target", "allow"), ALLOW.items(), ids=list(ALLOW))
@pytest.mark.parametrize("method", ["POST", "DELETE", "TRACE", "PROPFIND"])
def test_allow(service: Service, method: str, target: str, allow: set[str]) -> None:
    if method in allow:
        method = "PATCH" if "PATCH" not in allow else "POST"
    answer = service.send(method, target.format(1))
    demand_allow(answer, allow, "Allow names the path's methods, with HEAD")


@pytest.mark.section(ROUTING)
@pytest.mark.parametrize(("target", "allow"), ALLOW.items(), ids=list(ALLOW))
def test_options_without_an_origin(service: Service, target: str, allow: set[str]) -> None:
    answer = service.send("OPTIONS", target.format(1), is_documented=False)
    demand_one_of(answer, {200, 204, 405}, "OPTIONS tells the path's methods, or is none of them")
    demand_allow(answer, allow, "Allow names the path's methods, with HEAD")


@pytest.mark.section(ROUTING)
def test_method_that_nobody_knows(service: Service) -> None:
    demand_problem(service.send("PROPFIND", "/users"), 405, "the path has no such method")


@pytest.mark.section(ROUTING)
@pytest.mark.parametrize("target", READ)
def test_head_has_the_status_of_get(service: Service, user: dict[str, Any], path: str, target: str) -> None:
    service.put(f"{path}/profile", {})
    demand_status(service.send("HEAD", target.format(user["id"])), 200, "HEAD works wherever GET does")


@pytest.mark.section(ROUTING)
@pytest.mark.parametrize("target", READ + READ_WRONGLY)
def test_head_has_the_headers_of_get(service: Service, user: dict[str, Any], path: str, target: str) -> None:
    service.put(f"{path}/profile", {})
    target = target.format(user["id"])
    headers = {"X-Request-ID": "head"}
    get, head = service.get(target, headers), service.send("HEAD", target, headers=headers)
    found, wanted = told_by_headers(head), told_by_headers(get)
    demand_equal(found, wanted, "HEAD has the status and the headers of GET", head, get)


@pytest.mark.section("RFC 9110 §8.6")
@pytest.mark.parametrize("target", READ + READ_WRONGLY)
def test_length_that_head_declares_is_that_of_get(service: Service, user: dict[str, Any], path: str, target: str) -> None:
    service.put(f"{path}/profile", {})
    target = target.format(user["id"])
    headers = {"X-Request-ID": "head"}
    get, head = service.get(target, headers), service.send("HEAD", target, headers=headers)
    length = head.headers.get("Content-Length")
    demand(length in {None, str(len(get.body))}, "a length that HEAD declares is that of GET's body", head, get)


@pytest.mark.section(ROUTING)
@pytest.mark.parametrize("target", READ + READ_WRONGLY)
def test_head_has_no_body(service: Service, user: dict[str, Any], path: str, target: str) -> None:
    service.put(f"{path}/profile", {})
    sent = service.exchange(service.head("HEAD", target.format(user["id"]), service.credentials))
    demand(
        sent.startswith(b"HTTP/1.1 ") and sent.endswith(b"\r\n\r\n") and sent.count(b"\r\n\r\n") == 1,
        f"HEAD has no body, so nothing follows the head\nfound:    {sent[-200:]!r}",
    )
