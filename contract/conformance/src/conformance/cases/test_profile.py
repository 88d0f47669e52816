"""GET and PUT of /users/{id}/profile."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from conformance import values
from conformance.demands import (
    demand,
    demand_equal,
    demand_errors,
    demand_problem,
    demand_some_errors,
    demand_status,
    located,
)
from conformance.service import Service

AREA = "profile"

MESSAGES = "README.md, Fields and parameters"
PUT = "openapi.yaml, putProfile"


@pytest.fixture
def profile(path: str) -> str:
    """The path of the profile of a user that has none."""
    return f"{path}/profile"


@pytest.mark.section("README.md, Conventions")
def test_is_not_there_at_first(service: Service, user: dict[str, Any], profile: str) -> None:
    demand_problem(service.get(profile), 404, "a new user has no profile")


@pytest.mark.section(PUT)
@pytest.mark.parametrize("call", ["first", "second"])
def test_put_answers_200(service: Service, profile: str, call: str) -> None:
    if call == "second":
        service.put(profile, {"bio": "a"})
    demand_status(service.put(profile, {"bio": "b"}), 200, "PUT answers 200, on the first call too")


@pytest.mark.section(PUT)
def test_location_of_a_first_put(service: Service, profile: str) -> None:
    answer = service.put(profile, {"bio": "b"})
    demand(located(answer) in {"", profile}, "a Location, where there is one, is the profile's", answer)


@pytest.mark.section(PUT)
def test_put_answers_with_the_profile(service: Service, user: dict[str, Any], profile: str) -> None:
    sent = {"bio": "b", "location": "l", "website": "https://example.com"}
    answer = service.put(profile, sent)
    demand_equal(answer.data, {"user_id": user["id"], **sent, "updated_at": answer["updated_at"]}, "it is what was sent", answer)


@pytest.mark.section("openapi.yaml, getProfile")
def test_get_answers_what_put_did(service: Service, profile: str) -> None:
    put = service.put(profile, {"bio": "b", "location": "l", "website": "https://example.com"})
    answer = service.get(profile)
    demand_equal((answer.status, answer.data), (200, put.data), "the profile is read as it was answered", put, answer)


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("field", ["bio", "location", "website"])
def test_absent_field_is_empty(service: Service, profile: str, field: str) -> None:
    data = {"bio": "b", "location": "l", "website": "https://example.com"}
    service.put(profile, data)
    del data[field]
    answer = service.put(profile, data)
    demand_equal(answer[field], "", "PUT of a profile: an absent field is the empty string", answer)


@pytest.mark.section(MESSAGES)
def test_empty_object_makes_an_empty_profile(service: Service, profile: str) -> None:
    answer = service.put(profile, {})
    found = (answer["bio"], answer["location"], answer["website"])
    demand_equal(found, ("", "", ""), "PUT of a profile: an absent field is the empty string", answer)


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("text", values.BIOS)
def test_bio_is_taken(service: Service, profile: str, text: str) -> None:
    answer = service.put(profile, {"bio": text})
    demand_equal(answer["bio"], text, "a bio of at most 500 characters is stored as it is", answer)


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("text", values.PLACES)
def test_location_is_taken(service: Service, profile: str, text: str) -> None:
    answer = service.put(profile, {"location": text})
    demand_equal(answer["location"], text, "a location of at most 100 characters is stored as it is", answer)


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("text", values.WEBSITES)
def test_website_is_taken(service: Service, profile: str, text: str) -> None:
    answer = service.put(profile, {"website": text})
    demand_equal(answer["website"], text, "a website that is empty or matches the pattern is stored as it is", answer)


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("value", values.BAD_BIOS)
def test_bio_is_refused(service: Service, profile: str, value: Any) -> None:
    demand_errors(service.put(profile, {"bio": value}), ["/bio"], "the bio is wrong")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("value", values.BAD_PLACES)
def test_location_is_refused(service: Service, profile: str, value: Any) -> None:
    demand_errors(service.put(profile, {"location": value}), ["/location"], "the location is wrong")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("value", values.BAD_WEBSITES)
def test_website_is_refused(service: Service, profile: str, value: Any) -> None:
    demand_errors(service.put(profile, {"website": value}), ["/website"], "the website is wrong")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("field", ["nickname", "user_id", "updated_at"])
def test_unknown_field_is_refused(service: Service, profile: str, field: str) -> None:
    answer = service.put(profile, {field: "x"})
    demand_errors(answer, [f"/{field}"], "a field that the schema does not have is refused")


@pytest.mark.section(MESSAGES)
def test_errors_come_together(service: Service, profile: str) -> None:
    answer = service.put(profile, {"website": "x", "location": "p" * 101, "bio": "b" * 501})
    demand_errors(answer, ["/bio", "/location", "/website"], "all wrong values come in one answer")


@pytest.mark.section(MESSAGES)
def test_errors_of_several_kinds(service: Service, profile: str) -> None:
    answer = service.put(profile, {"b": 1, "website": "x", "a": 1, "location": 1, "bio": 1})
    demand_some_errors(answer, ["/bio", "/location", "/website", "/a", "/b"], "what is wrong is named, and nothing else")


@pytest.mark.section(MESSAGES)
def test_an_invalid_profile_changes_nothing(service: Service, profile: str) -> None:
    before = service.put(profile, {"bio": "b"})
    service.put(profile, {"bio": "c", "website": "x"})
    answer = service.get(profile)
    demand_equal(answer.data, before.data, "a profile that is refused changes nothing", answer)


@pytest.mark.section("README.md, Versions and conditions")
@pytest.mark.parametrize("call", ["first", "second"])
def test_put_does_not_touch_the_user(service: Service, user: dict[str, Any], path: str, profile: str, call: str) -> None:
    if call == "second":
        service.put(profile, {"bio": "a"})
    service.put(profile, {"bio": "b"})
    answer = service.get(path)
    demand_equal(answer.data, user, "PUT of a profile does not touch the user's version", answer)


@pytest.mark.section("README.md, Versions and conditions")
def test_put_of_the_same_keeps_updated_at(service: Service, profile: str) -> None:
    before = service.put(profile, {"bio": "b"})
    deadline = time.monotonic() + 0.02
    answer = service.put(profile, {"bio": "b"})
    while time.monotonic() < deadline:
        answer = service.put(profile, {"bio": "b"})
    demand_equal(answer.data, before.data, "a PUT that leaves every value as it is changes nothing", answer)


@pytest.mark.section(PUT)
def test_put_moves_updated_at(service: Service, profile: str) -> None:
    first = service.put(profile, {"bio": "0"})
    deadline = time.monotonic() + 2
    number = 1
    answer = service.put(profile, {"bio": "1"})
    while answer["updated_at"] <= first["updated_at"] and time.monotonic() < deadline:
        number += 1
        answer = service.put(profile, {"bio": str(number)})
    demand(answer["updated_at"] > first["updated_at"], "a change sets updated_at", answer)
    demand_equal(service.get(profile).data, answer.data, "what is read is what the change was answered with", answer)


@pytest.mark.section("README.md, Conventions")
def test_updated_at_is_now_in_utc(service: Service, profile: str) -> None:
    answer = service.put(profile, {})
    date = answer.headers.get("Date")
    now = parsedate_to_datetime(date) if date else datetime.now(UTC)
    demand(
        abs(datetime.fromisoformat(str(answer["updated_at"])) - now) < timedelta(minutes=1),
        "updated_at is the time of the request in UTC",
        answer,
    )


@pytest.mark.section(PUT)
def test_put_changes_no_other_profile(service: Service, profile: str) -> None:
    other = f"/users/{service.new_user()['id']}/profile"
    before = service.put(other, {"bio": "other"})
    service.put(profile, {"bio": "b"})
    answer = service.get(other)
    demand_equal(answer.data, before.data, "the change of one profile leaves the others as they are", answer)


@pytest.mark.section("README.md, Versions and conditions")
@pytest.mark.parametrize("form", ['W/"1"', '"1"'])
def test_if_none_match_is_not_for_profiles(service: Service, profile: str, form: str) -> None:
    service.put(profile, {})
    demand_status(service.get(profile, {"If-None-Match": form}), 200, "a profile has no ETag to be compared with")


@pytest.mark.section("openapi.yaml, replaceUser")
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_change_of_the_user_keeps_it(service: Service, user: dict[str, Any], path: str, profile: str, method: str) -> None:
    before = service.put(profile, {"bio": "b"})
    service.send(method, path, data={"name": "Eve", "email": user["email"]})
    answer = service.get(profile)
    demand_equal(answer.data, before.data, "a change of the user leaves its profile as it is", answer)
