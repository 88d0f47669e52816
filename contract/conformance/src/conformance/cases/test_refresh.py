"""POST /auth/refresh: rotation, reuse, and two at once."""

import time
from dataclasses import dataclass
from typing import Any

import pytest

from conformance import demands, values
from conformance.accounts import Account, Session, refresh, session_of
from conformance.demands import (
    demand,
    demand_equal,
    demand_errors,
    demand_one_of,
    demand_problem,
    demand_some_errors,
    demand_status,
    demand_unauthorized,
)
from conformance.service import Service, at_once
from conformance.tokens import take_apart

AREA = "refresh"

SESSIONS = "README.md, Auth: Sessions"

pytestmark = [pytest.mark.auth("jwt"), pytest.mark.section(SESSIONS)]

SPENT = "a refresh token is good for one use"
GRACE_OVER = "a spent refresh token that comes again after the grace ends its session"
# Seconds after its use in which a refresh token may come again without harm.
GRACE = 10


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
    found = (answer.data.keys(), answer["token_type"], answer["expires_in"])
    wanted = ({"access_token", "token_type", "expires_in", "refresh_token"}, "Bearer", 900)
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


def demand_alive(public: Service, session: Session, what: str) -> None:
    """Demand that both tokens of a session are accepted."""
    demand_status(session.client.get("/auth/me"), 200, f"{what}: its access tokens are accepted")
    demand_status(refresh(public, session.refresh_token), 200, f"{what}: its newest refresh token is accepted")


def test_spent_token_is_refused(public: Service, session: Session) -> None:
    renewed(public, session)
    demand_unauthorized(refresh(public, session.refresh_token), demands.BAD_REFRESH, SPENT)


@pytest.mark.parametrize("times", [1, 3])
def test_spent_token_that_comes_again_at_once_ends_nothing(public: Service, session: Session, times: int) -> None:
    """So do two tabs of a browser, and a client that did not get the answer."""
    second = renewed(public, session)
    for _ in range(times):
        demand_unauthorized(refresh(public, session.refresh_token), demands.BAD_REFRESH, SPENT)
    demand_status(session.client.get("/auth/me"), 200, f"{GRACE_OVER}, and not before")
    demand_alive(public, second, f"{GRACE_OVER}, and not before")


def test_spent_token_within_the_grace_gives_no_token(public: Service, session: Session) -> None:
    renewed(public, session)
    answer = refresh(public, session.refresh_token)
    demand(answer.status == 401 and b'_token"' not in answer.body, "a spent token gives no second line of tokens", answer)


@dataclass(frozen=True)
class Spent:
    """Sessions that were refreshed more than once, longer ago than the grace."""

    chains: dict[str, list[Session]]
    other: Session


CHAINS = ("first", "middle", "first access", "second access", "last refresh", "again and again", "other", "within")


@pytest.fixture(scope="module")
def spent(logins: None, public: Service, member: Account) -> Spent:
    """Wait once, for all cases that need the grace to be over."""
    chains = {}
    for name in CHAINS:
        chain = [member.log_in()]
        for _ in range(3):
            chain.append(renewed(public, chain[-1]))
        chains[name] = chain
    other = member.log_in()
    refresh(public, chains["within"][0].refresh_token)
    time.sleep(GRACE + 1)
    return Spent(chains, other)


@pytest.mark.parametrize(("name", "number"), [("first", 0), ("middle", 1)])
def test_spent_token_ends_its_session(public: Service, spent: Spent, name: str, number: int) -> None:
    chain = spent.chains[name]
    demand_unauthorized(refresh(public, chain[number].refresh_token), demands.BAD_REFRESH, SPENT)
    demand_over(public, chain[-1], GRACE_OVER)


@pytest.mark.parametrize(("name", "number"), [("first access", 0), ("second access", 1)])
def test_spent_token_ends_every_access_token(public: Service, spent: Spent, name: str, number: int) -> None:
    chain = spent.chains[name]
    refresh(public, chain[0].refresh_token)
    demand_unauthorized(chain[number].client.get("/auth/me"), demands.BAD_TOKEN, GRACE_OVER)


def test_spent_token_ends_the_newest_refresh_token(public: Service, spent: Spent) -> None:
    chain = spent.chains["last refresh"]
    refresh(public, chain[0].refresh_token)
    demand_unauthorized(refresh(public, chain[-1].refresh_token), demands.BAD_REFRESH, GRACE_OVER)


def test_spent_token_is_refused_again_and_again(public: Service, spent: Spent) -> None:
    for _ in range(3):
        answer = refresh(public, spent.chains["again and again"][0].refresh_token)
        demand_unauthorized(answer, demands.BAD_REFRESH, SPENT)


def test_a_reuse_within_the_grace_does_not_prolong_it(public: Service, spent: Spent) -> None:
    chain = spent.chains["within"]
    demand_status(chain[-1].client.get("/auth/me"), 200, "a reuse within the grace ends nothing")
    refresh(public, chain[0].refresh_token)
    demand_over(public, chain[-1], GRACE_OVER)


def test_spent_token_leaves_other_sessions_of_the_user(public: Service, spent: Spent, member: Account) -> None:
    refresh(public, spent.chains["other"][0].refresh_token)
    demand_alive(public, spent.other, "other sessions of the user go on")
    demand_status(member.log_in().client.get("/auth/me"), 200, "a new login begins a new session")


@pytest.mark.parametrize("count", [*[2] * 10, 20], ids=[*(f"2, attempt {number}" for number in range(10)), "20"])
def test_of_some_at_once_one_succeeds_and_the_session_lives(public: Service, session: Session, count: int) -> None:
    answers = at_once(count, lambda _: refresh(public, session.refresh_token))
    found = sorted(answer.status for answer in answers)
    demand_equal(found, [200, *[401] * (count - 1)], "of simultaneous refreshes exactly one gets 200", *answers[:2])
    winner = next(session_of(public, answer) for answer in answers if answer.status == 200)
    demand_status(session.client.get("/auth/me"), 200, "two tabs that refresh at once end nothing")
    demand_alive(public, winner, "two tabs that refresh at once end nothing")


def test_access_token_is_no_refresh_token(public: Service, session: Session) -> None:
    demand_unauthorized(refresh(public, session.access_token), demands.BAD_REFRESH, "an access token is no refresh token")


def test_refresh_token_is_no_access_token(public: Service, session: Session) -> None:
    answer = public.with_token(session.refresh_token).get("/auth/me")
    demand_unauthorized(answer, demands.BAD_TOKEN, "a refresh token is no access token")


def test_trying_it_as_an_access_token_does_not_spend_it(public: Service, session: Session) -> None:
    public.with_token(session.refresh_token).get("/auth/me")
    demand_status(refresh(public, session.refresh_token), 200, "only a refresh spends a refresh token")


GARBAGE = [
    values.case("one character", "a"),
    values.case("43 characters", "A" * 43),
    values.case("not ASCII", "é" * 43),
    values.case("outside the BMP", "😀" * 43),
    values.case("white space", " \n"),
    values.case("quotes", "' OR 1=1; --"),
    values.case("null as text", "null"),
]


@pytest.mark.parametrize("token", GARBAGE)
def test_garbage_is_refused(public: Service, token: str) -> None:
    demand_unauthorized(refresh(public, token), demands.BAD_REFRESH, "this is no refresh token")


@pytest.mark.parametrize("token", ["", "A" * 5000, "A" * 500_000], ids=["empty", "5,000 characters", "500,000 characters"])
def test_token_that_no_service_makes_is_refused(public: Service, token: str) -> None:
    demand_one_of(refresh(public, token), {400, 401}, "this is no refresh token, and may be refused for its length")


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
    demand_errors(answer, ["/refresh_token"], "refresh_token is a string")


@pytest.mark.section("README.md, Auth: Users")
def test_refresh_token_is_required(public: Service) -> None:
    answer = public.post("/auth/refresh", {})
    demand_errors(answer, ["/refresh_token"], "refresh_token is required")


@pytest.mark.section("README.md, Auth: Users")
def test_unknown_fields_are_refused(public: Service, session: Session) -> None:
    answer = public.post("/auth/refresh", {"refresh_token": session.refresh_token, "z": 1, "access_token": "x"})
    demand_some_errors(answer, ["/access_token", "/z"], "a field that the schema does not have is refused")


@pytest.mark.section("README.md, Auth: Users")
def test_errors_of_several_kinds(public: Service) -> None:
    answer = public.post("/auth/refresh", {"a": 1, "refresh_token": 1})
    demand_some_errors(answer, ["/refresh_token", "/a"], "what is wrong is named, and nothing else")


def test_a_refused_body_does_not_spend_it(public: Service, session: Session) -> None:
    public.post("/auth/refresh", {"refresh_token": session.refresh_token, "z": 1})
    demand_status(refresh(public, session.refresh_token), 200, "a request that is refused spends nothing")


@pytest.mark.section("README.md, Bodies")
@pytest.mark.parametrize("body", [b"", b"[]", rb'{"refresh_token":"\u0000"}'], ids=["nothing", "array", "NUL"])
def test_body_is_unreadable(public: Service, body: bytes) -> None:
    answer = public.send("POST", "/auth/refresh", body=body)
    demand_problem(answer, 400, "this body cannot be read")


@pytest.mark.section("README.md, Conventions: 415")
@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_media_type_is_refused(public: Service, content_type: str) -> None:
    answer = public.send("POST", "/auth/refresh", body=b"{}", content_type=content_type)
    demand_problem(answer, 415, "the media type is another one")
