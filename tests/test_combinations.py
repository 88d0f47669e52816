"""Every combination of the options, with both engines, with natural and with awkward answers.

Both engines render a covering set, and agree with each other and with plain Jinja. Plain Jinja then makes every variant
of every file, so that every combination is put together from files that were looked into.
"""

import shutil
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import checks
import engines
import matrix
from conftest import COMBINATIONS, RENDERED, VARIANTS

TEMPLATES = matrix.options()["template"]
COVERING = [
    pytest.param(number, answers, id=matrix.readable_id(answers)) for number, answers in enumerate(matrix.covering_sets())
]


@pytest.mark.parametrize(("number", "answers"), COVERING)
def test_both_engines_make_the_same_sound_project(
    number: int, answers: matrix.Answers, tree: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    awkward = matrix.AWKWARD[number % len(matrix.AWKWARD)]
    for name, given in (("natural", answers), ("awkward", {**answers, **awkward})):
        # One sound project says nothing of the other, so both engines' results are compared before one is looked into.
        made = engines.with_copier(tree, tmp_path / name, given)
        twin = engines.with_cookiecutter(tree, tmp_path / f"{name}-twin", given, hooks=True)
        assert contents(made) == contents(twin)
        assert checks.complaints(made, answers) == []
    defaults = engines.namespace(tree, str(answers["template"]))
    assert {path: text for path, (_, text) in contents(tmp_path / "natural").items()} == by_plain_jinja(answers, defaults)
    record_property(RENDERED, 1)
    shutil.rmtree(tmp_path)


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_variant_of_every_file_is_sound(
    template: str, tree: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    defaults = engines.namespace(tree, template)
    complaints = []
    variants = matrix.variants(template)
    for (source, _), combinations in variants.items():
        if made := source.made_in({**defaults, **combinations[0], **matrix.flags(combinations[0])}):
            answers = {answer for combination in combinations for answer in combination.items()}
            complaints += checks.complaints_of_file(*made, answers)
    for number, chosen in enumerate(matrix.representatives(template)):
        project = tmp_path / str(number)
        for path, text in by_plain_jinja(chosen, defaults).items():
            place = project / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(text)
        complaints += [f"{matrix.readable_id(chosen)}: {complaint}" for complaint in checks.formatted(project)]
    assert complaints == []
    record_property(COMBINATIONS, len(matrix.every_combination(template)))
    record_property(VARIANTS, len(variants))
    shutil.rmtree(tmp_path)


def by_plain_jinja(answers: matrix.Answers, defaults: Mapping[str, object]) -> dict[str, bytes]:
    """Return a project's files but Copier's own, without an engine; `defaults` are what templates read by default."""
    namespace = {**defaults, **answers, **matrix.flags(answers)}
    sources = [source for source in matrix.sources(str(answers["template"])) if "_copier_conf" not in source.path]
    return {made[0]: made[1].encode() for source in sources if (made := source.made_in(namespace))}


def contents(project: Path) -> dict[str, tuple[int, bytes]]:
    """Return each file's mode and bytes by its path; Copier's answers file, which Cookiecutter lacks by design, is left out."""
    return {
        path.relative_to(project).as_posix(): content(path) for path in checks.files(project) if path.name != engines.ANSWERS_FILE
    }


def content(path: Path) -> tuple[int, bytes]:
    return stat.S_IMODE(path.stat().st_mode), path.read_bytes()


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_option_changes_the_template(template: str, tree: Path) -> None:
    """An option that changed nothing would be a question asked in vain."""
    defaults = engines.namespace(tree, template)
    combinations = matrix.every_combination(template)
    for option, values in matrix.options().items():
        for value in values[1:] if option != "template" else []:
            other = next(answers for answers in combinations if answers.get(option) == value)
            usual = {**other, option: values[0]}
            assert by_plain_jinja(other, defaults) != by_plain_jinja(usual, defaults), f"{option}={value} changes nothing"


def test_copier_alone_leaves_the_same_files_without_tasks(tree: Path, tmp_path: Path) -> None:
    answers = {"template": "fastapi-svc", "ci": "none"}
    with_tasks = engines.with_copier(tree, tmp_path / "with", answers, tasks=True)
    without = engines.with_copier(tree, tmp_path / "without", answers)
    assert contents(with_tasks) == contents(without)
    assert [path for path in with_tasks.rglob("*") if path.is_dir() and not any(path.iterdir())] == []
