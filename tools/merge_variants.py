"""Merge a file's variants, one for each combination of answers, into the one Jinja file that renders them all.

For files that a tool writes (`go.mod`, `go.sum`, `uv.lock`) and that differ by the answers:

    python tools/merge_variants.py --template gin-svc go.mod go.sum
    python tools/merge_variants.py --template flask-api uv.lock

renders the template once for each combination of the options that its dependencies follow from, runs the template's update
command in each (`go mod tidy` or `uv lock`; `--run` names another), merges each named file and writes it into the
template. A new dependency needs no more than its import or its line in pyproject.toml before. The same variants give
the same bytes, and nothing is written unless every variant comes out of the merged file as it went in.
`--check` writes nothing and exits 1 where a file is out of date.
"""

import argparse
import itertools
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from sync import PROJECT, ROOT, load_questions
from variants import SLUG_VARIABLE, Answers, merge, render

COMMANDS = {"gin-svc": "go mod tidy", "flask-api": "uv lock", "fastapi-svc": "uv lock"}
# A slug that no dependency holds, so that it can be found in what the tool wrote and become a variable again.
SLUG = "merged-variant-slug"


def combinations() -> list[Answers]:
    """Return what the templates read of every combination of the options that change a project's dependencies."""
    databases = load_questions()["database"]["choices"].values()
    logins = ({"auth": "none", "__uses_redis": ""}, {"auth": "jwt", "__uses_redis": ""}, {"auth": "jwt", "__uses_redis": "yes"})
    return [{"database": database, **login} for database, login in itertools.product(databases, logins)]


def generate(template: str, answers: Answers, command: str, target: Path) -> None:
    """Render the template, with what is not committed yet, and run the update command in the new project."""
    data = {"template": template, "project_slug": SLUG, "database": answers["database"], "auth": answers["auth"]}
    if answers["__uses_redis"]:
        data["redis"] = "true"
    assignments = itertools.chain.from_iterable(("-d", f"{name}={value}") for name, value in data.items())
    copier = [sys.executable, "-m", "copier", "copy", "-q", "--defaults", "--skip-tasks", "--vcs-ref=HEAD"]
    # Copier warns that it takes what is not committed, which is the purpose.
    quiet = {**os.environ, "PYTHONWARNINGS": "ignore"}
    subprocess.run([*copier, *assignments, str(ROOT), str(target)], check=True, env=quiet)
    subprocess.run(shlex.split(command), cwd=target, check=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--template", required=True, choices=COMMANDS)
    parser.add_argument("--run", help="the update command")
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 where a file is out of date")
    parser.add_argument("files", nargs="+", help="files of the template, by their path in the project")
    args = parser.parse_args()
    variants: list[tuple[Answers, Path]] = []
    stale = False
    with tempfile.TemporaryDirectory() as scratch:
        for number, answers in enumerate(combinations()):
            target = Path(scratch) / str(number)
            generate(args.template, answers, args.run or COMMANDS[args.template], target)
            variants.append((answers, target))
        for name in args.files:
            texts = [
                (answers, (target / name).read_text(encoding="utf-8").replace(SLUG, SLUG_VARIABLE))
                for answers, target in variants
            ]
            merged = merge(texts)
            for answers, text in texts:
                if render(merged, answers) != text:
                    sys.exit(f"{name} does not come out of the merged file for {answers}")
            path = ROOT / "templates" / args.template / PROJECT / name
            if path.is_file() and path.read_text(encoding="utf-8") == merged:
                continue
            stale = True
            print(f"{path.relative_to(ROOT)} {'is out of date' if args.check else 'written'}")
            if not args.check:
                path.write_text(merged, encoding="utf-8", newline="\n")
    return 1 if args.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
