"""What works on the tree of templates itself. Each module is a command: `python -m tools.sync`."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
PROJECT = "{{cookiecutter.project_slug}}"
