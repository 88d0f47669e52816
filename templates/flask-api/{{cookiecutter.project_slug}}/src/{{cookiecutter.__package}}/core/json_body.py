{# Made from templates/shared/python/src/{{cookiecutter.__package}}/core/json_body.py by `make sync`: edit that. #}
"""JSON bodies, of which nothing may come that cannot be stored."""

import json
import re
from typing import Any, NoReturn

from .errors import Invalid

MAX_BODY_BYTES = 1_048_576
JSON = ("application/json",)
MERGE_PATCH = ("application/merge-patch+json", "application/json")

_FORBIDDEN = re.compile("[\0\ud800-\udfff]")


def parse_json(raw: bytes) -> Any:
    """Return the value of a body; raise Invalid where it is not JSON, or holds a lone surrogate or NUL.

    What nests without end is not JSON either: Python's parser, or the look through it, gives up.
    """
    try:
        value = json.loads(raw.decode(), parse_constant=_refuse)
        # Both can only come escaped.
        if b"\\u" in raw and _is_forbidden(value):
            raise ValueError("a lone surrogate or NUL")
    except (ValueError, RecursionError):
        raise Invalid([{"pointer": "", "message": "must be JSON in UTF-8 without lone surrogates and NUL"}]) from None
    return value


def _is_forbidden(value: object) -> bool:
    if isinstance(value, str):
        return _FORBIDDEN.search(value) is not None
    if isinstance(value, dict):
        return any(_is_forbidden(key) or _is_forbidden(member) for key, member in value.items())
    return isinstance(value, list) and any(map(_is_forbidden, value))


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
