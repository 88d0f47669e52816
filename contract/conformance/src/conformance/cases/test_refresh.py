"""POST /auth/refresh: rotation, reuse, and two at once."""

from typing import Any

import pytest

from conformance import demands, values
from conformance.accounts import Account, Session, refresh, session_of
from conformance.demands import (
    demand,
    demand_equal,
    demand_errors,
    demand_problem,
    demand_status,
    demand_unauthorized,
)
from conformance.service import Answer, Service, at_once
from conformance.tokens import take_apart

AREA = "refresh"

SESSIONS = "README.md, Auth: Sessions"

pytestmark = [pytest.mark.auth("jwt"), pytest.mark.section(SESSIONS)]

SPENT = "a refresh token is good for one use"
OVER = "a spent refresh token that comes again ends its session"


@pytest.fixture
def account(logins: None, member: Account) -> Account:
    """A user whom no case changes, since each has a session of its own."""
    return member


def renewed(public: Service, session: Session) -> Session:
    return session_of(public, refresh(public, session.refresh_token))


def demand_over(public: Service, session: Session, what: str) -> None:
    """Demand that neither token of a session is accepted any more."""
    demand_unauthorized(session.client.get("/auth/me"), demands.BAD_TOKEN, f"{what}: its access tokens are refused")
    demand_unauthorized(refresh(public, session.refresh_token), demands.BAD_REFRESH, f"{what}: its refresh tokens are refused")


@pytest.mark.section("README.md, Auth: Routes")
def test_answers_with_a_pair_of_tokens(public: Service, session: Session) -> None:
    answer = refresh(public, session.refresh_token)
    demand_status(answer, 200, "a refresh token gets a new pair")
    found = (list(answer.data), answer["token_type"], answer["expires_in"])
    wanted = (["access_token", "token_type", "expires_in", "refresh_token"], "Bearer", 900)
    demand_equal(found, wanted, "a refresh answers as a login does", answer)


def test_new_access_token_lets_in(public: Service, session: Session, account: Account) -> None:
    answer = renewed(public, session).client.get("/auth/me")
    demand_equal(answer.data, account.user, "the new access token is the same user's", answer)


def test_new_refresh_token_is_another(public: Service, session: Session) -> None:
    second = renewed(public, session)
    demand(second.refresh_token != session.refresh_token, "the new refresh token is another one")


def test_new_refresh_token_is_good(public: Service, session: Session) -> None:
    answer = refresh(public, renewed(public, session).refresh_token)
    demand_status(answer, 200, "the new refresh token gets a pair in its turn")


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "sid", "role", "epoch"])
def test_new_access_token_has_the_same(public: Service, session: Session, claim: str) -> None:
    first, second = (take_apart(s.access_token).claims for s in (session, renewed(public, session)))
    demand_equal(second.get(claim), first.get(claim), f"a session keeps its {claim}")


def test_new_access_token_has_a_jti_of_its_own(public: Service, session: Session) -> None:
    first, second = (take_apart(s.access_token).claims for s in (session, renewed(public, session)))
    demand(second.get("jti") != first.get("jti"), "each access token has a jti of its own")


def test_a_refresh_leaves_the_old_access_token(public: Service, session: Session) -> None:
    renewed(public, session)
    demand_status(session.client.get("/auth/me"), 200, "an access token is good until it expires or its session ends")


def test_no_access_token_is_needed(public: Service, session: Session) -> None:
    answer = public.post("/auth/refresh", {"refresh_token": session.refresh_token}, {"Authorization": "Bearer garbage"})
    demand_status(answer, 200, "the refresh token is all that a refresh takes")


def test_role_is_the_current_one(service: Service, public: Service, session: Session) -> None:
    claims = take_apart(renewed(public, session).access_token).claims
    demand_equal((claims.get("role"), claims.get("epoch")), ("user", 1), "a new access token has the user's role and epoch")


def test_spent_token_is_refused(public: Service, session: Session) -> None:
    renewed(public, session)
    demand_unauthorized(refresh(public, session.refresh_token), demands.BAD_REFRESH, SPENT)


def test_spent_token_is_refused_again_and_again(public: Service, session: Session) -> None:
    renewed(public, session)
    for _ in range(3):
        demand_unauthorized(refresh(public, session.refresh_token), demands.BAD_REFRESH, SPENT)


@pytest.mark.parametrize("token", ["first access", "second access", "second refresh"])
def test_spent_token_ends_its_session(public: Service, session: Session, token: str) -> None:
    second = renewed(public, session)
    refresh(public, session.refresh_token)
    if token == "second refresh":
        demand_unauthorized(refresh(public, second.refresh_token), demands.BAD_REFRESH, OVER)
    else:
        client = session.client if token == "first access" else second.client
        demand_unauthorized(client.get("/auth/me"), demands.BAD_TOKEN, OVER)


def test_spent_token_ends_what_came_of_it_at_last(public: Service, session: Session) -> None:
    last = session
    for _ in range(3):
        last = renewed(public, last)
    refresh(public, session.refresh_token)
    demand_over(public, last, OVER)


def test_spent_token_of_the_middle_ends_its_session(public: Service, session: Session) -> None:
    middle = renewed(public, session)
    last = renewed(public, middle)
    refresh(public, middle.refresh_token)
    demand_over(public, last, OVER)


def test_spent_token_leaves_other_sessions_of_the_user(public: Service, session: Session, account: Account) -> None:
    other = account.log_in()
    renewed(public, session)
    refresh(public, session.refresh_token)
    demand_status(other.client.get("/auth/me"), 200, "other sessions of the user go on")
    demand_status(refresh(public, other.refresh_token), 200, "other sessions of the user go on")


def test_user_can_log_in_again(public: Service, session: Session, account: Account) -> None:
    renewed(public, session)
    refresh(public, session.refresh_token)
    demand_status(account.log_in().client.get("/auth/me"), 200, "a new login begins a new session")


@pytest.mark.parametrize("attempt", range(10))
def test_one_of_two_at_once_succeeds(public: Service, session: Session, attempt: int) -> None:
    answers = at_once(2, lambda _: refresh(public, session.refresh_token))
    found = sorted(answer.status for answer in answers)
    demand_equal(found, [200, 401], "of two simultaneous refreshes exactly one gets 200", *answers)


@pytest.mark.parametrize("attempt", range(10))
def test_session_is_over_after_two_at_once(public: Service, session: Session, attempt: int) -> None:
    answers = at_once(2, lambda _: refresh(public, session.refresh_token))
    winners = [session_of(public, answer) for answer in answers if answer.status == 200]
    demand_equal(len(winners), 1, "of two simultaneous refreshes exactly one gets 200", *answers)
    demand_unauthorized(session.client.get("/auth/me"), demands.BAD_TOKEN, "afterwards the session is over")
    demand_over(public, winners[0], "afterwards the session is over")


def test_one_of_20_at_once_succeeds(public: Service, session: Session) -> None:
    answers = at_once(20, lambda _: refresh(public, session.refresh_token))
    found = sorted(answer.status for answer in answers)
    demand_equal(found, [200, *[401] * 19], "of 20 simultaneous refreshes exactly one gets 200", *answers[:1])


def test_access_token_is_no_refresh_token(public: Service, session: Session) -> None:
    demand_unauthorized(refresh(public, session.access_token), demands.BAD_REFRESH, "an access token is no refresh token")


def test_refresh_token_is_no_access_token(public: Service, session: Session) -> None:
    answer = public.with_token(session.refresh_token).get("/auth/me")
    demand_unauthorized(answer, demands.BAD_TOKEN, "a refresh token is no access token")


def test_trying_it_as_an_access_token_does_not_spend_it(public: Service, session: Session) -> None:
    public.with_token(session.refresh_token).get("/auth/me")
    demand_status(refresh(public, session.refresh_token), 200, "only a refresh spends a refresh token")


GARBAGE = [
    values.case("empty", ""),
    values.case("one character", "a"),
    values.case("43 characters", "A" * 43),
    values.case("5,000 characters", "A" * 5000),
    values.case("500,000 characters", "A" * 500_000),
    values.case("not ASCII", "é" * 43),
    values.case("outside the BMP", "😀" * 43),
    values.case("white space", " \n"),
    values.case("quotes", "' OR 1=1; --"),
    values.case("null as text", "null"),
]


@pytest.mark.parametrize("token", GARBAGE)
def test_garbage_is_refused(public: Service, token: str) -> None:
    demand_unauthorized(refresh(public, token), demands.BAD_REFRESH, "this is no refresh token")


@pytest.mark.parametrize("form", ["{}=", " {}", "{} ", "{}\n", "{}A", "cut", "swapped", "last letter"])
def test_token_is_compared_exactly(public: Service, session: Session, form: str) -> None:
    token = session.refresh_token
    altered = {"cut": token[:-1], "swapped": token.swapcase(), "last letter": token[:-1] + chr(ord(token[-1]) ^ 1)}
    answer = refresh(public, altered.get(form, form.format(token)))
    demand_unauthorized(answer, demands.BAD_REFRESH, "another spelling is another token")


def test_a_wrong_token_does_not_spend_the_right_one(public: Service, session: Session) -> None:
    refresh(public, f"{session.refresh_token} ")
    demand_status(refresh(public, session.refresh_token), 200, "only the token itself is spent")


@pytest.mark.section("README.md, Auth: Users")
@pytest.mark.parametrize(
    "token", [None, 1, True, [], {}, ["{}"]], ids=["null", "number", "true", "array", "object", "in an array"]
)
def test_refresh_token_is_a_string(public: Service, token: Any) -> None:
    answer = public.post("/auth/refresh", {"refresh_token": token})
    demand_errors(answer, [("/refresh_token", demands.REFRESH_TOKEN)], "refresh_token is a string")


@pytest.mark.section("README.md, Auth: Users")
def test_refresh_token_is_required(public: Service) -> None:
    answer = public.post("/auth/refresh", {})
    demand_errors(answer, [("/refresh_token", demands.REQUIRED)], "refresh_token is required")


@pytest.mark.section("README.md, Auth: Users")
def test_unknown_fields_are_refused(public: Service, session: Session) -> None:
    answer = public.post("/auth/refresh", {"refresh_token": session.refresh_token, "z": 1, "access_token": "x"})
    errors = [("/access_token", demands.UNKNOWN), ("/z", demands.UNKNOWN)]
    demand_errors(answer, errors, "a field that the schema does not have is refused")


@pytest.mark.section("README.md, Auth: Users")
def test_errors_come_together_and_in_order(public: Service) -> None:
    answer = public.post("/auth/refresh", {"a": 1, "refresh_token": 1})
    errors = [("/refresh_token", demands.REFRESH_TOKEN), ("/a", demands.UNKNOWN)]
    demand_errors(answer, errors, "all wrong fields come in one answer, in the contract's order")


def test_a_refused_body_does_not_spend_it(public: Service, session: Session) -> None:
    public.post("/auth/refresh", {"refresh_token": session.refresh_token, "z": 1})
    demand_status(refresh(public, session.refresh_token), 200, "a request that is refused spends nothing")


@pytest.mark.section("README.md, Problem details: unreadable body")
@pytest.mark.parametrize("body", [b"", b"[]", rb'{"refresh_token":"\u0000"}'], ids=["nothing", "array", "NUL"])
def test_body_is_unreadable(public: Service, body: bytes) -> None:
    answer = public.send("POST", "/auth/refresh", body=body)
    demand_problem(answer, 400, demands.UNREADABLE, "this body cannot be read")


@pytest.mark.section("README.md, The order of the checks: 7")
@pytest.mark.parametrize("content_type", ["", "text/plain", "application/merge-patch+json"])
def test_media_type_is_refused(public: Service, content_type: str) -> None:
    answer = public.send("POST", "/auth/refresh", body=b"{}", content_type=content_type)
    demand_problem(answer, 415, demands.NOT_JSON, "the media type is another one")


@pytest.mark.section("README.md, Encoding")
def test_a_refusal_to_the_byte(public: Service) -> None:
    answer: Answer = public.post("/auth/refresh", {"refresh_token": "x"}, {"X-Request-ID": "r"})
    wanted = (
        '{"type":"about:blank","title":"Unauthorized","status":401,"detail":"The refresh token is not valid.",'
        '"instance":"/auth/refresh","request_id":"r"}'
    )
    demand_equal(answer.body, wanted.encode(), "a problem is compact JSON with its members in order", answer)
