"""JSON bodies: what is read, and how it is written."""

from decimal import Decimal

import pytest

from {{ cookiecutter.__package }}.json_body import decode_object, encode
from {{ cookiecutter.__package }}.problems import Problem


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"{}", {}),
        (b' {"a": [1, -2, true, null]}\r\n', {"a": [1, -2, True, None]}),
        (b'{"a": 1.50, "b": 2e2}', {"a": Decimal("1.50"), "b": Decimal(200)}),
        (rb'{"a": "\ud83d\ude00 \n"}', {"a": "😀 \n"}),
        ('{"ä": "\x7f"}'.encode(), {"ä": "\x7f"}),
    ],
)
def test_object_is_read(raw: bytes, value: dict[str, object]) -> None:
    assert decode_object(raw) == value


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[{}]",
        b'"text"',
        b"{",
        b"{} {}",
        b'{"a": 01}',
        b'{"a": Infinity}',
        b"{'a': 1}",
        b'{"a": "\x01"}',
        b'{"a": "\xff"}',
        b"\xef\xbb\xbf{}",
        '{"a": 1}'.encode("utf-16"),
        b'{"a": 1, "a": 1}',
        b'{"a": {"b": 1, "b": 2}}',
        rb'{"a": "\ud800"}',
        rb'{"\udc00": 1}',
        rb'{"a": ["\u0000"]}',
        b'{"a":' * 33 + b"1" + b"}" * 33,
        b'{"a":' * 100_000,
    ],
)
def test_body_that_cannot_be_read(raw: bytes) -> None:
    with pytest.raises(Problem) as refused:
        decode_object(raw)

    assert refused.value.status == 400
    assert refused.value.detail.startswith("The body must be one JSON object")


def test_nesting_to_the_limit() -> None:
    assert "a" in decode_object(b'{"a":' * 32 + b"1" + b"}" * 32)


def test_numbers_of_any_size_are_read() -> None:
    exponent = b"9" * 30
    value = decode_object(b'{"a": ' + b"9" * 5000 + b', "b": 1e' + exponent + b', "c": -0.0e' + exponent + b"}")

    assert value == {"a": Decimal("9" * 5000), "b": Decimal("Infinity"), "c": 0}


def test_encoding_is_compact_and_escapes_no_more_than_json_needs() -> None:
    assert encode({"a": ['"\n</&\u2028é😀', None, 1]}) == '{"a":["\\"\\n</&\u2028é😀",null,1]}'.encode()
