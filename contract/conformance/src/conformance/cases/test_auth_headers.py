"""The headers and the bytes of the answers that there are with auth, and CORS on its routes."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from conformance import demands
from conformance.accounts import PASSWORD, Account, log_in
from conformance.demands import (
    demand,
    demand_equal,
    demand_problem,
    demand_unauthorized,
    listed,
    told_by_headers,
)
from conformance.service import JSON, PROBLEM, Answer, Headers, Service, unique_email

AREA = "headers with auth"

pytestmark = [pytest.mark.auth("jwt"), pytest.mark.section("README.md, Auth: Routes")]

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
ROUTES = ["/auth/register", "/auth/login", "/auth/refresh", "/auth/logout", "/auth/me", "/.well-known/jwks.json", "/users"]

Send = Callable[[Service, Account, Headers], Answer]
Ask = Callable[..., Answer]


def too_many(public: Service, member: Account, headers: Headers) -> Answer:
    email = unique_email()
    for _ in range(5):
        log_in(public, email, "x")
    return log_in(public, email, "x", headers)


def logout(public: Service, member: Account, headers: Headers) -> Answer:
    return member.log_in().client.send("POST", "/auth/logout", headers=headers)


KINDS: dict[str, tuple[int, Send]] = {
    "200 of a login": (200, lambda public, member, headers: log_in(public, member.email, member.password, headers)),
    "200 of a refresh": (
        200,
        lambda public, member, headers: public.post("/auth/refresh", {"refresh_token": member.log_in().refresh_token}, headers),
    ),
    "200 of /auth/me": (200, lambda public, member, headers: member.client.get("/auth/me", headers)),
    "204 of a logout": (204, logout),
    "400 of a login": (400, lambda public, member, headers: public.post("/auth/login", {}, headers)),
    "401 without a token": (401, lambda public, member, headers: public.get("/users", headers)),
    "401 with a bad token": (401, lambda public, member, headers: public.with_token("x").get("/users", headers)),
    "401 of a login": (401, lambda public, member, headers: log_in(public, unique_email(), PASSWORD, headers)),
    "401 of a refresh": (401, lambda public, member, headers: public.post("/auth/refresh", {"refresh_token": ""}, headers)),
    "403 of a route": (403, lambda public, member, headers: member.client.get("/users", headers)),
    "403 of a user": (403, lambda public, member, headers: member.client.get(f"/users/{2**63 - 1}", headers)),
    "403 of a role": (403, lambda public, member, headers: member.client.patch(member.path, {"role": "admin"}, headers)),
    "429": (429, too_many),
}
every_kind = pytest.mark.parametrize("kind", list(KINDS))


@pytest.fixture(scope="module")
def answers() -> dict[Any, Answer]:
    """The answers that were asked for, since most cases look at the same ones."""
    return {}


@pytest.fixture
def answer_of(logins: None, public: Service, member: Account, answers: dict[Any, Answer]) -> Ask:
    """Return an answer of a kind to a request with these headers."""

    def ask(kind: str, headers: Mapping[str, str] | None = None) -> Answer:
        key = (kind, tuple((headers or {}).items()))
        if key not in answers:
            status, send = KINDS[kind]
            answer = send(public, member, headers or {})
            demand(answer.status == status, f"this request is answered with {status}, which this case needs", answer)
            answers[key] = answer
        return answers[key]

    return ask


@every_kind
@pytest.mark.parametrize(("name", "value"), [("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store")])
def test_every_answer_has(answer_of: Ask, kind: str, name: str, value: str) -> None:
    answer = answer_of(kind)
    demand_equal(answer.headers.get_list(name), [value], f"every answer has {name}: {value}", answer)


@every_kind
def test_request_id_is_new(answer_of: Ask, kind: str) -> None:
    found = answer_of(kind).headers.get_list("X-Request-ID")
    demand(len(found) == 1 and UUID.fullmatch(found[0]) is not None, f"every answer has an X-Request-ID, once, not {found}")


@every_kind
def test_request_id_is_taken_over(answer_of: Ask, kind: str) -> None:
    answer = answer_of(kind, {"X-Request-ID": "mine"})
    demand_equal(answer.headers.get_list("X-Request-ID"), ["mine"], "a valid X-Request-ID is echoed", answer)


@every_kind
def test_content_type(answer_of: Ask, kind: str) -> None:
    answer = answer_of(kind)
    wanted = "" if answer.status == 204 else JSON if answer.status == 200 else PROBLEM
    demand(answer.media_type == wanted or not wanted, f"the media type is {wanted}", answer)
    demand(bool(answer.body) == bool(wanted), "only a 204 is without a body", answer)


@every_kind
def test_challenge_comes_with_401_alone(answer_of: Ask, kind: str) -> None:
    answer = answer_of(kind)
    if answer.status == 401:
        error = demands.BAD_TOKEN if kind == "401 with a bad token" else demands.NO_TOKEN
        demand_unauthorized(answer, error, "401 has a challenge")
    else:
        demand("WWW-Authenticate" not in answer.headers, "401, and nothing else, has a challenge", answer)


@every_kind
def test_retry_after_comes_with_429_alone(answer_of: Ask, kind: str) -> None:
    answer = answer_of(kind)
    demand_equal("Retry-After" in answer.headers, answer.status == 429, "429 has Retry-After, and these others not", answer)


@every_kind
@pytest.mark.parametrize("name", ["Set-Cookie", "Authorization"])
def test_no_answer_has(answer_of: Ask, kind: str, name: str) -> None:
    answer = answer_of(kind)
    demand(name not in answer.headers, f"there is no {name}", answer)


@every_kind
def test_refusal_is_a_problem(answer_of: Ask, kind: str) -> None:
    answer = answer_of(kind, {"X-Request-ID": "r"})
    if answer.status >= 400:
        demand_problem(answer, answer.status, "every refusal is a problem")
    demand_equal(answer.headers.get("X-Request-ID"), "r", "a valid X-Request-ID is echoed", answer)


@pytest.mark.parametrize("target", ["/users", "/users/1", "/users/1/profile", "/auth/me"])
@pytest.mark.parametrize("token", ["none", "garbage"])
def test_head_is_refused_as_get(public: Service, target: str, token: str) -> None:
    client = public.with_token("x") if token == "garbage" else public
    get, head = (client.send(method, target, headers={"X-Request-ID": "head"}) for method in ("GET", "HEAD"))
    found, wanted = (told_by_headers(head), head.body), (told_by_headers(get), b"")
    demand_equal(found, wanted, "HEAD has the status and the headers of GET, and no body", head)
    demand_equal(head.status, 401, "HEAD needs a token where GET does", head)


# CORS.


@every_kind
def test_allowed_origin_is_named(answer_of: Ask, allowed_origin: str, kind: str) -> None:
    origin = "https://elsewhere.example" if allowed_origin == "*" else allowed_origin
    answer = answer_of(kind, {"Origin": origin})
    found = answer.headers.get_list("Access-Control-Allow-Origin")
    demand_equal(found, [allowed_origin], "Access-Control-Allow-Origin is that origin, or *", answer)
    exposed = {name.lower() for name in listed(answer, "Access-Control-Expose-Headers")}
    demand(exposed >= {"retry-after", "location", "x-request-id"}, "the contract's headers are exposed", answer)
    demand("Access-Control-Allow-Credentials" not in answer.headers, "credentials are never allowed", answer)


@pytest.mark.parametrize("target", [*ROUTES, "/users/1", "/users/1/profile"])
def test_preflight_needs_no_token(public: Service, allowed_origin: str, target: str) -> None:
    answer = public.send("OPTIONS", target, headers={"Origin": allowed_origin, **PREFLIGHT}, is_documented=False)
    demand(answer.status in {200, 204}, "a preflight is answered before it is asked who calls", answer)
    allowed = {name.lower() for name in listed(answer, "Access-Control-Allow-Headers")}
    demand("authorization" in allowed, "a browser may send Authorization", answer)


@pytest.mark.parametrize("target", [*ROUTES, "/users/1"])
def test_preflight_of_other_origin(public: Service, pytestconfig: pytest.Config, target: str) -> None:
    if pytestconfig.getoption("--cors-origin") == "*":
        pytest.skip("give another --cors-origin than *, for a service that does not allow every origin")
    sent = {"Origin": "https://elsewhere.example", **PREFLIGHT}
    answer = public.send("OPTIONS", target, headers=sent, is_documented=False)
    demand("Access-Control-Allow-Origin" not in answer.headers, "another origin is not allowed", answer)
    demand(answer.status in {200, 204, 400, 401, 403, 405}, "another origin is not allowed", answer)
    demand("X-Request-ID" in answer.headers, "every answer has an X-Request-ID", answer)
