"""Paths, methods and HEAD."""

from typing import Any

import pytest

from conformance import demands
from conformance.demands import demand, demand_equal, demand_problem, demand_status
from conformance.service import Service

AREA = "routes"

ORDER = "README.md, The order of the checks: 3"
DETAILS = "README.md, Problem details"

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
ALLOW = {
    "/users": "GET, HEAD, POST",
    "/users/{}": "DELETE, GET, HEAD, PATCH, PUT",
    "/users/{}/profile": "GET, HEAD, PUT",
    "/healthz": "GET, HEAD",
    "/readyz": "GET, HEAD",
    "/openapi.json": "GET, HEAD",
    "/docs": "GET, HEAD",
}
WRONG_METHODS = [(method, target) for target, allowed in ALLOW.items() for method in METHODS if method not in allowed.split(", ")]
READ = ["/users", "/users?limit=1", "/users/{}", "/users/{}?expand=profile", "/users/{}/profile"]
READ += ["/healthz", "/readyz", "/openapi.json", "/docs"]
READ_WRONGLY = ["/nothing", "/users/", "/users/0", f"/users/{2**63 - 1}", "/users?limit=0", f"/users/{2**63 - 1}/profile"]


@pytest.mark.section(ORDER)
@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/nothing",
        "/user",
        "/Users",
        "/USERS",
        "/users/",
        "/users//",
        "//users",
        "//",
        "/users//1",
        "/users/1/",
        "/users/1//",
        "/users//profile",
        "/users/1//profile",
        "/users/1/profile/",
        "/users/1/Profile",
        "/users/1/profile/1",
        "/users/1/other",
        "/users/1/2",
        "/healthz/",
        "/healthz/x",
        "/Healthz",
        "/readyz/",
        "/openapi.json/",
        "/openapi.yaml",
        "/openapi",
        "/docs/",
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
        "/users/?limit=1",
        "/nothing%3Fx",
    ],
)
def test_nothing_at(service: Service, target: str) -> None:
    demand_problem(service.get(target), 404, demands.NO_PATH, "a path that is not a route is 404, never a redirect")


@pytest.mark.auth("none")
@pytest.mark.section("README.md, Auth")
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "target", ["/auth/register", "/auth/login", "/auth/refresh", "/auth/logout", "/auth/me", "/.well-known/jwks.json"]
)
def test_nothing_of_auth_at(service: Service, method: str, target: str) -> None:
    answer = service.send(method, target)
    demand_problem(answer, 404, demands.NO_PATH, "without the option there is no trace of auth")


@pytest.mark.section(ORDER)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("target", ["/nothing", "/users/", "//users"])
def test_nothing_for(service: Service, method: str, target: str) -> None:
    answer = service.send(method, target)
    demand_problem(answer, 404, demands.NO_PATH, "a path that is not a route is 404, whatever the method")


@pytest.mark.section(DETAILS)
def test_instance_of_an_absolute_target(service: Service) -> None:
    answer = service.get(f"http://{service.authority}/nothing?x=1")
    demand_problem(answer, 404, demands.NO_PATH, "instance is the path of the request target, without the query")


@pytest.mark.section(DETAILS)
@pytest.mark.parametrize(("method", "target"), WRONG_METHODS)
def test_method_is_not_allowed(service: Service, method: str, target: str) -> None:
    answer = service.send(method, target.format(1))
    demand_problem(answer, 405, f"{method} is not allowed here.", "the path has no such method")


@pytest.mark.section(DETAILS)
@pytest.mark.parametrize(("target", "allow"), ALLOW.items(), ids=list(ALLOW))
@pytest.mark.parametrize("method", ["POST", "DELETE", "TRACE", "OPTIONS"])
def test_allow(service: Service, method: str, target: str, allow: str) -> None:
    if method in allow.split(", "):
        method = "PATCH" if "PATCH" not in allow else "POST"
    answer = service.send(method, target.format(1))
    what = "Allow lists the path's methods in alphabetical order, with HEAD, without OPTIONS"
    demand_equal(answer.headers.get("Allow"), allow, what, answer)


@pytest.mark.section(DETAILS)
def test_method_that_nobody_knows(service: Service) -> None:
    answer = service.send("PROPFIND", "/users")
    demand_problem(answer, 405, "PROPFIND is not allowed here.", "the path has no such method")


@pytest.mark.section(DETAILS)
@pytest.mark.parametrize("target", READ)
def test_head_has_the_status_of_get(service: Service, user: dict[str, Any], path: str, target: str) -> None:
    service.put(f"{path}/profile", {})
    demand_status(service.send("HEAD", target.format(user["id"])), 200, "HEAD works wherever GET does")


@pytest.mark.section(DETAILS)
@pytest.mark.parametrize("target", READ + READ_WRONGLY)
def test_head_has_the_headers_of_get(service: Service, user: dict[str, Any], path: str, target: str) -> None:
    service.put(f"{path}/profile", {})
    target = target.format(user["id"])
    headers = {"X-Request-ID": "head"}
    get, head = service.get(target, headers), service.send("HEAD", target, headers=headers)
    own = {"date", "connection", "keep-alive", "transfer-encoding", "content-length"}
    found, wanted = (
        {"status": str(answer.status)} | {name: value for name, value in answer.headers.items() if name not in own}
        for answer in (head, get)
    )
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


@pytest.mark.section(DETAILS)
@pytest.mark.parametrize("target", READ + READ_WRONGLY)
def test_head_has_no_body(service: Service, user: dict[str, Any], path: str, target: str) -> None:
    service.put(f"{path}/profile", {})
    sent = service.exchange(service.head("HEAD", target.format(user["id"]), service.credentials))
    demand(
        sent.startswith(b"HTTP/1.1 ") and sent.endswith(b"\r\n\r\n") and sent.count(b"\r\n\r\n") == 1,
        f"HEAD has no body, so nothing follows the head\nfound:    {sent[-200:]!r}",
    )
