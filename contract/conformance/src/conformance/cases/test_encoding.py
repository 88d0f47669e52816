"""What text and numbers in the answers stand for."""

from typing import Any

import pytest

from conformance import values
from conformance.demands import demand, demand_equal, demand_one_of
from conformance.service import Service, unique_email

AREA = "encoding"

pytestmark = pytest.mark.section("README.md, Conventions")

USER = {"id", "name", "email", "age", "created_at", "updated_at", "version"}
PROFILE = {"user_id", "bio", "location", "website", "updated_at"}


@pytest.mark.parametrize(
    "name",
    [
        values.case("é, ß and 漢", "é ß 漢"),
        values.case("outside the BMP", "😀 🜁"),
        values.case("< > &", "<b>&amp;</b>"),
        values.case("/", "a/b"),
        values.case("U+2028 and U+2029", "a\u2028b\u2029c"),
        values.case("quote and backslash", 'a"b\\c'),
        values.case("U+FFFD and U+FFFE", "\ufffd \ufffe"),
        values.case("+ and '", "+ '"),
        values.case("U+00AD and U+200D", "a\u00adb\u200dc"),
    ],
)
def test_name_in_a_user(service: Service, name: str) -> None:
    answer = service.post("/users", {"name": name, "email": unique_email()})
    demand_equal(answer["name"], name, "text comes back as it is", answer)


@pytest.mark.parametrize("text", ["\b\t\n\f\r", "\x01\x1b\x1f", "\x7f\x85\x9f"], ids=["short", "other", "not ASCII"])
def test_control_characters_in_a_profile(service: Service, path: str, text: str) -> None:
    answer = service.put(f"{path}/profile", {"bio": text})
    demand_equal(answer["bio"], text, "text comes back as it is", answer)


def test_a_user(service: Service, has_auth: bool) -> None:
    sent = {"name": "Zoë <&> 😀", "email": unique_email(), "age": 30}
    answer = service.post("/users", sent)
    demand_equal(answer.data.keys(), USER | ({"role"} if has_auth else set()), "a user has these members", answer)
    wanted = sent | {"version": 1} | ({"role": "user"} if has_auth else {})
    demand_equal({name: answer[name] for name in wanted}, wanted, "a user has the values that were sent", answer)


@pytest.mark.parametrize("text", ["30.0", "3e1", "300e-1"])
def test_age_is_an_integer(service: Service, text: str) -> None:
    answer = service.send("POST", "/users", body=f'{{"name":"Ada","email":"{unique_email()}","age":{text}}}'.encode())
    demand_one_of(answer, {201, 400}, "another spelling of a whole number is that number, or refused")
    demand(answer.status == 400 or answer["age"] == 30, "the age is 30, however it was sent", answer)


def test_age_null_is_null(service: Service) -> None:
    answer = service.post("/users", {"name": "Ada", "email": unique_email()})
    demand_equal(answer["age"], None, "an age that is not known is null", answer)


def test_an_expanded_user(service: Service, user: dict[str, Any], path: str) -> None:
    profile = service.put(f"{path}/profile", {"bio": "<é>", "website": "http://a/?b&c"})
    answer = service.get(f"{path}?expand=profile")
    demand_equal(answer.data, user | {"profile": profile.data}, "the profile is embedded as it stands alone", answer)


def test_a_profile(service: Service, user: dict[str, Any], path: str) -> None:
    sent = {"website": "http://a/?b&c", "location": "Zürich", "bio": "<é>"}
    answer = service.put(f"{path}/profile", sent)
    demand_equal(answer.data.keys(), PROFILE, "a profile has these members", answer)
    wanted = sent | {"user_id": user["id"]}
    demand_equal({name: answer[name] for name in wanted}, wanted, "a profile has the values that were sent", answer)


def test_a_page(service: Service, user: dict[str, Any]) -> None:
    answer = service.get(f"/users?email={user['email']}")
    demand_equal(answer.data, {"items": [user], "next_cursor": None}, "a page has these members", answer)


@pytest.mark.parametrize("target", ["/healthz", "/readyz"])
def test_status(service: Service, target: str) -> None:
    answer = service.get(target)
    demand_equal(answer.data, {"status": "ok"}, f'{target} answers {{"status":"ok"}}', answer)
