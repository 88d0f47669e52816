"""No request tells one framework from another: the differential fuzzer, between all templates, and with differences planted."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

import matrix
import planted
import servers
import services
from differential.cli import fuzz
from differential.figures import Disagreement, Figures
from differential.logins import LOGINS_A_MINUTE, TRUSTED_PROXIES
from differential.report import disagreement_text
from differential.run import Admin, Run
from differential.wire import Peer

DIFFERENTIAL = matrix.ROOT / "contract/differential"
SEED = 20_261_120
SETTINGS = {"CORS_ALLOWED_ORIGINS": "https://app.example.com,http://localhost:3000", "LOG_LEVEL": "warning"}
WITH_LOGINS = {
    **services.WITH_LOGINS,
    "LOGIN_ATTEMPTS_PER_MINUTE": str(LOGINS_A_MINUTE),
    "TRUSTED_PROXIES": TRUSTED_PROXIES,
}
ADMIN = Admin(services.ADMIN_EMAIL, services.ADMIN_PASSWORD, WITH_LOGINS["JWT_SECRET"])
# How many well-framed and malformed requests each service gets; SQLite's runs are those that CI has to make.
REQUESTS = {
    ("sqlite", "jwt"): (10_000, 600),
    ("sqlite", "none"): (10_000, 400),
    ("postgresql", "jwt"): (2_000, 0),
    ("postgresql", "redis"): (2_000, 0),
    ("postgresql", "none"): (1_000, 0),
    ("mysql", "jwt"): (2_000, 0),
    ("mysql", "none"): (1_000, 0),
    ("memory", "jwt"): (2_000, 300),
    ("memory", "none"): (1_000, 100),
}
PLANT_REQUESTS = (8_000, 500)


def compare(peers: list[Peer], requests: int, malformed: int, admin: Admin | None) -> tuple[Figures, str]:
    found: list[Disagreement] = []
    figures = asyncio.run(fuzz(peers, SEED, requests, malformed, found, admin))
    return figures, "\n\n".join(disagreement_text(one, SEED) for one in found[:20])


@pytest.mark.parametrize(("database", "login"), REQUESTS)
def test_the_services_agree(
    database: str, login: str, projects: services.Projects, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    requests = REQUESTS[database, login]
    auth = "none" if login == "none" else "jwt"
    with ExitStack() as stack:
        peers = []
        for template in matrix.options()["template"]:
            project = projects.get(template, database, auth=auth, redis=login == "redis")
            directory = tmp_path / template
            directory.mkdir()
            variables = stack.enter_context(services.fresh_store(database, directory)) | SETTINGS
            if login == "redis":
                variables["REDIS_URL"] = stack.enter_context(servers.fresh_redis())
            if auth == "jwt":
                variables |= WITH_LOGINS
            service = stack.enter_context(services.running(project, variables))
            if auth == "jwt":
                project.create_admin(variables)
            peers.append(Peer(template, services.HOST, service.port))
        figures, disagreements = compare(peers, *requests, ADMIN if auth == "jwt" else None)
    record_property("requests sent to every framework at once", figures.total)
    record_property("disagreements between frameworks", figures.disagreements.total())
    assert not figures.disagreements, disagreements
    assert figures.total == sum(requests)


def test_ci_sends_enough_requests() -> None:
    assert sum(REQUESTS["sqlite", login][0] for login in ("jwt", "none")) >= 20_000
    assert {database for database, _ in REQUESTS} == {*matrix.options()["database"]}


async def first_disagreement(
    one: services.Service, port: int, requests: int, malformed: int, admin: Admin | None = None
) -> Disagreement | None:
    found: list[Disagreement] = []
    run = Run([Peer("as it is", services.HOST, one.port), Peer("planted", services.HOST, port)], SEED, found.append, admin)
    await run.check_empty()
    try:
        for number in range(1, requests + malformed + 1):
            await run.play(number, requests)
            if found:
                break
    finally:
        run.close()
    return found[0] if found else None


@pytest.mark.parametrize("plant", planted.PLANTS, ids=lambda plant: plant.fault)
def test_a_planted_difference_is_found(plant: planted.Plant, projects: services.Projects) -> None:
    project = projects.get("gin-svc", "memory")
    with (
        services.running(project, SETTINGS) as one,
        services.running(project, SETTINGS) as other,
        planted.proxy(other.port, plant) as port,
    ):
        assert asyncio.run(first_disagreement(one, port, *PLANT_REQUESTS))


@pytest.mark.parametrize("plant", planted.PLANTS_OF_LOGINS, ids=lambda plant: plant.fault)
def test_a_difference_planted_in_the_logins_is_found(plant: planted.Plant, projects: services.Projects) -> None:
    project = projects.get("gin-svc", "memory", auth="jwt")
    settings = SETTINGS | WITH_LOGINS
    with (
        services.running(project, settings) as one,
        services.running(project, {**settings, **plant.settings}) as other,
        planted.proxy(other.port, plant) as port,
    ):
        assert asyncio.run(first_disagreement(one, port, *PLANT_REQUESTS, ADMIN))


@pytest.mark.parametrize("auth", ["none", "jwt"])
def test_without_a_plant_there_is_none(auth: str, projects: services.Projects) -> None:
    project = projects.get("gin-svc", "memory", auth=auth)
    settings = SETTINGS | (WITH_LOGINS if auth == "jwt" else {})
    with (
        services.running(project, settings) as one,
        services.running(project, settings) as other,
        planted.proxy(other.port, None) as port,
    ):
        found = asyncio.run(first_disagreement(one, port, 1_000, 0, ADMIN if auth == "jwt" else None))
    assert found is None, found and disagreement_text(found, SEED)


@pytest.mark.parametrize(
    ("auth", "fault", "shown"),
    [
        ("none", "another word in one message", "must be an Integer from 0"),
        ("jwt", "another word where there is no token", "A Bearer token is required"),
    ],
)
def test_the_command_shows_a_disagreement_and_replays_it(auth: str, fault: str, shown: str, projects: services.Projects) -> None:
    project = projects.get("gin-svc", "memory", auth=auth)
    settings = SETTINGS | (WITH_LOGINS if auth == "jwt" else {})
    plant = next(plant for plant in (*planted.PLANTS, *planted.PLANTS_OF_LOGINS) if plant.fault == fault)
    outputs: list[str] = []
    for arguments in (["--malformed=0"], ["--replay={}"]):
        with (
            services.running(project, settings) as one,
            services.running(project, settings) as other,
            planted.proxy(other.port, plant) as port,
        ):
            case = re.search(r"^--- case (\d+) of seed 9", outputs[0], re.M) if outputs else None
            filled = [argument.format(case and case[1]) for argument in arguments]
            admin = ["--auth=jwt", f"--admin-email={ADMIN.email}"] if auth == "jwt" else []
            run = differential(
                f"sound={one.url}", f"planted=http://{services.HOST}:{port}", "--seed=9", "--requests=300", *admin, *filled
            )
        assert run.returncode == 1, run.stdout + run.stderr
        outputs.append(run.stdout.replace(f":{one.port}", ":port"))
    whole, replayed = outputs
    assert shown in replayed
    assert replayed.splitlines()[:-1] == whole.partition("\n\n")[0].splitlines()
    assert "300 requests to each of sound, planted" in whole


def test_the_command_refuses_services_that_hold_users(projects: services.Projects) -> None:
    with services.running(projects.get("gin-svc", "memory"), SETTINGS) as service:
        assert service.ask("POST", "/users", {"name": "Ada", "email": "ada@example.com"}).status == 201
        run = differential(service.url, service.url)
        assert service.ask("GET", "/users").json["items"], "it deleted a user that it had not made"
    assert run.returncode == 2
    assert run.stderr.splitlines() == [
        f"differential: {services.HOST}:{service.port} is not an empty user service: GET /users got 200"
    ]


def test_the_command_wants_to_know_the_admin() -> None:
    run = differential("http://127.0.0.1:1", "http://127.0.0.1:2", "--auth=jwt")
    assert run.returncode == 2
    assert run.stderr.splitlines()[-1] == (
        "differential: error: --auth jwt needs --admin-email, and the variables ADMIN_PASSWORD and JWT_SECRET"
    )


def differential(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [
        sys.executable,
        "-m",
        "uv",
        "run",
        "--quiet",
        "--locked",
        "--project",
        str(DIFFERENTIAL),
        "differential",
        *arguments,
    ]
    secrets = {"ADMIN_PASSWORD": ADMIN.password, "JWT_SECRET": ADMIN.secret}
    return subprocess.run(command, env=services.environment(**secrets), capture_output=True, text=True, check=False)
