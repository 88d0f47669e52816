"""`docs/adding-a-resource.md` of a project holds: its blocks make an entity that lints, passes its tests and is served."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support import engines, matrix, servers, services, walkthrough
from tests.support.repositories import commit_all
from tools.questions import Answers

pytestmark = pytest.mark.stamped("copier.yml", "hooks")

MOST_LINES = {"flask-api": 200, "fastapi-svc": 200, "gin-svc": 300}
# What decides how the entity is written: whether users log in, and whether there is an ORM.
OPTIONS: list[Answers] = [
    {"database": "sqlite", "auth": "jwt", "redis": False},
    {"database": "postgresql", "auth": "jwt", "redis": True},
    {"database": "mysql", "auth": "none"},
    {"database": "memory", "auth": "jwt", "redis": False},
    {"database": "memory", "auth": "none"},
]
WALKS = [
    pytest.param(
        {"template": template, **options},
        id=f"{template}-{matrix.readable_id(options)}",
        marks=() if options is OPTIONS[0] else pytest.mark.thorough,
    )
    for template in matrix.SERVICES
    for options in OPTIONS
]


@pytest.mark.parametrize("answers", WALKS)
def test_an_entity_is_added_as_the_document_says(answers: Answers, tmp_path: Path) -> None:
    project = engines.written_by_plain_jinja(tmp_path / "service", answers)
    commit_all(project)
    assert 40 < walkthrough.source_lines(project) <= MOST_LINES[str(answers["template"])]
    with ExitStack() as stack:
        environment = services.environment()
        database = str(answers["database"])
        if database in servers.VARIABLES:
            environment["TEST_DATABASE_URL"] = stack.enter_context(servers.fresh_database(database))
        if answers.get("redis"):
            environment["TEST_REDIS_URL"] = stack.enter_context(servers.fresh_redis())
        services.make(project, "install", environment)
        walkthrough.follow(project, environment)
        for target in ("lint", "test"):
            services.make(project, target, environment)
        with services.running(services.Project(project), environment, command=services.MAKE_RUN) as service:
            document = service.ask("GET", "/openapi.json").json
            assert {"/orders", "/orders/{id}"} <= _paths(document)
            assert service.ask("GET", "/orders").status == (401 if answers["auth"] == "jwt" else 200)


def _paths(document: dict[str, object]) -> set[str]:
    paths = document["paths"]
    assert isinstance(paths, dict)
    return {str(path).replace("order_id", "id") for path in paths}
