"""Secrets that were replaced: their tokens are accepted until they expire (JWT_PREVIOUS_SECRETS)."""

import os

import pytest

from conformance import demands, tokens
from conformance.demands import demand, demand_status, demand_unauthorized
from conformance.service import Service
from conformance.tokens import Signing, Token, forge, kid_of_secret

AREA = "previous secrets"

pytestmark = [
    pytest.mark.auth("jwt"),
    pytest.mark.previous_secrets("there"),
    pytest.mark.section("README.md, Auth: Access tokens; Settings"),
]

PREVIOUS = os.environ.get("JWT_PREVIOUS_SECRETS", "").split(",")

every_secret = pytest.mark.parametrize("number", range(len(PREVIOUS)))


@every_secret
def test_token_is_accepted(public: Service, real: Token, number: int) -> None:
    secret = PREVIOUS[number]
    header = real.header | {"kid": kid_of_secret(secret)}
    token = forge(header, real.claims, tokens.hmac_with(secret.encode()))
    answer = public.with_token(token).get("/auth/me")
    demand_status(answer, 200, "a token of a previous secret is still accepted")


@every_secret
def test_new_token_is_not_made_with_it(real: Token, number: int) -> None:
    demand(real.header.get("kid") != kid_of_secret(PREVIOUS[number]), "new tokens are made with the current secret")


@every_secret
def test_kid_of_the_current_secret_is_refused(public: Service, real: Token, number: int) -> None:
    token = forge(real.header, real.claims, tokens.hmac_with(PREVIOUS[number].encode()))
    answer = public.with_token(token).get("/auth/me")
    demand_unauthorized(answer, demands.BAD_TOKEN, "kid names the key that the token is signed with")


@every_secret
def test_its_kid_with_the_current_secret_is_refused(public: Service, real: Token, signing: Signing, number: int) -> None:
    token = forge(real.header | {"kid": kid_of_secret(PREVIOUS[number])}, real.claims, signing.sign)
    answer = public.with_token(token).get("/auth/me")
    demand_unauthorized(answer, demands.BAD_TOKEN, "kid names the key that the token is signed with")


@every_secret
@pytest.mark.parametrize("changes", [{"exp": 1}, {"aud": "another"}, {"role": "admin"}], ids=["expired", "audience", "role"])
def test_its_tokens_are_checked_like_others(public: Service, real: Token, number: int, changes: dict[str, object]) -> None:
    secret = PREVIOUS[number]
    header = real.header | {"kid": kid_of_secret(secret)}
    token = forge(header, real.claims | changes, tokens.hmac_with(secret.encode()))
    answer = public.with_token(token).get("/auth/me")
    demand_unauthorized(answer, demands.BAD_TOKEN, "a token of a previous secret is checked like any other")
