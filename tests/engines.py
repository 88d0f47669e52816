"""Render the working tree with either engine."""

import shutil
from functools import cache
from pathlib import Path
from typing import Any

import copier
from cookiecutter.main import cookiecutter

from matrix import ROOT, Answers

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


def namespace(source: Path, template: str) -> dict[str, object]:
    """Return what a template's files read where every question takes its default."""
    answers = {"template": template, "run_tests": False}
    worker = copier.run_copy(str(source), "unused", answers, defaults=True, skip_tasks=True, quiet=True, pretend=True)
    found: dict[str, object] = worker.answers.combined["cookiecutter"]
    return found


def with_cookiecutter(source: Path, output: Path, answers: Answers, *, hooks: bool = False) -> Path:
    """Render with Cookiecutter as an unattended user does; questions without an answer take their defaults."""
    context: dict[str, Any] = {"run_tests": False, **answers}
    template = context.pop("template")
    made = cookiecutter(
        str(source / "templates" / template),
        no_input=True,
        extra_context=context,
        output_dir=str(output),
        accept_hooks=hooks,
        config_file=str(_configuration(output.parent)),
    )
    return Path(made)


@cache
def _configuration(directory: Path) -> Path:
    """Return a user configuration of the test's own: the user's may hold default answers."""
    configuration = directory / "cookiecutter.yml"
    configuration.write_text(f"cookiecutters_dir: {directory}/clones\nreplay_dir: {directory}/replay\n", encoding="utf-8")
    return configuration
