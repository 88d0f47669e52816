"""Every template keeps the contract on every database: the conformance suite, run as its users run it."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from xml.etree import ElementTree

import pytest

import matrix
import servers
import services

CONFORMANCE = matrix.ROOT / "contract/conformance"
ORIGIN = "https://app.example.com"
SETTINGS = {"CORS_ALLOWED_ORIGINS": ORIGIN, "LOG_LEVEL": "warning"}
# The limits are cases, and the suite stands for a proxy, so that each of its logins can come from an address of its own.
WITH_LOGINS = {**services.WITH_LOGINS, "LOGIN_ATTEMPTS_PER_MINUTE": "20", "TRUSTED_PROXIES": "127.0.0.1"}


# The database, who may call, and what the service is started with: each of them with each framework.
STARTS = [
    ("sqlite", "none", ""),
    ("sqlite", "jwt", ""),
    ("postgresql", "redis", "replica"),
    ("mysql", "jwt", "key"),
    ("memory", "jwt", ""),
    ("memory", "jwt", "registration-off"),
]


@pytest.mark.parametrize(("database", "login", "started"), STARTS)
@pytest.mark.parametrize("template", matrix.options()["template"])
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
    results = tmp_path / "results.xml"
    arguments = ["--cors-origin", ORIGIN, "--junit", str(results)]
    secrets: dict[str, str] = {}
    with ExitStack() as stack:
        variables = stack.enter_context(services.fresh_store(database, tmp_path)) | SETTINGS
        if auth == "jwt":
            variables |= WITH_LOGINS
            arguments += ["--auth", "jwt", "--admin-email", services.ADMIN_EMAIL, "--trusted-proxy"]
            secrets = {name: WITH_LOGINS[name] for name in ("ADMIN_PASSWORD", "JWT_SECRET")}
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
        run = conformance([service.url, *arguments], secrets)
    assert run.returncode == 0, run.stdout[-10_000:] + run.stderr[-2000:]
    suite = next(ElementTree.parse(results).getroot().iter("testsuite"))  # noqa: S314 - our own file
    assert suite.get("skipped") == "0", run.stdout[-10_000:]
    record_property("conformance cases passed", int(suite.get("tests", 0)))


def conformance(arguments: list[str], secrets: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "uv", "run", "--quiet", "--locked", "--project", str(CONFORMANCE), "conformance"]
    environment = services.environment(**secrets)
    return subprocess.run([*command, *arguments], env=environment, capture_output=True, text=True, check=False)
