"""How an access token is sent, and where it is not seen."""

import json

import pytest

from conformance import demands
from conformance.demands import challenges, demand, demand_one_of, demand_status, demand_token_refused, demand_unauthorized
from conformance.service import Answer, Service
from conformance.tokens import Token, forge

AREA = "bearer"

pytestmark = [pytest.mark.auth("jwt"), pytest.mark.section("README.md, Auth: Access tokens")]


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER ", "bEaReR "])
def test_scheme_is_taken(public: Service, real: Token, scheme: str) -> None:
    answer = public.get("/auth/me", {"Authorization": scheme + real.text})
    demand_status(answer, 200, "the scheme is Bearer in any case")


@pytest.mark.parametrize("spaces", ["  ", "     "])
def test_more_spaces(public: Service, real: Token, spaces: str) -> None:
    answer = public.get("/auth/me", {"Authorization": f"Bearer{spaces}{real.text}"})
    demand_one_of(answer, {200, 401}, "more spaces than one are passed over, or no token is found")


@pytest.mark.parametrize(
    "form",
    ["Basic YTpi", "Basic {}", "Token {}", "JWT {}", "Bearer{}", "{}", "Digest {}", "BearerX {}", "DPoP {}", "X Bearer {}", ""],
)
def test_another_scheme_lets_nobody_in(public: Service, real: Token, form: str) -> None:
    answer = public.get("/auth/me", {"Authorization": form.format(real.text)})
    demand_refused(answer, "another scheme than Bearer brings no token")


def demand_refused(answer: Answer, what: str) -> None:
    """Demand a 401 that asks for a bearer token, whether or not it says that one was there."""
    demand_one_of(answer, {401}, what)
    demand([scheme for scheme, _ in challenges(answer)] == ["bearer"], f"{what}: WWW-Authenticate is Bearer", answer)


@pytest.mark.parametrize(
    "form", ["Bearer", "Bearer {} {}", "Bearer {},", "Bearer {}, Bearer {}", "Bearer x {}", "Bearer Bearer {}"]
)
def test_bearer_without_one_token_is_refused(public: Service, real: Token, form: str) -> None:
    answer = public.get("/auth/me", {"Authorization": form.format(real.text, real.text)})
    demand_refused(answer, "a Bearer without one well-formed token is not accepted")


@pytest.mark.parametrize("form", ["Bearer\t{}", "Bearer:{}", "Bearer={}", 'Bearer token="{}"'])
def test_other_separators_are_refused(public: Service, real: Token, form: str) -> None:
    answer = public.get("/auth/me", {"Authorization": form.format(real.text)})
    demand_status(answer, 401, "between the scheme and the token stand spaces")


@pytest.mark.parametrize(
    "second", ["Bearer {}", "Bearer garbage", "Basic YTpi", ""], ids=["the same", "garbage", "Basic", "empty"]
)
def test_two_headers(public: Service, real: Token, second: str) -> None:
    pairs = [("Authorization", f"Bearer {real.text}"), ("authorization", second.format(real.text))]
    answer = public.get("/auth/me", pairs)
    demand_one_of(answer, {200, 401}, "two Authorization headers are not accepted, or the first one counts")


@pytest.mark.parametrize("first", ["Bearer garbage", "Basic YTpi", ""], ids=["garbage", "Basic", "empty"])
def test_second_header_does_not_let_in(public: Service, real: Token, first: str) -> None:
    answer = public.get("/auth/me", [("Authorization", first), ("Authorization", f"Bearer {real.text}")])
    demand_status(answer, 401, "two Authorization headers are not accepted, or the first one counts")


def test_headers_of_two_users_give_no_role(public: Service, service: Service, real: Token) -> None:
    answer = public.get("/users", [("Authorization", f"Bearer {real.text}"), *service.credentials])
    demand_one_of(answer, {401, 403}, "two Authorization headers are not accepted, or the first one counts")


@pytest.mark.parametrize("name", ["access_token", "token", "authorization", "Authorization", "jwt", "bearer"])
def test_token_in_the_query_is_not_seen(public: Service, real: Token, name: str) -> None:
    answer = public.get(f"/auth/me?{name}={real.text}")
    demand_unauthorized(answer, demands.NO_TOKEN, "a token anywhere else than in Authorization is not seen")


@pytest.mark.parametrize(
    "name",
    ["Cookie", "X-Access-Token", "X-Auth-Token", "Proxy-Authorization", "X-Authorization", "X-Forwarded-Authorization", "Token"],
)
def test_token_in_another_header_is_not_seen(public: Service, real: Token, name: str) -> None:
    value = f"access_token={real.text}; token={real.text}" if name == "Cookie" else f"Bearer {real.text}"
    answer = public.get("/auth/me", {name: value})
    demand_unauthorized(answer, demands.NO_TOKEN, "a token anywhere else than in Authorization is not seen")


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "application/json"])
def test_token_in_the_body_is_not_seen(public: Service, real: Token, content_type: str) -> None:
    form = f"access_token={real.text}" if "form" in content_type else json.dumps({"access_token": real.text})
    answer = public.send("POST", "/auth/logout", body=form.encode(), content_type=content_type)
    demand_unauthorized(answer, demands.NO_TOKEN, "a token anywhere else than in Authorization is not seen")


def test_long_token_without_a_key_is_refused(public: Service, real: Token) -> None:
    token = forge(real.header, real.claims | {"x": "x" * 3800}, lambda _: real.signature)
    demand_token_refused(public, token, "a token has at most 4096 characters")


@pytest.mark.section("README.md, Requests and headers")
@pytest.mark.parametrize("size", [20_000, 100_000])
def test_very_long_token_is_refused(public: Service, size: int) -> None:
    request = public.head("GET", "/auth/me", [("Authorization", f"Bearer {'a' * (size // 2)}.{'b' * (size // 2)}.c")])
    received = public.exchange(request)
    is_refused = not received or received.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4"))
    demand(is_refused, f"a very long token gets a status of 4xx or a closed connection\nfound:    {received[:300]!r}")


def test_service_lives_on_after_very_long_tokens(public: Service, real: Token) -> None:
    for size in (5_000, 20_000, 100_000):
        public.exchange(public.head("GET", "/auth/me", [("Authorization", f"Bearer {'a' * size}")]))
    demand_status(public.with_token(real.text).get("/auth/me"), 200, "a very long token harms no other")
