"""Access tokens that only somebody can make who has the key of the service."""

import json
import time
import uuid
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from conformance import demands, tokens, values
from conformance.accounts import Accounts
from conformance.demands import demand, demand_equal, demand_one_of, demand_status, demand_token_refused, demand_unauthorized
from conformance.service import Answer, Service
from conformance.tokens import Signing, Token, forge, take_apart

AREA = "claims"

pytestmark = [pytest.mark.auth("jwt"), pytest.mark.section("README.md, Auth: Access tokens")]

LONGEST = 4096
LEEWAY = 5
ABSENT = object()

OWN_JWK = tokens.jwk_of(ec.generate_private_key(ec.SECP256R1()).public_key())


def me(public: Service, token: str) -> Answer:
    return public.with_token(token).get("/auth/me")


def with_members(members: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (members | changes).items() if value is not ABSENT}


def signed(real: Token, signing: Signing, **claims: Any) -> str:
    return forge(real.header, with_members(real.claims, claims), signing.sign)


@pytest.mark.parametrize(
    "change",
    [
        values.case("nothing", {}),
        values.case("another jti", {"jti": str(uuid.uuid4())}),
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
    demand_token_refused(public, signed(real, signing, **{claim: ABSENT}), f"{claim} is required")


@pytest.mark.parametrize("claim", CLAIMS)
def test_claim_in_capitals_is_another(public: Service, real: Token, signing: Signing, claim: str) -> None:
    token = signed(real, signing, **{claim: ABSENT, claim.upper(): real.claims.get(claim)})
    demand_token_refused(public, token, f"{claim} is required, and names are exact")


WRONG_VALUES: list[Any] = [None, True, [], {}, ""]


@pytest.mark.parametrize("value", WRONG_VALUES, ids=["null", "true", "array", "object", "empty"])
@pytest.mark.parametrize("claim", CLAIMS)
def test_claim_of_another_type_is_refused(public: Service, real: Token, signing: Signing, claim: str, value: Any) -> None:
    demand_token_refused(public, signed(real, signing, **{claim: value}), f"{claim} is of another type")


@pytest.mark.parametrize("claim", ["iat", "nbf", "exp", "epoch"])
def test_number_as_a_string_is_harmless(public: Service, real: Token, signing: Signing, claim: str) -> None:
    answer = me(public, signed(real, signing, **{claim: str(real.claims[claim])}))
    demand_one_of(answer, {200, 401}, f"{claim} as a string is refused, or the number that it stands for")


@pytest.mark.parametrize("claim", ["iat", "nbf", "exp"])
def test_time_that_is_not_whole(public: Service, real: Token, signing: Signing, claim: str) -> None:
    answer = me(public, signed(real, signing, **{claim: real.claims[claim] - 0.5}))
    demand_one_of(answer, {200, 401}, "RFC 7519 lets a time have decimals, which a service need not take")


def test_epoch_that_is_not_whole_is_refused(public: Service, real: Token, signing: Signing) -> None:
    demand_token_refused(public, signed(real, signing, epoch=real.claims["epoch"] + 0.5), "the epoch of a token is the user's")


@pytest.mark.parametrize("claim", ["sub", "jti", "sid", "role", "iss", "aud"])
def test_string_as_a_number_is_refused(public: Service, real: Token, signing: Signing, claim: str) -> None:
    value = int(real.claims["sub"]) if claim == "sub" else 1
    demand_token_refused(public, signed(real, signing, **{claim: value}), f"{claim} is a string")


UUID = "0b5f3c1e-6d6c-4f0e-9f55-0c6f3f6f2d11"
NO_RANDOM_UUIDS = ["abc", UUID.upper(), f"{{{UUID}}}", UUID.replace("-", ""), f"urn:uuid:{UUID}", f"{UUID} ", f"{UUID}\n"]
NO_RANDOM_UUIDS += ["0b5f3c1e-6d6c-1f0e-9f55-0c6f3f6f2d11", "0b5f3c1e-6d6c-4f0e-cf55-0c6f3f6f2d11", "x" * 500]


@pytest.mark.parametrize("text", NO_RANDOM_UUIDS)
@pytest.mark.parametrize("claim", ["jti", "sid"])
def test_id_that_is_no_random_uuid_is_harmless(public: Service, real: Token, signing: Signing, claim: str, text: str) -> None:
    """Only somebody with the key can make one; whether it is looked up or refused is left open."""
    answer = me(public, signed(real, signing, **{claim: text}))
    demand_one_of(answer, {200, 401}, f"a {claim} of another form does no harm")


@pytest.mark.parametrize("claim", ["iss", "aud"])
@pytest.mark.parametrize("form", ["other", "capitals", "space behind", "slash behind", "empty"])
def test_issuer_and_audience_are_compared_exactly(public: Service, real: Token, signing: Signing, claim: str, form: str) -> None:
    own = real.claims[claim]
    value: Any = {
        "other": "another-service",
        "capitals": own.swapcase(),
        "space behind": f"{own} ",
        "slash behind": f"{own}/",
        "empty": "",
    }[form]
    demand_token_refused(public, signed(real, signing, **{claim: value}), f"{claim} is a string, equal to the setting")


@pytest.mark.parametrize("tenant", ["other", "", 1, []], ids=["other", "empty", "number", "array"])
def test_tenant_is_refused(public: Service, real: Token, signing: Signing, tenant: Any) -> None:
    demand_token_refused(public, signed(real, signing, tenant=tenant), "tenant is there exactly where it is set, and is the same")


def test_tenant_is_required_where_it_is_set(public: Service, real: Token, signing: Signing) -> None:
    token = signed(real, signing, tenant=ABSENT if "tenant" in real.claims else "a tenant")
    demand_token_refused(public, token, "tenant is there exactly where it is set")


def at(seconds: int, shift: int = 0) -> dict[str, int]:
    """Return the times of a token that was issued so many seconds from now."""
    issued = int(time.time()) + seconds
    return {"iat": issued + shift, "nbf": issued, "exp": issued + 900}


@pytest.mark.parametrize("seconds", [-900 - LEEWAY - 3, -1000, -86400, -(10**9)])
def test_expired_token_is_refused(public: Service, real: Token, signing: Signing, seconds: int) -> None:
    demand_token_refused(public, signed(real, signing, **at(seconds)), "a token is refused from 5 s after its end")


def test_token_within_the_leeway_is_accepted(public: Service, real: Token, signing: Signing) -> None:
    demand_status(me(public, signed(real, signing, **at(-901))), 200, "the clocks of two replicas may be 5 s apart")


@pytest.mark.parametrize("seconds", [LEEWAY + 15, 60, 86400])
@pytest.mark.parametrize("claim", ["iat", "nbf", "both"])
def test_token_that_is_not_yet_valid_is_refused(public: Service, real: Token, signing: Signing, seconds: int, claim: str) -> None:
    later = int(time.time()) + seconds
    changes = {"iat": {"iat": later}, "nbf": {"nbf": later}, "both": {"iat": later, "nbf": later}}[claim]
    demand_token_refused(public, signed(real, signing, exp=later + 900, **changes), "a token is refused before its time")


def test_clock_that_is_ahead_within_the_leeway_is_accepted(public: Service, real: Token, signing: Signing) -> None:
    demand_status(me(public, signed(real, signing, **at(LEEWAY - 1))), 200, "the clocks of two replicas may be 5 s apart")


@pytest.mark.parametrize("value", [0, -1, -(2**63), -(10**30), -1e300])
def test_end_long_ago_is_refused(public: Service, real: Token, signing: Signing, value: Any) -> None:
    demand_token_refused(public, signed(real, signing, exp=value), "a token is refused from 5 s after its end")


STRANGE_TIMES = [253_402_300_800, 2**53 + 1, 2**62, 2**63 - 1, 2**63, 2**64 + 1, 10**30, 1e300, -(2**63), -(10**30), -1e300]


@pytest.mark.parametrize("value", STRANGE_TIMES)
@pytest.mark.parametrize("claim", ["iat", "nbf", "exp"])
def test_strange_time_is_harmless(public: Service, real: Token, signing: Signing, claim: str, value: Any) -> None:
    """Whether so distant a time is one is left open; that it breaks nothing is not."""
    answer = me(public, signed(real, signing, **{claim: value}))
    demand(answer.status in {200, 401}, f"a token with a strange {claim} does no harm", answer)


SUBJECTS = ["0", "-1", "", "abc", "9" * 30, str(2**63), "0x1"]
ODD_SUBJECTS = ["0{}", "+{}", " {}", "{} ", "{}.0", "{}\n", "0_{}"]


@pytest.mark.parametrize("form", ODD_SUBJECTS)
def test_sub_in_another_spelling(public: Service, real: Token, signing: Signing, form: str) -> None:
    answer = me(public, signed(real, signing, sub=form.format(real.claims["sub"])))
    demand_one_of(answer, {200, 401}, "another spelling of an id is refused, or that id")
    demand(answer.status == 401 or answer["id"] == int(real.claims["sub"]), "it is the user with that id", answer)


@pytest.mark.parametrize("form", SUBJECTS)
def test_sub_that_is_no_id_is_refused(public: Service, real: Token, signing: Signing, form: str) -> None:
    token = signed(real, signing, sub=form)
    demand_token_refused(public, token, "sub is a user's id in decimal digits")


def test_sub_of_nobody_is_refused(public: Service, real: Token, signing: Signing) -> None:
    demand_token_refused(public, signed(real, signing, sub=str(2**63 - 1)), "the user exists")


def test_role_that_is_not_the_users_is_refused(public: Service, real: Token, signing: Signing) -> None:
    token = signed(real, signing, role="admin")
    demand_token_refused(public, token, "the role of a token is the user's")
    answer = public.with_token(token).get("/users")
    demand_unauthorized(answer, demands.BAD_TOKEN, "the role of a token is the user's")


@pytest.mark.parametrize("role", ["User", "user ", "root", "user,admin", ["user"], {"user": True}])
def test_role_that_nobody_has_is_refused(public: Service, real: Token, signing: Signing, role: Any) -> None:
    demand_token_refused(public, signed(real, signing, role=role), "the role of a token is the user's")


def test_role_of_an_admin_as_user_is_refused(public: Service, accounts: Accounts, signing: Signing) -> None:
    token = take_apart(accounts.new(role="admin").log_in().access_token)
    demand_token_refused(public, signed(token, signing, role="user"), "the role of a token is the user's")


@pytest.mark.parametrize("epoch", [0, 2, -1, 2**32 + 1, 2**64 + 1])
def test_epoch_that_is_not_the_users_is_refused(public: Service, real: Token, signing: Signing, epoch: int) -> None:
    demand_token_refused(public, signed(real, signing, epoch=epoch), "the epoch of a token is the user's")


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
        values.case("crit b64", {"crit": ["b64"], "b64": True}),
    ],
)
def test_other_header_is_refused(public: Service, real: Token, signing: Signing, header: dict[str, Any]) -> None:
    token = forge(with_members(real.header, header), real.claims, signing.sign)
    demand_token_refused(public, token, "alg, kid and typ are as configured, and what crit names is understood")


@pytest.mark.parametrize(
    "header",
    [
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
        values.case("crit empty", {"crit": []}),
        values.case("crit null", {"crit": None}),
    ],
)
def test_header_with_more_is_harmless(public: Service, real: Token, signing: Signing, header: dict[str, Any]) -> None:
    """The token is signed by the service's own key, so it is that of the user, or refused for what it has too much."""
    answer = me(public, forge(with_members(real.header, header), real.claims, signing.sign))
    demand_one_of(answer, {200, 401}, "what a header has too much is passed over or refused")
    demand(answer.status == 401 or str(answer["id"]) == real.claims["sub"], "it is the user of the token", answer)


@pytest.mark.parametrize(("algorithm", "digest"), [("HS384", "sha384"), ("HS512", "sha512"), ("HS256", "sha512")])
def test_secret_in_another_algorithm_is_refused(
    public: Service, real: Token, signing: Signing, algorithm: str, digest: str
) -> None:
    secret = signing.secret.encode() or b"a secret that the service does not know"
    token = forge(real.header | {"alg": algorithm}, real.claims, tokens.hmac_with(secret, digest))
    demand_token_refused(public, token, "the algorithm is the configured one, never the token's")


@pytest.mark.parametrize("claims", [b"", b"null", b"[]", b'"x"', b"{", b"{}", b"\xff", b"{}{}"])
def test_claims_that_are_no_object_are_refused(public: Service, real: Token, signing: Signing, claims: bytes) -> None:
    demand_token_refused(public, forge(real.header, claims, signing.sign), "a token's claims are a JSON object")


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
    demand_status(me(public, token), 200, "a token may have 4096 characters")


@pytest.mark.parametrize("size", [LONGEST + 1, 5000, 7000])
def test_longer_token_is_harmless(public: Service, real: Token, signing: Signing, size: int) -> None:
    answer = me(public, token_of(size, real, signing))
    demand_one_of(answer, {200, 400, 401}, "a longer token is refused or taken")
