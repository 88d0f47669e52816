"""Passwords and roles in POST, PUT and PATCH of users, and what nobody may set."""

from typing import Any

import pytest

from conformance import demands, values
from conformance.accounts import OTHER_PASSWORD, PASSWORD, Account, Accounts, Session, log_in
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
from conformance.service import Answer, Service, unique_email

AREA = "accounts"

USERS = "README.md, Auth: Users"

pytestmark = [pytest.mark.auth("jwt"), pytest.mark.section(USERS)]

both = pytest.mark.parametrize("method", ["PUT", "PATCH"])

BAD_ROLES = [
    values.case("empty", ""),
    values.case("capital", "Admin"),
    values.case("capitals", "ADMIN"),
    values.case("space behind", "admin "),
    values.case("unknown", "superuser"),
    values.case("both", "user,admin"),
    values.case("null", None),
    values.case("number", 1),
    values.case("true", True),
    values.case("array", ["admin"]),
    values.case("object", {"admin": True}),
]
NOBODYS = ["id", "version", "created_at", "updated_at", "password_hash", "session_epoch", "epoch", "is_admin", "tenant"]


def change(client: Service, method: str, user: dict[str, Any], **data: Any) -> Answer:
    """Change one user, by PUT with all that it requires."""
    required = {"name": user["name"], "email": user["email"], "age": user["age"]} if method == "PUT" else {}
    return client.send(method, f"/users/{user['id']}", data=required | data)


@pytest.mark.parametrize("role", ["user", "admin"])
def test_role_of_a_new_user(service: Service, role: str) -> None:
    answer = service.post("/users", {"name": "Ada", "email": unique_email(), "role": role})
    demand_equal((answer.status, answer["role"], answer["version"]), (201, role, 1), "an admin gives a new user a role", answer)


def test_new_user_is_a_user(service: Service) -> None:
    answer = service.post("/users", {"name": "Ada", "email": unique_email()})
    demand_equal(answer["role"], "user", "a new user has the role user", answer)


@pytest.mark.parametrize("role", BAD_ROLES)
def test_role_is_refused(service: Service, role: Any) -> None:
    answer = service.post("/users", {"name": "Ada", "email": unique_email(), "role": role})
    demand_errors(answer, ["/role"], "a role is user or admin")


@both
@pytest.mark.parametrize("role", [None, "Admin", 1], ids=["null", "capital", "number"])
def test_role_is_refused_by(service: Service, user: dict[str, Any], method: str, role: Any) -> None:
    demand_errors(change(service, method, user, role=role), ["/role"], "a role is user or admin")


@both
def test_role_is_changed(service: Service, user: dict[str, Any], method: str) -> None:
    answer = change(service, method, user, role="admin")
    demand_equal((answer.status, answer["role"], answer["version"]), (200, "admin", 2), "an admin changes a role", answer)


@both
def test_role_is_taken_away(service: Service, method: str) -> None:
    user = service.new_user(role="admin")
    answer = change(service, method, user, role="user")
    demand_equal((answer.status, answer["role"], answer["version"]), (200, "user", 2), "an admin takes a role away", answer)


@both
def test_same_role_changes_nothing(service: Service, user: dict[str, Any], method: str) -> None:
    answer = change(service, method, user, role="user")
    demand_equal(answer.data, user, "a role that is the old one changes nothing", answer)


@both
def test_absent_role_stays(service: Service, method: str) -> None:
    user = service.new_user(role="admin")
    answer = change(service, method, user, name="Eve")
    demand_equal(answer["role"], "admin", "a role that is absent stays as it is", answer)


@both
def test_new_admin_may_do_what_admins_may(logins: None, service: Service, account: Account, method: str) -> None:
    change(service, method, account.user, role="admin")
    demand_status(account.log_in().client.get("/users?limit=1"), 200, "a user who has become an admin may list users")


@both
def test_former_admin_may_no_longer(logins: None, service: Service, accounts: Accounts, method: str) -> None:
    account = accounts.new(role="admin")
    change(service, method, account.user, role="user")
    demand_problem(account.log_in().client.get("/users"), 403, "who was an admin may no longer list users")


@both
@pytest.mark.parametrize("role", ["admin", "user"])
def test_user_may_send_no_role(session: Session, service: Service, account: Account, method: str, role: Any) -> None:
    answer = change(session.client, method, account.user, role=role, name="Eve")
    demand_problem(answer, 403, "only an admin may send role")
    read = service.get(account.path)
    demand_equal(read.data, account.user, "a change with a role that is refused changes nothing", read)


@both
@pytest.mark.parametrize("role", [None, "king", ["admin"]], ids=["null", "unknown", "array"])
def test_user_may_send_no_wrong_role(session: Session, service: Service, account: Account, method: str, role: Any) -> None:
    answer = change(session.client, method, account.user, role=role, name="Eve")
    demand_one_of(answer, {400, 403}, "only an admin may send role, and this is none")
    read = service.get(account.path)
    demand_equal(read.data, account.user, "a change with a role that is refused changes nothing", read)


@both
@pytest.mark.parametrize("name", ["Role", "ROLE"])
def test_role_in_other_letters_gives_no_role(
    session: Session, service: Service, account: Account, method: str, name: str
) -> None:
    answer = change(session.client, method, account.user, **{name: "admin"})
    demand_one_of(answer, {400, 403}, "a role in other letters is an unknown field, or a role")
    read = service.get(account.path)
    demand_equal(read.data, account.user, "a change with a role that is refused changes nothing", read)


@both
def test_role_that_is_refused_leaves_the_session(session: Session, account: Account, method: str) -> None:
    change(session.client, method, account.user, role="admin", password=OTHER_PASSWORD)
    demand_status(session.client.get("/auth/me"), 200, "a change that is refused ends no session")


def test_role_in_a_profile_is_an_unknown_field(member: Account) -> None:
    answer = member.client.put(f"{member.path}/profile", {"role": "admin"})
    demand_errors(answer, ["/role"], "a profile has no role")


def test_role_below_another_member_is_no_role(member: Account) -> None:
    answer = member.client.patch(member.path, {"x": {"role": "admin"}})
    demand_errors(answer, ["/x"], "only a member `role` of the body is one")


@pytest.mark.parametrize("member_name", ["rol\u0065\u0301", "role ", "roles"])
def test_other_spellings_of_role_are_unknown_fields(member: Account, member_name: str) -> None:
    answer = member.client.patch(member.path, {member_name: "admin"})
    demand_errors(answer, [f"/{member_name}"], "names of members are exact")


@both
def test_user_changes_its_own_values(session: Session, account: Account, method: str) -> None:
    answer = change(session.client, method, account.user, name="Eve", age=7)
    demand_equal((answer.status, answer["name"], answer["version"]), (200, "Eve", 2), "users change themselves", answer)


@both
def test_user_changes_its_own_email(session: Session, account: Account, public: Service, method: str) -> None:
    email = unique_email()
    demand_status(change(session.client, method, account.user, email=email), 200, "users change themselves")
    demand_status(log_in(public, email, PASSWORD), 200, "the new address logs in")
    demand_unauthorized(log_in(public, account.email, PASSWORD), demands.BAD_LOGIN, "the old address does not")


@both
def test_password_lets_log_in(logins: None, service: Service, public: Service, user: dict[str, Any], method: str) -> None:
    change(service, method, user, password=PASSWORD)
    demand_status(log_in(public, user["email"], PASSWORD), 200, "an admin gives a user a password")


@both
def test_new_password_replaces_the_old_one(session: Session, public: Service, account: Account, method: str) -> None:
    demand_status(change(session.client, method, account.user, password=OTHER_PASSWORD), 200, "users change their password")
    demand_status(log_in(public, account.email, OTHER_PASSWORD), 200, "the new password lets in")
    demand_unauthorized(log_in(public, account.email, PASSWORD), demands.BAD_LOGIN, "the old password does not")


@both
@pytest.mark.parametrize("password", [PASSWORD, OTHER_PASSWORD], ids=["the same", "another"])
def test_new_password_raises_the_version_by_one(service: Service, accounts: Accounts, method: str, password: str) -> None:
    account = accounts.new()
    answer = change(service, method, account.user, password=password)
    demand_equal((answer.status, answer["version"]), (200, 2), "a new password raises version by one", answer)


@both
def test_new_password_and_name_raise_the_version_by_one(service: Service, user: dict[str, Any], method: str) -> None:
    answer = change(service, method, user, password=PASSWORD, name="Eve", role="admin")
    found = (answer.status, answer["version"], answer["name"], answer["role"])
    demand_equal(found, (200, 2, "Eve", "admin"), "one change raises version by one, whatever it changes", answer)


@both
def test_absent_password_stays(logins: None, service: Service, public: Service, account: Account, method: str) -> None:
    change(service, method, account.user, name="Eve")
    demand_status(log_in(public, account.email, PASSWORD), 200, "a password that is absent stays as it is")


@both
def test_password_of_a_conflict_is_not_taken(
    service: Service, session: Session, public: Service, account: Account, stranger: Account, method: str
) -> None:
    answer = change(session.client, method, account.user, email=stranger.email, password=OTHER_PASSWORD)
    demand_problem(answer, 409, "an address that another user has is taken")
    demand_status(session.client.get("/auth/me"), 200, "a change that is refused ends no session")
    demand_status(log_in(public, account.email, PASSWORD), 200, "a change that is refused leaves the password")


@both
def test_password_of_another_version_is_not_taken(session: Session, public: Service, account: Account, method: str) -> None:
    user = account.user
    data = {"name": user["name"], "email": user["email"], "password": OTHER_PASSWORD}
    answer = session.client.send(method, account.path, data=data, headers={"If-Match": '"999"'})
    demand_problem(answer, 412, "the user is at version 1")
    demand_status(session.client.get("/auth/me"), 200, "a change that is refused ends no session")
    demand_status(log_in(public, account.email, PASSWORD), 200, "a change that is refused leaves the password")


@both
def test_password_of_a_bad_change_is_not_taken(session: Session, public: Service, account: Account, method: str) -> None:
    change(session.client, method, account.user, age=151, password=OTHER_PASSWORD)
    demand_status(session.client.get("/auth/me"), 200, "a change that is refused ends no session")
    demand_status(log_in(public, account.email, PASSWORD), 200, "a change that is refused leaves the password")


@both
def test_if_match_holds_for_a_password(session: Session, account: Account, method: str) -> None:
    user = account.user
    data = {"name": user["name"], "email": user["email"], "password": OTHER_PASSWORD}
    answer = session.client.send(method, account.path, data=data, headers={"If-Match": '"1"'})
    demand_equal((answer.status, answer["version"]), (200, 2), "the user is at version 1", answer)


@pytest.mark.parametrize("call", ["POST", "PUT", "PATCH", "GET", "list", "me", "login", "refresh"])
def test_no_answer_tells_of_the_password(
    session: Session, service: Service, public: Service, account: Account, call: str
) -> None:
    data = {"name": "Ada", "email": unique_email(), "password": OTHER_PASSWORD}
    answer = {
        "POST": lambda: service.post("/users", data),
        "PUT": lambda: service.put(account.path, data),
        "PATCH": lambda: service.patch(account.path, {"password": OTHER_PASSWORD}),
        "GET": lambda: service.get(account.path),
        "list": lambda: service.get(f"/users?email={account.email}"),
        "me": lambda: session.client.get("/auth/me"),
        "login": lambda: log_in(public, account.email, PASSWORD),
        "refresh": lambda: public.post("/auth/refresh", {"refresh_token": session.refresh_token}),
    }[call]()
    demand_status(answer, 201 if call == "POST" else 200, "this is answered, which this case needs")
    told = [word for word in ("password", "argon2", "epoch", PASSWORD, OTHER_PASSWORD) if word in answer.body.decode().lower()]
    demand_equal(told, [], "no answer tells of passwords and their hashes", answer)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize("field", NOBODYS)
def test_nobody_may_set(service: Service, user: dict[str, Any], method: str, field: str) -> None:
    data = {"name": "Ada", "email": unique_email(), field: 1}
    answer = service.send(method, "/users" if method == "POST" else f"/users/{user['id']}", data=data)
    demand_errors(answer, [f"/{field}"], "a field that the schema does not have is refused, of admins too")


@both
@pytest.mark.parametrize("field", ["id", "version", "password_hash", "session_epoch", "created_at"])
def test_user_may_not_set(member: Account, service: Service, method: str, field: str) -> None:
    answer = change(member.client, method, member.user, **{field: 1})
    demand_errors(answer, [f"/{field}"], "a field that the schema does not have is refused")
    read = service.get(member.path)
    demand_equal(read.data, member.user, "a change that is refused changes nothing", read)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_errors_come_together(service: Service, user: dict[str, Any], method: str) -> None:
    data = {"password": "x", "age": -1, "email": "x", "name": ""}
    answer = service.send(method, "/users" if method == "POST" else f"/users/{user['id']}", data=data)
    demand_errors(answer, ["/name", "/email", "/age", "/password"], "all wrong values come in one answer")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_errors_of_several_kinds(service: Service, user: dict[str, Any], method: str) -> None:
    data = {"z": 1, "role": "x", "password": "x", "age": -1, "email": "x", "name": ""}
    answer = service.send(method, "/users" if method == "POST" else f"/users/{user['id']}", data=data)
    wanted = ["/name", "/email", "/age", "/password", "/role", "/z"]
    demand_some_errors(answer, wanted, "what is wrong is named, and nothing else")


def test_email_of_a_deleted_user_can_register_anew(logins: None, service: Service, public: Service, account: Account) -> None:
    service.delete(account.path)
    again = service.new_user(email=account.email, password=OTHER_PASSWORD)
    demand(again["id"] != account.user["id"], "an id is never used again")
    demand_unauthorized(log_in(public, account.email, PASSWORD), demands.BAD_LOGIN, "the old password is gone")
