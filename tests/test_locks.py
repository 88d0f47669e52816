"""`make locks` resolves every combination that changes dependencies, whichever option they come with."""

from collections.abc import Iterable

import pytest

from tests.support import matrix
from tools import locks, questions, templates
from tools.questions import Source

PLANTED = """
{% if cookiecutter.load_tests %}
    "locust",
{% endif %}
"""


def names(states: Iterable[locks.State]) -> set[str]:
    """Return which names have several values."""
    return {name for state in states for name, value in state if any((name, value) not in other for other in states)}


def of(template: str, *planted: Source) -> set[str]:
    lock = templates.every()[template].lock
    assert lock
    return names(list(locks.states(template, [*questions.sources(template), *planted], lock.follows)))


def test_the_options_are_those_that_the_files_read() -> None:
    for template in matrix.SERVICES:
        assert of(template) >= {"database", "auth", "__uses_redis"}
        assert not of(template) & {"load_tests", "nginx", "docker"}


def test_a_dependency_under_another_option_is_seen() -> None:
    planted = Source("pyproject.toml", PLANTED, frozenset({"load_tests"}))
    assert "load_tests" in of("flask-api", planted)
    imported = Source(
        "internal/metrics/{% if cookiecutter.nginx %}metrics.go{% endif %}", "package metrics\n", frozenset({"nginx"})
    )
    assert "nginx" in of("gin-svc", imported)
    test = Source("docs/{% if cookiecutter.nginx %}nginx.md{% endif %}", "", frozenset({"nginx"}))
    assert "nginx" not in of("gin-svc", test)


def test_a_pattern_that_matches_nothing_is_an_error() -> None:
    with pytest.raises(SystemExit, match=r"follows pyproject\.tml, and no file is called so"):
        locks.states("flask-api", questions.sources("flask-api"), ["pyproject.tml"])


def test_what_decides_nothing_is_left_out() -> None:
    results: dict[locks.State, str] = {
        (("license", license_), ("database", database), ("__uses_redis", redis)): f"{database} {redis}"
        for license_ in ("MIT", "proprietary")
        for database in ("sqlite", "mysql")
        for redis in ("yes", "")
    }
    needed = locks.deciding(results)
    assert names(list(needed)) == {"database", "__uses_redis"}
    assert sorted(needed.values()) == sorted(set(results.values()))


def test_one_result_needs_no_name() -> None:
    assert locks.deciding({(("license", "MIT"),): "a", (("license", "proprietary"),): "a"}) == {(): "a"}
