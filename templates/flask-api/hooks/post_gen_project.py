{# Made from hooks/post_gen_project.py by `make sync`: edit that. #}
"""Tidy the new project up, run its tests and say what was made.

Cookiecutter renders this file and runs it as a hook; Copier runs it as it stands, as a task with the answer as its argument.
It never fails on the new project's account, since both engines would delete the project: only with SCAFFOLD_STRICT=1
in the environment does it exit 1 after telling what broke.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

RUN_TESTS = (sys.argv[1:] or ["{{ cookiecutter.run_tests }}"])[0] == "True"
PROJECT = Path.cwd()
TOOLS = {"go.mod": "go", "pyproject.toml": "python3"}


def remove_empty_directories() -> None:
    """Remove the directories whose every file was left out by the answers."""
    for directory, names, _ in os.walk(PROJECT, topdown=False):
        path = Path(directory)
        if ".git" not in path.relative_to(PROJECT).parts and path != PROJECT and not any(path.iterdir()):
            path.rmdir()


def count_files() -> int:
    return sum(len(files) for directory, _, files in os.walk(PROJECT) if ".git" not in Path(directory).parts)


def missing_tool() -> str:
    """Return the name of a program that the tests need and that is not here, or the empty string."""
    needed = ["make", *(tool for marker, tool in TOOLS.items() if (PROJECT / marker).exists())]
    return next((tool for tool in needed if shutil.which(tool) is None), "")


def run_with_progress(target: str, what: str) -> tuple[int, list[str]]:
    """Run a make target and return its status and its output; show the seconds that have gone by on standard error."""
    started = time.monotonic()
    done = threading.Event()
    on_terminal = sys.stderr.isatty()

    def show() -> None:
        while not done.wait(1 if on_terminal else 15):
            seconds = time.monotonic() - started
            print(f"{what}, {seconds:.0f} s", end="\r" if on_terminal else "\n", file=sys.stderr, flush=True)

    print(f"{what} (make {target})", file=sys.stderr, flush=True)
    thread = threading.Thread(target=show, daemon=True)
    thread.start()
    # A file, not a pipe: a server that a failing test leaves behind would hold a pipe open for ever.
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        status = subprocess.run(["make", target], cwd=PROJECT, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL).returncode
        output.seek(0)
        lines = output.read().splitlines()
    done.set()
    thread.join()
    if on_terminal:
        print(" " * (len(what) + 12), end="\r", file=sys.stderr, flush=True)
    return status, lines


def summary(lines: list[str]) -> str:
    """Return what the test runner said at its end: pytest's closing line, or the number of Go's packages."""
    for line in reversed(lines):
        if closing := re.search(r"\d+ passed.* in [\d.]+s", line):
            return closing[0]
    packages = sum(line.startswith("ok ") for line in lines)
    return f"{packages} packages passed" if packages else "passed"


def test() -> tuple[str, bool]:
    """Install what the project needs and run its tests; return what to tell and whether nothing broke."""
    if tool := missing_tool():
        return f"not run: {tool} is not on the PATH", False
    started = time.monotonic()
    for target, what, trouble in (
        ("install", "Installing the dependencies", "the dependencies could not be installed; is there a network?"),
        ("test", "Running the tests", "the tests fail; the project is kept"),
    ):
        status, lines = run_with_progress(target, what)
        if status:
            print(*lines[-40:], sep="\n", file=sys.stderr)
            return f"not passed: {trouble}", False
    return f"{summary(lines)}; {time.monotonic() - started:.0f} s with the installation", True


def main() -> int:
    remove_empty_directories()
    files = count_files()
    tested, passed = test() if RUN_TESTS else ("not run, as you asked", True)
    print(f"Made     {PROJECT.name}: {files} files in {PROJECT}")
    print(f"Tests    {tested}")
    if not passed:
        print("         run them with: make install test")
    print(f"Next     cd {os.path.relpath(PROJECT, os.environ.get('PWD', PROJECT.parent))}")
    print("         make run")
    return 1 if not passed and os.environ.get("SCAFFOLD_STRICT") == "1" else 0


sys.exit(main())
