"""PUT and PATCH of a user."""

import time
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
)
from conformance.service import JSON, MERGE_PATCH, Answer, Service, unique_email

AREA = "change"

MESSAGES = "README.md, Fields and parameters"
NO_CHANGE = "README.md, Versions and conditions"

both = pytest.mark.parametrize("method", ["PUT", "PATCH"])


def change(service: Service, method: str, path: str, **values: Any) -> Answer:
    """Change one user, by PUT with all that it requires."""
    required = {"name": "Ada Lovelace", "email": unique_email()} if method == "PUT" else {}
    return service.send(method, path, data=required | values)


def change_age(service: Service, method: str, path: str, text: str) -> Answer:
    required = f'"name":"Ada","email":"{unique_email()}",' if method == "PUT" else ""
    return service.send(method, path, body=f'{{{required}"age":{text}}}'.encode())


@pytest.mark.section("openapi.yaml, replaceUser and patchUser")
@both
def test_answers_200(service: Service, path: str, method: str) -> None:
    demand_status(change(service, method, path, name="Eve"), 200, "a valid change is made")


@pytest.mark.section("openapi.yaml, replaceUser and patchUser")
@both
@pytest.mark.parametrize("field", ["name", "email", "age"])
def test_changes(service: Service, path: str, method: str, field: str) -> None:
    sent = {"name": "Eve", "email": unique_email(), "age": 36}[field]
    answer = change(service, method, path, **{field: sent})
    demand_equal(answer[field], sent, f"{field} is what was sent", answer)


@pytest.mark.section("openapi.yaml, replaceUser and patchUser")
@both
def test_stores_what_it_answers(service: Service, path: str, method: str) -> None:
    answer = change(service, method, path, name="Eve", age=7)
    read = service.get(path)
    demand_equal(read.data, answer.data, "the user that is read is the one that was answered", answer, read)


@pytest.mark.section("openapi.yaml, Version")
@both
def test_raises_the_version_by_one(service: Service, path: str, method: str) -> None:
    first = change(service, method, path, name="Eve")
    second = change(service, method, path, name="Eva")
    demand_equal((first["version"], second["version"]), (2, 3), "each change adds 1 to the version", first, second)


@pytest.mark.section("openapi.yaml, replaceUser and patchUser")
@both
def test_moves_updated_at(service: Service, user: dict[str, Any], path: str, method: str) -> None:
    deadline = time.monotonic() + 2
    number = 0
    answer = change(service, method, path, name="Eve 0")
    # Two changes may fall into one millisecond, so only a time that never moves is wrong.
    while answer["updated_at"] <= user["updated_at"] and time.monotonic() < deadline:
        number += 1
        answer = change(service, method, path, name=f"Eve {number}")
    demand(answer["updated_at"] > user["updated_at"], "a change sets updated_at", answer)


@pytest.mark.section("openapi.yaml, replaceUser and patchUser")
@both
def test_keeps_created_at(service: Service, user: dict[str, Any], path: str, method: str) -> None:
    answer = change(service, method, path, name="Eve")
    demand_equal(answer["created_at"], user["created_at"], "a change keeps created_at", answer)


@pytest.mark.section("openapi.yaml, replaceUser and patchUser")
@both
def test_changes_no_other_user(service: Service, user: dict[str, Any], path: str, method: str) -> None:
    other = service.new_user()
    change(service, method, path, name="Eve", age=1)
    answer = service.get(f"/users/{other['id']}")
    demand_equal(answer.data, other, "a change of one user leaves the others as they are", answer)


@pytest.mark.section(MESSAGES)
def test_put_without_age_resets_it(service: Service) -> None:
    user = service.new_user(age=36)
    answer = service.put(f"/users/{user['id']}", {"name": "Ada", "email": user["email"]})
    demand_equal(answer["age"], None, "PUT: age is null when it is absent", answer)


@pytest.mark.section(MESSAGES)
def test_patch_of_age_null_resets_it(service: Service) -> None:
    user = service.new_user(age=36)
    answer = service.patch(f"/users/{user['id']}", {"age": None})
    demand_equal(answer["age"], None, "PATCH: null resets age", answer)


@pytest.mark.section("openapi.yaml, patchUser")
@pytest.mark.parametrize("field", ["name", "email", "age"])
def test_patch_keeps_what_is_absent(service: Service, field: str) -> None:
    user = service.new_user(age=36)
    data = {"name": "Eve", "email": unique_email(), "age": 7}
    del data[field]
    answer = service.patch(f"/users/{user['id']}", data)
    demand_equal(answer[field], user[field], "PATCH: an absent field stays as it is", answer)


@pytest.mark.section("openapi.yaml, patchUser")
@pytest.mark.parametrize("content_type", [MERGE_PATCH, JSON])
def test_patch_takes(service: Service, path: str, content_type: str) -> None:
    answer = service.send("PATCH", path, data={"name": "Eve"}, content_type=content_type)
    demand_status(answer, 200, "PATCH takes application/merge-patch+json and application/json")
    demand_equal(answer["name"], "Eve", "PATCH takes application/merge-patch+json and application/json", answer)


@pytest.mark.section(MESSAGES)
@both
@pytest.mark.parametrize(("sent", "stored"), values.edges(values.NAMES))
def test_name_is_taken(service: Service, path: str, method: str, sent: str, stored: str) -> None:
    answer = change(service, method, path, name=sent)
    demand_status(answer, 200, "a name of 1 to 100 characters without control characters is valid")
    demand_equal(answer["name"], stored, "the name is stored as it is", answer)


@pytest.mark.section(MESSAGES)
@both
def test_name_is_trimmed(service: Service, path: str, method: str) -> None:
    answer = change(service, method, path, name="\u3000\u0085 Eve\n")
    demand_equal(answer["name"], "Eve", "characters of White_Space around a name are trimmed", answer)


@pytest.mark.section(MESSAGES)
@both
@pytest.mark.parametrize("name", [*values.edges(values.BAD_NAMES), values.case("null", None)])
def test_name_is_refused(service: Service, path: str, method: str, name: Any) -> None:
    demand_errors(change(service, method, path, name=name), ["/name"], "the name is wrong")


@pytest.mark.section(MESSAGES)
@both
@pytest.mark.parametrize("index", range(2), ids=["254 characters and white space around them", "capitals are lower-cased"])
def test_email_is_taken(service: Service, path: str, method: str, index: int) -> None:
    longest, email = values.email_of(254), unique_email()
    sent, stored = [(f" {longest}\n", longest), (email.upper(), email)][index]
    answer = change(service, method, path, email=sent)
    demand_equal(answer["email"], stored, "the address is stored trimmed, in NFC and lower-cased", answer)


@pytest.mark.section(MESSAGES)
@both
@pytest.mark.parametrize("email", [*values.edges(values.BAD_EMAILS), values.case("null", None)])
def test_email_is_refused(service: Service, path: str, method: str, email: Any) -> None:
    demand_errors(change(service, method, path, email=email), ["/email"], "the address is wrong")


@pytest.mark.section(MESSAGES)
@both
@pytest.mark.parametrize(("text", "stored"), values.edges(values.AGES))
def test_age_is_taken(service: Service, path: str, method: str, text: str, stored: int) -> None:
    answer = change_age(service, method, path, text)
    demand_equal(answer["age"], stored, "a number that is whole and 0 to 150 is a valid age", answer)


@pytest.mark.section(MESSAGES)
@both
@pytest.mark.parametrize("text", values.edges(values.BAD_AGES))
def test_age_is_refused(service: Service, path: str, method: str, text: str) -> None:
    demand_errors(change_age(service, method, path, text), ["/age"], "the age is wrong")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("field", ["name", "email"])
def test_put_requires(service: Service, path: str, field: str) -> None:
    data = {"name": "Ada", "email": unique_email()}
    del data[field]
    demand_errors(service.put(path, data), [f"/{field}"], f"PUT: {field} is required")


@pytest.mark.section(MESSAGES)
@both
@pytest.mark.parametrize("field", ["nickname", "id", "version", "updated_at"])
def test_unknown_field_is_refused(service: Service, path: str, method: str, field: str) -> None:
    answer = change(service, method, path, **{field: 1})
    demand_errors(answer, [f"/{field}"], "a field that the schema does not have is refused")


@pytest.mark.section(MESSAGES)
def test_patch_refuses_unknown_field_that_is_null(service: Service, path: str) -> None:
    answer = service.patch(path, {"nickname": None})
    demand_errors(answer, ["/nickname"], "a field that the schema does not have is refused")


@pytest.mark.section(MESSAGES)
@both
def test_errors_come_together(service: Service, path: str, method: str) -> None:
    answer = service.send(method, path, data={"age": 151, "email": "x", "name": ""})
    demand_errors(answer, ["/name", "/email", "/age"], "all wrong values come in one answer")


@pytest.mark.section(MESSAGES)
@both
def test_errors_of_several_kinds(service: Service, path: str, method: str) -> None:
    answer = service.send(method, path, data={"z": 1, "age": "1", "b": 1, "email": "x", "name": ""})
    demand_some_errors(answer, ["/name", "/email", "/age", "/b", "/z"], "what is wrong is named, and nothing else")


@pytest.mark.section("README.md, What is each framework's own")
@both
def test_an_invalid_change_changes_nothing(service: Service, user: dict[str, Any], path: str, method: str) -> None:
    change(service, method, path, name="Eve", age=151)
    answer = service.get(path)
    demand_equal(answer.data, user, "a change that is refused changes nothing", answer)


@pytest.mark.section(NO_CHANGE)
@pytest.mark.parametrize(
    ("method", "fields"),
    [
        values.case("PUT of the same", "PUT", ["name", "email", "age"]),
        values.case("PATCH of the same", "PATCH", ["name", "email", "age"]),
        values.case("PATCH of the same name", "PATCH", ["name"]),
        values.case("PATCH of the same email", "PATCH", ["email"]),
        values.case("PATCH of the same age", "PATCH", ["age"]),
        values.case("PATCH of nothing", "PATCH", []),
    ],
)
def test_no_change_by(service: Service, method: str, fields: list[str]) -> None:
    user = service.new_user(age=36)
    answer = service.send(method, f"/users/{user['id']}", data={name: user[name] for name in fields})
    demand_status(answer, 200, "a change to the same values is no error")
    demand_equal(answer.data, user, "a change to the same values keeps version and updated_at", answer)


@pytest.mark.section(NO_CHANGE)
@both
def test_no_change_by_values_that_become_the_same(service: Service, user: dict[str, Any], path: str, method: str) -> None:
    data = {"name": f" {user['name']}\u3000", "email": f" {user['email'].upper()}", "age": None}
    answer = service.send(method, path, data=data)
    demand_equal(answer.data, user, "what counts is the value after trimming and normalising", answer)


@pytest.mark.section(NO_CHANGE)
def test_age_30_0_is_no_change_of_age_30(service: Service) -> None:
    user = service.new_user(age=30)
    answer = service.send("PATCH", f"/users/{user['id']}", body=b'{"age":30.0}')
    demand_one_of(answer, {200, 400}, "30.0 is 30, or refused")
    read = service.get(f"/users/{user['id']}")
    demand_equal(read.data, user, "30 and 30.0 are the same number", read)


@pytest.mark.section("openapi.yaml, replaceUser 409")
@both
@pytest.mark.parametrize("spelling", ["{}", " {}\n", "capitals"])
def test_email_is_taken_already(service: Service, path: str, method: str, spelling: str) -> None:
    other = service.new_user()
    email = other["email"].upper() if spelling == "capitals" else spelling.format(other["email"])
    answer = change(service, method, path, email=email)
    demand_problem(answer, 409, "an address that another user has is taken")


@pytest.mark.section("openapi.yaml, replaceUser 409")
@both
def test_a_conflict_changes_nothing(service: Service, user: dict[str, Any], path: str, method: str) -> None:
    other = service.new_user()
    change(service, method, path, email=other["email"], name="Eve")
    answer = service.get(path)
    demand_equal(answer.data, user, "a change that is refused by 409 changes nothing", answer)


@pytest.mark.section("openapi.yaml, replaceUser")
@both
def test_own_email_is_no_conflict(service: Service, user: dict[str, Any], path: str, method: str) -> None:
    answer = change(service, method, path, email=user["email"], name="Eve")
    demand_status(answer, 200, "a user's own address is not taken by another")


@pytest.mark.section("openapi.yaml, replaceUser")
@both
def test_an_email_that_was_given_up_is_free(service: Service, user: dict[str, Any], path: str, method: str) -> None:
    other = service.new_user()
    service.patch(f"/users/{other['id']}", {"email": unique_email()})
    answer = change(service, method, path, email=other["email"])
    demand_status(answer, 200, "an address that its user has given up is free")


@pytest.mark.section("README.md, Fields and parameters")
@both
def test_query_parameters_are_ignored(service: Service, path: str, method: str) -> None:
    answer = change(service, method, f"{path}?expand=x&limit=0", name="Eve")
    demand_status(answer, 200, "parameters that a route does not know are ignored")
