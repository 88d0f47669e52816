"""How long generation takes, as a ratio to the same engine on a template of one file (`make bench-generation`).

Every pair runs both templates in turn as whole processes, hooks off, from a Git repository as users have it,
so that a machine that slows down slows both. Prints the medians of the seconds and of the ratios.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tools import ROOT, templates

IDENTITY = ["-c", "user.name=Bench", "-c", "user.email=bench@example.com"]


def git(directory: Path, *arguments: str) -> None:
    subprocess.run(["git", *IDENTITY, *arguments], cwd=directory, check=True, capture_output=True)


def one_file_template(directory: Path) -> Path:
    """Make the smallest template that both engines take: one file, one question."""
    template = directory / "one-file"
    project = template / "{{cookiecutter.project_slug}}"
    project.mkdir(parents=True)
    (project / "README.md").write_text("# {{ cookiecutter.project_slug }}\n", encoding="utf-8")
    (template / "cookiecutter.json").write_text('{"project_slug": "user-service"}\n', encoding="utf-8")
    (template / "copier.yml").write_text(
        '_subdirectory: "{% raw %}{{cookiecutter.project_slug}}{% endraw %}"\n_templates_suffix: ""\n'
        "project_slug: {type: str, default: user-service}\n"
        "cookiecutter: {type: yaml, when: false, default: 'project_slug: {{ project_slug | tojson }}'}\n",
        encoding="utf-8",
    )
    git(template, "init", "--quiet")
    git(template, "add", "--all")
    git(template, "commit", "--quiet", "--message", "One file")
    return template


def copier(repository: Path, output: Path, template: str) -> list[str]:
    answers = ["--data", f"template={template}"] if template else []
    options = ["--defaults", "--skip-tasks", "--quiet", "--vcs-ref=HEAD", *answers]
    return [sys.executable, "-m", "copier", "copy", *options, str(repository), str(output)]


def cookiecutter(repository: Path, output: Path, template: str) -> list[str]:
    directory = ["--directory", f"templates/{template}"] if template else []
    return [
        sys.executable,
        "-m",
        "cookiecutter",
        "--no-input",
        "--accept-hooks=no",
        "-o",
        str(output),
        str(repository),
        *directory,
    ]


def seconds(command: Sequence[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=15)
    pairs = parser.parse_args().pairs
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch)
        small = one_file_template(directory)
        whole = directory / "polysvc"
        git(directory, "clone", "--quiet", str(ROOT), str(whole))
        print(f"{'engine':<14}{'template':<14}{'seconds':>8}{'one file':>10}{'ratio':>8}   ({pairs} pairs, medians)")
        for name, engine in (("Copier", copier), ("Cookiecutter", cookiecutter)):
            for template in templates.every():
                measure(name, engine, template, whole, small, directory, pairs)


def measure(
    name: str,
    engine: Callable[[Path, Path, str], list[str]],
    template: str,
    whole: Path,
    small: Path,
    directory: Path,
    pairs: int,
) -> None:
    ours, theirs = [], []
    for number in range(pairs + 1):
        output = directory / name / template / str(number)
        ours.append(seconds(engine(whole, output / "ours", template)))
        theirs.append(seconds(engine(small, output / "theirs", "")))
    # The first pair fills caches and is not counted.
    ratio = statistics.median(a / b for a, b in zip(ours[1:], theirs[1:], strict=True))
    medians = statistics.median(ours[1:]), statistics.median(theirs[1:])
    print(f"{name:<14}{template:<14}{medians[0]:>8.2f}{medians[1]:>10.2f}{ratio:>8.2f}", flush=True)


if __name__ == "__main__":
    main()
