"""POST /auth/logout."""

from typing import Any

import pytest

from conformance import demands
from conformance.accounts import Account, Session, refresh, session_of
from conformance.demands import demand, demand_status, demand_token_refused, demand_unauthorized
from conformance.service import Service
from conformance.tokens import Signing, forge, take_apart

AREA = "logout"

SESSIONS = "README.md, Auth: Sessions"

pytestmark = [pytest.mark.auth("jwt"), pytest.mark.section(SESSIONS)]

OVER = "after a logout the session is over"


@pytest.fixture
def account(logins: None, member: Account) -> Account:
    """A user whom no case changes, since each has a session of its own."""
    return member


def log_out(session: Session) -> None:
    demand_status(session.client.send("POST", "/auth/logout"), 204, "a user logs out")


@pytest.mark.section("README.md, Auth: Routes")
def test_answers_204(session: Session) -> None:
    answer = session.client.send("POST", "/auth/logout")
    demand_status(answer, 204, "a user logs out")
    demand(answer.body == b"" and "Content-Type" not in answer.headers, "there is no body", answer)


@pytest.mark.section("README.md, Auth: Routes")
@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"{", "application/json"), (b"\xff", "text/plain"), (b"x", ""), (b'{"refresh_token":1}', "application/json")],
    ids=["JSON", "media type", "no type", "fields"],
)
def test_body_is_not_looked_at(session: Session, body: bytes, content_type: str) -> None:
    answer = session.client.send("POST", "/auth/logout", body=body, content_type=content_type)
    demand_status(answer, 204, "a logout does not look at the body")


def test_access_token_is_refused(session: Session) -> None:
    log_out(session)
    demand_unauthorized(session.client.get("/auth/me"), demands.BAD_TOKEN, OVER)


@pytest.mark.parametrize(
    ("method", "target"),
    [("GET", "{}"), ("HEAD", "{}"), ("PATCH", "{}"), ("PUT", "{}/profile"), ("GET", "{}/profile"), ("POST", "/auth/logout")],
)
def test_access_token_is_refused_by(session: Session, account: Account, method: str, target: str) -> None:
    log_out(session)
    data: Any = None if method in {"GET", "HEAD", "POST"} else {}
    answer = session.client.send(method, target.format(account.path), data=data)
    demand_unauthorized(answer, demands.BAD_TOKEN, OVER)


def test_refresh_token_is_refused(public: Service, session: Session) -> None:
    log_out(session)
    demand_unauthorized(refresh(public, session.refresh_token), demands.BAD_REFRESH, OVER)


@pytest.mark.parametrize("token", ["first", "second"])
def test_every_access_token_of_the_session_is_refused(public: Service, session: Session, token: str) -> None:
    second = session_of(public, refresh(public, session.refresh_token))
    log_out(second if token == "first" else session)
    answer = (session if token == "first" else second).client.get("/auth/me")
    demand_unauthorized(answer, demands.BAD_TOKEN, OVER)


def test_logout_with_the_old_access_token_ends_the_new_pair(public: Service, session: Session) -> None:
    second = session_of(public, refresh(public, session.refresh_token))
    log_out(session)
    demand_unauthorized(refresh(public, second.refresh_token), demands.BAD_REFRESH, OVER)


@pytest.mark.parametrize("kept", ["jti", "sid"])
def test_both_ids_of_the_token_are_revoked(
    public: Service, session: Session, account: Account, signing: Signing, kept: str
) -> None:
    """A token that shares one of the two with the caller's, which only the service could make, tells them apart."""
    token = take_apart(session.access_token)
    other = {"jti": "sid", "sid": "jti"}[kept]
    # Of another session, since one that there never was may be refused for that.
    another = take_apart(account.log_in().access_token)
    forged = forge(token.header, token.claims | {other: another.claims[other]}, signing.sign)
    demand_status(public.with_token(forged).get("/auth/me"), 200, "the token is good, which this case needs")
    log_out(session)
    demand_token_refused(public, forged, f"a logout puts the {kept} on the revocation list")


def test_other_sessions_of_the_user_go_on(public: Service, session: Session, account: Account) -> None:
    other = account.log_in()
    log_out(session)
    demand_status(other.client.get("/auth/me"), 200, "other sessions of the user go on")
    demand_status(refresh(public, other.refresh_token), 200, "other sessions of the user go on")


def test_user_can_log_in_again(session: Session, account: Account) -> None:
    log_out(session)
    demand_status(account.log_in().client.get("/auth/me"), 200, "a new login begins a new session")


def test_user_stays_as_it_is(session: Session, service: Service, account: Account) -> None:
    log_out(session)
    answer = service.get(account.path)
    demands.demand_equal(answer.data, account.user, "a logout does not change the user", answer)


def test_needs_a_token(public: Service) -> None:
    demand_unauthorized(public.send("POST", "/auth/logout"), demands.NO_TOKEN, "there is nobody to log out")


def test_refresh_token_does_not_log_out(public: Service, session: Session) -> None:
    answer = public.with_token(session.refresh_token).send("POST", "/auth/logout")
    demand_unauthorized(answer, demands.BAD_TOKEN, "a refresh token is no access token")
    demand_status(session.client.get("/auth/me"), 200, "the session goes on")
