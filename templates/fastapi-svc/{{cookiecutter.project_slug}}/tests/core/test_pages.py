{# Made from templates/shared/python/tests/core/test_pages.py by `make sync`: edit that. #}
"""Cursors, links to the next page, and times."""

from datetime import UTC, datetime

import pytest
from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from {{ cookiecutter.__package }}.core.pages import (
    PageQuery,
    decode_cursor,
    encode_cursor,
    next_link,
)
from {{ cookiecutter.__package }}.core.schemas import Moment, Timestamp
from {{ cookiecutter.__package }}.core.times import format_time, now


@pytest.mark.parametrize("after", [1, 42, 2**63 - 1])
def test_cursor(after: int) -> None:
    assert decode_cursor(encode_cursor(after)) == after


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "YWZ0ZXI6",
        "YWZ0ZXI6MA",
        "YWZ0ZXI6MDE",
        "YWZ0ZXI6MQ==",
        "YWZ0ZXI6MR",
        "YWZ0ZXI6LTE",
        " YWZ0ZXI6MQ",
        "YWZ0ZXI6OTIyMzM3MjAzNjg1NDc3NTgwOA",
        "é",
    ],
)
def test_bad_cursor(cursor: str) -> None:
    with pytest.raises(PydanticCustomError):
        decode_cursor(cursor)


class Query(PageQuery):
    status: str | None = None
    tags: list[str] = Field(default=[], alias="tag")


def test_link_repeats_what_was_sent() -> None:
    query = Query.model_validate({"limit": "7", "cursor": "YWZ0ZXI6Mw", "status": "a&b"})

    assert query.after == 3
    assert next_link("/things", query, 12) == '</things?limit=7&status=a%26b&cursor=YWZ0ZXI6MTI>; rel="next"'
    query = Query.model_validate({"tag": ["a", "b"]})
    assert next_link("/things", query, 12) == '</things?tag=a&tag=b&cursor=YWZ0ZXI6MTI>; rel="next"'
    assert next_link("/things", Query(), 1) == '</things?cursor=YWZ0ZXI6MQ>; rel="next"'


@pytest.mark.parametrize("limit", ["0", "101", "x", ""])
def test_bad_limit(limit: str) -> None:
    with pytest.raises(ValidationError):
        PageQuery.model_validate({"limit": limit})


def test_times_are_whole_milliseconds() -> None:
    assert now().microsecond % 1000 == 0
    assert now().utcoffset() == UTC.utcoffset(None)
    assert format_time(datetime(2026, 1, 31, 9, 30, tzinfo=UTC)) == "2026-01-31T09:30:00.000Z"
    assert format_time(datetime(2026, 1, 31, 9, 30, 0, 999_999, tzinfo=UTC)) == "2026-01-31T09:30:00.999Z"


@pytest.mark.parametrize(
    ("sent", "printed"),
    [
        ("2026-12-01T10:00:00Z", "2026-12-01T10:00:00.000Z"),
        ("2026-12-01T10:00:00+02:00", "2026-12-01T08:00:00.000Z"),
        ("2026-12-01T10:00:00.9999-05:30", "2026-12-01T15:30:00.999Z"),
    ],
)
def test_times_of_bodies_are_kept_as_they_are_printed(sent: str, printed: str) -> None:
    moment = TypeAdapter(Moment).validate_python(sent)

    assert (moment.utcoffset(), moment.microsecond % 1000) == (UTC.utcoffset(None), 0)
    assert TypeAdapter(Timestamp).dump_json(moment).decode() == f'"{printed}"'


def test_time_of_any_offset_is_printed_in_utc() -> None:
    moment = datetime.fromisoformat("2026-12-01T10:00:00-05:00")

    assert TypeAdapter(Timestamp).dump_json(moment).decode() == '"2026-12-01T15:00:00.000Z"'


def test_time_of_a_body_needs_its_offset() -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Moment).validate_python("2026-12-01T10:00:00")
