"""What counts as a valid value of a user or a profile."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from {{ cookiecutter.__package }}.users.schemas import (
    ProfileUpdate,
    UserCreate,
    UserPatch,
    UserQuery,
)

USER = {"name": "Ada", "email": "ada@example.com"}


def wrong(model: type[BaseModel], values: dict[str, Any]) -> set[str]:
    """Return the fields of values that are refused."""
    with pytest.raises(ValidationError) as refused:
        model.model_validate(values)
    return {str(error["loc"][0]) for error in refused.value.errors()}


@pytest.mark.parametrize("name", ["A", "  A\u00a0B\u3000", "x" * 100, "😀" * 100, "\u2028x\n", "\ufeff"])
def test_name(name: str) -> None:
    white_space = "\t\n\x0b\f\r \x85\xa0\u2028\u3000"
    assert UserCreate.model_validate({**USER, "name": name}).name == name.strip(white_space)


@pytest.mark.parametrize("name", ["", " \u2003\n", "x" * 101, "a\x00b", "a\tb", "\x1fa", "a\x7f", "a\x9fb", 1, None])
def test_bad_name(name: object) -> None:
    assert wrong(UserCreate, {**USER, "name": name}) == {"name"}


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
    assert UserCreate.model_validate({**USER, "email": text}).email == address


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
        None,
    ],
)
def test_bad_email(text: object) -> None:
    assert wrong(UserCreate, {**USER, "email": text}) == {"email"}


@pytest.mark.parametrize("age", [0, 150, None])
def test_age(age: int | None) -> None:
    assert UserCreate.model_validate({**USER, "age": age}).age == age


@pytest.mark.parametrize("age", [-1, 151, 30.5, float("inf"), "30", True, []])
def test_bad_age(age: object) -> None:
    assert wrong(UserCreate, {**USER, "age": age}) == {"age"}


def test_unknown_field() -> None:
    assert wrong(UserCreate, {**USER, "zip": 1}) == {"zip"}


def test_patch_holds_what_was_sent() -> None:
    assert UserPatch.model_validate({}).model_dump(exclude_unset=True) == {}
    assert UserPatch.model_validate({"age": None}).model_dump(exclude_unset=True) == {"age": None}
    assert wrong(UserPatch, {"name": None, "email": None}) == {"name", "email"}


def test_profile() -> None:
    assert ProfileUpdate().model_dump() == {"bio": "", "location": "", "website": ""}
    assert ProfileUpdate(bio=" x ", location="😀" * 100).bio == " x "
    values = {"bio": "x" * 501, "location": None, "website": "x"}
    assert wrong(ProfileUpdate, values) == {"bio", "location", "website"}


@pytest.mark.parametrize(
    "website", ["", "http://a", "HTTPS://Example.com:8080/x?y=%20#z[]", "https://a-b.c?d", "http://a/" + "x" * 191]
)
def test_website(website: str) -> None:
    assert ProfileUpdate(website=website).website == website


@pytest.mark.parametrize(
    "website",
    ["a.example", "ftp://a", "http://", "http://u@a", "http://a b", "http://ä", "http://-a", "http://a/" + "x" * 192],
)
def test_bad_website(website: str) -> None:
    assert wrong(ProfileUpdate, {"website": website}) == {"website"}


def test_query() -> None:
    query = UserQuery.model_validate({"email": " A+b@X.de ", "expand": "profile"})

    assert (query.limit, query.after, query.email, query.expand) == (20, 0, "a+b@x.de", "profile")
    assert wrong(UserQuery, {"email": "x", "expand": "all"}) == {"email", "expand"}
