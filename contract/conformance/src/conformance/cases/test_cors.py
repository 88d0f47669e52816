"""CORS. An origin that is not allowed can always be tried; one that is needs a service that was started to allow it."""

from typing import Any

import pytest

from conformance import values
from conformance.demands import TOO_LARGE, demand, demand_equal, demand_problem, demand_status
from conformance.service import MIB, Answer, Service

AREA = "CORS"

pytestmark = pytest.mark.section("README.md, Requests and headers: CORS")

PREFLIGHT = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-type"}
ELSEWHERE = "https://elsewhere.example"


@pytest.fixture
def other_origin(pytestconfig: pytest.Config) -> str:
    """An origin that the service does not allow."""
    if pytestconfig.getoption("--cors-origin") == "*":
        pytest.skip("give another --cors-origin than *, for a service that does not allow every origin")
    return ELSEWHERE


def cors_headers(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [("GET", "/users", 200), ("GET", "/nothing", 404), ("DELETE", "/users", 405), ("GET", "/users/0", 400)],
)
def test_other_origin_gets_no_cors_headers(service: Service, other_origin: str, method: str, target: str, status: int) -> None:
    answer = service.send(method, target, headers={"Origin": other_origin})
    demand_equal((answer.status, cors_headers(answer)), (status, {}), "another origin gets no CORS headers", answer)


def test_preflight_of_other_origin_is_a_method_like_any_other(service: Service, other_origin: str) -> None:
    answer = service.send("OPTIONS", "/users", headers={"Origin": other_origin, **PREFLIGHT})
    demand_problem(answer, 405, "OPTIONS is not allowed here.", "for another origin OPTIONS is a method like any other")


def test_preflight_of_other_origin_gets_no_cors_headers(service: Service, other_origin: str) -> None:
    answer = service.send("OPTIONS", "/users", headers={"Origin": other_origin, **PREFLIGHT})
    demand_equal((answer.status, cors_headers(answer)), (405, {}), "another origin gets no CORS headers", answer)


def test_no_origin_gets_no_cors_headers(service: Service, path: str) -> None:
    answer = service.get(path)
    demand_equal((answer.status, cors_headers(answer)), (200, {}), "a request without Origin gets no CORS headers", answer)


ANSWERS = [
    values.case("200", "GET", "/users", {}, 200),
    values.case("400", "GET", "/users/0", {}, 400),
    values.case("404", "GET", "/nothing", {}, 404),
    values.case("405", "DELETE", "/users", {}, 405),
    values.case("405 of OPTIONS", "OPTIONS", "/users", {}, 405),
    values.case("413", "POST", "/users", {"Content-Length": str(MIB + 1)}, 413),
    values.case("415", "POST", "/users", {}, 415),
    values.case("health", "GET", "/healthz", {}, 200),
    values.case("docs", "GET", "/docs", {}, 200),
]


def send(service: Service, origin: str, method: str, target: str, headers: dict[str, str], status: int) -> Answer:
    answer = service.send_raw(method, target, {"Origin": origin, **headers})
    demand_status(answer, status, "this request is answered as ever, which this case needs")
    return answer


@pytest.mark.parametrize(("method", "target", "headers", "status"), ANSWERS)
def test_allowed_origin_is_named(
    service: Service, allowed_origin: str, method: str, target: str, headers: dict[str, str], status: int
) -> None:
    origin = ELSEWHERE if allowed_origin == "*" else allowed_origin
    answer = send(service, origin, method, target, headers, status)
    found = answer.headers.get_list("Access-Control-Allow-Origin")
    demand_equal(found, [allowed_origin], "Access-Control-Allow-Origin is that origin, or *", answer)


@pytest.mark.parametrize(("method", "target", "headers", "status"), ANSWERS)
def test_headers_are_exposed(
    service: Service, allowed_origin: str, method: str, target: str, headers: dict[str, str], status: int
) -> None:
    answer = send(service, allowed_origin, method, target, headers, status)
    wanted = "ETag, Link, Location, Retry-After, X-Request-ID"
    found = answer.headers.get("Access-Control-Expose-Headers")
    demand_equal(found, wanted, "Access-Control-Expose-Headers names the contract's headers", answer)


@pytest.mark.parametrize(("method", "target", "headers", "status"), ANSWERS)
def test_answer_varies_by_origin(
    service: Service, allowed_origin: str, method: str, target: str, headers: dict[str, str], status: int
) -> None:
    answer = send(service, allowed_origin, method, target, headers, status)
    wanted = None if allowed_origin == "*" else "Origin"
    demand_equal(answer.headers.get("Vary"), wanted, "Vary is Origin, unless every origin is allowed", answer)


@pytest.mark.parametrize(("method", "target", "headers", "status"), ANSWERS)
def test_credentials_are_not_allowed(
    service: Service, allowed_origin: str, method: str, target: str, headers: dict[str, str], status: int
) -> None:
    answer = send(service, allowed_origin, method, target, headers, status)
    demand("Access-Control-Allow-Credentials" not in answer.headers, "credentials are never allowed", answer)


@pytest.mark.parametrize("target", ["/users", "/users/1", "/users/abc", "/users/1/profile", "/healthz", "/nothing", "/users/"])
def test_preflight_is_answered(service: Service, allowed_origin: str, target: str) -> None:
    answer = service.send("OPTIONS", target, headers={"Origin": allowed_origin, **PREFLIGHT})
    demand_status(answer, 204, "a preflight is answered before the path and the method are looked at")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Access-Control-Allow-Methods", "DELETE, GET, HEAD, PATCH, POST, PUT"),
        ("Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match, If-None-Match, X-Request-ID"),
        ("Access-Control-Max-Age", "600"),
        ("Access-Control-Allow-Credentials", None),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-store"),
        ("Content-Type", None),
    ],
)
def test_preflight_has(service: Service, allowed_origin: str, name: str, value: Any) -> None:
    answer = service.send("OPTIONS", "/users", headers={"Origin": allowed_origin, **PREFLIGHT})
    demand_equal((answer.status, answer.headers.get(name)), (204, value), f"{name} of a preflight is {value}", answer)


def test_preflight_names_the_origin(service: Service, allowed_origin: str) -> None:
    answer = service.send("OPTIONS", "/users", headers={"Origin": allowed_origin, **PREFLIGHT})
    found = answer.headers.get_list("Access-Control-Allow-Origin")
    demand_equal(found, [allowed_origin], "Access-Control-Allow-Origin is that origin, or *", answer)


def test_preflight_takes_over_the_request_id(service: Service, allowed_origin: str) -> None:
    headers = {"Origin": allowed_origin, "X-Request-ID": "mine", **PREFLIGHT}
    answer = service.send("OPTIONS", "/users", headers=headers)
    demand_equal(answer.headers.get_list("X-Request-ID"), ["mine"], "a valid X-Request-ID is echoed", answer)


def test_declared_length_comes_before_the_preflight(service: Service, allowed_origin: str) -> None:
    headers = {"Origin": allowed_origin, "Content-Length": str(MIB + 1), **PREFLIGHT}
    answer = service.send_raw("OPTIONS", "/users", headers)
    demand_problem(answer, 413, TOO_LARGE, "the declared length is looked at first")


def test_options_without_a_request_method_is_no_preflight(service: Service, allowed_origin: str) -> None:
    answer = service.send("OPTIONS", "/users", headers={"Origin": allowed_origin})
    demand_problem(answer, 405, "OPTIONS is not allowed here.", "a preflight has Access-Control-Request-Method")


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
@pytest.mark.parametrize("second", ["{}", ELSEWHERE, "null"], ids=["the same", "another", "null"])
@pytest.mark.parametrize("turned", [False, True], ids=["first", "second"])
def test_origin_that_comes_twice_is_not_allowed(
    service: Service, path: str, allowed_origin: str, method: str, second: str, turned: bool
) -> None:
    if allowed_origin == "*":
        pytest.skip("give another --cors-origin than *, for a service that does not allow every origin")
    origins = [("Origin", allowed_origin), ("Origin", second.format(allowed_origin))]
    preflight = list(PREFLIGHT.items()) if method == "OPTIONS" else []
    answer = service.send(method, path, headers=[*(reversed(origins) if turned else origins), *preflight])
    what = "an Origin that came more than once is no allowed origin"
    demand_equal((answer.status, cors_headers(answer)), (200 if method == "GET" else 405, {}), what, answer)


@pytest.mark.parametrize("form", ["{}.evil.example", "{}:8443", "{}/", "x{}", "{upper}", "null", "{} {}", "{},{}"])
def test_origin_is_compared_exactly(service: Service, path: str, allowed_origin: str, form: str) -> None:
    if allowed_origin == "*":
        pytest.skip("give another --cors-origin than *, for a service that does not allow every origin")
    origin = form.format(allowed_origin, allowed_origin, upper=allowed_origin.upper())
    answer = service.get(path, {"Origin": origin})
    what = "another origin gets no CORS headers, however alike"
    demand_equal((answer.status, cors_headers(answer)), (200, {}), what, answer)
