"""Every service with each database and each kind of login, really generated: linted, tested, started and asked."""

import shutil
import subprocess
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

import engines
import matrix
import servers
import services
from conftest import RUN

MAKE_RUN = ("make", "--no-print-directory", "run")
RUNNING = [pytest.param(number, answers, id=matrix.readable_id(answers)) for number, answers in enumerate(matrix.running_sets())]


@pytest.mark.parametrize(("number", "answers"), RUNNING)
def test_it_lints_tests_and_runs(
    number: int, answers: matrix.Answers, tree: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with ExitStack() as stack:
        environment = services.environment()
        if (database := str(answers["database"])) in servers.VARIABLES:
            environment["TEST_DATABASE_URL"] = stack.enter_context(servers.fresh_database(database))
            environment["DATABASE_URL"] = stack.enter_context(servers.fresh_database(database))
        if answers.get("redis"):
            environment["TEST_REDIS_URL"] = stack.enter_context(servers.fresh_redis())
            environment["REDIS_URL"] = stack.enter_context(servers.fresh_redis())
        project = generate(number, answers, tree, tmp_path)
        commit_all(project)
        for target in ("install", "lint", "test"):
            services.make(project, target, environment)
        # The port comes from the project's own example of a `.env`, changed as the README tells to.
        port = services.free_port()
        example = (project / ".env.example").read_text(encoding="utf-8")
        (project / ".env").write_text(f"{example}\nPORT={port}\n", encoding="utf-8")
        logins = (
            {"ADMIN_EMAIL": services.ADMIN_EMAIL, "ADMIN_PASSWORD": services.ADMIN_PASSWORD} if answers["auth"] == "jwt" else {}
        )
        with services.running(services.Project(project), environment | logins, port=port, command=MAKE_RUN) as service:
            if logins and database != "memory":
                services.make(project, "create-admin", environment | logins, f"EMAIL={services.ADMIN_EMAIL}")
            ask_for_a_user(service, service.log_in(services.ADMIN_EMAIL, services.ADMIN_PASSWORD) if logins else {})
        assert '"message":' in service.log.read_text(encoding="utf-8"), "the service logged nothing"
        assert git(project, "status", "--porcelain") == "", "make left files behind that .gitignore does not know"
    record_property(RUN, 1)
    shutil.rmtree(tmp_path)


def generate(number: int, answers: matrix.Answers, tree: Path, directory: Path) -> Path:
    if number % 2:
        return engines.with_cookiecutter(tree, directory / "made", answers, hooks=True)
    return engines.with_copier(tree, directory / "made/user-service", answers, tasks=True)


def commit_all(project: Path) -> None:
    git(project, "init", "--quiet")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "Generate the service")


def git(project: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *identity, *arguments], cwd=project, capture_output=True, text=True, check=True).stdout


def ask_for_a_user(service: services.Service, headers: Mapping[str, str]) -> None:
    made = service.ask("POST", "/users", {"name": "Ada", "email": "Ada@Example.com", "age": 36}, headers)
    assert made.status == 201, made
    found = service.ask("GET", f"/users/{made.json['id']}", headers=headers)
    assert (found.status, found.json) == (200, made.json)
    assert found.json["email"] == "ada@example.com"
