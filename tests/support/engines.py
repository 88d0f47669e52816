"""The working tree rendered: by Copier, and without an engine. The fixtures `copied` and `baked` are for a single test."""

import shutil
import stat
from pathlib import Path

import copier

from tests.support.inputs import note_project
from tools import ROOT, questions
from tools.questions import Answers

CACHES = {"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache"}
NOT_TEMPLATE = CACHES | {".git", ".venv", "build", "bench", "docs"}
ANSWERS_FILE = ".copier-answers.yml"


def copy_of_tree(destination: Path) -> Path:
    """Copy the working tree without its history, so that Copier takes it as it stands and clones nothing."""

    def ignore(directory: str, names: list[str]) -> set[str]:
        return (NOT_TEMPLATE if Path(directory) == ROOT else CACHES) & set(names)

    return shutil.copytree(ROOT, destination, ignore=ignore, symlinks=True)


def with_copier(source: Path, destination: Path, answers: Answers, *, tasks: bool = False) -> Path:
    """Render with Copier as an unattended user does; questions without an answer take their defaults."""
    note_project(answers)
    copier.run_copy(
        str(source),
        destination,
        {"run_tests": False, **answers},
        defaults=True,
        unsafe=tasks,
        skip_tasks=not tasks,
        quiet=True,
    )
    return destination


def by_plain_jinja(answers: Answers, root: Path = ROOT) -> dict[str, bytes]:
    """Return a project's files but Copier's own, by their path, as Jinja makes them without an engine."""
    namespace = questions.namespace({"run_tests": False, **answers})
    sources = [source for source in questions.sources(str(namespace["__template"]), root) if "_copier_conf" not in source.path]
    return {made[0]: made[1].encode() for source in sources if (made := source.made_in(namespace))}


def written_by_plain_jinja(destination: Path, answers: Answers) -> Path:
    """Write the files of a project without an engine, which costs a tenth of the time."""
    note_project(answers)
    for path, text in by_plain_jinja(answers).items():
        place = destination / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text)
    return destination


def contents(project: Path) -> dict[str, tuple[int, bytes]]:
    """Return each file's mode and bytes by its path; Copier's answers file, which Cookiecutter lacks by design, is left out."""
    return {
        path.relative_to(project).as_posix(): (stat.S_IMODE(path.stat().st_mode), path.read_bytes())
        for path in sorted(project.rglob("*"))
        if path.is_file() and path.name != ANSWERS_FILE
    }
