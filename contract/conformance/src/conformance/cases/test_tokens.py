"""Access tokens that are forged, altered or sent otherwise, and what they get."""

import base64
import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from conformance import demands, tokens, values
from conformance.accounts import Account, Accounts
from conformance.demands import demand, demand_equal, demand_status, demand_unauthorized
from conformance.service import Service
from conformance.tokens import Sign, Signing, Token, encoded, forge, take_apart

AREA = "tokens"

pytestmark = [pytest.mark.auth("jwt"), pytest.mark.section("README.md, Auth: Access tokens")]

LONGEST = 4096
LEEWAY = 5
ABSENT = object()

OWN_EC = ec.generate_private_key(ec.SECP256R1())
OWN_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OWN_JWK = tokens.jwk_of(OWN_EC.public_key())


@pytest.fixture(scope="module")
def real(member: Account) -> Token:
    """An access token that is good for longer than these cases take."""
    return take_apart(member.log_in().access_token)


def me(public: Service, token: str) -> Any:
    return public.with_token(token).get("/auth/me")


def demand_refused(public: Service, token: str, what: str) -> None:
    demand_unauthorized(me(public, token), demands.BAD_TOKEN, what)


def with_members(members: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (members | changes).items() if value is not ABSENT}


# What somebody can try who has no key of the service.


def unsigned(real: Token, algorithm: Any, sign: Sign = tokens.nothing) -> str:
    return forge(real.header | {"alg": algorithm}, real.claims, sign)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "none ", " none", "", None, 0, False, ["none"], "null"])
@pytest.mark.parametrize("signature", ["empty", "real"])
def test_alg_none_is_refused(public: Service, real: Token, algorithm: Any, signature: str) -> None:
    sign = tokens.nothing if signature == "empty" else lambda _: real.signature
    demand_refused(public, unsigned(real, algorithm, sign), "the algorithm is the configured one, never the token's")


def test_alg_none_with_two_parts_is_refused(public: Service, real: Token) -> None:
    demand_refused(public, unsigned(real, "none").removesuffix("."), "a token has three parts")


@pytest.mark.parametrize("role", ["admin", "user"])
def test_alg_none_with_a_role_is_refused(public: Service, real: Token, role: str) -> None:
    token = forge(real.header | {"alg": "none"}, real.claims | {"role": role}, tokens.nothing)
    demand_refused(public, token, "a token without a signature is refused")


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
    demand_refused(public, SPOILT[spoil](*real.text.split(".")), "a token has three parts, the last one its signature")


SPELLINGS: dict[str, Callable[[str], str]] = {
    "= behind": lambda text: text + "=",
    "== behind": lambda text: text + "==",
    "each part padded": lambda text: ".".join(part + "=" * (-len(part) % 4) for part in text.split(".")),
    "tilde inside": lambda text: f"{text[:-5]}~{text[-5:]}",
    "exclamation mark inside": lambda text: f"{text[:-5]}!{text[-5:]}",
    "exclamation mark in the header": lambda text: f"{text[:5]}!{text[5:]}",
    "asterisk behind": lambda text: f"{text}*",
    "dollar sign behind": lambda text: f"{text}$",
    "comma behind": lambda text: f"{text},",
    "quotes around": lambda text: f'"{text}"',
    "é behind": lambda text: f"{text}é",
    "percent-encoded dots": lambda text: text.replace(".", "%2E"),
    "capitals and small letters exchanged": lambda text: text.swapcase(),
    "stray bits": lambda text: stray(text),
}


def stray(text: str) -> str:
    """Return the token with other spare bits in the last character, which decode to the same signature."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) + 1]


@pytest.mark.parametrize("spelling", list(SPELLINGS))
def test_other_spelling_is_refused(public: Service, real: Token, spelling: str) -> None:
    demand_refused(public, SPELLINGS[spelling](real.text), "a token is well-formed in one spelling, unpadded base64url")


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
    demand_refused(public, token, "a token whose claims were altered does not verify")


def test_altered_role_lets_nobody_list_users(public: Service, real: Token) -> None:
    token = forge(real.header, real.claims | {"role": "admin"}, lambda _: real.signature)
    demand_unauthorized(public.with_token(token).get("/users"), demands.BAD_TOKEN, "a token whose role was altered")


def test_signature_of_another_token_is_refused(public: Service, real: Token, member: Account) -> None:
    other = take_apart(member.log_in().access_token)
    token = f"{real.text.rpartition('.')[0]}.{encoded(other.signature)}"
    demand_refused(public, token, "a signature is good for its own token alone")


SECRETS = [b"", b"secret", b"\x00" * 32, b"changeme", b"your-256-bit-secret", b"null"]


@pytest.mark.parametrize("secret", SECRETS, ids=["empty", "secret", "zeros", "changeme", "your-256-bit-secret", "null"])
def test_guessed_secret_is_refused(public: Service, real: Token, secret: bytes) -> None:
    token = forge(real.header | {"alg": "HS256"}, real.claims, tokens.hmac_with(secret))
    demand_refused(public, token, "a token that is signed with another key is refused")


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
    demand_refused(public, token, "kid names the current key or a previous one")


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
    demand_refused(public, forge(header, real.claims | {"role": "admin"}, sign), "a token brings no key of its own")


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
    demand_refused(public, token, "the algorithm is the configured one, never the token's")


@pytest.mark.parametrize("numbers", ["zeros", "order"])
def test_psychic_signature_is_refused(public: Service, real: Token, numbers: str) -> None:
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    signature = b"\x00" * 64 if numbers == "zeros" else order.to_bytes(32, "big") * 2
    token = forge(real.header | {"alg": "ES256"}, real.claims, lambda _: signature)
    demand_refused(public, token, "zeros are no signature")


NO_TOKENS = ["garbage", ".", "..", "...", "a.b.c", "e30.e30.", "e30.e30.e30", "null", "undefined", "Bearer", "W10.W10.W10"]


@pytest.mark.parametrize("text", NO_TOKENS)
def test_garbage_is_refused(public: Service, text: str) -> None:
    demand_refused(public, text, "this is no token of the service")


@pytest.mark.parametrize("header", [b"", b"null", b"[]", b'"x"', b"{", b"\xff", b'{"alg":"HS256"', b"{}" * 2])
def test_header_that_is_no_object_is_refused(public: Service, real: Token, header: bytes) -> None:
    demand_refused(public, forge(header, real.claims, lambda _: real.signature), "a token's header is a JSON object")


def test_deeply_nested_header_is_refused(public: Service, real: Token) -> None:
    header = b"[" * 1400 + b"]" * 1400
    demand_refused(public, forge(header, b"{}", lambda _: b"x"), "a token's header is a JSON object")


# How a token is sent.


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER ", "bEaReR ", "Bearer  ", "Bearer     "])
def test_scheme_is_taken(public: Service, real: Token, scheme: str) -> None:
    answer = public.get("/auth/me", {"Authorization": scheme + real.text})
    demand_status(answer, 200, "the scheme is Bearer in any case, and one or more spaces follow")


@pytest.mark.parametrize(
    "form",
    ["", "Basic YTpi", "Basic {}", "Token {}", "JWT {}", "Bearer{}", "{}", "Digest {}", "BearerX {}", "DPoP {}", "X Bearer {}"],
)
def test_another_scheme_is_no_token(public: Service, real: Token, form: str) -> None:
    answer = public.get("/auth/me", {"Authorization": form.format(real.text)})
    demand_unauthorized(answer, demands.NO_TOKEN, "another scheme than Bearer brings no token")


@pytest.mark.parametrize(
    "form", ["Bearer", "Bearer {} {}", "Bearer {},", "Bearer {}, Bearer {}", "Bearer x {}", "Bearer Bearer {}"]
)
def test_bearer_without_one_token_is_refused(public: Service, real: Token, form: str) -> None:
    answer = public.get("/auth/me", {"Authorization": form.format(real.text, real.text)})
    demand_unauthorized(answer, demands.BAD_TOKEN, "a Bearer without one well-formed token is not accepted")


@pytest.mark.parametrize("form", ["Bearer\t{}", "Bearer:{}", "Bearer={}", 'Bearer token="{}"'])
def test_other_separators_are_refused(public: Service, real: Token, form: str) -> None:
    answer = public.get("/auth/me", {"Authorization": form.format(real.text)})
    demand_status(answer, 401, "between the scheme and the token stand spaces")


@pytest.mark.parametrize(
    "second", ["Bearer {}", "Bearer garbage", "Basic YTpi", ""], ids=["the same", "garbage", "Basic", "empty"]
)
def test_two_headers_are_refused(public: Service, real: Token, second: str) -> None:
    pairs = [("Authorization", f"Bearer {real.text}"), ("authorization", second.format(real.text))]
    answer = public.get("/auth/me", pairs)
    demand_unauthorized(answer, demands.BAD_TOKEN, "two Authorization headers are not accepted")


@pytest.mark.parametrize("first", ["Bearer garbage", "Basic YTpi", ""], ids=["garbage", "Basic", "empty"])
def test_second_header_does_not_let_in(public: Service, real: Token, first: str) -> None:
    answer = public.get("/auth/me", [("Authorization", first), ("Authorization", f"Bearer {real.text}")])
    demand_status(answer, 401, "two Authorization headers are not accepted")


@pytest.mark.parametrize("order", ["member first", "admin first"])
def test_headers_of_two_users_are_refused(public: Service, service: Service, real: Token, order: str) -> None:
    pairs = [("Authorization", f"Bearer {real.text}"), *service.credentials]
    answer = public.get("/users", pairs if order == "member first" else pairs[::-1])
    demand_unauthorized(answer, demands.BAD_TOKEN, "two Authorization headers are not accepted")


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
    demand_refused(public, token, "a token has at most 4096 characters")


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
    demand_status(me(public, real.text), 200, "a very long token harms no other")


# What only somebody can make who has the key.


def signed(real: Token, signing: Signing, **claims: Any) -> str:
    return forge(real.header, with_members(real.claims, claims), signing.sign)


@pytest.mark.parametrize(
    "change",
    [
        values.case("nothing", {}),
        values.case("another jti", {"jti": str(uuid.uuid4())}),
        values.case("another session", {"sid": str(uuid.uuid4())}),
        values.case("a claim that nobody knows", {"scope": "x", "x": {"y": [1]}}),
        values.case("members in another order", {"iss": ABSENT}),
    ],
)
def test_token_that_is_well_made_is_accepted(public: Service, real: Token, signing: Signing, change: dict[str, Any]) -> None:
    """Without this one the refusals below would tell nothing."""
    claims = with_members(real.claims, change)
    claims["iss"] = real.claims["iss"]
    demand_status(me(public, forge(real.header, claims, signing.sign)), 200, "a token is accepted that is as it has to be")


CLAIMS = ["iss", "aud", "sub", "iat", "nbf", "exp", "jti", "sid", "role", "epoch"]


@pytest.mark.parametrize("claim", CLAIMS)
def test_claim_is_required(public: Service, real: Token, signing: Signing, claim: str) -> None:
    demand_refused(public, signed(real, signing, **{claim: ABSENT}), f"{claim} is required")


@pytest.mark.parametrize("claim", CLAIMS)
def test_claim_in_capitals_is_another(public: Service, real: Token, signing: Signing, claim: str) -> None:
    token = signed(real, signing, **{claim: ABSENT, claim.upper(): real.claims.get(claim)})
    demand_refused(public, token, f"{claim} is required, and names are exact")


WRONG_VALUES: list[Any] = [None, True, [], {}, ""]


@pytest.mark.parametrize("value", WRONG_VALUES, ids=["null", "true", "array", "object", "empty"])
@pytest.mark.parametrize("claim", CLAIMS)
def test_claim_of_another_type_is_refused(public: Service, real: Token, signing: Signing, claim: str, value: Any) -> None:
    demand_refused(public, signed(real, signing, **{claim: value}), f"{claim} is of another type")


@pytest.mark.parametrize("claim", ["iat", "nbf", "exp", "epoch"])
def test_number_as_a_string_is_refused(public: Service, real: Token, signing: Signing, claim: str) -> None:
    demand_refused(public, signed(real, signing, **{claim: str(real.claims[claim])}), f"{claim} is an integer")


@pytest.mark.parametrize("claim", ["iat", "nbf", "exp", "epoch"])
def test_number_that_is_not_whole_is_refused(public: Service, real: Token, signing: Signing, claim: str) -> None:
    demand_refused(public, signed(real, signing, **{claim: real.claims[claim] + 0.5}), f"{claim} is an integer")


@pytest.mark.parametrize("claim", ["sub", "jti", "sid", "role", "iss", "aud"])
def test_string_as_a_number_is_refused(public: Service, real: Token, signing: Signing, claim: str) -> None:
    value = int(real.claims["sub"]) if claim == "sub" else 1
    demand_refused(public, signed(real, signing, **{claim: value}), f"{claim} is a string")


@pytest.mark.parametrize("claim", ["iss", "aud"])
@pytest.mark.parametrize("form", ["other", "capitals", "space behind", "array", "slash behind", "empty"])
def test_issuer_and_audience_are_compared_exactly(public: Service, real: Token, signing: Signing, claim: str, form: str) -> None:
    own = real.claims[claim]
    value: Any = {
        "other": "another-service",
        "capitals": own.swapcase(),
        "space behind": f"{own} ",
        "array": [own],
        "slash behind": f"{own}/",
        "empty": "",
    }[form]
    demand_refused(public, signed(real, signing, **{claim: value}), f"{claim} is a string, equal to the setting")


@pytest.mark.parametrize("tenant", ["other", "", 1, []], ids=["other", "empty", "number", "array"])
def test_tenant_is_refused(public: Service, real: Token, signing: Signing, tenant: Any) -> None:
    demand_refused(public, signed(real, signing, tenant=tenant), "tenant is there exactly where it is set, and is the same")


def test_tenant_is_required_where_it_is_set(public: Service, real: Token, signing: Signing) -> None:
    token = signed(real, signing, tenant=ABSENT if "tenant" in real.claims else "a tenant")
    demand_refused(public, token, "tenant is there exactly where it is set")


def at(seconds: int, shift: int = 0) -> dict[str, int]:
    """Return the times of a token that was issued so many seconds from now."""
    issued = int(time.time()) + seconds
    return {"iat": issued + shift, "nbf": issued, "exp": issued + 900}


@pytest.mark.parametrize("seconds", [-900 - LEEWAY - 3, -1000, -86400, -(10**9)])
def test_expired_token_is_refused(public: Service, real: Token, signing: Signing, seconds: int) -> None:
    demand_refused(public, signed(real, signing, **at(seconds)), "a token is refused from 5 s after its end")


def test_token_within_the_leeway_is_accepted(public: Service, real: Token, signing: Signing) -> None:
    demand_status(me(public, signed(real, signing, **at(-901))), 200, "the clocks of two replicas may be 5 s apart")


@pytest.mark.parametrize("seconds", [LEEWAY + 15, 60, 86400])
@pytest.mark.parametrize("claim", ["iat", "nbf", "both"])
def test_token_that_is_not_yet_valid_is_refused(public: Service, real: Token, signing: Signing, seconds: int, claim: str) -> None:
    later = int(time.time()) + seconds
    changes = {"iat": {"iat": later}, "nbf": {"nbf": later}, "both": {"iat": later, "nbf": later}}[claim]
    demand_refused(public, signed(real, signing, exp=later + 900, **changes), "a token is refused before its time")


def test_clock_that_is_ahead_within_the_leeway_is_accepted(public: Service, real: Token, signing: Signing) -> None:
    demand_status(me(public, signed(real, signing, **at(LEEWAY - 1))), 200, "the clocks of two replicas may be 5 s apart")


@pytest.mark.parametrize("value", [0, -1, -(2**63), -(10**30), -1e300])
def test_end_long_ago_is_refused(public: Service, real: Token, signing: Signing, value: Any) -> None:
    demand_refused(public, signed(real, signing, exp=value), "a token is refused from 5 s after its end")


STRANGE_TIMES = [253_402_300_800, 2**53 + 1, 2**62, 2**63 - 1, 2**63, 2**64 + 1, 10**30, 1e300, -(2**63), -(10**30), -1e300]


@pytest.mark.parametrize("value", STRANGE_TIMES)
@pytest.mark.parametrize("claim", ["iat", "nbf", "exp"])
def test_strange_time_is_harmless(public: Service, real: Token, signing: Signing, claim: str, value: Any) -> None:
    """Whether so distant a time is one is left open; that it breaks nothing is not."""
    answer = me(public, signed(real, signing, **{claim: value}))
    demand(answer.status in {200, 401}, f"a token with a strange {claim} does no harm", answer)


SUBJECTS = ["0", "-1", "01", "+1", "1.0", "1e0", " 1", "1 ", "", "abc", "\u0661", "1_0", "9" * 30, str(2**63), "1\n", "0x1"]


@pytest.mark.parametrize("form", [*SUBJECTS, "0{}", "+{}", " {}", "{} ", "{}.0"])
def test_sub_that_is_no_id_is_refused(public: Service, real: Token, signing: Signing, form: str) -> None:
    token = signed(real, signing, sub=form.format(real.claims["sub"]))
    demand_refused(public, token, "sub is a user's id in decimal digits")


def test_sub_of_nobody_is_refused(public: Service, real: Token, signing: Signing) -> None:
    demand_refused(public, signed(real, signing, sub=str(2**63 - 1)), "the user exists")


def test_role_that_is_not_the_users_is_refused(public: Service, real: Token, signing: Signing) -> None:
    token = signed(real, signing, role="admin")
    demand_refused(public, token, "the role of a token is the user's")
    answer = public.with_token(token).get("/users")
    demand_unauthorized(answer, demands.BAD_TOKEN, "the role of a token is the user's")


@pytest.mark.parametrize("role", ["User", "user ", "root", "user,admin", ["user"], {"user": True}])
def test_role_that_nobody_has_is_refused(public: Service, real: Token, signing: Signing, role: Any) -> None:
    demand_refused(public, signed(real, signing, role=role), "the role of a token is the user's")


def test_role_of_an_admin_as_user_is_refused(public: Service, accounts: Accounts, signing: Signing) -> None:
    token = take_apart(accounts.new(role="admin").log_in().access_token)
    demand_refused(public, signed(token, signing, role="user"), "the role of a token is the user's")


@pytest.mark.parametrize("epoch", [0, 2, -1, 2**32 + 1, 2**64 + 1])
def test_epoch_that_is_not_the_users_is_refused(public: Service, real: Token, signing: Signing, epoch: int) -> None:
    demand_refused(public, signed(real, signing, epoch=epoch), "the epoch of a token is the user's")


@pytest.mark.parametrize(
    "header",
    [
        values.case("typ JWT", {"typ": "JWT"}),
        values.case("typ rt+jwt", {"typ": "rt+jwt"}),
        values.case("typ empty", {"typ": ""}),
        values.case("typ null", {"typ": None}),
        values.case("typ array", {"typ": ["at+jwt"]}),
        values.case("no typ", {"typ": ABSENT}),
        values.case("no kid", {"kid": ABSENT}),
        values.case("kid null", {"kid": None}),
        values.case("kid empty", {"kid": ""}),
        values.case("kid number", {"kid": 1}),
        values.case("kid array", {"kid": []}),
        values.case("kid unknown", {"kid": "unknown"}),
        values.case("no alg", {"alg": ABSENT}),
        values.case("alg none", {"alg": "none"}),
        values.case("alg null", {"alg": None}),
        values.case("alg in small letters", {"alg": "hs256"}),
        values.case("alg HS384", {"alg": "HS384"}),
        values.case("alg HS512", {"alg": "HS512"}),
        values.case("alg RS256", {"alg": "RS256"}),
        values.case("alg PS256", {"alg": "PS256"}),
        values.case("alg EdDSA", {"alg": "EdDSA"}),
        values.case("alg array", {"alg": ["HS256"]}),
        values.case("crit", {"crit": ["exp"]}),
        values.case("crit empty", {"crit": []}),
        values.case("crit null", {"crit": None}),
        values.case("crit b64", {"crit": ["b64"], "b64": True}),
        values.case("b64", {"b64": True}),
        values.case("cty", {"cty": "JWT"}),
        values.case("jwk", {"jwk": OWN_JWK}),
        values.case("jku", {"jku": "https://attacker.example/jwks.json"}),
        values.case("x5u", {"x5u": "https://attacker.example/cert.pem"}),
        values.case("x5c", {"x5c": []}),
        values.case("x5t", {"x5t": "x"}),
        values.case("zip", {"zip": "DEF"}),
        values.case("enc", {"enc": "A128GCM"}),
        values.case("unknown member", {"x": 1}),
        values.case("unknown member null", {"x": None}),
        values.case("ALG", {"ALG": "none"}),
    ],
)
def test_other_header_is_refused(public: Service, real: Token, signing: Signing, header: dict[str, Any]) -> None:
    token = forge(with_members(real.header, header), real.claims, signing.sign)
    demand_refused(public, token, "the header has exactly alg, kid and typ, as configured")


@pytest.mark.parametrize(("algorithm", "digest"), [("HS384", "sha384"), ("HS512", "sha512"), ("HS256", "sha512")])
def test_secret_in_another_algorithm_is_refused(
    public: Service, real: Token, signing: Signing, algorithm: str, digest: str
) -> None:
    secret = signing.secret.encode() or b"a secret that the service does not know"
    token = forge(real.header | {"alg": algorithm}, real.claims, tokens.hmac_with(secret, digest))
    demand_refused(public, token, "the algorithm is the configured one, never the token's")


@pytest.mark.parametrize("claims", [b"", b"null", b"[]", b'"x"', b"{", b"{}", b"\xff", b"{}{}"])
def test_claims_that_are_no_object_are_refused(public: Service, real: Token, signing: Signing, claims: bytes) -> None:
    demand_refused(public, forge(real.header, claims, signing.sign), "a token's claims are a JSON object")


def token_of(size: int, real: Token, signing: Signing) -> str:
    """Return a token of so many characters."""
    claims = json.dumps(real.claims | {"x": ""}, separators=(",", ":"))
    for spaces in range(3):
        header = json.dumps(real.header).encode() + b" " * spaces
        left = size - len(forge(header, b"", signing.sign))
        # 3 bytes make 4 characters, and no number of bytes makes one more than a multiple of 4.
        if left % 4 != 1:
            return forge(header, f'{claims[:-2]}{"x" * (left * 3 // 4 - len(claims))}"}}'.encode(), signing.sign)
    raise AssertionError("a space more or less changes the remainder")


def test_token_of_4096_characters_is_accepted(public: Service, real: Token, signing: Signing) -> None:
    token = token_of(LONGEST, real, signing)
    demand_equal(len(token), LONGEST, "this case needs a token of that length")
    demand_status(me(public, token), 200, "a token has at most 4096 characters")


@pytest.mark.parametrize("size", [LONGEST + 1, 5000, 7000])
def test_token_of_more_characters_is_refused(public: Service, real: Token, signing: Signing, size: int) -> None:
    token = token_of(size, real, signing)
    demand_equal(len(token), size, "this case needs a token of that length")
    demand_refused(public, token, "a token has at most 4096 characters")
