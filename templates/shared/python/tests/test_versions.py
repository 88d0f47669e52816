"""Cursors, entity tags and times."""

from datetime import UTC, datetime

import pytest

from {{ cookiecutter.__package }}.users import (
    decode_cursor,
    encode_cursor,
    entity_tag,
    format_time,
    none_match_hits,
    now,
    parse_if_match,
)


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
    assert decode_cursor(cursor) is None


@pytest.mark.parametrize(
    ("values", "versions"),
    [
        ([], None),
        (["*"], None),
        (['"3"'], {3}),
        (['"1", "2" ,,"x,y"'], {1, 2}),
        (['"1"', '"2"'], {1, 2}),
        (['W/"3"'], set()),
        (['"03"'], set()),
        (["3"], set()),
        (['"3" junk'], set()),
        (['*, "3"'], set()),
        ([""], set()),
    ],
)
def test_if_match(values: list[str], versions: set[int] | None) -> None:
    assert parse_if_match(values) == versions


@pytest.mark.parametrize(
    ("values", "hits"),
    [
        ([], False),
        (["*"], True),
        (['"3"'], True),
        (['W/"3"'], True),
        (['"1", W/"3"'], True),
        (['"4"'], False),
        (['"3" junk'], False),
    ],
)
def test_if_none_match(values: list[str], hits: bool) -> None:
    assert none_match_hits(values, 3) is hits


def test_entity_tag() -> None:
    assert entity_tag(7) == '"7"'


def test_times_are_whole_milliseconds() -> None:
    assert now().microsecond % 1000 == 0
    assert now().utcoffset() == UTC.utcoffset(None)
    assert format_time(datetime(2026, 1, 31, 9, 30, tzinfo=UTC)) == "2026-01-31T09:30:00.000Z"
    assert format_time(datetime(2026, 1, 31, 9, 30, 0, 999_999, tzinfo=UTC)) == "2026-01-31T09:30:00.999Z"
