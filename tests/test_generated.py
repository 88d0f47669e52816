"""Every service with each database and each kind of login, really generated: linted, tested, started and asked."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support import machine, matrix, servers, services
from tests.support.figures import RUN
from tests.support.repositories import commit_all, git
from tools import questions

SETS = matrix.with_engines(matrix.running_sets())
QUICK = {"database": "sqlite", "auth": "jwt", "redis": False}
# What every change has to pass runs the tests of these projects with an entity more (test_walkthrough.py), so not here, too.
RUNNING = [
    *(
        pytest.param(engine, answers, ("install", "lint"), id=f"{matrix.readable_id(answers)}-quick")
        for engine, answers in SETS
        if QUICK.items() <= answers.items()
    ),
    *(
        pytest.param(engine, answers, ("install", "lint", "test"), id=matrix.readable_id(answers), marks=pytest.mark.thorough)
        for engine, answers in SETS
    ),
]
pytestmark = pytest.mark.stamped("copier.yml", "hooks")


@pytest.mark.parametrize(("engine", "answers", "targets"), RUNNING)
def test_it_lints_tests_and_runs(
    engine: str,
    answers: questions.Answers,
    targets: Sequence[str],
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
) -> None:
    with ExitStack() as stack:
        environment = services.environment()
        if (database := str(answers["database"])) in servers.VARIABLES:
            environment["TEST_DATABASE_URL"] = stack.enter_context(servers.fresh_database(database))
            environment["DATABASE_URL"] = stack.enter_context(servers.fresh_database(database))
        if answers.get("redis"):
            environment["TEST_REDIS_URL"] = stack.enter_context(servers.fresh_redis())
            environment["REDIS_URL"] = stack.enter_context(servers.fresh_redis())
        project: Path = request.getfixturevalue(engine)(answers)
        commit_all(project)
        for target in targets:
            services.make(project, target, environment)
        # The port comes from the project's own example of a `.env`, changed as the README tells to.
        port = machine.free_port()
        example = (project / ".env.example").read_text(encoding="utf-8")
        (project / ".env").write_text(f"{example}\nPORT={port}\n", encoding="utf-8")
        logins = (
            {"ADMIN_EMAIL": services.ADMIN_EMAIL, "ADMIN_PASSWORD": services.ADMIN_PASSWORD} if answers["auth"] == "jwt" else {}
        )
        with services.running(services.Project(project), environment | logins, port=port, command=services.MAKE_RUN) as service:
            if logins and database != "memory":
                services.make(project, "create-admin", environment | logins, f"EMAIL={services.ADMIN_EMAIL}")
            ask_for_a_user(service, service.log_in(services.ADMIN_EMAIL, services.ADMIN_PASSWORD) if logins else {})
        assert '"message":' in service.log.read_text(encoding="utf-8"), "the service logged nothing"
        assert git(project, "status", "--porcelain") == "", "make left files behind that .gitignore does not know"
    record_property(RUN, 1)


def ask_for_a_user(service: services.Service, headers: Mapping[str, str]) -> None:
    made = service.ask("POST", "/users", {"name": "Ada", "email": "Ada@Example.com", "age": 36}, headers)
    assert made.status == 201, made
    found = service.ask("GET", f"/users/{made.json['id']}", headers=headers)
    assert (found.status, found.json) == (200, made.json)
    assert found.json["email"] == "ada@example.com"
