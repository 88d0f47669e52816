"""GET /users: pages, cursors, the filter and expand."""

import base64
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from conformance import demands, values
from conformance.demands import demand, demand_equal, demand_errors, demand_status
from conformance.service import Answer, Service, unique_email, unique_token

AREA = "list"

PAGES = "README.md, Pages"
MESSAGES = "README.md, Validation messages"
LIST = "openapi.yaml, listUsers"

CURSORS_TEXT = {
    "empty": "",
    "garbage": "abc",
    "plain text": "after:1",
    "padded": "YWZ0ZXI6MQ==",
    "padded in percent": "YWZ0ZXI6MQ%3D%3D",
    "stray bits": "YWZ0ZXI6MR",
    "one character more": "YWZ0ZXI6MQA",
    "lower case": "ywz0zxi6mq",
    "line feed behind": "YWZ0ZXI6MQ%0A",
    "space in front": "%20YWZ0ZXI6MQ",
    "broken UTF-8": "%ff",
    "é": "YWZ0ZXI6MQ%C3%A9",
    "very long": "A" * 2000,
}
CURSORS_BYTES = {
    "id 0": b"after:0",
    "id -1": b"after:-1",
    "id +1": b"after:+1",
    "id with a leading zero": b"after:01",
    "id 2^63": b"after:9223372036854775808",
    "id 2^64 + 1": b"after:18446744073709551617",
    "id of 30 digits": b"after:" + b"9" * 30,
    "no id": b"after:",
    "space before the id": b"after: 1",
    "space after the id": b"after:1 ",
    "line feed after the id": b"after:1\n",
    "letters": b"after:abc",
    "1.0": b"after:1.0",
    "1_0": b"after:1_0",
    "Arabic digit": "after:\u0661".encode(),
    "other word": b"before:1",
    "capital": b"After:1",
    "no word": b"1",
    "two ids": b"after:1:2",
    "broken UTF-8 inside": b"after:\xff",
    "JSON": b'{"after":1}',
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
def test_next_cursor_is_after_the_last_user(service: Service, users: list[dict[str, Any]]) -> None:
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


@pytest.mark.section(PAGES)
@pytest.mark.parametrize(
    ("query", "link"),
    [
        values.case("limit and cursor", "limit=2&cursor={here}", "limit=2&cursor={next}"),
        values.case("in the contract's order", "expand=profile&cursor={here}&limit=2", "limit=2&cursor={next}&expand=profile"),
        values.case("without unknown parameters", "x=1&limit=2&cursor={here}&y=2", "limit=2&cursor={next}"),
        values.case("escaped as it has to be", "l%69mit=%32&cursor={here}", "limit=2&cursor={next}"),
    ],
)
def test_link(service: Service, users: list[dict[str, Any]], query: str, link: str) -> None:
    here, there = cursor_after(users[0]["id"]), cursor_after(users[2]["id"])
    answer = service.get(f"/users?{query.format(here=here)}")
    wanted = f'</users?{link.format(next=there)}>; rel="next"'
    demand_equal(answer.headers.get("Link"), wanted, "Link repeats the parameters that were sent, with the new cursor", answer)


@pytest.mark.section(PAGES)
def test_link_has_no_limit_that_was_not_sent(service: Service, users: list[dict[str, Any]]) -> None:
    answer = service.get("/users")
    wanted = f'</users?cursor={answer["next_cursor"]}>; rel="next"'
    demand_equal(answer.headers.get("Link"), wanted, "Link repeats only the parameters that were sent", answer)


@pytest.mark.section(PAGES)
def test_link_leads_on(service: Service, users: list[dict[str, Any]]) -> None:
    answer = service.get(f"/users?limit=2&expand=profile{place_before(users[0])}")
    found = re.fullmatch(r'<(/users\?[^>]+)>; rel="next"', answer.headers.get("Link", ""))
    demand(found is not None, "Link is there while there is more", answer)
    following = service.get(found[1] if found else "/")
    demand_equal([user["id"] for user in following["items"]], [user["id"] for user in users[2:4]], "Link leads on", following)


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize(
    "text",
    [
        "0",
        "101",
        "1000",
        "-1",
        "%2B5",
        "+5",
        "05",
        "1.0",
        "1e1",
        "0x5",
        "5_0",
        "abc",
        "",
        "%205",
        "5%0A",
        "%D9%A5",
        "%zz",
        "%ff",
        "9" * 400,
    ],
)
def test_limit_is_refused(service: Service, text: str) -> None:
    answer = service.get(f"/users?limit={text}")
    demand_errors(answer, [("limit", demands.LIMIT)], "limit is decimal digits without a sign or leading zeros, 1 to 100")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("text", [values.case(name, text) for name, text in CURSORS_TEXT.items()])
def test_cursor_is_refused(service: Service, text: str) -> None:
    answer = service.get(f"/users?cursor={text}")
    demand_errors(answer, [("cursor", demands.CURSOR)], "only a cursor in the canonical spelling is taken")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize(
    ("query", "name", "message"),
    [
        values.case("no value", "limit", "limit", demands.LIMIT),
        values.case("escaped name", "l%69mit=0", "limit", demands.LIMIT),
        values.case("; separates nothing", "limit=5;x=1", "limit", demands.LIMIT),
        values.case("? separates nothing", "limit=5?x=1", "limit", demands.LIMIT),
        values.case("second = is part of the value", "expand=profile=", "expand", demands.EXPAND),
        values.case("twice, once escaped", "limit=5&li%6Dit=5", "limit", demands.LIMIT),
        values.case("three times", "limit=5&limit=5&limit=5", "limit", demands.LIMIT),
        values.case("twice, once without a value", "limit=5&limit", "limit", demands.LIMIT),
    ],
)
def test_query_is_taken_apart(service: Service, query: str, name: str, message: str) -> None:
    demand_errors(service.get(f"/users?{query}"), [(name, message)], "parameters are `name=value`, parted by &")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("data", [values.case(name, data) for name, data in CURSORS_BYTES.items()])
def test_forged_cursor_is_refused(service: Service, data: bytes) -> None:
    answer = service.get(f"/users?cursor={encoded(data)}")
    demand_errors(answer, [("cursor", demands.CURSOR)], "a cursor is after:{id} with an id of 1 to 2^63 - 1")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("text", ["", "ada", "ada@", "a%20b@example.com", "%ff@example.com", "ad%C3%A9@example.com", "%00@b"])
def test_email_is_refused(service: Service, text: str) -> None:
    demand_errors(service.get(f"/users?email={text}"), [("email", demands.EMAIL)], "the address is wrong")


@pytest.mark.section(MESSAGES)
def test_email_of_255_characters_is_refused(service: Service) -> None:
    answer = service.get(f"/users?email={values.email_of(255)}")
    demand_errors(answer, [("email", demands.EMAIL)], "the address is wrong")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize("text", ["", "Profile", "profiles", "profile,profile", "profile%20", "%zz"])
def test_expand_is_refused(service: Service, text: str) -> None:
    demand_errors(service.get(f"/users?expand={text}"), [("expand", demands.EXPAND)], "expand is `profile`")


@pytest.mark.section(MESSAGES)
@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("limit", "5", demands.LIMIT),
        ("cursor", "YWZ0ZXI6MQ", demands.CURSOR),
        ("email", "ada@example.com", demands.EMAIL),
        ("expand", "profile", demands.EXPAND),
    ],
    ids=["limit", "cursor", "email", "expand"],
)
@pytest.mark.parametrize("between", ["&", "&x=1&"], ids=["side by side", "apart"])
def test_parameter_given_twice_is_refused(service: Service, name: str, value: str, message: str, between: str) -> None:
    answer = service.get(f"/users?{name}={value}{between}{name}={value}")
    demand_errors(answer, [(name, message)], "a parameter that is given twice is wrong")


@pytest.mark.section(MESSAGES)
def test_wrong_parameters_come_together_and_in_order(service: Service) -> None:
    answer = service.get("/users?expand=x&email=x&cursor=x&limit=x&y=x")
    wanted = [("limit", demands.LIMIT), ("cursor", demands.CURSOR), ("email", demands.EMAIL), ("expand", demands.EXPAND)]
    demand_errors(answer, wanted, "all wrong parameters come in one answer, in the contract's order")


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


@pytest.mark.section(MESSAGES)
def test_malformed_percent_sequence_stands_for_itself(service: Service) -> None:
    user = service.new_user(email=f"a%zz%4{unique_email()}")
    answer = service.get(f"/users?email={user['email']}")
    demand_equal(answer["items"], [user], "a malformed percent-sequence stands for itself", answer)


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
