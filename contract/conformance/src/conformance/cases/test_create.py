"""POST /users, and what a user is."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from conformance import demands, values
from conformance.demands import demand, demand_equal, demand_errors, demand_status
from conformance.service import Service, unique_email

AREA = "create"

MESSAGES = "README.md, Validation messages"
CREATE = "openapi.yaml, createUser"


def created_with(service: Service, field: str, text: str) -> Any:
    """Create a user with a field that is given as JSON text."""
    return service.send("POST", "/users", body=f'{{"name":"Ada","email":"{unique_email()}","{field}":{text}}}'.encode())


@pytest.mark.section(CREATE)
def test_answers_201(service: Service) -> None:
    answer = service.post("/users", {"name": "Ada", "email": unique_email(), "age": 36})
    demand_status(answer, 201, "a valid user is created")


@pytest.mark.section(CREATE)
def test_answers_with_the_location(service: Service) -> None:
    answer = service.post("/users", {"name": "Ada", "email": unique_email()})
    demand_equal(answer.headers.get("Location"), f"/users/{answer['id']}", "Location is the path of the user", answer)


@pytest.mark.section(CREATE)
def test_stores_what_it_answers(service: Service) -> None:
    answer = service.post("/users", {"name": "Ada", "email": unique_email(), "age": 36})
    read = service.get(f"/users/{answer['id']}")
    demand(read.body == answer.body, "the user that is read is the one that was created, byte for byte", answer, read)


@pytest.mark.section(CREATE)
@pytest.mark.parametrize("field", ["name", "email", "age"])
def test_keeps_the_value_of(service: Service, field: str) -> None:
    sent = {"name": "Ada", "email": unique_email(), "age": 36}
    answer = service.post("/users", sent)
    demand_equal(answer[field], sent[field], f"{field} is what was sent", answer)


@pytest.mark.section("openapi.yaml, Version")
def test_starts_at_version_1(service: Service) -> None:
    answer = service.post("/users", {"name": "Ada", "email": unique_email()})
    demand_equal(answer["version"], 1, "a new user has version 1", answer)


@pytest.mark.section(MESSAGES)
def test_age_is_null_when_absent(service: Service) -> None:
    answer = service.post("/users", {"name": "Ada", "email": unique_email()})
    demand_equal(answer["age"], None, "age is null when it is absent", answer)


@pytest.mark.section("openapi.yaml, UserId")
def test_ids_grow(service: Service) -> None:
    first, second = service.new_user(), service.new_user()
    demand(second["id"] > first["id"], f"a later user has a greater id, not {second['id']} after {first['id']}")


@pytest.mark.section("README.md, Encoding")
@pytest.mark.parametrize("field", ["created_at", "updated_at"])
def test_time_has_three_decimals_and_a_z(service: Service, field: str) -> None:
    answer = service.post("/users", {"name": "Ada", "email": unique_email()})
    demand(
        re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(answer[field])) is not None,
        f"{field} is like 2026-01-31T09:30:00.000Z",
        answer,
    )


@pytest.mark.section("README.md, Encoding")
@pytest.mark.parametrize("field", ["created_at", "updated_at"])
def test_time_is_now_in_utc(service: Service, field: str) -> None:
    answer = service.post("/users", {"name": "Ada", "email": unique_email()})
    date = answer.headers.get("Date")
    now = parsedate_to_datetime(date) if date else datetime.now(UTC)
    time = datetime.fromisoformat(str(answer[field]))
    demand(abs(time - now) < timedelta(minutes=1), f"{field} is the time of the request in UTC", answer)


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize(("sent", "stored"), values.NAMES)
def test_name_is_taken(service: Service, sent: str, stored: str) -> None:
    answer = service.post("/users", {"name": sent, "email": unique_email()})
    demand_status(answer, 201, "a name of 1 to 100 characters without control characters is valid")
    demand_equal(answer["name"], stored, "the name is stored as it is but for white space around it", answer)


@pytest.mark.section("README.md, Encoding")
@pytest.mark.parametrize("number", values.WHITE_SPACE, ids=values.code_point)
def test_name_is_trimmed(service: Service, number: int) -> None:
    answer = service.post("/users", {"name": f"{chr(number)}Ada{chr(number)}", "email": unique_email()})
    demand_status(answer, 201, "characters of White_Space around a name are trimmed")
    demand_equal(answer["name"], "Ada", "characters of White_Space around a name are trimmed", answer)


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("name", values.BAD_NAMES)
def test_name_is_refused(service: Service, name: Any) -> None:
    answer = service.post("/users", {"name": name, "email": unique_email()})
    demand_errors(answer, [("/name", demands.NAME)], "the name is wrong")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize(("sent", "stored"), values.EMAILS)
def test_email_is_taken(service: Service, sent: str, stored: str) -> None:
    answer = service.post("/users", {"name": "Ada", "email": sent})
    demand_status(answer, 201, "the address is valid")
    demand_equal(answer["email"], stored, "the address is stored trimmed, in NFC and lower-cased", answer)


@pytest.mark.section("README.md, Encoding")
@pytest.mark.parametrize("number", values.WHITE_SPACE, ids=values.code_point)
def test_email_is_trimmed(service: Service, number: int) -> None:
    email = unique_email()
    answer = service.post("/users", {"name": "Ada", "email": f"{chr(number)}{email}{chr(number)}"})
    demand_status(answer, 201, "characters of White_Space around an address are trimmed")
    demand_equal(answer["email"], email, "characters of White_Space around an address are trimmed", answer)


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("email", values.BAD_EMAILS)
def test_email_is_refused(service: Service, email: Any) -> None:
    answer = service.post("/users", {"name": "Ada", "email": email})
    demand_errors(answer, [("/email", demands.EMAIL)], "the address is wrong")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize(("text", "stored"), values.AGES)
def test_age_is_taken(service: Service, text: str, stored: int | None) -> None:
    answer = created_with(service, "age", text)
    demand_status(answer, 201, "a number that is whole and 0 to 150 is a valid age")
    found = answer["age"]
    demand_equal(found, stored, "the age is the number that was sent", answer)


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("text", values.BAD_AGES)
def test_age_is_refused(service: Service, text: str) -> None:
    demand_errors(created_with(service, "age", text), [("/age", demands.AGE)], "the age is wrong")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("field", ["name", "email"])
def test_is_required(service: Service, field: str) -> None:
    data = {"name": "Ada", "email": unique_email()}
    del data[field]
    demand_errors(service.post("/users", data), [(f"/{field}", demands.REQUIRED)], f"{field} is missing")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize(
    ("field", "pointer"),
    [
        values.case("nickname", "nickname", "/nickname"),
        values.case("id", "id", "/id"),
        values.case("version", "version", "/version"),
        values.case("created_at", "created_at", "/created_at"),
        values.case("profile", "profile", "/profile"),
        values.case("role without auth", "role", "/role", marks=pytest.mark.auth("none")),
        values.case("password without auth", "password", "/password", marks=pytest.mark.auth("none")),
        values.case("password_hash", "password_hash", "/password_hash"),
        values.case("session_epoch", "session_epoch", "/session_epoch"),
        values.case("Name is not name", "Name", "/Name"),
        values.case("AGE is not age", "AGE", "/AGE"),
        values.case("K (Kelvin sign) is not k", "\u212a", "/\u212a"),
        values.case("empty", "", "/"),
        values.case("slash and tilde are escaped", "a/b~c", "/a~1b~0c"),
        values.case("tilde and 1 are escaped once", "~1", "/~01"),
        values.case("é", "é", "/é"),
        values.case("quote", '"', '/"'),
    ],
)
def test_unknown_field_is_refused(service: Service, field: str, pointer: str) -> None:
    answer = service.post("/users", {"name": "Ada", "email": unique_email(), field: 1})
    demand_errors(answer, [(pointer, demands.UNKNOWN)], "a field that the schema does not have is refused")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize(
    ("data", "errors"),
    [
        values.case("all missing", {}, [("/name", demands.REQUIRED), ("/email", demands.REQUIRED)]),
        values.case(
            "all wrong",
            {"age": -1, "email": "x", "name": ""},
            [("/name", demands.NAME), ("/email", demands.EMAIL), ("/age", demands.AGE)],
        ),
        values.case(
            "missing, wrong and unknown",
            {"zeta": 1, "age": -1, "alpha": 2, "email": "x"},
            [
                ("/name", demands.REQUIRED),
                ("/email", demands.EMAIL),
                ("/age", demands.AGE),
                ("/alpha", demands.UNKNOWN),
                ("/zeta", demands.UNKNOWN),
            ],
        ),
        values.case(
            "unknown ones by code point",
            {"name": "Ada", "email": "a@b", "😀": 0, "\uff5e": 0, "é": 0, "a": 0, "Z": 0, "aa": 0, "~": 0, "": 0},
            [(pointer, demands.UNKNOWN) for pointer in ("/", "/Z", "/a", "/aa", "/~0", "/é", "/\uff5e", "/😀")],
        ),
        values.case(
            "unknown ones by key, not by pointer",
            {"name": "Ada", "email": "a@b", "a/": 0, "a0": 0, "a~": 0, "a}": 0},
            [(pointer, demands.UNKNOWN) for pointer in ("/a~1", "/a0", "/a}", "/a~0")],
        ),
    ],
)
def test_errors_come_together_and_in_order(service: Service, data: Any, errors: list[tuple[str, str]]) -> None:
    demand_errors(service.post("/users", data), errors, "all wrong fields come in one answer, in the contract's order")


@pytest.mark.section(MESSAGES)
def test_5000_errors_come_together(service: Service) -> None:
    names = [f"x{number:04}" for number in range(5000)]
    answer = service.post("/users", dict.fromkeys(reversed(names), 1))
    wanted = [("/name", demands.REQUIRED), ("/email", demands.REQUIRED)]
    wanted += [(f"/{name}", demands.UNKNOWN) for name in names]
    demand_errors(answer, wanted, "all wrong fields come in one answer, however many")


@pytest.mark.section(MESSAGES)
def test_an_invalid_user_is_not_created(service: Service) -> None:
    email = unique_email()
    service.post("/users", {"name": "Ada", "email": email, "age": 151})
    answer = service.get(f"/users?email={email}")
    demand_equal(answer["items"], [], "an invalid user is not created", answer)


@pytest.mark.section("openapi.yaml, createUser 409")
@pytest.mark.parametrize(
    ("first", "second"),
    [
        values.case("the same", str, str),
        values.case("in capitals", str, str.upper),
        values.case("first in capitals", str.upper, str),
        values.case("with white space around it", str, "\u3000{}\n".format),
        values.case("that NFC makes the same", "k.{}".format, "\u212a.{}".format),
    ],
)
def test_email_is_taken_already(service: Service, first: Callable[[str], str], second: Callable[[str], str]) -> None:
    email = unique_email()
    service.new_user(email=first(email))
    answer = service.post("/users", {"name": "Eve", "email": second(email)})
    demands.demand_problem(answer, 409, demands.CONFLICT, "an address that another user has is taken")


@pytest.mark.section("openapi.yaml, Email")
def test_emails_differ_by_every_character(service: Service) -> None:
    token = unique_email()
    service.new_user(email=f"a.b+c_{token}")
    answer = service.post("/users", {"name": "Ada", "email": f"ab+c-{token}"})
    demand_status(answer, 201, "dots, tags and underscores count: these are two addresses")
