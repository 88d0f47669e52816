"""POST /auth/login, and what an access token is."""

import re
import time
from typing import Any

import pytest

from conformance import demands, values
from conformance.accounts import OTHER_PASSWORD, PASSWORD, Account, Accounts, Session, log_in, session_of
from conformance.demands import (
    demand,
    demand_equal,
    demand_errors,
    demand_problem,
    demand_some_errors,
    demand_status,
    demand_unauthorized,
)
from conformance.service import MAX_BODY, Answer, Service, unique_email
from conformance.tokens import Token, encoded, take_apart

AREA = "login"

pytestmark = [pytest.mark.auth("jwt"), pytest.mark.usefixtures("logins")]

ROUTES = "README.md, Auth: Routes"
MESSAGES = "README.md, Auth: Users"
TOKENS = "README.md, Auth: Access tokens"

UUID4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
WRONG = "the address or the password is wrong"


@pytest.fixture(scope="module")
def pair(logins: None, member: Account) -> Answer:
    """A login's answer."""
    return log_in(member.public, member.email, member.password)


@pytest.fixture(scope="module")
def token(pair: Answer) -> Token:
    return take_apart(pair["access_token"])


@pytest.fixture(scope="module")
def without_password(service: Service) -> dict[str, Any]:
    """A user who has no password."""
    return service.new_user()


@pytest.mark.section(ROUTES)
def test_answers_200(pair: Answer) -> None:
    demand_status(pair, 200, "the right password lets in")


@pytest.mark.section(ROUTES)
def test_answers_with_a_pair_of_tokens(pair: Answer) -> None:
    names = {"access_token", "token_type", "expires_in", "refresh_token"}
    demand_equal(pair.data.keys(), names, "a pair has these members", pair)


@pytest.mark.section(ROUTES)
@pytest.mark.parametrize(("name", "value"), [("token_type", "Bearer"), ("expires_in", 900)])
def test_pair_has(pair: Answer, name: str, value: Any) -> None:
    demand_equal(pair[name], value, f"{name} is {value}", pair)


@pytest.mark.section("README.md, Auth: Sessions")
def test_refresh_token_is_of_32_bytes(pair: Answer) -> None:
    found = str(pair["refresh_token"])
    demand(re.fullmatch(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]", found) is not None, "it is 32 bytes in base64url", pair)


@pytest.mark.section(ROUTES)
@pytest.mark.parametrize("header", ["Location", "Set-Cookie", "WWW-Authenticate", "Retry-After"])
def test_pair_comes_without(pair: Answer, header: str) -> None:
    demand_equal((pair.status, pair.headers.get(header)), (200, None), f"a pair of tokens comes without {header}", pair)


@pytest.mark.section(ROUTES)
def test_access_token_lets_in(session: Session, account: Account) -> None:
    answer = session.client.get(account.path)
    demand_equal(answer.data, account.user, "with the access token a user reads itself", answer)


@pytest.mark.section(TOKENS)
def test_header_has_alg_kid_and_typ(token: Token) -> None:
    demand_equal(sorted(token.header), ["alg", "kid", "typ"], "the JOSE header has exactly alg, kid and typ")


@pytest.mark.section(TOKENS)
def test_typ_is_that_of_access_tokens(token: Token) -> None:
    demand_equal(token.header.get("typ"), "at+jwt", "typ is at+jwt")


@pytest.mark.section(TOKENS)
def test_alg_is_one_of_two(token: Token) -> None:
    demand(token.header.get("alg") in {"HS256", "ES256"}, f"alg is HS256 or ES256, not {token.header.get('alg')}")


@pytest.mark.section(TOKENS)
def test_claims_are_those_of_the_contract(token: Token) -> None:
    wanted = {"iss", "aud", "sub", "iat", "nbf", "exp", "jti", "sid", "role", "epoch"}
    found = set(token.claims) - {"tenant"}
    demand_equal(sorted(found), sorted(wanted), "the claims are these, and tenant where it is set")


@pytest.mark.section(TOKENS)
@pytest.mark.parametrize("name", ["iss", "aud"])
def test_claim_is_a_string(token: Token, name: str) -> None:
    found = token.claims.get(name)
    demand(isinstance(found, str) and found != "", f"{name} is a string, not {found!r}")


@pytest.mark.section(TOKENS)
def test_sub_is_the_id(token: Token, member: Account) -> None:
    demand_equal(token.claims.get("sub"), str(member.user["id"]), "sub is the user's id in decimal digits")


@pytest.mark.section(TOKENS)
@pytest.mark.parametrize(("name", "value"), [("role", "user"), ("epoch", 1)])
def test_claim_of_a_new_user(token: Token, name: str, value: Any) -> None:
    demand_equal(token.claims.get(name), value, f"{name} is the user's")


@pytest.mark.section(TOKENS)
@pytest.mark.parametrize("name", ["iat", "nbf", "exp"])
def test_time_is_an_integer(token: Token, name: str) -> None:
    found = token.claims.get(name)
    demand(type(found) is int, f"{name} is an integer, not {found!r}")


@pytest.mark.section(TOKENS)
def test_token_is_for_900_seconds(token: Token) -> None:
    claims = token.claims
    found = (claims.get("nbf", 0) - claims.get("iat", 1), claims.get("exp", 0) - claims.get("iat", 0))
    demand_equal(found, (0, 900), "nbf is iat, and exp 900 s later")


@pytest.mark.section(TOKENS)
def test_token_begins_now(logins: None, member: Account) -> None:
    token = take_apart(member.log_in().access_token)
    seconds = time.time() - float(token.claims.get("iat", 0))
    demand(-2 <= seconds <= 60, f"iat is the time of the login, not {seconds:.0f} s ago")


@pytest.mark.section(TOKENS)
@pytest.mark.parametrize("name", ["jti", "sid"])
def test_id_is_a_random_uuid(token: Token, name: str) -> None:
    found = str(token.claims.get(name))
    demand(re.fullmatch(UUID4, found) is not None, f"{name} is a random UUID in lower case, not {found}")


@pytest.mark.section(TOKENS)
@pytest.mark.parametrize("name", ["jti", "sid"])
def test_each_login_has_its_own(token: Token, member: Account, name: str) -> None:
    second = take_apart(member.log_in().access_token)
    demand(
        second.claims.get(name) != token.claims.get(name),
        f"each login begins a session of its own, with a {name} of its own",
    )


@pytest.mark.section(TOKENS)
def test_jti_is_not_sid(token: Token) -> None:
    demand(token.claims.get("jti") != token.claims.get("sid"), "a token and a session have ids of their own")


@pytest.mark.section(ROUTES)
def test_each_login_has_its_own_refresh_token(pair: Answer, member: Account) -> None:
    demand(member.log_in().refresh_token != pair["refresh_token"], "each login has a refresh token of its own")


@pytest.mark.section("README.md, Auth: Sessions")
def test_a_second_login_leaves_the_first_session(session: Session, account: Account) -> None:
    account.log_in()
    demand_status(session.client.get("/auth/me"), 200, "a login ends no other session")


@pytest.mark.section(TOKENS)
def test_parts_are_canonical(pair: Answer, token: Token) -> None:
    parts = str(pair["access_token"]).split(".")
    demand(all(re.fullmatch("[A-Za-z0-9_-]+", part) is not None for part in parts), "a token is in base64url", pair)
    demand_equal(parts[2], encoded(token.signature), "the signature is in canonical base64url", pair)


@pytest.mark.section("README.md, Fields and parameters: email")
@pytest.mark.parametrize("form", ["{}", "capitals", " {}\n", "\u3000{}\u0085"], ids=["as it is", "capitals", "spaces", "U+3000"])
def test_email_is_normalised(public: Service, member: Account, form: str) -> None:
    email = member.email.upper() if form == "capitals" else form.format(member.email)
    answer = log_in(public, email, member.password)
    demand_status(answer, 200, "the address is trimmed, brought to NFC and lower-cased")


@pytest.mark.section("README.md, Fields and parameters: email")
def test_email_is_brought_to_nfc(public: Service, accounts: Accounts) -> None:
    account = accounts.new(email=f"k.{unique_email()}")
    answer = log_in(public, f"\u212a{account.email[1:]}", PASSWORD)
    demand_status(answer, 200, "the address is trimmed, brought to NFC and lower-cased")


@pytest.mark.section(ROUTES)
def test_wrong_password(public: Service, account: Account) -> None:
    demand_unauthorized(log_in(public, account.email, OTHER_PASSWORD), demands.BAD_LOGIN, WRONG)


@pytest.mark.section(ROUTES)
def test_unknown_email(public: Service) -> None:
    demand_unauthorized(log_in(public, unique_email(), PASSWORD), demands.BAD_LOGIN, WRONG)


@pytest.mark.section(ROUTES)
@pytest.mark.parametrize("password", [PASSWORD, "x", "null", "None"])
def test_user_without_a_password(public: Service, service: Service, password: str) -> None:
    answer = log_in(public, service.new_user()["email"], password)
    demand_unauthorized(answer, demands.BAD_LOGIN, "a user without a password cannot log in")


@pytest.mark.section(ROUTES)
@pytest.mark.parametrize("form", ["{} ", " {}", "{}\n", "capitals", "{}{}", "first half"])
def test_password_is_compared_exactly(public: Service, account: Account, form: str) -> None:
    password = {"capitals": PASSWORD.upper(), "first half": PASSWORD[:12]}.get(form, form.format(PASSWORD, PASSWORD))
    demand_unauthorized(log_in(public, account.email, password), demands.BAD_LOGIN, "another spelling is another password")


@pytest.mark.section(ROUTES)
@pytest.mark.parametrize("other", ["wrong password", "no password"])
def test_unknown_email_is_answered_with_the_body_of(public: Service, account: Account, service: Service, other: str) -> None:
    headers = {"X-Request-ID": "alike"}
    unknown = log_in(public, unique_email(), OTHER_PASSWORD, headers)
    email = account.email if other == "wrong password" else service.new_user()["email"]
    known = log_in(public, email, OTHER_PASSWORD, headers)
    demand_equal((known.status, known.body), (401, unknown.body), "the answer does not tell whether the address is known", known)


@pytest.mark.section(ROUTES)
@pytest.mark.parametrize("other", ["wrong password", "no password"])
def test_unknown_email_is_answered_with_the_headers_of(public: Service, account: Account, service: Service, other: str) -> None:
    headers = {"X-Request-ID": "alike"}
    unknown = log_in(public, unique_email(), OTHER_PASSWORD, headers)
    email = account.email if other == "wrong password" else service.new_user()["email"]
    known = log_in(public, email, OTHER_PASSWORD, headers)
    found, wanted = (sorted(pair for pair in a.headers.multi_items() if pair[0] != "date") for a in (known, unknown))
    demand_equal((known.status, found), (401, wanted), "the answer does not tell whether the address is known", known)


@pytest.mark.section(ROUTES)
@pytest.mark.parametrize("token", ["garbage", "Bearer garbage", "Bearer", "Basic YTpi", ""])
def test_authorization_is_not_looked_at(public: Service, member: Account, token: str) -> None:
    answer = log_in(public, member.email, member.password, {"Authorization": token})
    demand_status(answer, 200, "anyone may log in, whatever token they have")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("field", ["email", "password"])
def test_is_required(public: Service, field: str) -> None:
    data = {"email": unique_email(), "password": PASSWORD}
    del data[field]
    demand_errors(public.post("/auth/login", data), [f"/{field}"], f"{field} is missing")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("email", [*values.edges(values.BAD_EMAILS), values.case("null", None)])
def test_email_is_refused(public: Service, email: Any) -> None:
    answer = public.post("/auth/login", {"email": email, "password": PASSWORD})
    demand_errors(answer, ["/email"], "the address is wrong")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize(
    "password",
    [
        values.case("empty", ""),
        values.case("129 characters", "p" * 129),
        values.case("500,000 characters", "p" * 500_000),
        values.case("129 characters outside the BMP", "😀" * 129),
        values.case("null", None),
        values.case("number", 123456789012),
        values.case("true", True),
        values.case("array", [PASSWORD]),
        values.case("object", {"": PASSWORD}),
    ],
)
def test_password_is_refused(public: Service, password: Any) -> None:
    answer = public.post("/auth/login", {"email": unique_email(), "password": password})
    demand_errors(answer, ["/password"], "the password of a login has 1 to 128 characters")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize(
    "password",
    [
        values.case("1 character", "p"),
        values.case("11 characters", "p" * 11),
        values.case("a common one", "123456789012"),
        values.case("128 characters outside the BMP", "😀" * 128),
        values.case("control characters", "\x01\t\n\x7f"),
    ],
)
def test_password_is_taken(public: Service, password: str) -> None:
    answer = log_in(public, unique_email(), password)
    demand_unauthorized(answer, demands.BAD_LOGIN, "the password of a login has 1 to 128 characters, and no more rules")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("field", ["name", "role", "remember", "otp"])
def test_unknown_field_is_refused(public: Service, member: Account, field: str) -> None:
    answer = public.post("/auth/login", {"email": member.email, "password": member.password, field: "x"})
    demand_errors(answer, [f"/{field}"], "a field that the schema does not have is refused")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize(
    "data",
    [values.case("all missing", {}), values.case("all wrong", {"password": "", "email": "x"})],
)
def test_errors_come_together(public: Service, data: Any) -> None:
    demand_errors(public.post("/auth/login", data), ["/email", "/password"], "all wrong values come in one answer")


@pytest.mark.section(MESSAGES)
def test_errors_of_several_kinds(public: Service) -> None:
    answer = public.post("/auth/login", {"z": 1, "password": "", "a": 1, "email": "x"})
    demand_some_errors(answer, ["/email", "/password", "/a", "/z"], "what is wrong is named, and nothing else")


@pytest.mark.section("README.md, Bodies")
@pytest.mark.parametrize(
    "body",
    [
        values.case("nothing", b""),
        values.case("array", b"[]"),
        values.case("NUL", rb'{"email":"a@b","password":"pppppppppppp\u0000"}'),
        values.case("lone surrogate", rb'{"email":"a@b","password":"pppppppppppp\ud83d"}'),
        values.case("not UTF-8", b'{"email":"a@b","password":"pppppppppppp\xff"}'),
    ],
)
def test_body_is_unreadable(public: Service, body: bytes) -> None:
    answer = public.send("POST", "/auth/login", body=body)
    demand_problem(answer, 400, "this body cannot be read")


@pytest.mark.section("README.md, Conventions: 415")
@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_media_type_is_refused(public: Service, content_type: str) -> None:
    answer = public.send("POST", "/auth/login", body=b"email=a&password=b", content_type=content_type)
    demand_problem(answer, 415, "the media type is another one")


@pytest.mark.section("README.md, Conventions: 413")
def test_chunks_are_too_large(public: Service) -> None:
    headers = {"Transfer-Encoding": "chunked", "Content-Type": "application/json"}
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    answer = public.send_raw("POST", "/auth/login", headers, [*[chunk] * (MAX_BODY // 65536 + 1), b"0\r\n\r\n"])
    demand_problem(answer, 413, "a body that turns out to be over the limit is refused")


@pytest.mark.section(ROUTES)
def test_query_is_ignored(public: Service, member: Account) -> None:
    answer = public.post(f"/auth/login?email={unique_email()}&password=x", {"email": member.email, "password": member.password})
    session_of(public, answer)
