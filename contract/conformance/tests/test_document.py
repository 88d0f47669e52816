"""The OpenAPI document takes in a request what the suite knows to be valid, and nothing that it knows to be wrong."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from conformance import values
from conformance.cases.test_list import CURSORS_BYTES, CURSORS_TEXT, cursor_after, encoded
from conformance.observer import errors_by_schema, load_document

DOCUMENT = load_document()


def is_valid(schema: str, value: Any) -> bool:
    return not list(errors_by_schema(DOCUMENT, schema, value))


def patterns(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("pattern"), str):
            yield node["pattern"]
        for child in node.values():
            yield from patterns(child)
    elif isinstance(node, list):
        for child in node:
            yield from patterns(child)


GOOD = [
    *[("NewName", case.values[0]) for case in values.NAMES],
    *[("NewName", f"{chr(number)}Ada{chr(number)}") for number in values.WHITE_SPACE],
    *[("NewEmail", case.values[0]) for case in values.EMAILS],
    *[("NewEmail", f"{chr(number)}ada@b{chr(number)}") for number in values.WHITE_SPACE],
    *[("Age", json.loads(case.values[0])) for case in values.AGES if len(case.values[0]) < 20],
    *[("Bio", case.values[0]) for case in values.BIOS],
    *[("Place", case.values[0]) for case in values.PLACES],
    *[("Website", case.values[0]) for case in values.WEBSITES],
    *[("Cursor", cursor_after(number)) for number in (1, 2, 9, 10, 42, 99, 100, 101, 999, 1000, 12345, 2**31, 2**63 - 1)],
]
# JSON text whose value a Python float cannot hold, or at most one over 2^63 - 1, is beyond what a pattern can say.
BAD = [
    *[("NewName", case.values[0]) for case in values.BAD_NAMES],
    *[("NewEmail", case.values[0]) for case in values.BAD_EMAILS],
    *[("Age", json.loads(case.values[0])) for case in values.BAD_AGES if len(case.values[0]) < 20 and "e" not in case.id],
    *[("Bio", case.values[0]) for case in values.BAD_BIOS],
    *[("Place", case.values[0]) for case in values.BAD_PLACES],
    *[("Website", case.values[0]) for case in values.BAD_WEBSITES],
    *[("Cursor", text) for text in CURSORS_TEXT.values() if "%" not in text],
    *[("Cursor", encoded(data)) for name, data in CURSORS_BYTES.items() if name != "id 2^63"],
]


@pytest.mark.parametrize(("schema", "value"), GOOD)
def test_schema_takes(schema: str, value: Any) -> None:
    assert is_valid(schema, value)


@pytest.mark.parametrize(("schema", "value"), BAD)
def test_schema_refuses(schema: str, value: Any) -> None:
    assert not is_valid(schema, value)


def test_cursor_pattern_takes_every_id() -> None:
    pattern = re.compile(DOCUMENT["components"]["schemas"]["Cursor"]["pattern"])
    assert [number for number in range(1, 20_000) if not pattern.search(cursor_after(number))] == []


def test_no_text_holds_a_delimiter_of_jinja() -> None:
    assert re.search(r"\{[{%#]", json.dumps(DOCUMENT)) is None


def test_patterns_are_anchored() -> None:
    assert [pattern for pattern in patterns(DOCUMENT) if not pattern.startswith("^")] == []
