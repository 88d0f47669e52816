"""POST /users, and what a user is."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from conformance import values
from conformance.demands import (
    demand,
    demand_equal,
    demand_errors,
    demand_one_of,
    demand_problem,
    demand_some_errors,
    demand_status,
    located,
)
from conformance.service import Service, unique_email

AREA = "create"

MESSAGES = "README.md, Fields and parameters"
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
    demand_equal(located(answer), f"/users/{answer['id']}", "Location leads to the user", answer)


@pytest.mark.section(CREATE)
def test_stores_what_it_answers(service: Service) -> None:
    answer = service.post("/users", {"name": "Ada", "email": unique_email(), "age": 36})
    read = service.get(f"/users/{answer['id']}")
    demand_equal(read.data, answer.data, "the user that is read is the one that was created", answer, read)


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


@pytest.mark.section("README.md, Conventions")
@pytest.mark.parametrize("field", ["created_at", "updated_at"])
def test_time_has_three_decimals_and_a_z(service: Service, field: str) -> None:
    answer = service.post("/users", {"name": "Ada", "email": unique_email()})
    demand(
        re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(answer[field])) is not None,
        f"{field} is like 2026-01-31T09:30:00.000Z",
        answer,
    )


@pytest.mark.section("README.md, Conventions")
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


@pytest.mark.section("README.md, Conventions")
@pytest.mark.parametrize("number", values.WHITE_SPACE, ids=values.code_point)
def test_name_is_trimmed(service: Service, number: int) -> None:
    answer = service.post("/users", {"name": f"{chr(number)}Ada{chr(number)}", "email": unique_email()})
    demand_status(answer, 201, "characters of White_Space around a name are trimmed")
    demand_equal(answer["name"], "Ada", "characters of White_Space around a name are trimmed", answer)


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("name", values.BAD_NAMES)
def test_name_is_refused(service: Service, name: Any) -> None:
    answer = service.post("/users", {"name": name, "email": unique_email()})
    demand_errors(answer, ["/name"], "the name is wrong")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize(("sent", "stored"), values.EMAILS)
def test_email_is_taken(service: Service, sent: str, stored: str) -> None:
    answer = service.post("/users", {"name": "Ada", "email": sent})
    demand_status(answer, 201, "the address is valid")
    demand_equal(answer["email"], stored, "the address is stored trimmed, in NFC and lower-cased", answer)


@pytest.mark.section("README.md, Conventions")
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
    demand_errors(answer, ["/email"], "the address is wrong")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize(("text", "stored"), values.AGES)
def test_age_is_taken(service: Service, text: str, stored: int | None) -> None:
    answer = created_with(service, "age", text)
    demand_status(answer, 201, "a number that is whole and 0 to 150 is a valid age")
    found = answer["age"]
    demand_equal(found, stored, "the age is the number that was sent", answer)


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize(("text", "number"), values.ODD_AGES)
def test_age_in_another_spelling(service: Service, text: str, number: int) -> None:
    answer = created_with(service, "age", text)
    demand_one_of(answer, {201, 400}, "a number in another spelling is taken for what it stands for, or refused")
    demand(answer.status == 400 or answer["age"] == number, f"the age is {number}", answer)


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("text", values.UNREADABLE_AGES)
def test_number_out_of_range_is_refused(service: Service, text: str) -> None:
    demand_problem(created_with(service, "age", text), 400, "a number that nobody can store is refused")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("text", values.BAD_AGES)
def test_age_is_refused(service: Service, text: str) -> None:
    demand_errors(created_with(service, "age", text), ["/age"], "the age is wrong")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("field", ["name", "email"])
def test_is_required(service: Service, field: str) -> None:
    data = {"name": "Ada", "email": unique_email()}
    del data[field]
    demand_errors(service.post("/users", data), [f"/{field}"], f"{field} is missing")


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
        values.case("K (Kelvin sign)", "\u212a", "/\u212a"),
        values.case("empty", "", "/"),
        values.case("slash and tilde are escaped", "a/b~c", "/a~1b~0c"),
        values.case("tilde and 1 are escaped once", "~1", "/~01"),
        values.case("é", "é", "/é"),
        values.case("quote", '"', '/"'),
    ],
)
def test_unknown_field_is_refused(service: Service, field: str, pointer: str) -> None:
    answer = service.post("/users", {"name": "Ada", "email": unique_email(), field: 1})
    demand_errors(answer, [pointer], "a field that the schema does not have is refused")


@pytest.mark.section("README.md, What is each framework's own")
@pytest.mark.parametrize(("field", "value"), [("Name", "Eve"), ("AGE", 7), ("EMAIL", "{}")])
def test_field_in_other_letters(service: Service, field: str, value: Any) -> None:
    """A parser may take it for the field, which is odd; it is nothing else than that field then."""
    data = {"name": "Ada", "email": unique_email(), field: unique_email() if value == "{}" else value}
    answer = service.post("/users", data)
    demand_one_of(answer, {201, 400}, "a field in other letters is unknown, or the field")
    if answer.status == 201:
        demand_equal(answer[field.lower()], data[field], "it is the field", answer)
    else:
        demand_errors(answer, [f"/{field}"], "a field that the schema does not have is refused")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize(
    ("data", "places"),
    [
        values.case("all missing", {}, ["/name", "/email"]),
        values.case("all wrong", {"age": -1, "email": "x", "name": ""}, ["/name", "/email", "/age"]),
        values.case("missing and wrong", {"age": 151, "email": "x"}, ["/name", "/email", "/age"]),
    ],
)
def test_errors_come_together(service: Service, data: Any, places: list[str]) -> None:
    demand_errors(service.post("/users", data), places, "all wrong values come in one answer")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize(
    ("data", "places"),
    [
        values.case(
            "missing, wrong and unknown",
            {"zeta": 1, "age": -1, "alpha": 2, "email": "x"},
            ["/name", "/email", "/age", "/alpha", "/zeta"],
        ),
        values.case("of other types", {"name": 1, "email": [], "age": "x"}, ["/name", "/email", "/age"]),
        values.case(
            "unknown ones",
            {"name": "Ada", "email": "a@b", "😀": 0, "\uff5e": 0, "é": 0, "a": 0, "Z": 0, "~": 0, "a/": 0, "": 0},
            ["/", "/Z", "/a", "/a~1", "/~0", "/é", "/\uff5e", "/😀"],
        ),
    ],
)
def test_errors_of_several_kinds(service: Service, data: Any, places: list[str]) -> None:
    demand_some_errors(service.post("/users", data), places, "what is wrong is named, and nothing else")


@pytest.mark.section(MESSAGES)
def test_5000_wrong_fields(service: Service) -> None:
    names = [f"x{number:04}" for number in range(5000)]
    answer = service.post("/users", dict.fromkeys(names, 1))
    demand_some_errors(answer, ["/name", "/email", *(f"/{name}" for name in names)], "what is wrong is named, and nothing else")


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
    demand_problem(answer, 409, "an address that another user has is taken")


@pytest.mark.section("openapi.yaml, Email")
def test_emails_differ_by_every_character(service: Service) -> None:
    token = unique_email()
    service.new_user(email=f"a.b+c_{token}")
    answer = service.post("/users", {"name": "Ada", "email": f"ab+c-{token}"})
    demand_status(answer, 201, "dots, tags and underscores count: these are two addresses")
