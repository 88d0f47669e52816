"""Lets a bare `gunicorn` in this directory do what the `serve` command does."""

from {{ cookiecutter.__package }}.gunicorn_config import *  # noqa: F403
