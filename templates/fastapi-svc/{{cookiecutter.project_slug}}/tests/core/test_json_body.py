{# Made from templates/shared/python/tests/core/test_json_body.py by `make sync`: edit that. #}
"""JSON bodies: what is read, and what is refused."""

import pytest

from {{ cookiecutter.__package }}.core.errors import Invalid
from {{ cookiecutter.__package }}.core.json_body import parse_json


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"{}", {}),
        (b' {"a": [1, -2, true, null]}\r\n', {"a": [1, -2, True, None]}),
        (rb'{"a": "\ud83d\ude00 \n"}', {"a": "😀 \n"}),
        (rb'{"a": "\\u0000"}', {"a": "\\u0000"}),
        ('{"ä": "\x7f"}'.encode(), {"ä": "\x7f"}),
    ],
)
def test_value_is_read(raw: bytes, value: object) -> None:
    assert parse_json(raw) == value


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"{} {}",
        b'{"a": 01}',
        b'{"a": Infinity}',
        b'{"a": NaN}',
        b"{'a': 1}",
        b'{"a": "\x01"}',
        b'{"a": "\xff"}',
        b"\xef\xbb\xbf{}",
        '{"a": 1}'.encode("utf-16"),
        rb'{"a": "\ud800"}',
        rb'{"\udc00": 1}',
        rb'{"a": [{"b": "\u0000"}]}',
        b'{"a": ' + 5000 * b"9" + b"}",
        b'{"a":' * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
    ],
)
def test_body_that_cannot_be_stored(raw: bytes) -> None:
    with pytest.raises(Invalid):
        parse_json(raw)
