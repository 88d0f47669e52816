"""What ends sessions at once: passwords, roles and deletions; and what does not."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conformance import demands
from conformance.accounts import OTHER_PASSWORD, PASSWORD, Account, Accounts, Session, log_in, refresh, session_of
from conformance.demands import demand, demand_equal, demand_status, demand_unauthorized
from conformance.service import MERGE_PATCH, Answer, Service, at_once, unique_email
from conformance.tokens import take_apart

AREA = "sessions"

pytestmark = [pytest.mark.auth("jwt"), pytest.mark.section("README.md, Auth: Users; Sessions")]

End = Callable[[Service, Session, Account], Answer]


def put(client: Service, account: Account, **data: Any) -> Answer:
    return client.put(account.path, {"name": account.user["name"], "email": account.email} | data)


ENDS: dict[str, End] = {
    "PATCH of the own password": lambda admin, own, user: own.client.patch(user.path, {"password": OTHER_PASSWORD}),
    "PUT of the own password": lambda admin, own, user: put(own.client, user, password=OTHER_PASSWORD),
    "PATCH of the same password": lambda admin, own, user: own.client.patch(user.path, {"password": PASSWORD}),
    "PATCH of the password by an admin": lambda admin, own, user: admin.patch(user.path, {"password": OTHER_PASSWORD}),
    "PUT of the password by an admin": lambda admin, own, user: put(admin, user, password=OTHER_PASSWORD),
    "PATCH of the role": lambda admin, own, user: admin.patch(user.path, {"role": "admin"}),
    "PUT of the role": lambda admin, own, user: put(admin, user, role="admin"),
    "DELETE": lambda admin, own, user: admin.delete(user.path),
}
GOES_ON: dict[str, End] = {
    "PATCH of the name": lambda admin, own, user: own.client.patch(user.path, {"name": "Eve"}),
    "PATCH of the e-mail": lambda admin, own, user: own.client.patch(user.path, {"email": unique_email()}),
    "PATCH by an admin": lambda admin, own, user: admin.patch(user.path, {"age": 7}),
    "PUT without password and role": lambda admin, own, user: put(admin, user, name="Eve"),
    "PATCH of the same role": lambda admin, own, user: admin.patch(user.path, {"role": "user"}),
    "PUT of the profile": lambda admin, own, user: own.client.put(f"{user.path}/profile", {"bio": "b"}),
    "a wrong password": lambda admin, own, user: log_in(user.public, user.email, OTHER_PASSWORD),
    "an unknown refresh token": lambda admin, own, user: refresh(user.public, "x"),
}

every_end = pytest.mark.parametrize("end", list(ENDS))


def make_end(name: str, service: Service, session: Session, account: Account) -> None:
    answer = ENDS[name](service, session, account)
    demand_status(answer, 204 if name == "DELETE" else 200, "this change is made, which this case needs")


@every_end
def test_access_tokens_are_refused_after(service: Service, session: Session, account: Account, end: str) -> None:
    other = account.log_in()
    make_end(end, service, session, account)
    for ended in (session, other):
        demand_unauthorized(ended.client.get("/auth/me"), demands.BAD_TOKEN, "all sessions of that user are over at once")


@every_end
def test_refresh_tokens_are_refused_after(
    service: Service, public: Service, session: Session, account: Account, end: str
) -> None:
    other = account.log_in()
    make_end(end, service, session, account)
    for ended in (session, other):
        answer = refresh(public, ended.refresh_token)
        demand_unauthorized(answer, demands.BAD_REFRESH, "all sessions of that user are over at once")


@every_end
def test_renewed_session_is_over_after(service: Service, public: Service, session: Session, account: Account, end: str) -> None:
    second = session_of(public, refresh(public, session.refresh_token))
    make_end(end, service, second, account)
    demand_unauthorized(session.client.get("/auth/me"), demands.BAD_TOKEN, "all sessions of that user are over at once")
    demand_unauthorized(second.client.get("/auth/me"), demands.BAD_TOKEN, "all sessions of that user are over at once")
    demand_unauthorized(refresh(public, second.refresh_token), demands.BAD_REFRESH, "all sessions of that user are over at once")


@every_end
def test_sessions_of_others_go_on_after(service: Service, session: Session, account: Account, member: Account, end: str) -> None:
    member.client.get("/auth/me")
    make_end(end, service, session, account)
    demand_status(member.client.get("/auth/me"), 200, "sessions of other users go on")
    demand_status(service.get("/auth/me"), 200, "the session of the admin goes on")


@pytest.mark.parametrize("end", [end for end in ENDS if end != "DELETE"])
def test_new_session_can_begin_after(service: Service, session: Session, account: Account, end: str) -> None:
    make_end(end, service, session, account)
    password = PASSWORD if "same" in end or "role" in end else OTHER_PASSWORD
    new = session_of(account.public, log_in(account.public, account.email, password))
    answer = new.client.get("/auth/me")
    demand_equal((answer.status, answer["id"]), (200, account.user["id"]), "a new login begins a new session", answer)
    demand_status(refresh(account.public, new.refresh_token), 200, "the new session can be refreshed")
    demand_equal(take_apart(new.access_token).claims.get("epoch"), 2, "the epoch grows by 1 whenever all sessions end")


def test_deleted_user_cannot_log_in(service: Service, account: Account, public: Service) -> None:
    service.delete(account.path)
    demand_unauthorized(log_in(public, account.email, PASSWORD), demands.BAD_LOGIN, "a user who is gone cannot log in")


def test_deleted_user_does_not_come_back_by_the_email(service: Service, session: Session, account: Account) -> None:
    service.delete(account.path)
    service.new_user(email=account.email, password=PASSWORD)
    demand_unauthorized(session.client.get("/auth/me"), demands.BAD_TOKEN, "another user with the address is another user")


def test_admin_may_end_its_own_sessions(logins: None, accounts: Accounts) -> None:
    admin = accounts.new(role="admin")
    session = admin.log_in()
    demand_status(session.client.patch(admin.path, {"role": "user"}), 200, "an admin changes its own role")
    demand_unauthorized(session.client.get("/users"), demands.BAD_TOKEN, "the caller's own sessions are over too")


def test_admin_may_delete_itself(logins: None, accounts: Accounts) -> None:
    admin = accounts.new(role="admin")
    session = admin.log_in()
    demand_status(session.client.delete(admin.path), 204, "an admin deletes itself")
    demand_unauthorized(session.client.get("/users"), demands.BAD_TOKEN, "the user is gone")


def test_role_comes_back_without_the_sessions(service: Service, session: Session, account: Account) -> None:
    for role in ("admin", "user"):
        service.patch(account.path, {"role": role})
    answer = session.client.get("/auth/me")
    demand_unauthorized(answer, demands.BAD_TOKEN, "a session that is over stays over, though the role is the old one again")


@pytest.mark.parametrize("call", list(GOES_ON))
def test_session_goes_on_after(service: Service, public: Service, session: Session, account: Account, call: str) -> None:
    GOES_ON[call](service, session, account)
    demand_status(session.client.get("/auth/me"), 200, "this ends no session")
    demand_status(refresh(public, session.refresh_token), 200, "this ends no session")


def late(body: bytes, meanwhile: Callable[[], object]) -> Iterator[bytes]:
    """Give a body whose last byte comes after something else has happened."""
    yield body[:-1]
    # The service looks at the token before the body, which is still on its way.
    time.sleep(0.3)
    meanwhile()
    yield body[-1:]


def patch_late(client: Service, path: str, data: dict[str, Any], meanwhile: Callable[[], object]) -> Answer:
    body = json.dumps(data).encode()
    headers = {"Content-Type": MERGE_PATCH, "Content-Length": str(len(body))}
    return client.send_raw("PATCH", path, headers, late(body, meanwhile))


@every_end
def test_change_that_was_under_way_is_refused_after(service: Service, session: Session, account: Account, end: str) -> None:
    answer = patch_late(session.client, account.path, {"name": "Late"}, lambda: make_end(end, service, session, account))
    demand_unauthorized(answer, demands.BAD_TOKEN, "what a user may do is looked at where the change is made")
    if end != "DELETE":
        demand(service.get(account.path)["name"] != "Late", "a change that is refused changes nothing", answer)


def test_change_that_was_under_way_is_refused_after_a_logout(service: Service, session: Session, account: Account) -> None:
    answer = patch_late(session.client, account.path, {"name": "Late"}, lambda: session.client.send("POST", "/auth/logout"))
    demand_unauthorized(answer, demands.BAD_TOKEN, "what a user may do is looked at where the change is made")
    demand(service.get(account.path)["name"] != "Late", "a change that is refused changes nothing", answer)


@pytest.mark.parametrize("end", ["PATCH of the role", "DELETE"])
def test_former_admin_makes_nobody_an_admin(
    logins: None, service: Service, accounts: Accounts, account: Account, end: str
) -> None:
    admin = accounts.new(role="admin")
    own = admin.log_in().client

    def demote() -> None:
        if end == "DELETE":
            service.delete(admin.path)
        else:
            service.patch(admin.path, {"role": "user"})

    answer = patch_late(own, account.path, {"role": "admin"}, demote)
    demand_unauthorized(answer, demands.BAD_TOKEN, "an admin who has become a user while the body came is none")
    demand_equal(service.get(account.path)["role"], "user", "a change that is refused changes nothing", answer)


@pytest.mark.parametrize("attempt", range(5))
def test_of_two_admins_who_demote_each_other_one_is_left(logins: None, accounts: Accounts, attempt: int) -> None:
    admins = [accounts.new(role="admin") for _ in range(2)]
    clients = [admin.log_in().client for admin in admins]
    answers = at_once(2, lambda number: clients[number].patch(admins[1 - number].path, {"role": "user"}))
    made = [answer.status for answer in answers].count(200)
    strange = [answer for answer in answers if answer.status not in {200, 401, 409, 503}]
    demand(made < 2 and not strange, "of two changes that each take the other's right at most one is made", *answers)


@pytest.mark.parametrize("attempt", range(3))
def test_refresh_beside_a_new_password(
    service: Service, public: Service, session: Session, account: Account, attempt: int
) -> None:
    """Whichever comes first, afterwards no old session is left."""

    def call(number: int) -> Answer:
        if number:
            return service.patch(account.path, {"password": OTHER_PASSWORD})
        return refresh(public, session.refresh_token)

    renewed, _ = at_once(2, call)
    if renewed.status == 200:
        new = session_of(public, renewed)
        demand_unauthorized(new.client.get("/auth/me"), demands.BAD_TOKEN, "a new password ends what is refreshed beside it")
        demand_unauthorized(refresh(public, new.refresh_token), demands.BAD_REFRESH, "a new password ends it")
    demand_unauthorized(session.client.get("/auth/me"), demands.BAD_TOKEN, "a new password ends all sessions")


def test_of_four_new_passwords_at_once_one_is_left(service: Service, public: Service, account: Account) -> None:
    passwords = [f"{PASSWORD} {number}" for number in range(4)]
    answers = at_once(4, lambda number: service.patch(account.path, {"password": passwords[number]}))
    made = [number for number, answer in enumerate(answers) if answer.status == 200]
    strange = [answer for answer in answers if answer.status not in {200, 503}]
    demand(made != [] and not strange, "simultaneous changes succeed (or get 503 for a while)", *strange[:1])
    statuses = sorted(log_in(public, account.email, passwords[number]).status for number in made)
    demand_equal(statuses, [200, *[401] * (len(made) - 1)], "one of the passwords is the user's")
    demand_equal(service.get(account.path)["version"], 1 + len(made), "each new password adds 1 to the version")
