"""Generated services: rendered and installed once for a whole run of the tests, started and stopped as often as wanted."""

import http.client
import json
import os
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

from tests.support import engines, servers
from tests.support.inputs import note_project
from tests.support.machine import HOST, free_port
from tools.questions import Answers

SECONDS_TO_START = 120
SECONDS_TO_STOP = 30
SLUG = "user-service"
MAKE_RUN = ("make", "--no-print-directory", "run")
# Variables of the machine that would reach into a service.
OWN_VARIABLES = (
    "VIRTUAL_ENV",
    "DATABASE_URL",
    "REDIS_URL",
    "JWT_SECRET",
    "HOST",
    "PORT",
    "APP_ENV",
    "LOG_LEVEL",
    "SECRETS_DIR",
    "WEB_CONCURRENCY",
    "CI",
    "PYTEST_ADDOPTS",
    # Each start would compile all packages again.
    "PYTHONDONTWRITEBYTECODE",
)
ADMIN_EMAIL = "admin@example.com"
ADMIN_PASSWORD = "an admin's long password"  # noqa: S105 - of services that live for one test
# Settings of a service with logins: tokens outlive a restart, every test may log in as often as it likes, and where the
# users live in memory the first one is the admin.
WITH_LOGINS = {
    "JWT_SECRET": "a secret of at least 32 bytes for tests",
    "LOGIN_ATTEMPTS_PER_MINUTE": "100000",
    "ADMIN_EMAIL": ADMIN_EMAIL,
    "ADMIN_PASSWORD": ADMIN_PASSWORD,
}


@dataclass(frozen=True)
class Answer:
    """A response; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, object]:
        document: dict[str, object] = json.loads(self.body)
        return document


@dataclass(frozen=True)
class Service:
    """A service that answers on a port of this machine and logs to a file."""

    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def ask(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Send one request; a body goes out as JSON."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=10)
        try:
            typed = {"Content-Type": "application/json"} if body is not None else {}
            connection.request(method, path, json.dumps(body) if body is not None else None, {**typed, **(headers or {})})
            response = connection.getresponse()
            return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
        finally:
            connection.close()

    def log_in(self, email: str, password: str) -> dict[str, str]:
        """Begin a session; return the header that sends its access token."""
        answer = self.ask("POST", "/auth/login", {"email": email, "password": password})
        assert answer.status == 200, answer
        return {"Authorization": f"Bearer {answer.json['access_token']}"}


@dataclass(frozen=True)
class Project:
    """A generated project."""

    directory: Path

    @property
    def command(self) -> list[str]:
        """The command that starts the installed service without make, so that signals and the exit status are its own."""
        binary = self.directory / "bin/server"
        script = self.directory / ".venv/bin" / SLUG
        return [str(binary if binary.exists() else script)]

    def install(self) -> None:
        """Do what the README says, and build what `make run` would build."""
        make(self.directory, "install", environment())
        if (self.directory / "go.mod").exists():
            make(self.directory, "build", environment())

    def create_admin(self, variables: Mapping[str, str]) -> None:
        """Make the first admin in the database that `variables` lead to, as an operator does; one in memory is there already."""
        if "DATABASE_URL" not in variables:
            return
        result = subprocess.run(
            [*self.command, "create-admin", ADMIN_EMAIL],
            cwd=self.directory,
            env=environment(**{**variables, "ADMIN_PASSWORD": ADMIN_PASSWORD}),
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stdout + result.stderr


class Projects:
    """The projects of a run of the tests, shared by the workers of pytest-xdist."""

    def __init__(self, directory: Path, tree: Path) -> None:
        self._directory = directory
        self._tree = tree

    def get(self, template: str, database: str, *, auth: str = "none", redis: bool = False) -> Project:
        """Return an installed project; whoever asks first renders and installs it, the others wait."""
        answers: Answers = {
            "template": template,
            "database": database,
            "auth": auth,
            "redis": redis,
            "project_slug": SLUG,
            "nginx": True,
        }
        note_project(answers)
        home = self._directory / f"{template}-{database}-{auth}{'-redis' if redis else ''}"
        done = home.with_suffix(".done")
        with FileLock(home.with_suffix(".lock")):
            project = Project(home)
            if not done.exists():
                engines.with_copier(self._tree, home, answers)
                project.install()
                done.touch()
            return project


def environment(**variables: str) -> dict[str, str]:
    """Return this machine's environment without what would reach into a service, and with `variables`."""
    return {name: value for name, value in os.environ.items() if name not in OWN_VARIABLES} | variables


@contextmanager
def fresh_store(database: str, directory: Path) -> Iterator[dict[str, str]]:
    """Yield the variables that lead a service to an empty database of its kind: none at all for `memory`."""
    if database in servers.VARIABLES:
        with servers.fresh_database(database) as url:
            yield {"DATABASE_URL": url}
    elif database == "sqlite":
        yield {"DATABASE_URL": f"sqlite:///{directory.resolve()}/users.db"}
    else:
        yield {}


@contextmanager
def running(
    project: Project, variables: Mapping[str, str], *, port: int | None = None, command: Sequence[str] = ()
) -> Iterator[Service]:
    """Start a service, wait until it is ready, stop it with SIGTERM, and see that it ends in time and well.

    With a `port`, the service is told of it in another way than by the variable. Another `command` than the project's own
    stands between the service and its exit status, which then is not looked at.
    """
    log = project.directory.parent / f"{project.directory.name}-{uuid.uuid4().hex}.log"
    service = Service(port or free_port(), log)
    told = {} if port else {"PORT": str(service.port)}
    process = start(command or project.command, project.directory, environment(**told, **variables), log)
    try:
        wait_until_ready(service, process)
        yield service
    finally:
        status = stop(process)
    lines = log.read_text(encoding="utf-8").splitlines()
    assert command or status == 0, f"exit status {status} after SIGTERM:\n" + "\n".join(lines[-20:])
    assert all(json.loads(line)["message"] for line in lines if line.startswith("{"))


def start(
    command: Sequence[str], directory: Path, variables: Mapping[str, str], log: Path, *, stdin: int | None = None
) -> "subprocess.Popen[bytes]":
    """Start a service in a session of its own; what it prints is added to the log."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            cwd=directory,
            env=variables,
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def stop(process: "subprocess.Popen[bytes]") -> int:
    """Send SIGTERM to a service and what started it; return the exit status. Fail where it does not end in time."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        return process.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        pytest.fail(f"still running {SECONDS_TO_STOP} s after SIGTERM")


def wait_until_ready(service: Service, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        if is_ready(service):
            return
        time.sleep(0.05)
    pytest.fail(f"not ready within {SECONDS_TO_START} s:\n{service.log.read_text(encoding='utf-8')[-3000:]}")


def is_ready(service: Service) -> bool:
    try:
        return service.ask("GET", "/readyz").status == 200
    except OSError:
        return False


def make(directory: Path, target: str, variables: Mapping[str, str], *settings: str) -> None:
    result = subprocess.run(
        ["make", "--no-print-directory", target, *settings],
        cwd=directory,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, f"make {target} failed:\n{result.stdout[-4000:]}\n{result.stderr[-4000:]}"


def openssl(*arguments: str, stdin: str = "") -> str:
    return subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, text=True, check=True).stdout


def new_private_key() -> str:
    """Return a new P-256 key in PEM (PKCS #8), as the README of a project tells to make one."""
    return openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
