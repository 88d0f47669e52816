"""The bytes of the answers."""

import json
import re
from typing import Any

import pytest

from conformance import values
from conformance.demands import demand, demand_equal
from conformance.service import Service, unique_email

AREA = "encoding"

pytestmark = pytest.mark.section("README.md, Encoding")


def compact(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    "name",
    [
        values.case("é, ß and 漢 as they are", "é ß 漢"),
        values.case("outside the BMP as it is", "😀 🜁"),
        values.case("< > & unescaped", "<b>&amp;</b>"),
        values.case("/ unescaped", "a/b"),
        values.case("U+2028 and U+2029 unescaped", "a\u2028b\u2029c"),
        values.case("quote and backslash escaped", 'a"b\\c'),
        values.case("U+FFFD and U+FFFE as they are", "\ufffd \ufffe"),
        values.case("+ and ' unescaped", "+ '"),
        values.case("U+00AD and U+200D as they are", "a\u00adb\u200dc"),
    ],
)
def test_name_in_a_user(service: Service, name: str) -> None:
    answer = service.post("/users", {"name": name, "email": unique_email()})
    demand(b'"name":' + compact(name) + b"," in answer.body, "text stands in the answer as it is", answer)


@pytest.mark.parametrize("text", ["\b\t\n\f\r", "\x01\x1b\x1f", "\x7f\x85\x9f"], ids=["short", "other", "not ASCII"])
def test_control_characters_in_a_profile(service: Service, path: str, text: str) -> None:
    answer = service.put(f"{path}/profile", {"bio": text})
    demand(b'"bio":' + compact(text) + b"," in answer.body, "control characters below U+0020 alone are escaped", answer)


def test_a_user_to_the_byte(service: Service, has_auth: bool) -> None:
    sent = {"name": "Zoë <&> 😀", "email": unique_email(), "age": 30}
    answer = service.post("/users", sent)
    wanted = {"id": answer["id"]} | sent | ({"role": "user"} if has_auth else {})
    wanted |= {"created_at": answer["created_at"], "updated_at": answer["updated_at"], "version": 1}
    demand_equal(answer.body, compact(wanted), "a user is compact JSON with its members in order", answer)


@pytest.mark.parametrize("text", ["30.0", "3e1", "300e-1"])
def test_age_is_written_as_an_integer(service: Service, text: str) -> None:
    body = f'{{"name":"Ada","email":"{unique_email()}","age":{text}}}'
    answer = service.send("POST", "/users", body=body.encode())
    demand(b'"age":30,' in answer.body, "the age is written as 30, however it was sent", answer)


def test_age_minus_zero_is_written_as_0(service: Service) -> None:
    answer = service.send("POST", "/users", body=f'{{"name":"Ada","email":"{unique_email()}","age":-0}}'.encode())
    demand(b'"age":0,' in answer.body, "the age is written as 0", answer)


def test_age_null_is_written_as_null(service: Service) -> None:
    answer = service.post("/users", {"name": "Ada", "email": unique_email()})
    demand(b'"age":null,' in answer.body, "an age that is not known is null", answer)


def test_an_expanded_user_to_the_byte(service: Service, user: dict[str, Any], path: str) -> None:
    profile = service.put(f"{path}/profile", {"bio": "<é>", "website": "http://a/?b&c"})
    answer = service.get(f"{path}?expand=profile")
    wanted = compact(user)[:-1] + b',"profile":' + profile.body + b"}"
    demand_equal(answer.body, wanted, "the profile is the user's last member, as it stands alone", answer)


def test_a_profile_to_the_byte(service: Service, user: dict[str, Any], path: str) -> None:
    answer = service.put(f"{path}/profile", {"website": "http://a/?b&c", "location": "Zürich", "bio": "<é>"})
    wanted = {"user_id": user["id"], "bio": "<é>", "location": "Zürich", "website": "http://a/?b&c"}
    wanted["updated_at"] = answer["updated_at"]
    demand_equal(answer.body, compact(wanted), "a profile is compact JSON with its members in order", answer)


def test_a_page_to_the_byte(service: Service, user: dict[str, Any]) -> None:
    answer = service.get(f"/users?email={user['email']}")
    wanted = compact({"items": [user], "next_cursor": None})
    demand_equal(answer.body, wanted, "a page is compact JSON with its members in order", answer)


@pytest.mark.section("README.md, Problem details")
def test_a_problem_to_the_byte(service: Service) -> None:
    answer = service.get("/nothing", {"X-Request-ID": "a.b-c_D1"})
    wanted = (
        '{"type":"about:blank","title":"Not Found","status":404,"detail":"There is nothing at this path.",'
        '"instance":"/nothing","request_id":"a.b-c_D1"}'
    )
    demand_equal(answer.body, wanted.encode(), "a problem is compact JSON with its members in order", answer)


@pytest.mark.section("README.md, Problem details")
def test_a_validation_error_to_the_byte(service: Service) -> None:
    answer = service.send("POST", "/users", body=b'{"<\xc3\xa9>":1,"name":"Ada"}', headers={"X-Request-ID": "r"})
    wanted = (
        '{"type":"about:blank","title":"Bad Request","status":400,"detail":"The request is not valid.",'
        '"instance":"/users","request_id":"r","errors":[{"pointer":"/email","message":"is required"},'
        '{"pointer":"/<é>","message":"is not a known field"}]}'
    )
    demand_equal(answer.body, wanted.encode(), "a validation error is compact JSON with its members in order", answer)


@pytest.mark.section("README.md, Requests and headers")
@pytest.mark.parametrize("target", ["/healthz", "/readyz"])
def test_status_to_the_byte(service: Service, target: str) -> None:
    answer = service.get(target)
    demand_equal(answer.body, b'{"status":"ok"}', f'{target} answers {{"status":"ok"}}', answer)


def test_no_final_newline(service: Service, path: str) -> None:
    answer = service.get(path)
    demand(re.search(rb"\s$", answer.body) is None, "JSON ends without a newline", answer)
