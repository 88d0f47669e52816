"""The options that change files, as data: every combination, and a covering set of pairs for each template.

The tests and the public workflow (`make sync`) read the same data.
"""

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from allpairspy import AllPairs

ROOT = Path(__file__).parent.parent
# Answers that decide what the hook does, not what is generated.
WITHOUT_FILES = {"run_tests"}

Answers = Mapping[str, str]


def _questions() -> dict[str, dict[str, Any]]:
    documents: dict[str, Any] = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))
    return {name: spec for name, spec in documents.items() if not name.startswith("_")}


def options() -> dict[str, list[str]]:
    """Return each option that changes files with its values, the default first."""
    return {
        name: sorted(_values(spec), key=lambda value: value != spec["default"])
        for name, spec in _questions().items()
        if "choices" in spec and name not in WITHOUT_FILES
    }


def _values(spec: Mapping[str, Any]) -> list[str]:
    choices = spec["choices"]
    return list(choices.values()) if isinstance(choices, dict) else list(choices)


def every_combination() -> list[Answers]:
    names = options()
    return [dict(zip(names, values, strict=True)) for values in itertools.product(*names.values())]


def covering_set(template: str) -> list[Answers]:
    """Return the fewest combinations that hold every pair of values of one template's options."""
    names = {name: values for name, values in options().items() if name != "template"}
    return [{"template": template, **dict(zip(names, row, strict=True))} for row in AllPairs(list(names.values()))]


def covering_sets() -> list[Answers]:
    return [answers for template in options()["template"] for answers in covering_set(template)]


def readable_id(answers: Answers) -> str:
    return "-".join(answers.values())


# Free text that a careless template breaks on. Cookiecutter renders what it is given on the command line, so text
# with Jinja's own delimiters cannot come in alike through both engines: it is refused (tests/test_answers.py).
AWKWARD: list[Answers] = [
    {
        "project_name": 'Zoë\'s "Users" \\ Co {x} $1 #2',
        "project_slug": "a1-b2-3c",
        "description": "Says 'hi', \"ho\" and \\n; 100% {braced} $HOME `tick` <tag> & # no comment: - [x] * 名前 🙂",
        "author_name": "Anne-Marie O'Neil \"Nil\" d'Été",
        "author_email": "first.last+tag@sub-domain.example.org",
    },
    {
        "project_name": "L" * 59 + "g",
        "project_slug": "x" * 38 + "-9",
        "description": "d" * 200,
        "author_name": "ÅÄÖ " * 24 + "ßẞ",
        "author_email": "a" * 64 + "@example.com",
    },
    {
        "project_name": "true",
        "project_slug": "null",
        "description": "yes",
        "author_name": "1.0",
        "author_email": "0@1.example",
    },
    {
        "project_name": "- %YAML: &a !!b |",
        "project_slug": "z9",
        "description": "*/ --> ]]> ''' \"\"\" */ \\",
        "author_name": "{ } } {",
        "author_email": "x_y@example.com",
    },
]


if __name__ == "__main__":
    import json

    print(json.dumps(covering_sets()))
