"""Ask for a new project and generate it with Copier (`make new`).

Takes the options of `copier copy` that are useful here. The project lands beside this repository, in a
directory named by its slug, unless a destination is given. A bad answer is refused in one line.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import copier
import yaml
from copier.errors import CopierError, DirtyLocalWarning

ROOT = Path(__file__).parent.parent


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make new", description="Generate a service.")
    parser.add_argument("destination", nargs="?", type=Path, help="a new directory (default: ../<project_slug>)")
    parser.add_argument("--defaults", action="store_true", help="take the defaults of all questions that -d leaves open")
    parser.add_argument("-d", "--data", action="append", default=[], metavar="NAME=VALUE", help="answer a question")
    return parser.parse_args()


def parse_answers(pairs: list[str]) -> dict[str, object]:
    """Turn NAME=VALUE pairs into answers; raise ValueError on one that names no question."""
    questions = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))
    answers: dict[str, object] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        spec = questions.get(name)
        if not equals or name.startswith("_") or not isinstance(spec, dict) or spec.get("when") is False:
            raise ValueError(f"-d {pair}: not the answer to a question")
        answers[name] = yaml.safe_load(value) if spec["type"] == "bool" else value
    return answers


def generate(arguments: argparse.Namespace) -> int:
    """Render into a new directory next to the destination, whose name is known only after the questions; then move it."""
    answers = parse_answers(arguments.data)
    near = (arguments.destination or ROOT).resolve().parent
    near.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".polysvc-", dir=near) as staging:
        rendered = Path(staging, "project")
        worker = copier.run_copy(
            str(ROOT), rendered, answers, vcs_ref="HEAD", defaults=arguments.defaults, unsafe=True, skip_tasks=True, quiet=True
        )
        given = worker.answers.combined
        destination = arguments.destination or near / given["project_slug"]
        if destination.exists():
            raise ValueError(f"{destination} already exists; nothing was changed")
        rendered.rename(destination)
    hook = [sys.executable, str(ROOT / "hooks/post_gen_project.py"), str(given["run_tests"])]
    return subprocess.run(hook, cwd=destination, env={**os.environ, "PWD": str(Path.cwd())}, check=False).returncode


def main() -> int:
    warnings.simplefilter("ignore", DirtyLocalWarning)
    try:
        return generate(parse_arguments())
    except (CopierError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
