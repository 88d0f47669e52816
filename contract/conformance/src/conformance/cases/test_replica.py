"""What one process does is known to another one on the same data."""

import time

import pytest

from conformance import demands
from conformance.accounts import OTHER_PASSWORD, PASSWORD, Account, Session, log_in, refresh, session_of
from conformance.cases.test_refresh import GRACE
from conformance.demands import demand_equal, demand_status, demand_too_many, demand_unauthorized
from conformance.service import Service, at_once, random_address

AREA = "replica"

pytestmark = [
    pytest.mark.auth("jwt"),
    pytest.mark.replica("there"),
    pytest.mark.section("README.md, Auth: Sessions; Limits"),
]

KNOWN = "what ends a session is known to every process at once"


def test_access_token_is_accepted(replica: Service, session: Session, account: Account) -> None:
    answer = replica.with_token(session.access_token).get("/auth/me")
    demand_equal(answer.data, account.user, "an access token is accepted by every process", answer)


def test_refresh_token_is_accepted(replica: Service, public: Service, session: Session) -> None:
    renewed = session_of(replica, refresh(replica, session.refresh_token))
    demand_status(public.with_token(renewed.access_token).get("/auth/me"), 200, "tokens are accepted by every process")


def test_password_is_accepted(replica: Service, account: Account) -> None:
    demand_status(log_in(replica, account.email, PASSWORD), 200, "a password is accepted by every process")


@pytest.mark.parametrize("end", ["logout", "new password", "role", "deletion"])
@pytest.mark.parametrize("token", ["access", "refresh"])
def test_session_is_over(
    replica: Service, service: Service, public: Service, session: Session, account: Account, end: str, token: str
) -> None:
    demand_status(replica.with_token(session.access_token).get("/auth/me"), 200, "the session is known, which this case needs")
    if end == "logout":
        session.client.send("POST", "/auth/logout")
    elif end == "new password":
        session.client.patch(account.path, {"password": OTHER_PASSWORD})
    elif end == "role":
        service.patch(account.path, {"role": "admin"})
    else:
        service.delete(account.path)
    if token == "access":
        demand_unauthorized(replica.with_token(session.access_token).get("/auth/me"), demands.BAD_TOKEN, KNOWN)
    else:
        demand_unauthorized(refresh(replica, session.refresh_token), demands.BAD_REFRESH, KNOWN)


def test_spent_refresh_token_is_spent(replica: Service, public: Service, session: Session) -> None:
    renewed = session_of(public, refresh(public, session.refresh_token))
    demand_unauthorized(refresh(replica, session.refresh_token), demands.BAD_REFRESH, "a refresh token is good for one use")
    demand_status(renewed.client.get("/auth/me"), 200, "a spent token that comes again at once ends nothing")


def test_spent_refresh_token_ends_its_session_everywhere(replica: Service, public: Service, session: Session) -> None:
    renewed = session_of(public, refresh(public, session.refresh_token))
    time.sleep(GRACE + 1)
    demand_unauthorized(refresh(replica, session.refresh_token), demands.BAD_REFRESH, "a refresh token is good for one use")
    demand_unauthorized(renewed.client.get("/auth/me"), demands.BAD_TOKEN, KNOWN)
    demand_unauthorized(refresh(public, renewed.refresh_token), demands.BAD_REFRESH, KNOWN)


@pytest.mark.parametrize("attempt", range(5))
def test_one_of_two_refreshes_at_once_succeeds(replica: Service, public: Service, session: Session, attempt: int) -> None:
    answers = at_once(2, lambda number: refresh((public, replica)[number], session.refresh_token))
    found = sorted(answer.status for answer in answers)
    demand_equal(found, [200, 401], "of two simultaneous refreshes exactly one gets 200, whichever process they reach", *answers)


def test_failures_of_an_email_count_together(replica: Service, public: Service, account: Account) -> None:
    for number in range(5):
        demand_status(log_in((public, replica)[number % 2], account.email, OTHER_PASSWORD), 401, "5 logins may fail")
    for client in (public, replica):
        demand_too_many(log_in(client, account.email, PASSWORD), "the counters are shared")


def test_attempts_of_an_address_count_together(replica: Service, public: Service, member: Account) -> None:
    sent = {"X-Forwarded-For": random_address()}
    for number in range(20):
        answer = log_in((public, replica)[number % 2], member.email, member.password, sent)
        demand_status(answer, 200, "20 attempts are let through")
    for client in (public, replica):
        demand_too_many(log_in(client, member.email, member.password, sent), "the counters are shared")
