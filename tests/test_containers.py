"""In containers a service is confined, keeps its secrets and the contract, and restarts without a failed request."""

import json
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from tests.support import conformance, containers, load_clients, matrix, proxies, services
from tools import questions

pytestmark = pytest.mark.stamped(*conformance.FILES)

SERVED = ["service", "database", "redis", "nginx"]
MEGABYTE = 1_000_000
Record = Callable[[str, object], None]


@pytest.fixture(scope="module", params=matrix.SERVICES)
def stack(request: pytest.FixtureRequest, tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[containers.Stack]:
    """Two replicas behind nginx with PostgreSQL and Redis, the largest stack there is."""
    answers: questions.Answers = {
        "template": request.param,
        "database": "postgresql",
        "auth": "jwt",
        "redis": True,
        "nginx": True,
    }
    with containers.started(tree, tmp_path_factory.mktemp("stack"), answers, replicas=2) as stack:
        yield stack


@pytest.mark.containers
def test_every_part_comes_up(stack: containers.Stack) -> None:
    found = stack.containers()
    assert sorted(container.service for container in found) == sorted([*SERVED, "service"])
    assert [container.name for container in found if not container.is_healthy] == []


@pytest.mark.containers
def test_every_container_is_confined(stack: containers.Stack) -> None:
    assert_confined(stack)


@pytest.mark.containers
def test_nobody_sees_the_secrets(stack: containers.Stack) -> None:
    assert_secrets_are_kept(stack)


@pytest.mark.containers
def test_secrets_are_made_once(stack: containers.Stack) -> None:
    before = {path.name: path.read_bytes() for path in (stack.project / "secrets").iterdir()}
    said = containers.checked("make", "--no-print-directory", "secrets", directory=stack.project)
    assert said == ""
    assert {path.name: path.read_bytes() for path in (stack.project / "secrets").iterdir()} == before
    assert (stack.project / "secrets").stat().st_mode & 0o777 == 0o700


@pytest.mark.containers
def test_the_image_is_small(stack: containers.Stack, record_property: Record) -> None:
    size = int(containers.checked("docker", "image", "inspect", "--format={{.Size}}", stack.image))
    dockerfile = (stack.project / "Dockerfile").read_text(encoding="utf-8")
    base = containers.base_images(dockerfile)[-1]
    base_size = int(containers.checked("docker", "image", "inspect", "--format={{.Size}}", base))
    template = stack.answers["template"]
    record_property(f"MB is the image of {template}", size // MEGABYTE)
    record_property(f"MB of {template} are its own, beside {base}", (size - base_size) // MEGABYTE)
    assert size - base_size < (36 if template == "gin-svc" else 125) * MEGABYTE


@pytest.mark.containers
def test_it_keeps_the_contract_through_nginx(stack: containers.Stack, tmp_path: Path, record_property: Record) -> None:
    secrets = {"JWT_SECRET": stack.secrets["JWT_SECRET"], "ADMIN_PASSWORD": services.ADMIN_PASSWORD}
    passed = conformance.cases_passed(
        stack.service.url, conformance.AS_ADMIN, tmp_path, secrets=secrets, without=list(proxies.ITS_OWN_WAY)
    )
    record_property("conformance cases passed by two containers behind nginx", passed)


@pytest.mark.containers
def test_a_rolling_restart_fails_no_request(stack: containers.Stack, record_property: Record) -> None:
    before, headers = stack.replicas(), stack.log_in()
    with load_clients.Load(stack.service.url, creates=20, reads=40, clients=8, headers=headers) as load:
        load.wait_for("create", 20)
        result = stack.rolling_restart()
        load.wait_for("create", 20, since=time.monotonic())
    assert result.returncode == 0, result.stdout
    assert load.failed == [], load.summary()
    assert load.missing(load_clients.stored(stack.service.url, headers)) == []
    after = stack.replicas()
    assert len(after) == len(before)
    assert not set(before) & set(after)
    assert_as_generated(stack)
    record_property("requests during rolling restarts, none of which failed", len(load.outcomes))


# The script is the same for every template, so how it fails is tried with one.
@pytest.mark.containers
@pytest.mark.parametrize("stack", ["gin-svc"], indirect=True)
def test_replicas_that_do_not_become_healthy_change_nothing(stack: containers.Stack, tmp_path: Path) -> None:
    before, headers = stack.replicas(), stack.log_in()
    secret = stack.project / "secrets/JWT_SECRET"
    kept = secret.read_bytes()
    with load_clients.Load(stack.service.url, creates=10, reads=20, headers=headers) as load:
        secret.unlink()
        secret.write_text("short\n", encoding="utf-8")
        try:
            result = stack.rolling_restart()
        finally:
            secret.unlink()
            secret.write_bytes(kept)
    assert result.returncode == 1
    assert result.stdout.splitlines()[-1].startswith("rolling-restart: "), result.stdout
    assert "the old ones go on serving" in result.stdout
    assert "JWT_SECRET" in result.stdout.splitlines()[-1]
    assert load.failed == [], load.summary()
    assert stack.replicas() == before
    assert_as_generated(stack)


@pytest.mark.containers
@pytest.mark.parametrize("stack", ["gin-svc"], indirect=True)
@pytest.mark.parametrize("said", ["starting", "changing over"])
def test_an_interrupted_rolling_restart_is_done_by_the_next(stack: containers.Stack, said: str) -> None:
    before, headers = stack.replicas(), stack.log_in()
    with load_clients.Load(stack.service.url, creates=10, reads=20, headers=headers) as load:
        interrupted = subprocess.Popen(
            [stack.project / "deploy/rolling-restart"],
            env=services.environment(**stack.variables),
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert interrupted.stdout is not None
        for line in interrupted.stdout:
            if line.startswith(said):
                interrupted.send_signal(signal.SIGKILL)
                break
        interrupted.wait()
        interrupted.stdout.close()
        result = wait_for_lock(stack)
    assert result.returncode == 0, result.stdout
    assert load.failed == [], load.summary()
    after = stack.replicas()
    assert len(after) == len(before)
    assert not set(before) & set(after)
    assert_as_generated(stack)


@pytest.mark.containers
def test_a_revoked_token_stays_revoked_when_redis_is_killed(stack: containers.Stack) -> None:
    headers = stack.log_in()
    assert stack.service.ask("POST", "/auth/logout", headers=headers).status == 204
    redis = stack.containers("redis")[0].name
    containers.checked("docker", "kill", redis)
    containers.checked("docker", "start", redis)
    wait_for_status(stack, "/readyz", 200)
    deadline = time.monotonic() + 30
    # Every process of every replica has to find out that Redis is back.
    while 503 in (answers := {stack.service.ask("GET", "/auth/me", headers=headers).status for _ in range(40)}):
        assert time.monotonic() < deadline
    assert answers == {401}


# The branches of compose.yaml that the stack above does not take.
OTHERS: list[questions.Answers] = [
    {"template": "flask-api", "database": "sqlite", "auth": "jwt", "redis": False, "nginx": False},
    {"template": "gin-svc", "database": "mysql", "auth": "none", "nginx": False},
    {"template": "fastapi-svc", "database": "memory", "auth": "jwt", "redis": True, "nginx": False},
    {"template": "gin-svc", "database": "sqlite", "auth": "none", "nginx": True},
]


@pytest.mark.containers
@pytest.mark.parametrize("answers", OTHERS, ids=matrix.readable_id)
def test_other_parts_come_up(answers: questions.Answers, tree: Path, tmp_path: Path, record_property: Record) -> None:
    with containers.started(tree, tmp_path, answers) as stack:
        assert_confined(stack)
        assert_secrets_are_kept(stack)
        headers = stack.log_in()
        created = stack.service.ask("POST", "/users", {"name": "Ada", "email": "ada@example.com"}, headers)
        assert created.status == 201
        size = int(containers.checked("docker", "image", "inspect", "--format={{.Size}}", stack.image))
        record_property(f"MB is the image of {matrix.readable_id(answers)}", size // MEGABYTE)
        if answers["nginx"]:
            before, result = stack.replicas(), stack.rolling_restart()
            assert result.returncode == 0, result.stdout
            assert len(stack.replicas()) == 1
            assert stack.replicas() != before
        if answers["database"] != "memory":
            stack.make("down")
            assert stack.containers() == []
            stack.make("up")
            wait_for_status(stack, "/readyz", 200)
            assert stack.service.ask("GET", created.headers["location"], headers=headers).status == 200


def assert_confined(stack: containers.Stack) -> None:
    """Every container is read-only and limited, and its processes are nobody with nothing that they may do beyond."""
    for container in stack.containers():
        assert container.is_read_only, container.name
        assert all(container.limits), container.name
        assert container.processes, container.name
        for process in container.processes:
            assert set(process["CapEff"] + process["CapPrm"] + process["CapBnd"]) == {"0" * 16}, (container.name, process)
            assert process["NoNewPrivs"] == ["1"], (container.name, process)
            assert "0" not in process["Uid"] + process["Gid"], (container.name, process)
        written = containers.run("docker", "cp", __file__, f"{container.name}:/written")
        assert written.returncode, f"{container.name} can be written to"
    user = containers.checked("docker", "image", "inspect", "--format={{.Config.User}}", stack.image)
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+\n", user)


def assert_secrets_are_kept(stack: containers.Stack) -> None:
    """Nothing that an operator comes to see by the engine holds a secret."""
    seen = {
        "logs": stack.compose("logs"),
        "environment and arguments": json.dumps([container.inspected for container in stack.containers()]),
        "processes": "".join(containers.checked("docker", "top", container.name) for container in stack.containers()),
        "image": containers.checked("docker", "image", "inspect", stack.image),
        "history": containers.checked("docker", "history", "--no-trunc", stack.image),
        "configuration": stack.compose("config"),
    }
    assert [(name, where) for name, secret in stack.secrets.items() for where, text in seen.items() if secret in text] == []


def assert_as_generated(stack: containers.Stack) -> None:
    """A rolling restart leaves no file changed and none behind."""
    home = stack.project / "deploy/nginx/conf.d"
    assert [path.name for path in home.iterdir() if path.suffix in {".new", ".saved"}] == []
    assert "server service:8000" in (home / "upstream.conf").read_text(encoding="utf-8")


def wait_for_status(stack: containers.Stack, path: str, status: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            if stack.service.ask("GET", path).status == status:
                return
        except OSError:
            pass
        assert time.monotonic() < deadline, stack.compose("ps")
        time.sleep(0.1)


def wait_for_lock(stack: containers.Stack) -> "subprocess.CompletedProcess[str]":
    """Run a rolling restart as soon as what is left of a killed one has ended."""
    deadline = time.monotonic() + 60
    while True:
        result = stack.rolling_restart()
        if "another one is under way" not in result.stdout or time.monotonic() > deadline:
            return result
        time.sleep(0.1)


@pytest.mark.containers
@pytest.mark.parametrize("template", matrix.SERVICES)
def test_compose_takes_every_variant(template: str, tmp_path: Path) -> None:
    containers.require_engine()
    for text in variants(template, "compose.yaml"):
        path = tmp_path / "compose.yaml"
        path.write_text(text, encoding="utf-8")
        said = containers.run("docker", "compose", "--file", str(path), "config", "--quiet")
        assert (said.returncode, said.stdout) == (0, ""), text


def test_the_compose_files_are_alike() -> None:
    """They differ in what the language of the service decides."""
    for texts in zip(*(variants(template, "compose.yaml") for template in matrix.SERVICES), strict=True):
        documents = [yaml.safe_load(text) for text in texts]
        for document in documents:
            service = document["services"]["service"]
            service.pop("tmpfs", None)
            del service["deploy"]["resources"]["limits"]["memory"]
            for variable in ("WEB_CONCURRENCY", "GOMEMLIMIT"):
                service.get("environment", {}).pop(variable, None)
            service["environment"] = service.get("environment") or {}
        assert all(document == documents[0] for document in documents)


def test_the_workers_and_the_memory_follow_the_limits() -> None:
    for template in matrix.SERVICES:
        for text in variants(template, "compose.yaml"):
            service = yaml.safe_load(text)["services"]["service"]
            limits, variables = service["deploy"]["resources"]["limits"], service.get("environment", {})
            cpus = int(limits["cpus"])
            workers = {"flask-api": 2 * cpus + 1, "fastapi-svc": cpus}.get(template)
            assert variables.get("WEB_CONCURRENCY", workers) == workers
            if template == "gin-svc":
                assert int(variables["GOMEMLIMIT"].removesuffix("MiB")) == int(limits["memory"].removesuffix("M")) * 9 // 10


def variants(template: str, name: str) -> list[str]:
    """Return every text that a file of a template may have, in the order of the combinations."""
    found: list[str] = []
    for source in questions.sources(template):
        if Path(name).name in source.path:
            every = questions.every_combination(template)
            chosen = {tuple(answers.get(option) for option in source.reads): answers for answers in every}
            made = [
                source.made_in(questions.namespace({**answers, "project_slug": services.SLUG})) for answers in chosen.values()
            ]
            found += [file[1] for file in made if file and file[0] == name]
    return list(dict.fromkeys(found))
