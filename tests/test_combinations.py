"""Every combination of the options, with both engines, with natural and with awkward answers.

The combinations that stand for all (tests/matrix.py) are rendered; that every other one is put together from the same
files is shown by rendering some of those, too.
"""

import random
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

import checks
import engines
import matrix
from conftest import COMBINATIONS, RENDERED

TEMPLATES = matrix.options()["template"]
REPRESENTATIVES = [answers for template in TEMPLATES for answers in matrix.representatives(template)]
NUMBERED = [pytest.param(number, answers, id=matrix.readable_id(answers)) for number, answers in enumerate(REPRESENTATIVES)]
SAMPLES = 8


@pytest.mark.parametrize(("number", "answers"), NUMBERED)
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
    record_property(RENDERED, 1)
    shutil.rmtree(tmp_path)


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_combination_is_made_of_files_that_were_rendered(
    template: str, tree: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    every = matrix.every_combination(template)
    representatives = matrix.representatives(template)
    for source in matrix.sources(template):
        met = [source.seen_in(answers) for answers in representatives]
        assert all(source.seen_in(answers) in met for answers in every), source.path
    others = [answers for answers in every if answers not in representatives]
    sample = random.Random(template).sample(others, SAMPLES)  # noqa: S311 - no secret
    for number, answers in enumerate(sample):
        made = contents(engines.with_copier(tree, tmp_path / f"{number}", answers))
        parts = composed(template, answers, tree, tmp_path)
        assert made == parts, matrix.readable_id(answers)
    record_property(COMBINATIONS, len(every))


def composed(template: str, answers: matrix.Answers, tree: Path, directory: Path) -> dict[str, tuple[int, bytes]]:
    """Return the files of a combination as the projects that stand for all have them."""
    parts = {}
    for source in matrix.sources(template):
        wanted = source.seen_in(answers)
        like = next(other for other in matrix.representatives(template) if source.seen_in(other) == wanted)
        project = directory / matrix.readable_id(like)
        if not project.exists():
            engines.with_copier(tree, project, like)
        path = source.made_in(answers)
        if path:
            parts[path] = content(project / path)
    return parts


def contents(project: Path) -> dict[str, tuple[int, bytes]]:
    """Return each file's mode and bytes by its path; Copier's answers file, which Cookiecutter lacks by design, is left out."""
    return {
        path.relative_to(project).as_posix(): content(path) for path in checks.files(project) if path.name != engines.ANSWERS_FILE
    }


def content(path: Path) -> tuple[int, bytes]:
    return stat.S_IMODE(path.stat().st_mode), path.read_bytes()


def test_every_template_changes_with_every_option(tree: Path, tmp_path: Path) -> None:
    """An option that changed nothing would be a question asked in vain."""
    for template in matrix.options()["template"]:
        default = contents(engines.with_copier(tree, tmp_path / template, {"template": template}))
        for option, values in matrix.options().items():
            if option == "template":
                continue
            for value in values[1:]:
                given = {"template": template, option: value}
                other = contents(engines.with_copier(tree, tmp_path / f"{template}-{option}-{value}", given))
                assert other != default, f"{option}={value} changes nothing in {template}"


def test_copier_alone_leaves_the_same_files_without_tasks(tree: Path, tmp_path: Path) -> None:
    answers = {"template": "fastapi-svc", "ci": "none"}
    with_tasks = engines.with_copier(tree, tmp_path / "with", answers, tasks=True)
    without = engines.with_copier(tree, tmp_path / "without", answers)
    assert contents(with_tasks) == contents(without)
    assert [path for path in with_tasks.rglob("*") if path.is_dir() and not any(path.iterdir())] == []
