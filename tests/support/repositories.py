"""Git repositories: of a generated project, and of this tree with releases of its own."""

import subprocess
from pathlib import Path

IDENTITY = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]


def git(directory: Path, *arguments: str) -> str:
    return subprocess.run(["git", *IDENTITY, *arguments], cwd=directory, capture_output=True, text=True, check=True).stdout


def commit_all(directory: Path) -> None:
    """Make a repository of a directory, or add all that has changed in it, and commit."""
    git(directory, "init", "--quiet")
    git(directory, "add", "--all")
    git(directory, "commit", "--quiet", "--message", "Generate the service")
