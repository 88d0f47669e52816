"""What happens at once."""

from collections import Counter
from typing import Any

import pytest

from conformance.demands import demand, demand_equal
from conformance.service import Answer, Service, at_once, unique_email

AREA = "races"

COUNT = 20


def statuses(answers: list[Answer]) -> dict[int, int]:
    return dict(Counter(answer.status for answer in answers))


def other_than(answers: list[Answer], *expected: int) -> list[Answer]:
    """Return one of the answers that nobody expects, for the report."""
    return [answer for answer in answers if answer.status not in expected][:1]


@pytest.mark.section("openapi.yaml, createUser")
@pytest.mark.parametrize("attempt", range(3))
def test_one_of_20_creations_with_one_email_succeeds(service: Service, attempt: int) -> None:
    email = unique_email()
    spellings = [email, email.upper(), f" {email}", f"{email}\u3000"]
    answers = at_once(COUNT, lambda number: service.post("/users", {"name": "Ada", "email": spellings[number % 4]}))
    what = "of 20 simultaneous creations with one address exactly one gets 201, the others 409"
    demand_equal(statuses(answers), {201: 1, 409: COUNT - 1}, what, *other_than(answers, 201, 409))


@pytest.mark.section("openapi.yaml, createUser")
def test_20_creations_with_one_email_leave_one_user(service: Service) -> None:
    email = unique_email()
    at_once(COUNT, lambda _: service.post("/users", {"name": "Ada", "email": email}))
    answer = service.get(f"/users?email={email}")
    demand_equal(len(answer["items"]), 1, "simultaneous creations with one address leave one user", answer)


@pytest.mark.section("openapi.yaml, createUser")
def test_20_creations_with_20_emails_succeed(service: Service) -> None:
    answers = at_once(COUNT, lambda _: service.post("/users", {"name": "Ada", "email": unique_email()}))
    demand_equal(statuses(answers), {201: COUNT}, "simultaneous creations do not disturb each other", *other_than(answers, 201))


@pytest.mark.section("openapi.yaml, UserId")
def test_20_creations_get_20_ids(service: Service) -> None:
    answers = at_once(COUNT, lambda _: service.post("/users", {"name": "Ada", "email": unique_email()}))
    demand_equal(len({answer["id"] for answer in answers}), COUNT, "each user has an id of its own")


@pytest.mark.section("openapi.yaml, IfMatch")
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("attempt", range(3))
def test_one_of_20_changes_with_one_if_match_succeeds(
    service: Service, user: dict[str, Any], path: str, method: str, attempt: int
) -> None:
    answers = at_once(
        COUNT,
        lambda number: service.send(
            method, path, data={"name": f"Ada {number}", "email": user["email"]}, headers={"If-Match": '"1"'}
        ),
    )
    what = "of 20 simultaneous changes with one If-Match exactly one gets 200, the others 412"
    demand_equal(statuses(answers), {200: 1, 412: COUNT - 1}, what, *other_than(answers, 200, 412))


@pytest.mark.section("openapi.yaml, IfMatch")
@pytest.mark.parametrize("attempt", range(12))
def test_one_of_15_changes_and_5_deletions_with_one_if_match_succeeds(service: Service, path: str, attempt: int) -> None:
    headers = {"If-Match": '"1"'}

    def change(number: int) -> Answer:
        if number % 4:
            return service.patch(path, {"name": f"Ada {number}"}, headers)
        return service.delete(path, headers)

    answers = at_once(COUNT, change)
    successes = [answer for answer in answers if answer.status in {200, 204}]
    strange = other_than(answers, 200, 204, 404, 412)
    what = "of 20 simultaneous changes and deletions with one If-Match exactly one succeeds, the others get 412 or 404"
    demand(len(successes) == 1 and not strange, what, *successes, *strange)


@pytest.mark.section("openapi.yaml, IfMatch")
def test_what_the_one_of_20_changes_answers_is_stored(service: Service, path: str) -> None:
    answers = at_once(COUNT, lambda number: service.patch(path, {"name": f"Ada {number}"}, {"If-Match": '"1"'}))
    read = service.get(path)
    successes = [answer.data for answer in answers if answer.status == 200]
    demand_equal(successes, [read.data], "the one change that succeeds is the one that is stored", read)


@pytest.mark.section("README.md, Data")
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_20_changes_without_if_match_succeed(service: Service, user: dict[str, Any], path: str, method: str) -> None:
    answers = at_once(COUNT, lambda number: service.send(method, path, data={"name": f"Ada {number}", "email": user["email"]}))
    what = "simultaneous changes without If-Match all succeed: a lost race is tried again"
    demand_equal(statuses(answers), {200: COUNT}, what, *other_than(answers, 200))


@pytest.mark.section("openapi.yaml, Version")
def test_20_changes_have_20_versions(service: Service, path: str) -> None:
    answers = at_once(COUNT, lambda number: service.patch(path, {"name": f"Ada {number}"}))
    versions = sorted(answer["version"] for answer in answers)
    demand_equal(versions, list(range(2, COUNT + 2)), "each change adds 1 to the version and answers with its own")


@pytest.mark.section("openapi.yaml, Version")
def test_version_after_20_changes(service: Service, path: str) -> None:
    at_once(COUNT, lambda number: service.patch(path, {"name": f"Ada {number}"}))
    answer = service.get(path)
    demand_equal(answer["version"], COUNT + 1, "after n changes the version is 1 + n", answer)


@pytest.mark.section("openapi.yaml, patchUser")
def test_changes_of_two_fields_both_stay(service: Service, path: str) -> None:
    patches: list[dict[str, Any]] = [{"name": "Eve"}, {"age": 7}]
    at_once(2, lambda number: service.patch(path, patches[number]))
    answer = service.get(path)
    demand_equal((answer["name"], answer["age"]), ("Eve", 7), "simultaneous patches of two fields both stay", answer)


@pytest.mark.section("openapi.yaml, patchUser 409")
def test_one_of_10_users_gets_an_email(service: Service) -> None:
    users = [service.new_user() for _ in range(10)]
    email = unique_email()
    answers = at_once(10, lambda number: service.patch(f"/users/{users[number]['id']}", {"email": email}))
    what = "of 10 users that take one address at once exactly one gets 200, the others 409"
    demand_equal(statuses(answers), {200: 1, 409: 9}, what, *other_than(answers, 200, 409))


@pytest.mark.section("openapi.yaml, deleteUser")
def test_one_of_20_deletions_succeeds(service: Service, path: str) -> None:
    answers = at_once(COUNT, lambda _: service.delete(path))
    what = "of 20 simultaneous deletions one gets 204, the others 404"
    demand_equal(statuses(answers), {204: 1, 404: COUNT - 1}, what, *other_than(answers, 204, 404))


@pytest.mark.section("openapi.yaml, putProfile")
@pytest.mark.parametrize("attempt", range(6))
def test_20_first_puts_of_a_profile_succeed(service: Service, path: str, attempt: int) -> None:
    answers = at_once(COUNT, lambda number: service.put(f"{path}/profile", {"bio": str(number)}))
    demand_equal(statuses(answers), {200: COUNT}, "simultaneous first PUTs of a profile all succeed", *other_than(answers, 200))


@pytest.mark.section("openapi.yaml, deleteUser")
def test_profiles_and_deletion_at_once(service: Service, path: str) -> None:
    answers = at_once(
        COUNT,
        lambda number: service.delete(path) if number == 10 else service.put(f"{path}/profile", {"bio": str(number)}),
    )
    demand(
        not other_than(answers, 200, 204, 404),
        "a PUT of a profile beside the deletion of its user gets 200 or 404",
        *other_than(answers, 200, 204, 404),
    )


@pytest.mark.section("openapi.yaml, deleteUser")
def test_changes_and_deletion_at_once(service: Service, path: str) -> None:
    answers = at_once(
        COUNT,
        lambda number: service.delete(path) if number == 10 else service.patch(path, {"name": f"Ada {number}"}),
    )
    demand(
        not other_than(answers, 200, 204, 404),
        "a change beside the deletion of its user gets 200 or 404",
        *other_than(answers, 200, 204, 404),
    )
