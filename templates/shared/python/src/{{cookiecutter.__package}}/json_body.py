"""JSON bodies: read strictly, written compactly."""

import json
import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import NoReturn

from .problems import unreadable_body, unsupported_media_type

JSON = ("application/json",)
MERGE_PATCH = ("application/merge-patch+json", "application/json")

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_MAX_DEPTH = 32
_FORBIDDEN = re.compile("[\0\ud800-\udfff]")


def require_media_type(content_type: str | None, accepted: Sequence[str]) -> None:
    """Raise the 415 problem unless the Content-Type header is there and names one of the accepted types."""
    if (content_type or "").partition(";")[0].strip(" \t").lower() not in accepted:
        raise unsupported_media_type(accepted)


def decode_object(raw: bytes) -> dict[str, object]:
    """Return the JSON object that a body holds; raise the 400 problem where it holds anything else.

    A number comes as int, or as Decimal where it has a fraction or an exponent, so that nothing is rounded.
    """
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_object,
            parse_int=_number,
            parse_float=_number,
            parse_constant=_refuse,
        )
        if not isinstance(value, dict):
            raise ValueError("not an object")
        _check(value)
    except (ValueError, RecursionError):
        raise unreadable_body() from None
    return value


def encode(value: object) -> bytes:
    """Return a value as compact JSON in UTF-8."""
    return _ENCODER.encode(value).encode()


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key is repeated")
    return members


def _number(text: str) -> int | Decimal:
    # int() refuses thousands of digits, and Decimal exponents of dozens: such a number is zero or out of every range.
    if len(text) < 20 and text.lstrip("-").isdigit():
        return int(text)
    try:
        return Decimal(text)
    except InvalidOperation:
        digits = text.lower().partition("e")[0]
        return Decimal("Infinity") if digits.strip("-0.") else Decimal(0)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _check(document: dict[str, object]) -> None:
    """Raise ValueError where a value nests too deep or a text is not one that every database can keep."""
    level: list[object] = [document]
    for depth in range(1, _MAX_DEPTH + 2):
        below: list[object] = []
        for value in level:
            if isinstance(value, str):
                if _FORBIDDEN.search(value):
                    raise ValueError("a lone surrogate or NUL")
            elif isinstance(value, (dict, list)):
                if depth > _MAX_DEPTH:
                    raise ValueError("nested too deep")
                below += value
                below += value.values() if isinstance(value, dict) else ()
        level = below
