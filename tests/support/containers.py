"""Generated services in containers: built and started as their users do it, beside whatever else the engine runs.

Every stack has a project name, an image tag and a port of its own, so that several may run at once.
"""

import json
import os
import re
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
import yaml

from tests.support import conformance, engines, machine, services
from tools.questions import Answers

SECONDS_TO_BUILD_AND_START = 600
SECONDS_TO_STOP = 35
# Where the client's address is that of this header, as nginx behind another proxy sees it.
BEHIND_A_PROXY = """\
set_real_ip_from 10.0.0.0/8;
set_real_ip_from 172.16.0.0/12;
set_real_ip_from 192.168.0.0/16;
real_ip_header X-Forwarded-For;
"""
# What each image of a compose file is told apart by from a stand-in that somebody made for it on a machine which reaches no
# registry, and what such a stand-in lacks to behave as it does.
OFFICIAL = {"postgres": "PG_VERSION", "mariadb": "MARIADB_VERSION", "redis": "REDIS_DOWNLOAD_URL", "nginx": "NGINX_VERSION"}
STAND_INS = {
    "postgres": """
FROM postgres:17
RUN chmod 3777 /run/postgresql
""",
    "mariadb": r"""
FROM mariadb:11
RUN chmod 1777 /run/mysqld \
 && printf '%s\n' '#!/bin/sh' 'exec mariadb-admin --no-defaults --protocol=tcp --host=127.0.0.1 --skip-ssl ping' \
    >/usr/local/bin/healthcheck.sh \
 && printf '%s\n' '#!/bin/sh' 'export MARIADB_PASSWORD="$(cat "$MARIADB_PASSWORD_FILE")"' \
    'export MARIADB_ROOT_PASSWORD="$(cat "$MARIADB_ROOT_PASSWORD_FILE")"' 'exec docker-entrypoint.sh "$@"' \
    >/usr/local/bin/from-files.sh \
 && chmod 755 /usr/local/bin/*.sh
ENTRYPOINT ["from-files.sh"]
CMD ["mariadbd"]
""",
    # Debian's package in the stand-in is older than what the tag says.
    "nginx": """
FROM debian:trixie-slim
RUN sed 's/trixie/forky/' /etc/apt/sources.list >/etc/apt/sources.list.d/forky.list \
 && apt-get -o Acquire::Check-Valid-Until=false update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends --target-release=forky nginx-light curl \
 && rm -rf /var/lib/apt/lists/* /etc/nginx/sites-enabled/* \
 && ln -sf /dev/stdout /var/log/nginx/access.log && ln -sf /dev/stderr /var/log/nginx/error.log \
 && groupadd --system nginx && useradd --system --gid nginx nginx
STOPSIGNAL SIGQUIT
CMD ["nginx", "-g", "daemon off;"]
""",
}


def require_engine() -> None:
    """Skip loudly where no container engine answers; fail where there has to be one."""
    reason = "no Docker engine with compose answers: no container was built or run"
    try:
        found = run("docker", "version").returncode == 0 and run("docker", "compose", "version").returncode == 0
    except FileNotFoundError:
        found = False
    if not found:
        pytest.fail(reason) if os.environ.get("CONTAINERS") == "required" else pytest.skip(reason)


def run(
    *command: str, directory: Path | None = None, variables: Mapping[str, str] | None = None, stdin: str = "", within: float = 120
) -> "subprocess.CompletedProcess[str]":
    """Run a program of the machine; its errors are part of its output."""
    return subprocess.run(
        command,
        cwd=directory,
        env=services.environment(**(variables or {})),
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=within,
    )


def checked(*command: str, directory: Path | None = None, variables: Mapping[str, str] | None = None, within: float = 120) -> str:
    """Run a program that has to succeed; return its output."""
    result = run(*command, directory=directory, variables=variables, within=within)
    assert result.returncode == 0, f"{' '.join(command)}:\n{result.stdout[-5000:]}"
    return result.stdout


@dataclass(frozen=True)
class Container:
    """A container, as the engine describes it."""

    inspected: Mapping[str, "object"]

    @property
    def name(self) -> str:
        return str(self.inspected["Name"]).lstrip("/")

    @property
    def service(self) -> str:
        return str(self._at("Config", "Labels", "com.docker.compose.service"))

    @property
    def environment(self) -> list[str]:
        variables = self._at("Config", "Env")
        assert isinstance(variables, list)
        return [str(variable) for variable in variables]

    @property
    def is_healthy(self) -> bool:
        return self._at("State", "Health", "Status") == "healthy"

    @property
    def is_read_only(self) -> bool:
        return self._at("HostConfig", "ReadonlyRootfs") is True

    @property
    def limits(self) -> tuple[object, object]:
        return self._at("HostConfig", "NanoCpus"), self._at("HostConfig", "Memory")

    @property
    def processes(self) -> list[dict[str, list[str]]]:
        """What the kernel says of every process in it, such as `Uid` and `CapEff`."""
        listed = checked("docker", "top", self.name, "-eo", "pid").split()[1:]
        found = []
        for pid in listed:
            try:
                lines = Path("/proc", pid, "status").read_text(encoding="utf-8").splitlines()
            except FileNotFoundError:
                continue
            found.append({name: values.split() for name, _, values in (line.partition(":") for line in lines)})
        return found

    def _at(self, *path: str) -> object:
        value: object = self.inspected
        for name in path:
            assert isinstance(value, dict), path
            value = value[name]
        return value


@dataclass(frozen=True)
class Stack:
    """What `make up` starts for one generated project."""

    project: Path
    answers: Answers
    port: int
    name: str

    @property
    def variables(self) -> dict[str, str]:
        return {"COMPOSE_PROJECT_NAME": self.name, "TAG": self.name}

    @property
    def service(self) -> services.Service:
        """The service, as it is reached from this machine: through nginx where there is one."""
        return services.Service(self.port, Path("unused"))

    @property
    def image(self) -> str:
        return f"{services.SLUG}:{self.name}"

    @property
    def command(self) -> str:
        return "/server" if self.answers["template"] == "gin-svc" else services.SLUG

    @cached_property
    def secrets(self) -> dict[str, str]:
        """The values that nobody may come to see."""
        directory = self.project / "secrets"
        found = (
            {path.name: path.read_text(encoding="utf-8").strip() for path in directory.iterdir()} if directory.exists() else {}
        )
        return {name: value for name, value in found.items() if value}

    def make(self, target: str) -> None:
        services.make(self.project, target, services.environment(**self.variables))

    def compose(self, *arguments: str, within: float = SECONDS_TO_BUILD_AND_START, **variables: str) -> str:
        return checked(
            "docker", "compose", *arguments, directory=self.project, variables=self.variables | variables, within=within
        )

    def containers(self, *only: str) -> list[Container]:
        """The containers that run, of these services or of all."""
        ids = self.compose("ps", "--quiet", *only).split()
        return [Container(one) for one in json.loads(checked("docker", "inspect", *ids))] if ids else []

    def replicas(self) -> list[str]:
        return sorted(container.name for container in self.containers("service"))

    def create_admin(self) -> None:
        """Make the first admin, as the runbook says."""
        if self.answers["database"] == "memory":
            return
        arguments = ["exec", "-T", "-e", "ADMIN_PASSWORD", "service", self.command, "create-admin", services.ADMIN_EMAIL]
        self.compose(*arguments, ADMIN_PASSWORD=services.ADMIN_PASSWORD)

    def log_in(self) -> dict[str, str]:
        """Return the headers with which an admin calls, or none where anyone may."""
        if self.answers["auth"] == "none":
            return {}
        in_memory = self.answers["database"] == "memory"
        password = self.secrets["ADMIN_PASSWORD"] if in_memory else services.ADMIN_PASSWORD
        # Each login comes from an address of its own, of which there may be few a minute.
        headers = {"X-Forwarded-For": f"2001:db8::{uuid.uuid4().hex[:4]}:0:0:0:1"}
        answer = self.service.ask("POST", "/auth/login", {"email": services.ADMIN_EMAIL, "password": password}, headers)
        assert answer.status == 200, answer
        return {"Authorization": f"Bearer {answer.json['access_token']}"}

    def rolling_restart(self, **variables: str) -> "subprocess.CompletedProcess[str]":
        command = self.project / "deploy/rolling-restart"
        return run(str(command), directory=self.project, variables=self.variables | variables, within=300)


@contextmanager
def started(tree: Path, directory: Path, answers: Answers, *, replicas: int = 1) -> Iterator[Stack]:
    """Generate a project, build it, start it and wait until all of it is healthy; leave nothing of it behind."""
    require_engine()
    project = engines.with_copier(tree, directory / "project", {**answers, "docker": True, "project_slug": services.SLUG})
    stack = Stack(project, answers, machine.free_port(), f"polysvc-{uuid.uuid4().hex[:8]}")
    (project / "compose.override.yaml").write_text(_override(project, stack), encoding="utf-8")
    if answers["nginx"]:
        (project / "deploy/nginx/conf.d/behind-a-proxy.conf").write_text(BEHIND_A_PROXY, encoding="utf-8")
    try:
        stack.make("up")
        if replicas > 1:
            stack.compose("up", "--detach", "--wait", "--scale", f"service={replicas}")
            stack.compose("exec", "-T", "nginx", "nginx", "-s", "reload")
        stack.create_admin() if answers["auth"] == "jwt" else None
        yield stack
    finally:
        logs = run("docker", "compose", "logs", "--tail=10", directory=project, variables=stack.variables)
        print(logs.stdout[-10_000:])
        run("docker", "compose", "down", "--volumes", "--timeout=5", directory=project, variables=stack.variables)
        run("docker", "image", "rm", "--force", stack.image)


def _override(project: Path, stack: Stack) -> str:
    """Return what compose adds to a project's file here: a port that is free, and on a machine without registries, stand-ins."""
    services_ = yaml.safe_load((project / "compose.yaml").read_text(encoding="utf-8"))["services"]
    _prepare_build_images(project)
    lines = [
        "services:",
        "  service:",
        "    build: { network: host }",
        f"    environment: {{ CORS_ALLOWED_ORIGINS: {conformance.ORIGIN} }}",
    ]
    for name, service in services_.items():
        if name != "service":
            lines += [f"  {name}:", f"    image: {image(service['image'])}"]
        if service.get("ports"):
            inside = service["ports"][0].rpartition(":")[2]
            lines += [f'    ports: !override ["127.0.0.1:{stack.port}:{inside}"]']
    return "\n".join([*lines, ""])


def _prepare_build_images(project: Path) -> None:
    """Let what a Dockerfile starts from be there: pulled, or else the stand-in of another tag."""
    for reference in base_images((project / "Dockerfile").read_text(encoding="utf-8")):
        stand_in = f"{reference.rpartition(':')[0]}:latest"
        if (
            not _is_there(reference)
            and run("docker", "pull", "--quiet", reference, within=300).returncode
            and _is_there(stand_in)
        ):
            checked("docker", "tag", stand_in, reference)


def base_images(dockerfile: str) -> list[str]:
    """Return the images of others that a Dockerfile takes something from."""
    stages = re.findall(r"^FROM \S+ AS (\S+)", dockerfile, re.MULTILINE)
    named = re.findall(r"^FROM (\S+)|--from=(\S+)", dockerfile, re.MULTILINE)
    return [reference for pair in named for reference in pair if reference and reference not in stages]


def image(reference: str) -> str:
    """Return an image that behaves as a public one: that one itself, or else a stand-in for it."""
    if not _is_there(reference):
        checked("docker", "pull", "--quiet", reference, within=300)
    name = reference.partition(":")[0]
    variables = json.loads(checked("docker", "inspect", "--format={{json .Config.Env}}", reference)) or []
    if name not in STAND_INS or any(variable.startswith(OFFICIAL[name]) for variable in variables):
        return reference
    stand_in = f"polysvc-stand-in-{name}"
    command = ["docker", "build", "--quiet", "--network=host", "--tag", stand_in, "-"]
    result = run(*command, stdin=STAND_INS[name], within=300)
    assert result.returncode == 0, result.stdout
    return stand_in


def _is_there(reference: str) -> bool:
    return run("docker", "image", "inspect", "--format={{.Id}}", reference).returncode == 0
