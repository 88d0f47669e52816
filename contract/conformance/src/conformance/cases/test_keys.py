"""The key that tokens are signed with, and /.well-known/jwks.json."""

from typing import Any

import pytest

from conformance import tokens
from conformance.demands import demand, demand_equal, demand_problem
from conformance.service import Answer, Service
from conformance.tokens import Signing, Token, take_apart

AREA = "keys"

TOKENS = "README.md, Auth: Access tokens"

pytestmark = [pytest.mark.auth("jwt"), pytest.mark.section(TOKENS)]

TARGET = "/.well-known/jwks.json"
MEMBERS = {"kty", "crv", "x", "y", "kid", "alg", "use"}


@pytest.fixture(scope="module")
def key_set(public: Service) -> Answer:
    return public.get(TARGET)


def keys_of(real: Token, key_set: Answer) -> list[dict[str, Any]]:
    """Return the public keys, which a service without a private key does not have."""
    if real.header.get("alg") == "HS256":
        demand_problem(key_set, 404, "there are public keys only where there is a private one")
        return []
    keys = key_set["keys"]
    demand(isinstance(keys, list) and keys != [], "there is a public key where there is a private one", key_set)
    return list(keys)


def test_there_are_public_keys_where_there_is_a_private_one(real: Token, key_set: Answer) -> None:
    keys_of(real, key_set)


def test_token_names_the_first_key(real: Token, key_set: Answer) -> None:
    for key in keys_of(real, key_set)[:1]:
        demand_equal(real.header.get("kid"), key.get("kid"), "the current key comes first, and tokens name it", key_set)


def test_token_verifies_with_the_first_key(real: Token, key_set: Answer) -> None:
    for key in keys_of(real, key_set)[:1]:
        demand(tokens.is_signed_by(real, tokens.key_of_jwk(key)), "the public key verifies the token", key_set)


def test_kid_is_the_thumbprint(real: Token, key_set: Answer) -> None:
    for key in keys_of(real, key_set):
        demand_equal(key.get("kid"), tokens.thumbprint(key), "kid is the key's thumbprint (RFC 7638)", key_set)


def test_keys_have_the_members_of_public_keys(real: Token, key_set: Answer) -> None:
    for key in keys_of(real, key_set):
        demand_equal(key.keys(), MEMBERS, "a key has these members, and no private one", key_set)


def test_each_key_is_there_once(real: Token, key_set: Answer) -> None:
    names = [key.get("kid") for key in keys_of(real, key_set)]
    demand_equal(len(names), len(set(names)), "each key is there once", key_set)


def test_key_set_is_for_everyone(real: Token, public: Service, key_set: Answer) -> None:
    answer = public.with_token("garbage").get(TARGET)
    wanted = 404 if real.header.get("alg") == "HS256" else 200
    found = (answer.status, key_set.status, answer.headers.get("WWW-Authenticate"))
    demand_equal(found, (wanted, wanted, None), "anyone may read the public keys", answer)


def test_head_has_the_status_of_get(real: Token, public: Service, key_set: Answer) -> None:
    wanted = 404 if real.header.get("alg") == "HS256" else 200
    answer = public.send("HEAD", TARGET)
    demand_equal((answer.status, key_set.status), (wanted, wanted), "HEAD works wherever GET does", answer)


def test_algorithm_is_the_configured_one(signing: Signing, real: Token) -> None:
    demand_equal(real.header.get("alg"), signing.algorithm, "the algorithm is that of the key that is configured")


def test_token_is_signed_with_the_key(signing: Signing, real: Token, key_set: Answer) -> None:
    if signing.secret:
        demand(real.signature == signing.sign(real.signed), "the token is signed with the secret")
    for key in [] if signing.secret else keys_of(real, key_set)[:1]:
        check = take_apart(tokens.forge({}, {}, signing.sign))
        demand(tokens.is_signed_by(check, tokens.key_of_jwk(key)), "the first public key is that of the private key", key_set)


def test_kid_names_the_secret(signing: Signing, real: Token, key_set: Answer) -> None:
    if not signing.secret:
        demand_equal(real.header.get("kid"), key_set["keys"][0].get("kid"), "kid names the key", key_set)
        return
    wanted = tokens.kid_of_secret(signing.secret)
    demand_equal(real.header.get("kid"), wanted, "kid is the start of the hash of `kid:` and the secret")


def test_values_of_a_key(real: Token, key_set: Answer) -> None:
    for key in keys_of(real, key_set):
        found = {name: key.get(name) for name in ("kty", "crv", "alg", "use")}
        demand_equal(found, {"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig"}, "a key is one for ES256", key_set)
