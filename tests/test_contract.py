"""Every template keeps the contract on every database: the conformance suite, run as its users run it."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support import conformance, matrix, servers, services

pytestmark = pytest.mark.stamped(*conformance.FILES)

# The database, who may call, and what the service is started with: each of them with each framework.
STARTS = [
    ("sqlite", "jwt", ""),
    *(
        pytest.param(*start, marks=pytest.mark.thorough)
        for start in [
            ("sqlite", "none", ""),
            ("postgresql", "redis", "replica"),
            ("mysql", "jwt", "key"),
            ("memory", "jwt", ""),
            ("memory", "jwt", "registration-off"),
        ]
    ),
]


@pytest.mark.parametrize(("database", "login", "started"), STARTS)
@pytest.mark.parametrize("template", matrix.SERVICES)
def test_it_keeps_the_contract(
    template: str,
    database: str,
    login: str,
    started: str,
    projects: services.Projects,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    auth = "none" if login == "none" else "jwt"
    project = projects.get(template, database, auth=auth, redis=login == "redis")
    arguments: list[str] = []
    secrets: dict[str, str] = {}
    with ExitStack() as stack:
        variables = stack.enter_context(services.fresh_store(database, tmp_path)) | conformance.SETTINGS
        if auth == "jwt":
            variables |= conformance.WITH_LOGINS
            arguments += conformance.AS_ADMIN
            secrets |= conformance.SECRETS
        if login == "redis":
            variables["REDIS_URL"] = stack.enter_context(servers.fresh_redis())
        if started == "key":
            secrets["JWT_PRIVATE_KEY"] = variables["JWT_PRIVATE_KEY"] = services.new_private_key()
            del secrets["JWT_SECRET"], variables["JWT_SECRET"]
        if started == "registration-off":
            variables["REGISTRATION_ENABLED"] = "false"
            arguments += ["--registration-off", "--filter", "registration"]
        service = stack.enter_context(services.running(project, variables))
        if auth == "jwt":
            project.create_admin(variables)
        if started == "replica":
            arguments += ["--replica", stack.enter_context(services.running(project, variables)).url]
        passed = conformance.cases_passed(service.url, arguments, tmp_path, secrets=secrets)
    record_property("conformance cases passed", passed)
