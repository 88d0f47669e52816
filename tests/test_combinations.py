"""Every combination of the options, with both engines, with natural and with awkward answers.

Both engines render a covering set, and agree with each other and with plain Jinja. Plain Jinja then makes every variant
of every file, so that every combination is put together from files that were looked into.
"""

from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path

import pytest

from tests.support import checks, engines, matrix
from tests.support.engines import contents
from tests.support.figures import COMBINATIONS, RENDERED, VARIANTS
from tests.support.inputs import note_files
from tools import questions

pytestmark = pytest.mark.stamped("copier.yml", "hooks")

Render = Callable[[questions.Answers], Path]
Record = Callable[[str, object], None]

# Each awkward text in a combination of its own. What every change has to pass is those and as many with natural answers.
QUICK = 2 * len(matrix.AWKWARD)
NATURAL: questions.Answers = {}
COVERING = [
    pytest.param(
        {**answers, **texts},
        id=matrix.readable_id(answers) + ("-awkward" if texts else ""),
        marks=() if number < QUICK else pytest.mark.thorough,
    )
    for template in matrix.TEMPLATES
    for number, (answers, texts) in enumerate(zip_longest(matrix.covering_set(template), matrix.AWKWARD, fillvalue=NATURAL))
]


@pytest.mark.parametrize("answers", COVERING)
def test_both_engines_make_the_same_sound_project(
    answers: questions.Answers, copied: Render, baked: Render, record_property: Record
) -> None:
    note_files(f"templates/{answers['template']}")
    made = copied(answers)
    assert contents(made) == contents(baked(answers))
    assert {path: text for path, (_, text) in contents(made).items()} == engines.by_plain_jinja(answers)
    assert checks.complaints(made, answers) == []
    record_property(RENDERED, 1)


@pytest.mark.parametrize("template", matrix.TEMPLATES)
def test_every_variant_of_every_file_is_sound(template: str, tmp_path: Path, record_property: Record) -> None:
    note_files(f"templates/{template}")
    complaints = []
    variants = matrix.variants(template)
    for (source, _), combinations in variants.items():
        if made := source.made_in(questions.namespace(combinations[0])):
            answers = {answer for combination in combinations for answer in combination.items()}
            complaints += checks.complaints_of_file(*made, answers)
    for number, chosen in enumerate(matrix.representatives(template)):
        project = engines.written_by_plain_jinja(tmp_path / str(number), chosen)
        complaints += [f"{matrix.readable_id(chosen)}: {complaint}" for complaint in checks.formatted(project)]
    assert complaints == []
    record_property(COMBINATIONS, len(questions.every_combination(template)))
    record_property(VARIANTS, len(variants))


@pytest.mark.parametrize("template", matrix.SERVICES)
def test_every_option_changes_the_template(template: str) -> None:
    """An option that changed nothing would be a question asked in vain."""
    note_files(f"templates/{template}")
    combinations = questions.every_combination(template)
    for option, values in questions.options().items():
        for value in values[1:] if option != "template" else []:
            other = next(answers for answers in combinations if answers.get(option) == value)
            usual = {**other, option: values[0]}
            assert engines.by_plain_jinja(other) != engines.by_plain_jinja(usual), f"{option}={value} changes nothing"


def test_copier_alone_leaves_the_same_files_without_tasks(tree: Path, tmp_path: Path) -> None:
    answers = {"template": "fastapi-svc", "ci": "none"}
    with_tasks = engines.with_copier(tree, tmp_path / "with", answers, tasks=True)
    without = engines.with_copier(tree, tmp_path / "without", answers)
    assert contents(with_tasks) == contents(without)
    assert [path for path in with_tasks.rglob("*") if path.is_dir() and not any(path.iterdir())] == []
