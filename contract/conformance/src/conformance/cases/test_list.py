"""GET /users: pages, cursors, the filter and expand."""

import base64
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

import pytest

from conformance import values
from conformance.demands import (
    demand,
    demand_equal,
    demand_errors,
    demand_one_of,
    demand_some_errors,
    demand_status,
)
from conformance.service import Answer, Service, unique_email, unique_token

AREA = "list"

PAGES = "README.md, Pages"
MESSAGES = "README.md, Fields and parameters"
LIST = "openapi.yaml, listUsers"

CURSORS_TEXT = {
    "garbage": "abc",
    "plain text": "after:1",
    "one character more": "YWZ0ZXI6MQA",
    "lower case": "ywz0zxi6mq",
    "broken UTF-8": "%ff",
    "é": "YWZ0ZXI6MQ%C3%A9",
    "very long": "A" * 2000,
}
CURSORS_BYTES = {
    "id 0": b"after:0",
    "id -1": b"after:-1",
    "id 2^63": b"after:9223372036854775808",
    "id 2^64 + 1": b"after:18446744073709551617",
    "id of 30 digits": b"after:" + b"9" * 30,
    "no id": b"after:",
    "letters": b"after:abc",
    "other word": b"before:1",
    "capital": b"After:1",
    "no word": b"1",
    "two ids": b"after:1:2",
    "broken UTF-8 inside": b"after:\xff",
    "JSON": b'{"after":1}',
}

# Other spellings of the cursor after the user 1: refused, or taken for it. An empty one may count as none.
ODD_CURSORS = {
    "empty": "",
    "padded": "YWZ0ZXI6MQ==",
    "padded in percent": "YWZ0ZXI6MQ%3D%3D",
    "stray bits": "YWZ0ZXI6MR",
    "line feed behind": "YWZ0ZXI6MQ%0A",
    "space in front": "%20YWZ0ZXI6MQ",
    "id with a sign": "YWZ0ZXI6KzE",
    "id with a leading zero": "YWZ0ZXI6MDE",
    "id with a space behind": "YWZ0ZXI6MSA",
}


def cursor_after(user_id: int) -> str:
    """Return the cursor that the contract writes down for the place after a user."""
    return encoded(f"after:{user_id}".encode())


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def place_before(user: dict[str, Any]) -> str:
    """Return the query parameter, with its `&`, that makes a list begin with a user."""
    return f"&cursor={cursor_after(user['id'] - 1)}" if user["id"] > 1 else ""


def walk(service: Service, first: dict[str, Any], limit: int) -> Iterator[Answer]:
    """Yield the pages from a user to the end, by `next_cursor`."""
    answer = service.get(f"/users?limit={limit}{place_before(first)}")
    while True:
        demand_status(answer, 200, "a page of users")
        yield answer
        if answer["next_cursor"] is None:
            return
        answer = service.get(f"/users?limit={limit}&cursor={answer['next_cursor']}")


@pytest.fixture(scope="module")
def users(service: Service) -> list[dict[str, Any]]:
    """25 users in the order of their creation, every other one with a profile."""
    users = [service.new_user(name=f"User {number}") for number in range(25)]
    for user in users[::2]:
        service.put(f"/users/{user['id']}/profile", {"bio": user["name"]})
    return users


@pytest.mark.section(LIST)
def test_answers_200(service: Service) -> None:
    demand_status(service.get("/users"), 200, "users are listed")


@pytest.mark.section(LIST)
def test_default_limit_is_20(service: Service, users: list[dict[str, Any]]) -> None:
    answer = service.get("/users")
    demand_equal(len(answer["items"]), 20, "a page has 20 users where no limit is given and there are enough", answer)


@pytest.mark.section(LIST)
@pytest.mark.parametrize("limit", [1, 2, 7, 19, 20, 21, 25])
def test_page_has_as_many_as_limit_says(service: Service, users: list[dict[str, Any]], limit: int) -> None:
    answer = service.get(f"/users?limit={limit}{place_before(users[0])}")
    demand_equal(answer["items"], users[:limit], "a page has the next `limit` users, by id", answer)


@pytest.mark.section(LIST)
def test_limit_100_is_taken(service: Service, users: list[dict[str, Any]]) -> None:
    answer = service.get(f"/users?limit=100{place_before(users[0])}")
    demand_equal(answer["items"][:25], users, "limit takes 1 to 100", answer)


@pytest.mark.section(LIST)
def test_page_of_100(service: Service) -> None:
    first, *_ = [service.new_user() for _ in range(100)]
    answer = service.get(f"/users?limit=100{place_before(first)}")
    demand_equal(len(answer["items"]), 100, "a page has as many users as limit says, up to 100", answer)


@pytest.mark.section(LIST)
def test_walk_sees_every_user_once(service: Service, users: list[dict[str, Any]]) -> None:
    wanted = [user["id"] for user in users]
    seen = [user["id"] for page in walk(service, users[0], 7) for user in page["items"]]
    demand_equal([user_id for user_id in seen if user_id in wanted], wanted, "a walk sees every user once, by id")


@pytest.mark.section(LIST)
def test_walk_goes_up(service: Service, users: list[dict[str, Any]]) -> None:
    seen = [user["id"] for page in walk(service, users[0], 7) for user in page["items"]]
    demand_equal(seen, sorted(set(seen)), "users come oldest first, across pages too")


@pytest.mark.section(LIST)
def test_walk_fills_every_page_but_the_last(service: Service, users: list[dict[str, Any]]) -> None:
    sizes = [len(page["items"]) for page in walk(service, users[0], 7)]
    demand(set(sizes[:-1]) == {7} and 1 <= sizes[-1] <= 7, f"pages are full but for the last one, not {sizes}")


@pytest.mark.section(PAGES)
def test_next_cursor_leads_behind_the_last_user(service: Service, users: list[dict[str, Any]]) -> None:
    answer = service.get(f"/users?limit=7{place_before(users[0])}")
    following = service.get(f"/users?limit=7&cursor={answer['next_cursor']}")
    demand_equal(following["items"], users[7:14], "a page begins behind the last user of the one before", answer, following)


@pytest.mark.section(PAGES)
def test_a_cursor_is_that_of_every_service(service: Service, users: list[dict[str, Any]]) -> None:
    answer = service.get(f"/users?limit=7{place_before(users[0])}")
    demand_equal(answer["next_cursor"], cursor_after(users[6]["id"]), "a cursor is base64url of after:{id}", answer)


@pytest.mark.section(LIST)
def test_last_page_has_no_next_cursor(service: Service, users: list[dict[str, Any]]) -> None:
    *_, last = walk(service, users[0], 7)
    demand_equal(last["next_cursor"], None, "next_cursor is null on the last page", last)


@pytest.mark.section(LIST)
def test_last_page_has_no_link(service: Service, users: list[dict[str, Any]]) -> None:
    *_, last = walk(service, users[0], 7)
    demand("Link" not in last.headers, "Link is there only while there is more", last)


@pytest.mark.section(LIST)
def test_full_last_page_has_no_next_cursor(service: Service) -> None:
    first, *_ = [service.new_user() for _ in range(3)]
    count = sum(len(page["items"]) for page in walk(service, first, 10))
    answer = service.get(f"/users?limit={count}{place_before(first)}")
    demand_equal(answer["next_cursor"], None, "next_cursor is null on the last page, even where it is full", answer)


@pytest.mark.section(LIST)
def test_page_behind_the_last_user_is_empty(service: Service) -> None:
    answer = service.get(f"/users?cursor={cursor_after(2**63 - 1)}")
    demand_equal(answer.data, {"items": [], "next_cursor": None}, "there is nothing behind the last user", answer)


@pytest.mark.section(LIST)
def test_cursor_of_a_deleted_user_still_works(service: Service) -> None:
    users = [service.new_user() for _ in range(3)]
    service.delete(f"/users/{users[0]['id']}")
    answer = service.get(f"/users?limit=2&cursor={cursor_after(users[0]['id'])}")
    demand_equal(answer["items"], users[1:], "a cursor is a place in the list, not a user", answer)


@pytest.mark.section(LIST)
def test_walk_is_stable_under_deletes_and_inserts(service: Service) -> None:
    users = [service.new_user() for _ in range(9)]
    first = service.get(f"/users?limit=3{place_before(users[0])}")
    for gone in (users[0], users[2], users[4]):
        service.delete(f"/users/{gone['id']}")
    late = service.new_user()
    second = service.get(f"/users?limit=100&cursor={first['next_cursor']}")
    wanted = [users[3], *users[5:], late]
    demand_equal(second["items"], wanted, "a page begins after the one before, whatever came or went", first, second)


@pytest.mark.section(LIST)
def test_a_change_keeps_the_place(service: Service) -> None:
    users = [service.new_user() for _ in range(3)]
    service.patch(f"/users/{users[0]['id']}", {"name": "Zoe"})
    answer = service.get(f"/users?limit=3{place_before(users[0])}")
    wanted = [user["id"] for user in users]
    demand_equal([user["id"] for user in answer["items"]], wanted, "users come by id, not by their last change", answer)


def linked(answer: Answer) -> tuple[str, dict[str, str]]:
    """Return the path and the query of the link to the next page (RFC 8288), which is on the same host."""
    for target, parameters in re.findall(r"<([^>]*)>((?:\s*;\s*[^,;]+)*)", answer.headers.get("Link", "")):
        if re.search(r""";\s*rel\s*=\s*"?next"?\s*(;|$)""", parameters, re.IGNORECASE):
            url = urlsplit(urljoin(f"http://{answer.authority}/users", target))
            demand(url.netloc == answer.authority, "Link leads to the same host", answer)
            return url.path, dict(parse_qsl(url.query, keep_blank_values=True))
    demand(False, "Link names the next page while there is more", answer)
    return "", {}


@pytest.mark.section(PAGES)
@pytest.mark.parametrize(
    "query",
    [
        values.case("limit and cursor", "limit=2&cursor={here}"),
        values.case("expand too", "expand=profile&cursor={here}&limit=2"),
        values.case("unknown parameters", "x=1&limit=2&cursor={here}&y=2"),
        values.case("escaped", "l%69mit=%32&cursor={here}"),
    ],
)
def test_link(service: Service, users: list[dict[str, Any]], query: str) -> None:
    here, there = cursor_after(users[0]["id"]), cursor_after(users[2]["id"])
    answer = service.get(f"/users?{query.format(here=here)}")
    path, found = linked(answer)
    wanted = {"limit": "2", "cursor": there} | ({"expand": "profile"} if "expand" in query else {})
    found = {name: value for name, value in found.items() if name not in {"x", "y"}}
    demand_equal((path, found), ("/users", wanted), "Link repeats what was asked for, with the new cursor", answer)


@pytest.mark.section(PAGES)
def test_link_of_a_page_without_a_limit(service: Service, users: list[dict[str, Any]]) -> None:
    answer = service.get("/users")
    path, found = linked(answer)
    found = {name: value for name, value in found.items() if (name, value) != ("limit", "20")}
    demand_equal((path, found), ("/users", {"cursor": answer["next_cursor"]}), "Link repeats what was asked for", answer)


@pytest.mark.section(PAGES)
def test_link_leads_on(service: Service, users: list[dict[str, Any]]) -> None:
    answer = service.get(f"/users?limit=2&expand=profile{place_before(users[0])}")
    path, query = linked(answer)
    following = service.get(f"{path}?{urlencode(query)}")
    demand_equal([user["id"] for user in following["items"]], [user["id"] for user in users[2:4]], "Link leads on", following)


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("text", ["0", "101", "1000", "-1", "1.5", "0x5", "abc", "%ff", "5%00", "9" * 400])
def test_limit_is_refused(service: Service, text: str) -> None:
    answer = service.get(f"/users?limit={text}")
    demand_errors(answer, ["limit"], "limit is an integer from 1 to 100")


@pytest.mark.section("README.md, What is each framework's own")
@pytest.mark.parametrize(
    "text",
    ["", "%zz", "%2B5", "+5", "05", "5.0", "5e0", "0_5", "%205", "5%0A", "%D9%A5", "5;x=1", "5?x=1", "5&limit", "5&l%69mit=5"],
)
def test_odd_limit(service: Service, users: list[dict[str, Any]], text: str) -> None:
    answer = service.get(f"/users?limit={text}")
    demand_one_of(answer, {200, 400}, "another spelling of a number is refused, or that number")
    demand(answer.status == 400 or len(answer["items"]) in {5, 20}, "it is the number, or none", answer)


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("text", [values.case(name, text) for name, text in CURSORS_TEXT.items()])
def test_cursor_is_refused(service: Service, text: str) -> None:
    answer = service.get(f"/users?cursor={text}")
    demand_errors(answer, ["cursor"], "a cursor that was not made by the service is refused")


@pytest.mark.section("README.md, What is each framework's own")
@pytest.mark.parametrize("text", [values.case(name, text) for name, text in ODD_CURSORS.items()])
def test_odd_cursor(service: Service, users: list[dict[str, Any]], text: str) -> None:
    answer = service.get(f"/users?limit=2&cursor={text}")
    demand_one_of(answer, {200, 400}, "another spelling of a cursor is refused, or that cursor")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize(
    ("query", "name"),
    [
        values.case("escaped name", "l%69mit=0", "limit"),
        values.case("escaped value", "limit=%30", "limit"),
        values.case("second = is part of the value", "expand=profile=", "expand"),
        values.case("behind unknown ones", "x=1&&=&limit=0", "limit"),
    ],
)
def test_query_is_taken_apart(service: Service, query: str, name: str) -> None:
    demand_errors(service.get(f"/users?{query}"), [name], "parameters are `name=value`, parted by &")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("data", [values.case(name, data) for name, data in CURSORS_BYTES.items()])
def test_forged_cursor_is_refused(service: Service, data: bytes) -> None:
    answer = service.get(f"/users?cursor={encoded(data)}")
    demand_errors(answer, ["cursor"], "a cursor is after:{id} with an id of 1 to 2^63 - 1")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("text", ["ada", "ada@", "a%20b@example.com", "ad%C3%A9@example.com", "%00@b"])
def test_email_is_refused(service: Service, text: str) -> None:
    demand_errors(service.get(f"/users?email={text}"), ["email"], "the address is wrong")


@pytest.mark.section(MESSAGES)
def test_email_of_255_characters_is_refused(service: Service) -> None:
    answer = service.get(f"/users?email={values.email_of(255)}")
    demand_errors(answer, ["email"], "the address is wrong")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("text", ["Profile", "profiles", "profile,profile"])
def test_expand_is_refused(service: Service, text: str) -> None:
    demand_errors(service.get(f"/users?expand={text}"), ["expand"], "expand is `profile`")


@pytest.mark.section("README.md, What is each framework's own")
@pytest.mark.parametrize(
    ("name", "value"),
    [("limit", "5"), ("cursor", "YWZ0ZXI6MQ"), ("email", "ada@example.com"), ("expand", "profile")],
    ids=["limit", "cursor", "email", "expand"],
)
@pytest.mark.parametrize("between", ["&", "&x=1&"], ids=["side by side", "apart"])
def test_parameter_given_twice(service: Service, name: str, value: str, between: str) -> None:
    answer = service.get(f"/users?{name}={value}{between}{name}={value}")
    demand_one_of(answer, {200, 400}, "a parameter that is given twice is wrong, or one of the two counts")


@pytest.mark.section("README.md, What is each framework's own")
@pytest.mark.parametrize("query", ["email=", "email", "expand=", "expand", "expand=profile%20", "expand=%zz", "email=%20"])
def test_empty_parameter(service: Service, query: str) -> None:
    answer = service.get(f"/users?{query}")
    demand_one_of(answer, {200, 400}, "an empty parameter is wrong, or as one that is not there")


@pytest.mark.section(MESSAGES)
def test_wrong_parameters_are_named(service: Service) -> None:
    answer = service.get("/users?expand=x&email=x&cursor=x&limit=x&y=x")
    demand_some_errors(answer, ["limit", "cursor", "email", "expand"], "what is wrong is named, and nothing else")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("query", ["x=1&x=2", "Limit=0", "limit%20=0", "id=0", "&", "=", "%zz=1", "offset=-1", "role=x"])
def test_unknown_parameters_are_ignored(service: Service, query: str) -> None:
    demand_status(service.get(f"/users?{query}"), 200, "parameters that the route does not know are ignored")


@pytest.mark.section(LIST)
@pytest.mark.parametrize(
    "form", ["{}", "{upper}", "%20{}%E3%80%80", "{}%0A"], ids=["as it is", "capitals", "white space", "line feed"]
)
def test_email_finds_its_user(service: Service, user: dict[str, Any], form: str) -> None:
    answer = service.get(f"/users?email={form.format(user['email'], upper=user['email'].upper())}")
    demand_equal(answer["items"], [user], "email finds the user with the normalised address", answer)


@pytest.mark.section(LIST)
def test_email_with_a_kelvin_sign_finds_its_user(service: Service) -> None:
    user = service.new_user(email=f"k.{unique_email()}")
    answer = service.get(f"/users?email={quote(chr(0x212A))}{user['email'][1:]}")
    demand_equal(answer["items"], [user], "email is brought to NFC and lower-cased", answer)


@pytest.mark.section(LIST)
def test_email_with_special_characters_finds_its_user(service: Service) -> None:
    user = service.new_user(email=f"!#$%&'*+/=?^_`{{|}}~-{unique_email()}")
    answer = service.get(f"/users?email={quote(user['email'], safe='')}")
    demand_equal(answer["items"], [user], "a value is decoded from percent-encoding", answer)


@pytest.mark.section("README.md, What is each framework's own")
def test_malformed_percent_sequence(service: Service) -> None:
    user = service.new_user(email=f"a%zz%4{unique_email()}")
    answer = service.get(f"/users?email={user['email']}")
    demand_one_of(answer, {200, 400}, "a malformed percent-sequence is refused, stands for itself, or its parameter is none")


@pytest.mark.section(LIST)
def test_email_of_nobody_finds_nothing(service: Service) -> None:
    answer = service.get(f"/users?email={unique_email()}")
    demand_equal(answer.data, {"items": [], "next_cursor": None}, "an address that no user has finds nothing", answer)


@pytest.mark.section(LIST)
@pytest.mark.parametrize(
    ("stored", "asked"),
    [("a-b.{}", "a_b.{}"), ("ab.{}", "a%25.{}"), ("ab.{}", "b.{}"), ("ab.{}", "a*.{}"), ("a.b.{}", "a.b{}")],
    ids=["_ is no wildcard", "% is no wildcard", "a part is not enough", "* is no wildcard", "dots count"],
)
def test_email_is_compared_exactly(service: Service, stored: str, asked: str) -> None:
    email = unique_email()
    service.new_user(email=stored.format(email))
    answer = service.get(f"/users?email={asked.format(email)}")
    demand_equal(answer["items"], [], "email finds the exact address alone", answer)


@pytest.mark.section(LIST)
def test_email_and_limit_1_have_no_next_page(service: Service, user: dict[str, Any]) -> None:
    service.new_user()
    answer = service.get(f"/users?limit=1&email={user['email']}")
    found = (answer["items"], answer["next_cursor"], answer.headers.get("Link"))
    demand_equal(found, ([user], None, None), "there is no page after the only user", answer)


@pytest.mark.section(LIST)
@pytest.mark.parametrize(("offset", "count"), [(-1, 1), (0, 0), (1, 0)], ids=["before", "at", "behind"])
def test_email_and_cursor_hold_together(service: Service, offset: int, count: int) -> None:
    service.new_user()
    user = service.new_user()
    answer = service.get(f"/users?email={user['email']}&cursor={cursor_after(user['id'] + offset)}")
    demand_equal(answer["items"], [user][:count], "the filter and the cursor both hold", answer)


@pytest.mark.section("openapi.yaml, listUsers expand")
def test_expand_embeds_the_profiles(service: Service, users: list[dict[str, Any]]) -> None:
    answer = service.get(f"/users?expand=profile&limit=25{place_before(users[0])}")
    wanted = [user["name"] if number % 2 == 0 else None for number, user in enumerate(users)]
    found = [item["profile"] and item["profile"]["bio"] for item in answer["items"]]
    demand_equal(found, wanted, "expand=profile embeds each user's own profile, or null", answer)


@pytest.mark.section("openapi.yaml, listUsers expand")
def test_expand_embeds_the_profile_as_it_is(service: Service, users: list[dict[str, Any]]) -> None:
    profile = service.get(f"/users/{users[0]['id']}/profile")
    answer = service.get(f"/users?expand=profile&email={users[0]['email']}")
    demand_equal(answer["items"][0]["profile"], profile.data, "the profile is the one that stands alone", answer)


@pytest.mark.section("openapi.yaml, listUsers expand")
def test_no_profiles_without_expand(service: Service, users: list[dict[str, Any]]) -> None:
    answer = service.get(f"/users?limit=2{place_before(users[0])}")
    demand(all("profile" not in user for user in answer["items"]), "profile is there only where it was asked for", answer)


@pytest.mark.section("openapi.yaml, listUsers expand")
def test_expand_of_an_empty_page(service: Service) -> None:
    answer = service.get(f"/users?expand=profile&email={unique_token()}@b")
    demand_equal(answer.data, {"items": [], "next_cursor": None}, "an empty page has nothing to expand", answer)
