"""POST /auth/register."""

from collections import Counter
from typing import Any

import pytest

from conformance import values
from conformance.accounts import PASSWORD, log_in, session_of
from conformance.demands import (
    demand,
    demand_equal,
    demand_errors,
    demand_problem,
    demand_some_errors,
    demand_status,
    located,
)
from conformance.service import Answer, Service, at_once, unique_email

AREA = "register"

pytestmark = [pytest.mark.auth("jwt"), pytest.mark.registration("on"), pytest.mark.usefixtures("logins")]

ROUTES = "README.md, Auth: Routes"
MESSAGES = "README.md, Auth: Users"


def valid(**data: Any) -> dict[str, Any]:
    return {"name": "Ada Lovelace", "email": unique_email(), "password": PASSWORD} | data


def register(public: Service, **data: Any) -> Answer:
    return public.post("/auth/register", valid(**data))


@pytest.fixture(scope="module")
def registered(logins: None, service: Service, public: Service) -> Answer:
    """A registration's answer."""
    return register(public, name="Zoë <&>")


@pytest.mark.section(ROUTES)
def test_answers_201(registered: Answer) -> None:
    demand_status(registered, 201, "anyone may register")


@pytest.mark.section(ROUTES)
def test_answers_with_the_location(registered: Answer) -> None:
    wanted = f"/users/{registered['id']}"
    demand_equal(located(registered), wanted, "Location leads to the user", registered)


@pytest.mark.section(ROUTES)
@pytest.mark.parametrize(("name", "value"), [("role", "user"), ("version", 1), ("age", None), ("name", "Zoë <&>")])
def test_new_user_has(registered: Answer, name: str, value: Any) -> None:
    demand_equal(registered[name], value, f"{name} of a new user is {value!r}", registered)


@pytest.mark.section(ROUTES)
def test_stores_what_it_answers(service: Service, registered: Answer) -> None:
    read = service.get(f"/users/{registered['id']}")
    demand_equal(read.data, registered.data, "the user that is read is the one that registered", read)


@pytest.mark.section("README.md, Conventions")
def test_answers_as_post_users_does(service: Service, public: Service) -> None:
    created, registered = service.post("/users", valid()), register(public)
    demand_equal((created.status, registered.status), (201, 201), "both make a user", created, registered)
    demand_equal(registered.data.keys(), created.data.keys(), "a user has the same members", registered)


@pytest.mark.section(ROUTES)
def test_lets_log_in(public: Service) -> None:
    user = register(public)
    session = session_of(public, log_in(public, user["email"], PASSWORD))
    answer = session.client.get("/auth/me")
    demand_equal(answer.data, user.data, "who has registered can log in", answer)


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("field", ["name", "email", "password"])
def test_is_required(public: Service, field: str) -> None:
    data = valid()
    del data[field]
    demand_errors(public.post("/auth/register", data), [f"/{field}"], f"{field} is missing")


@pytest.mark.section("README.md, Auth: Routes")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("age", 30),
        ("age", None),
        ("role", "admin"),
        ("role", "user"),
        ("role", None),
        ("id", 1),
        ("version", 7),
        ("created_at", "2000-01-01T00:00:00.000Z"),
        ("updated_at", "2000-01-01T00:00:00.000Z"),
        ("password_hash", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g"),
        ("session_epoch", 1),
        ("epoch", 1),
        ("tenant", "x"),
        ("is_admin", True),
        ("profile", {}),
    ],
)
def test_unknown_field_is_refused(public: Service, field: str, value: Any) -> None:
    answer = register(public, **{field: value})
    demand_errors(answer, [f"/{field}"], "a registration takes name, email and password, and no other")


@pytest.mark.section("README.md, Auth: Routes")
@pytest.mark.parametrize("field", ["role", "id", "is_admin"])
def test_unknown_field_makes_no_user(service: Service, public: Service, field: str) -> None:
    email = unique_email()
    register(public, email=email, **{field: "admin"})
    answer = service.get(f"/users?email={email}")
    demand_equal(answer["items"], [], "a registration that is refused makes no user", answer)


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize(
    "data",
    [values.case("all missing", {}), values.case("all wrong", {"password": "short", "email": "x", "name": ""})],
)
def test_errors_come_together(public: Service, data: Any) -> None:
    wanted = ["/name", "/email", "/password"]
    demand_errors(public.post("/auth/register", data), wanted, "all wrong values come in one answer")


@pytest.mark.section(MESSAGES)
def test_errors_of_several_kinds(public: Service) -> None:
    answer = public.post("/auth/register", {"z": 1, "password": "short", "age": 1, "email": "x", "name": ""})
    demand_some_errors(answer, ["/name", "/email", "/password", "/age", "/z"], "what is wrong is named, and nothing else")


@pytest.mark.section("README.md, What is each framework's own")
@pytest.mark.parametrize("field", ["Role", "ROLE", "rolE"])
def test_role_in_other_letters_makes_no_admin(public: Service, field: str) -> None:
    answer = register(public, **{field: "admin"})
    demand_problem(answer, 400, "a registration takes name, email and password, and no other")


@pytest.mark.section("README.md, Fields and parameters")
@pytest.mark.parametrize("name", values.edges(values.BAD_NAMES))
def test_name_is_refused(public: Service, name: Any) -> None:
    demand_errors(register(public, name=name), ["/name"], "the name is wrong")


@pytest.mark.section("README.md, Fields and parameters")
@pytest.mark.parametrize("email", values.edges(values.BAD_EMAILS))
def test_email_is_refused(public: Service, email: Any) -> None:
    demand_errors(register(public, email=email), ["/email"], "the address is wrong")


@pytest.mark.section("README.md, Fields and parameters")
def test_name_and_email_are_normalised(public: Service) -> None:
    email = unique_email()
    answer = register(public, name=" Ada\u3000", email=f"\u0085{email.upper()} ")
    demand_equal((answer["name"], answer["email"]), ("Ada", email), "name and address are as POST /users stores them", answer)


@pytest.mark.section("openapi.yaml, register 409")
@pytest.mark.parametrize("form", ["{}", "capitals", " {}\n"])
def test_email_is_taken_already(service: Service, public: Service, form: str) -> None:
    email = service.new_user()["email"]
    answer = register(public, email=email.upper() if form == "capitals" else form.format(email))
    demand_problem(answer, 409, "an address that another user has is taken")


@pytest.mark.section("openapi.yaml, register 409")
def test_one_of_8_at_once_succeeds(public: Service) -> None:
    email = unique_email()
    answers = at_once(8, lambda number: register(public, email=email.upper() if number % 2 else email))
    found = Counter(answer.status for answer in answers)
    what = "of simultaneous registrations with one address exactly one gets 201, the others 409 (or 503 for a while)"
    demand(found[201] == 1 and found[201] + found[409] + found[503] == 8, f"{what}, not {dict(found)}", *answers[:1])


@pytest.mark.section("openapi.yaml, register 409")
def test_conflict_leaves_the_password(public: Service, service: Service) -> None:
    user = service.new_user()
    register(public, email=user["email"])
    answer = log_in(public, user["email"], PASSWORD)
    demand_status(answer, 401, "who registers with another's address gets nothing of theirs")


@pytest.mark.section(ROUTES)
@pytest.mark.parametrize("token", ["garbage", "Bearer garbage", "Bearer"])
def test_authorization_is_not_looked_at(public: Service, token: str) -> None:
    answer = public.post("/auth/register", valid(), {"Authorization": token})
    demand_status(answer, 201, "anyone may register, whatever token they have")


@pytest.mark.section(ROUTES)
def test_a_registration_has_no_token(registered: Answer) -> None:
    demand(registered.status == 201 and b"token" not in registered.body, "a registration does not log in", registered)


@pytest.mark.section("README.md, Bodies")
@pytest.mark.parametrize("body", [b"", b"[]", b"{"], ids=["nothing", "array", "cut off"])
def test_body_is_unreadable(public: Service, body: bytes) -> None:
    answer = public.send("POST", "/auth/register", body=body)
    demand_problem(answer, 400, "this body cannot be read")


@pytest.mark.section("README.md, Conventions: 415")
@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_media_type_is_refused(public: Service, content_type: str) -> None:
    answer = public.send("POST", "/auth/register", body=b"{}", content_type=content_type)
    demand_problem(answer, 415, "the media type is another one")
