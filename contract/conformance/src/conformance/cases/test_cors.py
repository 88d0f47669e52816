"""CORS. An origin that is not allowed can always be tried; one that is needs a service that was started to allow it."""

from collections.abc import Collection
from typing import Any

import pytest

from conformance import values
from conformance.demands import demand, demand_equal, demand_status, listed
from conformance.service import JSON, MAX_BODY, Answer, Service

AREA = "CORS"

pytestmark = pytest.mark.section("README.md, CORS")

HEADERS = ["authorization", "content-type", "if-match", "if-none-match", "x-request-id"]
EXPOSED = ["etag", "link", "location", "retry-after", "x-request-id"]
PREFLIGHT = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": ",".join(HEADERS)}
ELSEWHERE = "https://elsewhere.example"
ALLOWING = "access-control-allow-origin"
# A middleware may refuse an origin that is not allowed, or leave that to the browser.
REFUSES = {400, 403}


@pytest.fixture
def other_origin(pytestconfig: pytest.Config) -> str:
    """An origin that the service does not allow."""
    if pytestconfig.getoption("--cors-origin") == "*":
        pytest.skip("give another --cors-origin than *, for a service that does not allow every origin")
    return ELSEWHERE


def allowed_by(answer: Answer) -> list[str]:
    return answer.headers.get_list(ALLOWING)


def small(values_of: Collection[str]) -> set[str]:
    return {value.lower() for value in values_of}


def demand_not_allowed(answer: Answer, statuses: Collection[int], what: str) -> None:
    """Demand that a browser keeps the answer from a page of another origin."""
    demand(allowed_by(answer) == [], f"{what}: no Access-Control-Allow-Origin", answer)
    demand("Access-Control-Allow-Credentials" not in answer.headers, "credentials are never allowed", answer)
    demand(answer.status in {*statuses, *REFUSES}, f"{what}: answered as ever, or refused", answer)
    demand("X-Request-ID" in answer.headers, f"{what}: every answer has an X-Request-ID", answer)


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [("GET", "/users", 200), ("GET", "/nothing", 404), ("DELETE", "/users", 405), ("GET", "/users/0", 400)],
)
def test_other_origin_gets_no_cors_headers(service: Service, other_origin: str, method: str, target: str, status: int) -> None:
    answer = service.send(method, target, headers={"Origin": other_origin}, is_documented=False)
    demand_not_allowed(answer, {status}, "another origin is not allowed")


@pytest.mark.parametrize("target", ["/users", "/users/1", "/nothing"])
def test_preflight_of_other_origin(service: Service, other_origin: str, target: str) -> None:
    answer = service.send("OPTIONS", target, headers={"Origin": other_origin, **PREFLIGHT}, is_documented=False)
    demand_not_allowed(answer, {200, 204, 404, 405}, "another origin is not allowed")


def test_no_origin_gets_no_cors_headers(service: Service, allowed_origin: str, path: str) -> None:
    answer = service.get(path)
    wanted = [["*"], []] if allowed_origin == "*" else [[]]
    demand(answer.status == 200 and allowed_by(answer) in wanted, "a request without Origin names no origin", answer)


ANSWERS = [
    values.case("200", "GET", "/users", {}, {200}),
    values.case("400", "GET", "/users/0", {}, {400}),
    values.case("404", "GET", "/nothing", {}, {404}),
    values.case("405", "DELETE", "/users", {}, {405}),
    values.case("OPTIONS", "OPTIONS", "/users", {}, {200, 204, 405}),
    values.case("413", "POST", "/users", {"Content-Length": str(MAX_BODY + 1), "Content-Type": JSON}, {413}),
    values.case("415", "POST", "/users", {}, {400, 415}),
    values.case("health", "GET", "/healthz", {}, {200}),
    values.case("docs", "GET", "/docs", {}, {200}),
]


def send(service: Service, origin: str, method: str, target: str, headers: dict[str, str], statuses: set[int]) -> Answer:
    answer = service.send_raw(method, target, {"Origin": origin, **headers}, is_documented=method != "OPTIONS")
    demand(answer.status in statuses, "this request is answered as ever, which this case needs", answer)
    return answer


@pytest.mark.parametrize(("method", "target", "headers", "statuses"), ANSWERS)
def test_allowed_origin_is_named(
    service: Service, allowed_origin: str, method: str, target: str, headers: dict[str, str], statuses: set[int]
) -> None:
    origin = ELSEWHERE if allowed_origin == "*" else allowed_origin
    answer = send(service, origin, method, target, headers, statuses)
    demand_equal(allowed_by(answer), [allowed_origin], "Access-Control-Allow-Origin is that origin, or *", answer)


@pytest.mark.parametrize(("method", "target", "headers", "statuses"), ANSWERS)
def test_headers_are_exposed(
    service: Service, allowed_origin: str, method: str, target: str, headers: dict[str, str], statuses: set[int]
) -> None:
    answer = send(service, allowed_origin, method, target, headers, statuses)
    found = small(listed(answer, "Access-Control-Expose-Headers"))
    demand(found >= set(EXPOSED), f"Access-Control-Expose-Headers names {EXPOSED}", answer)


@pytest.mark.parametrize(("method", "target", "headers", "statuses"), ANSWERS)
def test_answer_varies_by_origin(
    service: Service, allowed_origin: str, method: str, target: str, headers: dict[str, str], statuses: set[int]
) -> None:
    answer = send(service, allowed_origin, method, target, headers, statuses)
    varies = "origin" in small(listed(answer, "Vary"))
    demand(varies or allowed_by(answer) == ["*"], "Vary names Origin, unless every origin is allowed", answer)


@pytest.mark.parametrize(("method", "target", "headers", "statuses"), ANSWERS)
def test_credentials_are_not_allowed(
    service: Service, allowed_origin: str, method: str, target: str, headers: dict[str, str], statuses: set[int]
) -> None:
    answer = send(service, allowed_origin, method, target, headers, statuses)
    demand("Access-Control-Allow-Credentials" not in answer.headers, "credentials are never allowed", answer)


def preflight(service: Service, origin: str, target: str = "/users", **headers: str) -> Answer:
    sent = {"Origin": origin, **PREFLIGHT, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return service.send("OPTIONS", target, headers=sent, is_documented=False)


@pytest.mark.parametrize("target", ["/users", "/users/1", "/users/abc", "/users/1/profile", "/healthz"])
def test_preflight_is_answered(service: Service, allowed_origin: str, target: str) -> None:
    answer = preflight(service, allowed_origin, target)
    demand(answer.status in {200, 204}, "a preflight of an allowed origin is answered", answer)
    demand_equal(allowed_by(answer), [allowed_origin], "Access-Control-Allow-Origin is that origin, or *", answer)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_preflight_allows_the_method(service: Service, allowed_origin: str, method: str) -> None:
    answer = preflight(service, allowed_origin, "/users/1", Access_Control_Request_Method=method)
    found = listed(answer, "Access-Control-Allow-Methods")
    demand(method in found or found == {"*"}, f"a browser may send {method}", answer)


@pytest.mark.parametrize("name", HEADERS)
def test_preflight_allows_the_header(service: Service, allowed_origin: str, name: str) -> None:
    answer = preflight(service, allowed_origin)
    demand(name in small(listed(answer, "Access-Control-Allow-Headers")), f"a browser may send {name}", answer)


@pytest.mark.parametrize(
    ("name", "value"),
    [("Access-Control-Allow-Credentials", None), ("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store")],
)
def test_preflight_has(service: Service, allowed_origin: str, name: str, value: Any) -> None:
    answer = preflight(service, allowed_origin)
    found = (answer.status in {200, 204}, answer.headers.get(name))
    demand_equal(found, (True, value), f"{name} of a preflight is {value}", answer)


def test_preflight_takes_over_the_request_id(service: Service, allowed_origin: str) -> None:
    answer = preflight(service, allowed_origin, X_Request_ID="mine")
    demand_equal(answer.headers.get_list("X-Request-ID"), ["mine"], "a valid X-Request-ID is echoed", answer)


def test_declared_length_and_preflight(service: Service, allowed_origin: str) -> None:
    headers = {"Origin": allowed_origin, "Content-Length": str(MAX_BODY + 1), **PREFLIGHT}
    answer = service.send_raw("OPTIONS", "/users", headers, is_documented=False)
    demand(answer.status in {200, 204, 413}, "a body of a preflight is refused, or not looked at", answer)


def test_options_without_a_request_method_is_no_preflight(service: Service, allowed_origin: str) -> None:
    answer = service.send("OPTIONS", "/users", headers={"Origin": allowed_origin}, is_documented=False)
    demand(answer.status in {200, 204, 405}, "OPTIONS tells the path's methods, or is none of them", answer)


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
@pytest.mark.parametrize("second", [ELSEWHERE, "null"], ids=["another", "null"])
@pytest.mark.parametrize("turned", [False, True], ids=["first", "second"])
def test_origin_that_comes_twice_allows_no_other(
    service: Service, path: str, allowed_origin: str, method: str, second: str, turned: bool
) -> None:
    if allowed_origin == "*":
        pytest.skip("give another --cors-origin than *, for a service that does not allow every origin")
    origins = [("Origin", allowed_origin), ("Origin", second)]
    sent = list(PREFLIGHT.items()) if method == "OPTIONS" else []
    answer = service.send(method, path, headers=[*(reversed(origins) if turned else origins), *sent], is_documented=False)
    demand(allowed_by(answer) in ([], [allowed_origin]), "no other origin is ever allowed", answer)
    demand(answer.status in {200, 204, 405, *REFUSES}, "two origins do no harm", answer)


@pytest.mark.parametrize("form", ["{}.evil.example", "{}:8443", "{}/", "x{}", "null", "{} {}", "{},{}"])
def test_origin_is_compared_exactly(service: Service, path: str, allowed_origin: str, form: str) -> None:
    if allowed_origin == "*":
        pytest.skip("give another --cors-origin than *, for a service that does not allow every origin")
    origin = form.format(allowed_origin, allowed_origin)
    answer = service.send("GET", path, headers={"Origin": origin}, is_documented=False)
    demand_not_allowed(answer, {200}, "another origin is not allowed, however alike")


def test_documented_answers_keep_their_status(service: Service, allowed_origin: str, path: str) -> None:
    demand_status(service.get(path, {"Origin": allowed_origin}), 200, "an allowed origin is answered as ever")
