"""Every combination of the options, with both engines, with natural and with awkward answers.

Both engines render a covering set, and agree with each other and with plain Jinja. Plain Jinja then makes every variant
of every file, so that every combination is put together from files that were looked into.
"""

import shutil
import stat
from collections.abc import Callable, Iterable
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
    assert {path: text for path, (_, text) in contents(tmp_path / "natural").items()} == by_plain_jinja(answers, tree)
    record_property(RENDERED, 1)
    shutil.rmtree(tmp_path)


def by_plain_jinja(answers: matrix.Answers, tree: Path) -> dict[str, bytes]:
    template = str(answers["template"])
    namespace = {**engines.namespace(tree, template), **answers, **matrix.flags(answers)}
    made = [made for source in sources(template) if (made := source.made_in(namespace))]
    return {path: text.encode() for path, text in made}


def sources(template: str) -> Iterable[matrix.Source]:
    """Return the files of a template but Copier's own."""
    return (source for source in matrix.sources(template) if "_copier_conf" not in source.path)


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_variant_of_every_file_is_sound(
    template: str, tree: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    defaults = engines.namespace(tree, template)
    variants = matrix.variants(template)
    complaints = []
    projects = max(len(variants[source]) for source in sources(template))
    for source in sources(template):
        made = []
        for combinations in variants[source]:
            first = combinations[0]
            if file := source.made_in({**defaults, **first, **matrix.flags(first)}):
                answers = {answer for combination in combinations for answer in combination.items()}
                complaints += checks.complaints_of_file(*file, answers)
                made.append(file)
        # Each variant has a place in some project; that it does not fit the others is nothing to a formatter.
        for number in range(projects if made else 0):
            path, text = made[number % len(made)]
            place = tmp_path / str(number) / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
    assert complaints == []
    assert [complaint for project in sorted(tmp_path.iterdir()) for complaint in checks.formatted(project)] == []
    record_property(COMBINATIONS, len(matrix.every_combination(template)))
    record_property(VARIANTS, sum(map(len, variants.values())))
    shutil.rmtree(tmp_path)


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
