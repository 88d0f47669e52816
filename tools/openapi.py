"""Choose the parts of contract/openapi.yaml that belong to a project's options.

`python -m tools.openapi jwt` prints the document of a project with logins, `none` that of one without.
"""

import argparse
import json
from collections.abc import Set
from typing import Any

import yaml

from tools import ROOT

SOURCE = ROOT / "contract/openapi.yaml"
PRESENT: dict[str, Set[str]] = {"none": frozenset(), "jwt": frozenset({"auth"})}
_ABSENT = object()


def document(auth: str) -> dict[str, Any]:
    """Return the contract's document for a project with this answer to `auth`."""
    chosen: dict[str, Any] = choose(yaml.safe_load(SOURCE.read_text(encoding="utf-8")), PRESENT[auth])
    return chosen


def choose(part: Any, present: Set[str]) -> Any:
    """Return what a part of the document is where the options in `present` are; the head of the document tells the rules."""
    if isinstance(part, list):
        return [chosen for item in part if (chosen := choose(item, present)) is not _ABSENT]
    if not isinstance(part, dict):
        return part
    if "x-when" in part and not _holds(part["x-when"], present):
        return choose(part.get("x-else", _ABSENT), present)
    if "x-value" in part:
        return choose(part["x-value"], present)
    return {
        name: chosen for name, value in part.items() if name != "x-when" and (chosen := choose(value, present)) is not _ABSENT
    }


def _holds(condition: str, present: Set[str]) -> bool:
    word, _, option = condition.rpartition(" ")
    return (option in present) == (word != "not")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("auth", choices=PRESENT)
    print(json.dumps(document(parser.parse_args().auth), indent=2, ensure_ascii=False))
