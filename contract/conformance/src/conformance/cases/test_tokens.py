"""Access tokens that somebody forges or alters who has no key of the service."""

import base64
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from conformance import demands, tokens, values
from conformance.accounts import Account
from conformance.demands import demand, demand_one_of, demand_token_refused, demand_unauthorized
from conformance.service import Service
from conformance.tokens import Sign, Token, encoded, forge, take_apart

AREA = "tokens"

pytestmark = [pytest.mark.auth("jwt"), pytest.mark.section("README.md, Auth: Access tokens")]

OWN_EC = ec.generate_private_key(ec.SECP256R1())
OWN_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OWN_JWK = tokens.jwk_of(OWN_EC.public_key())


def unsigned(real: Token, algorithm: Any, sign: Sign = tokens.nothing) -> str:
    return forge(real.header | {"alg": algorithm}, real.claims, sign)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "none ", " none", "", None, 0, False, ["none"], "null"])
@pytest.mark.parametrize("signature", ["empty", "real"])
def test_alg_none_is_refused(public: Service, real: Token, algorithm: Any, signature: str) -> None:
    sign = tokens.nothing if signature == "empty" else lambda _: real.signature
    demand_token_refused(public, unsigned(real, algorithm, sign), "the algorithm is the configured one, never the token's")


def test_alg_none_with_two_parts_is_refused(public: Service, real: Token) -> None:
    demand_token_refused(public, unsigned(real, "none").removesuffix("."), "a token has three parts")


@pytest.mark.parametrize("role", ["admin", "user"])
def test_alg_none_with_a_role_is_refused(public: Service, real: Token, role: str) -> None:
    token = forge(real.header | {"alg": "none"}, real.claims | {"role": role}, tokens.nothing)
    demand_token_refused(public, token, "a token without a signature is refused")


SPOILT: dict[str, Callable[[str, str, str], str]] = {
    "blank": lambda header, claims, signature: f"{header}.{claims}.",
    "missing": lambda header, claims, signature: f"{header}.{claims}",
    "cut": lambda header, claims, signature: f"{header}.{claims}.{signature[:-4]}",
    "first letter": lambda header, claims, signature: f"{header}.{claims}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}",
    "reversed": lambda header, claims, signature: f"{header}.{claims}.{signature[::-1]}",
    "zeros": lambda header, claims, signature: f"{header}.{claims}.{'A' * len(signature)}",
    "twice": lambda header, claims, signature: f"{header}.{claims}.{signature}{signature}",
    "a part more": lambda header, claims, signature: f"{header}.{claims}.{signature}.{signature}",
    "a part more that is empty": lambda header, claims, signature: f"{header}.{claims}.{signature}.",
    "encrypted by its form": lambda header, claims, signature: f"{header}.{claims}.{signature}.{claims}.{signature}",
    "no header": lambda header, claims, signature: f".{claims}.{signature}",
    "no claims": lambda header, claims, signature: f"{header}..{signature}",
    "claims twice": lambda header, claims, signature: f"{header}.{claims}{claims}.{signature}",
    "header and claims exchanged": lambda header, claims, signature: f"{claims}.{header}.{signature}",
}


@pytest.mark.parametrize("spoil", list(SPOILT))
def test_spoilt_signature_is_refused(public: Service, real: Token, spoil: str) -> None:
    demand_token_refused(public, SPOILT[spoil](*real.text.split(".")), "a token has three parts, the last one its signature")


SPELLINGS: dict[str, Callable[[str], str]] = {
    "each part padded": lambda text: ".".join(part + "=" * (-len(part) % 4) for part in text.split(".")),
    "exclamation mark in the header": lambda text: f"{text[:5]}!{text[5:]}",
    "quotes around": lambda text: f'"{text}"',
    "percent-encoded dots": lambda text: text.replace(".", "%2E"),
    "capitals and small letters exchanged": lambda text: text.swapcase(),
}


def stray(text: str) -> str:
    """Return the token with other spare bits in the last character, which decode to the same signature."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) + 1]


# Other spellings of the signature, which a lenient decoder takes for the same bytes. What is signed stays as it is.
ODD_SPELLINGS: dict[str, Callable[[str], str]] = {
    "= behind": lambda text: text + "=",
    "== behind": lambda text: text + "==",
    "tilde inside": lambda text: f"{text[:-5]}~{text[-5:]}",
    "exclamation mark inside": lambda text: f"{text[:-5]}!{text[-5:]}",
    "asterisk behind": lambda text: f"{text}*",
    "dollar sign behind": lambda text: f"{text}$",
    "comma behind": lambda text: f"{text},",
    "é behind": lambda text: f"{text}é",
    "stray bits": lambda text: stray(text),
}


@pytest.mark.parametrize("spelling", list(ODD_SPELLINGS))
def test_other_spelling_of_the_signature_is_harmless(public: Service, real: Token, spelling: str) -> None:
    answer = public.with_token(ODD_SPELLINGS[spelling](real.text)).get("/auth/me")
    demand_one_of(answer, {200, 401}, "another spelling of the signature is refused, or that signature")
    demand(answer.status == 401 or str(answer["id"]) == real.claims["sub"], "it is the user of the token", answer)


@pytest.mark.parametrize("spelling", list(SPELLINGS))
def test_other_spelling_is_refused(public: Service, real: Token, spelling: str) -> None:
    demand_token_refused(public, SPELLINGS[spelling](real.text), "what is signed has one spelling")


@pytest.mark.parametrize(
    "changes",
    [
        values.case("role admin", {"role": "admin"}),
        values.case("another user", {"sub": "1"}),
        values.case("a later end", {"exp": 4102444800}),
        values.case("another session", {"sid": str(uuid.uuid4()), "jti": str(uuid.uuid4())}),
        values.case("another epoch", {"epoch": 2}),
    ],
)
def test_altered_claims_are_refused(public: Service, real: Token, changes: dict[str, Any]) -> None:
    token = forge(real.header, real.claims | changes, lambda _: real.signature)
    demand_token_refused(public, token, "a token whose claims were altered does not verify")


def test_altered_role_lets_nobody_list_users(public: Service, real: Token) -> None:
    token = forge(real.header, real.claims | {"role": "admin"}, lambda _: real.signature)
    demand_unauthorized(public.with_token(token).get("/users"), demands.BAD_TOKEN, "a token whose role was altered")


def test_signature_of_another_token_is_refused(public: Service, real: Token, member: Account) -> None:
    other = take_apart(member.log_in().access_token)
    token = f"{real.text.rpartition('.')[0]}.{encoded(other.signature)}"
    demand_token_refused(public, token, "a signature is good for its own token alone")


SECRETS = [b"", b"secret", b"\x00" * 32, b"changeme", b"your-256-bit-secret", b"null"]


@pytest.mark.parametrize("secret", SECRETS, ids=["empty", "secret", "zeros", "changeme", "your-256-bit-secret", "null"])
def test_guessed_secret_is_refused(public: Service, real: Token, secret: bytes) -> None:
    token = forge(real.header | {"alg": "HS256"}, real.claims, tokens.hmac_with(secret))
    demand_token_refused(public, token, "a token that is signed with another key is refused")


KIDS = [
    "",
    "unknown",
    "../../../../../../dev/null",
    "/dev/null",
    "file:///dev/null",
    "' UNION SELECT '' --",
    "x' OR '1'='1",
    "| id",
    "0",
    "../jwks.json",
    "http://127.0.0.1:9/key",
    "k" * 1000,
]


@pytest.mark.parametrize("kid", KIDS)
def test_kid_that_nobody_knows_is_refused(public: Service, real: Token, kid: str) -> None:
    token = forge(real.header | {"alg": "HS256", "kid": kid}, real.claims, tokens.hmac_with(b""))
    demand_token_refused(public, token, "kid names the current key or a previous one")


OWN_KEYS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "jwk": {"jwk": OWN_JWK},
    "jwk with its thumbprint": {"jwk": OWN_JWK, "kid": tokens.thumbprint(OWN_JWK)},
    "jku": {"jku": "https://attacker.example/jwks.json"},
    "jku of the service itself": {"jku": "http://localhost/.well-known/jwks.json"},
    "x5u": {"x5u": "https://attacker.example/cert.pem"},
    "x5c": {"x5c": [base64.b64encode(tokens.pem_of(OWN_EC.public_key())).decode()]},
    "kid as a path": {"kid": "../../../../tmp/key.pem"},
}


@pytest.mark.parametrize("brought", list(OWN_KEYS))
@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "HS256"])
def test_key_that_the_token_brings_is_refused(public: Service, real: Token, brought: str, algorithm: str) -> None:
    secret = json.dumps(OWN_JWK).encode()
    sign = {"ES256": tokens.ecdsa_with(OWN_EC), "RS256": tokens.rsa_with(OWN_RSA), "HS256": tokens.hmac_with(secret)}[algorithm]
    header = real.header | OWN_KEYS[brought] | {"alg": algorithm}
    demand_token_refused(public, forge(header, real.claims | {"role": "admin"}, sign), "a token brings no key of its own")


@pytest.mark.parametrize("form", ["PEM", "PEM without its last line break", "JWK", "x", "key set"])
def test_public_key_as_a_secret_is_refused(public: Service, real: Token, form: str) -> None:
    """HMAC with what everybody can read; where there is no key set, with the key of somebody else."""
    answer = public.get("/.well-known/jwks.json")
    jwk = answer.data["keys"][0] if answer.status == 200 else OWN_JWK
    pem = tokens.pem_of(tokens.key_of_jwk(jwk))
    secret = {
        "PEM": pem,
        "PEM without its last line break": pem.rstrip(),
        "JWK": json.dumps(jwk, separators=(",", ":")).encode(),
        "x": tokens.decoded(jwk["x"]),
        "key set": answer.body,
    }[form]
    token = forge(real.header | {"alg": "HS256"}, real.claims, tokens.hmac_with(secret))
    demand_token_refused(public, token, "the algorithm is the configured one, never the token's")


@pytest.mark.parametrize("numbers", ["zeros", "order"])
def test_psychic_signature_is_refused(public: Service, real: Token, numbers: str) -> None:
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    signature = b"\x00" * 64 if numbers == "zeros" else order.to_bytes(32, "big") * 2
    token = forge(real.header | {"alg": "ES256"}, real.claims, lambda _: signature)
    demand_token_refused(public, token, "zeros are no signature")


NO_TOKENS = ["garbage", ".", "..", "...", "a.b.c", "e30.e30.", "e30.e30.e30", "null", "undefined", "Bearer", "W10.W10.W10"]


@pytest.mark.parametrize("text", NO_TOKENS)
def test_garbage_is_refused(public: Service, text: str) -> None:
    demand_token_refused(public, text, "this is no token of the service")


@pytest.mark.parametrize("header", [b"", b"null", b"[]", b'"x"', b"{", b"\xff", b'{"alg":"HS256"', b"{}" * 2])
def test_header_that_is_no_object_is_refused(public: Service, real: Token, header: bytes) -> None:
    demand_token_refused(public, forge(header, real.claims, lambda _: real.signature), "a token's header is a JSON object")


def test_deeply_nested_header_is_refused(public: Service, real: Token) -> None:
    header = b"[" * 1400 + b"]" * 1400
    demand_token_refused(public, forge(header, b"{}", lambda _: b"x"), "a token's header is a JSON object")
