"""What counts as a valid field or parameter."""

import json
from collections.abc import Callable

import pytest

from {{ cookiecutter.__package }}.json_body import decode_object
from {{ cookiecutter.__package }}.problems import Problem
from {{ cookiecutter.__package }}.schemas import (
    normalise_email,
    parse_page_query,
    parse_profile,
    parse_user,
    parse_user_id,
    parse_user_patch,
    parse_user_query,
)
from {{ cookiecutter.__package }}.users import ProfileDraft, UserDraft

NAME = "must be 1 to 100 characters without control characters"
AGE = "must be an integer from 0 to 150 or null"
WEBSITE = "must be empty or an absolute http(s) URL of at most 200 characters"


def messages(call: Callable[[], object]) -> dict[str, str]:
    """Return the messages of a call that is refused, by field or parameter."""
    with pytest.raises(Problem) as refused:
        call()
    assert refused.value.detail == "The request is not valid."
    return {error.get("pointer") or error["parameter"]: error["message"] for error in refused.value.errors}


def user(**fields: object) -> dict[str, object]:
    return decode_object(json.dumps({"name": "Ada", "email": "ada@example.com", **fields}).encode())


def with_age(number: str) -> dict[str, object]:
    return decode_object(b'{"name": "Ada", "email": "ada@example.com", "age": ' + number.encode() + b"}")


@pytest.mark.parametrize("name", ["A", "  A\u00a0B\u3000", "x" * 100, "😀" * 100, "\u2028x\n", "\ufeff"])
def test_name(name: str) -> None:
    white_space = "\t\n\x0b\f\r \x85\xa0\u2028\u3000"
    assert parse_user(user(name=name)).name == name.strip(white_space)


@pytest.mark.parametrize("name", ["", " \u2003\n", "x" * 101, "a\x00b", "a\tb", "\x1fa", "a\x7f", "a\x9fb", 1, None])
def test_bad_name(name: object) -> None:
    body: dict[str, object] = {"name": name, "email": "ada@example.com"}

    assert messages(lambda: parse_user(body)) == {"/name": NAME}


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Ada@Example.COM", "ada@example.com"),
        ("\u00a0a@b\n", "a@b"),
        ("a.!#$%&'*+/=?^_`{|}~-b@x-y.z", "a.!#$%&'*+/=?^_`{|}~-b@x-y.z"),
        ("\u212a@x", "k@x"),
        ("a" * 242 + "@example.com", "a" * 242 + "@example.com"),
    ],
)
def test_email(text: str, address: str) -> None:
    assert normalise_email(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "@b",
        "a@",
        "a@b@c",
        "a b@c",
        "a@-b",
        "a@b-",
        "a@b..c",
        "a@.b",
        "a@b\nc",
        "ä@b",
        "a@" + "b" * 64,
        "a" * 243 + "@example.com",
    ],
)
def test_bad_email(text: str) -> None:
    assert normalise_email(text) is None


@pytest.mark.parametrize(
    ("number", "age"), [("0", 0), ("150", 150), ("30.0", 30), ("3e1", 30), ("-0", 0), ("1500E-1", 150), ("null", None)]
)
def test_age(number: str, age: int | None) -> None:
    body = with_age(number)

    assert parse_user(body) == UserDraft("Ada", "ada@example.com", age)


@pytest.mark.parametrize("number", ["-1", "151", "30.5", "29.9999999999999999999", "1e400", '"30"', "true", "[]"])
def test_bad_age(number: str) -> None:
    body = with_age(number)

    assert messages(lambda: parse_user(body)) == {"/age": AGE}


def test_unknown_fields_come_last_and_sorted() -> None:
    body = user(name="", zip=1, **{"a/b~c": 2, "Z": 3})

    assert list(messages(lambda: parse_user(body))) == ["/name", "/Z", "/a~1b~0c", "/zip"]


def test_merge_patch_holds_what_was_sent() -> None:
    assert parse_user_patch({}) == {}
    assert parse_user_patch({"age": None}) == {"age": None}
    assert parse_user_patch({"name": " Ada "}) == {"name": "Ada"}
    assert list(messages(lambda: parse_user_patch({"name": None, "email": None}))) == ["/name", "/email"]


def test_profile() -> None:
    assert parse_profile({}) == ProfileDraft("", "", "")
    assert parse_profile({"bio": " x ", "location": "😀" * 100}) == ProfileDraft(" x ", "😀" * 100, "")
    wrong = {"bio": "x" * 501, "location": None, "website": "x"}
    assert messages(lambda: parse_profile(dict(wrong))) == {
        "/bio": "must be a string of at most 500 characters",
        "/location": "must be a string of at most 100 characters",
        "/website": WEBSITE,
    }


@pytest.mark.parametrize(
    "website", ["", "http://a", "HTTPS://Example.com:8080/x?y=%20#z[]", "https://a-b.c?d", "http://a/" + "x" * 191]
)
def test_website(website: str) -> None:
    assert parse_profile({"website": website}).website == website


@pytest.mark.parametrize(
    "website",
    ["a.example", "ftp://a", "http://", "http://u@a", "http://a b", "http://ä", "http://-a", "http://a/" + "x" * 192],
)
def test_bad_website(website: str) -> None:
    assert messages(lambda: parse_profile({"website": website})) == {"/website": WEBSITE}


@pytest.mark.parametrize("raw", ["1", "42", "9223372036854775807"])
def test_id(raw: str) -> None:
    assert parse_user_id(raw) == int(raw)


@pytest.mark.parametrize("raw", ["0", "01", "+1", "-1", "1.0", "x", "\u0661", "9223372036854775808", "1" * 5000])
def test_bad_id(raw: str) -> None:
    assert messages(lambda: parse_user_id(raw)) == {"id": "must be a positive integer"}


def test_page_query() -> None:
    query = parse_page_query(b"limit=7&cursor=YWZ0ZXI6Mw&email=%20A%2Bb@X.de&expand=profile&other=1&other=2")

    assert (query.limit, query.after, query.email, query.expand_profile) == (7, 3, "a+b@x.de", True)
    assert query.next_link(12) == '</users?limit=7&cursor=YWZ0ZXI6MTI&email=a%2Bb%40x.de&expand=profile>; rel="next"'


def test_page_query_defaults() -> None:
    query = parse_page_query(b"")

    assert (query.limit, query.after, query.email, query.expand_profile) == (20, 0, None, False)
    assert query.next_link(1) == '</users?cursor=YWZ0ZXI6MQ>; rel="next"'


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        (b"limit=0", ["limit"]),
        (b"limit=101", ["limit"]),
        (b"limit=05", ["limit"]),
        (b"limit", ["limit"]),
        (b"limit=5&limit=5", ["limit"]),
        (b"cursor=", ["cursor"]),
        (b"cursor=YWZ0ZXI6Mw==", ["cursor"]),
        (b"cursor=YWZ0ZXI6MA", ["cursor"]),
        (b"cursor=%zz", ["cursor"]),
        (b"expand=Profile", ["expand"]),
        (b"expand=&email=x&cursor=x&limit=x", ["limit", "cursor", "email", "expand"]),
    ],
)
def test_bad_page_query(query: bytes, parameters: list[str]) -> None:
    assert list(messages(lambda: parse_page_query(query))) == parameters


def test_user_query() -> None:
    assert parse_user_query("7", b"") == (7, False)
    assert parse_user_query("7", b"expand=profile") == (7, True)
    assert list(messages(lambda: parse_user_query("x", b"expand=profile&expand=profile"))) == ["id", "expand"]
