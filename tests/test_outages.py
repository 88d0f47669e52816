"""What clients see of a service while something under it breaks, how soon it recovers, and that it keeps what it acknowledged.

Each test starts real servers and clients of its own. The bounds are those of the contract, with some slack for a busy
machine. `make outages` runs these tests and writes what they measured to docs/outages.md.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import hostile_clients, machine, matrix, outages, proxies, servers, services
from tests.support.load_clients import CREATE, READ, stored
from tests.support.trials import (
    CONNECTIONS_USED_UP,
    DATABASE_HUNG,
    DATABASE_STOPPED,
    DISK_FULL,
    LARGE_BODIES,
    RECOVERY_BOUND,
    REDIS_HUNG,
    REDIS_STOPPED,
    REPLICAS_AT_ONCE,
    REPLICAS_AT_ONCE_SQLITE,
    ROLLING_RESTART,
    SLOW_CLIENTS,
    SLOW_CLIENTS_OF_THE_BINARY,
    SOCKET_RESTART,
    WORKER_KILLED,
    Record,
    Result,
    under_load,
)

pytestmark = [pytest.mark.thorough, pytest.mark.stamped]

# Seconds that the contract gives a call while a dependency does not answer.
DATABASE_BOUND = 5.0
REDIS_BOUND = 3.0
REPLICAS = 8
# Longer than the start of a service, for which calls wait while it restarts.
SECONDS_OF_A_RESTART = 60
# The default of DATABASE_POOL_SIZE.
CONNECTIONS = 10
# What a client sees of a process that dies: while it answers, and, of the only one, until there is another.
CUT_OFF = {"RemoteDisconnected", "ConnectionResetError", "BrokenPipeError", "IncompleteRead", "ConnectionRefusedError"}

every_template = pytest.mark.parametrize("template", matrix.SERVICES)


@pytest.fixture
def record(record_property: Callable[[str, object], None]) -> Record:
    return Record(record_property)


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A directory that other users of the machine can enter, unlike those of pytest."""
    directory = Path(tempfile.mkdtemp(prefix="polysvc-outages-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def postgresql(scratch: Path) -> Iterator[servers.PostgreSQL]:
    (scratch / "postgresql").mkdir()
    server = servers.PostgreSQL(scratch / "postgresql")
    yield server
    server.stop()


@dataclass(frozen=True)
class Running:
    """A service, what it was made from, and the server under it."""

    template: str
    service: services.Service
    database_url: str


@pytest.fixture
def settings(postgresql: servers.PostgreSQL) -> Iterator[dict[str, str]]:
    """The settings of a service over an empty database."""
    with postgresql.fresh_database() as url:
        yield {"DATABASE_URL": url}


@pytest.fixture(scope="module", params=matrix.SERVICES)
def running(request: pytest.FixtureRequest, projects: services.Projects, postgresql: servers.PostgreSQL) -> Iterator[Running]:
    """A service over PostgreSQL, one after the other for all tests that break the database."""
    project = projects.get(request.param, "postgresql")
    with postgresql.fresh_database() as url, services.running(project, {"DATABASE_URL": url}) as service:
        yield Running(request.param, service, url)


def test_database_stopped(running: Running, postgresql: servers.PostgreSQL, record: Record) -> None:
    with under_load(running.service) as trial, trial.during(postgresql.stopped()):
        trial.wait_for(CREATE, 20, 503)
        trial.wait_for(READ, 20, 503)
        assert_not_ready(running.service, "database")
    record(trial.result(DATABASE_STOPPED, running.template))
    trial.check(DATABASE_BOUND)


def test_database_hung(running: Running, postgresql: servers.PostgreSQL, record: Record) -> None:
    with under_load(running.service) as trial, trial.during(postgresql.hung()):
        trial.wait_for(CREATE, 4, 503)
        trial.wait_for(READ, 4, 503)
        assert_not_ready(running.service, "database")
    record(trial.result(DATABASE_HUNG, running.template))
    trial.check(DATABASE_BOUND)


def test_connections_used_up_by_slow_writes(running: Running, postgresql: servers.PostgreSQL, record: Record) -> None:
    """Every connection of the pool waits for a lock that somebody else holds."""
    locked = postgresql.locked(running.database_url, "users")
    with under_load(running.service, clients=CONNECTIONS + 2) as trial, trial.during(locked):
        trial.wait_for(CREATE, CONNECTIONS, 503)
    record(trial.result(CONNECTIONS_USED_UP, running.template))
    trial.check(DATABASE_BOUND)


@dataclass(frozen=True)
class WithLogins:
    """A service whose logins are in Redis, its admin, and somebody who has logged out."""

    template: str
    service: services.Service
    redis: servers.Redis
    admin: dict[str, str]
    logged_out: dict[str, str]


@pytest.fixture(scope="module", params=matrix.SERVICES)
def with_logins(
    request: pytest.FixtureRequest,
    projects: services.Projects,
    postgresql: servers.PostgreSQL,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[WithLogins]:
    project = projects.get(request.param, "postgresql", auth="jwt", redis=True)
    with ExitStack() as stack:
        redis = servers.Redis(tmp_path_factory.mktemp("redis"))
        stack.callback(redis.stop)
        url = stack.enter_context(postgresql.fresh_database())
        settings = {**services.WITH_LOGINS, "DATABASE_URL": url, "REDIS_URL": redis.url}
        project.create_admin(settings)
        service = stack.enter_context(services.running(project, settings))
        logged_out, admin = (service.log_in(services.ADMIN_EMAIL, services.ADMIN_PASSWORD) for _ in range(2))
        assert service.ask("POST", "/auth/logout", headers=logged_out).status == 204
        yield WithLogins(request.param, service, redis, admin, logged_out)


@pytest.mark.parametrize("outage", ["stopped", "hung"])
def test_redis(outage: str, with_logins: WithLogins, record: Record) -> None:
    """Who may call cannot be told without it, so nobody may; afterwards who has logged out stays so."""
    service, redis = with_logins.service, with_logins.redis
    broken = redis.stopped() if outage == "stopped" else redis.hung()
    with under_load(service, headers=with_logins.admin) as trial, trial.during(broken):
        trial.wait_for(CREATE, 8, 503)
        trial.wait_for(READ, 8, 503)
        assert_not_ready(service, "redis")
    record(trial.result(REDIS_STOPPED if outage == "stopped" else REDIS_HUNG, with_logins.template))
    trial.check(REDIS_BOUND)
    assert service.ask("GET", "/auth/me", headers=with_logins.logged_out).status == 401


@every_template
def test_disk_full(template: str, projects: services.Projects, tmp_path: Path, record: Record) -> None:
    with outages.small_disk(tmp_path / "disk", megabytes=8) as disk:
        settings = {"DATABASE_URL": f"sqlite:///{disk}/users.db"}
        with services.running(projects.get(template, "sqlite"), settings) as service:
            with under_load(service) as trial, trial.during(outages.filled(disk)):
                trial.wait_for(CREATE, 20, 503)
                trial.wait_for(READ, 20, 200)
            record(trial.result(DISK_FULL, template))
            trial.check(DATABASE_BOUND)
            assert trial.load.summary(READ).keys() == {"200"}


@every_template
def test_worker_killed(template: str, projects: services.Projects, settings: dict[str, str], record: Record) -> None:
    """A process is killed three times, each time as soon as the one before has been replaced."""
    kills = 3
    settings["WEB_CONCURRENCY"] = "2"
    with outages.supervised(projects.get(template, "postgresql"), settings) as supervised:
        with under_load(supervised.service, clients=4) as trial:
            trial.load.wait_for(CREATE, 20)
            trial.broken = time.monotonic()
            for _ in range(kills):
                supervised.kill_a_worker()
                trial.mended = time.monotonic()
                trial.load.wait_for(CREATE, 20, since=trial.mended)
        assert {outcome.told for outcome in trial.load.failed} <= CUT_OFF
        assert trial.recovery <= RECOVERY_BOUND
        record(trial.result(WORKER_KILLED, template))


@every_template
@pytest.mark.parametrize("database", ["postgresql", "sqlite"])
def test_replicas_that_start_at_once_on_an_empty_database(
    template: str, database: str, projects: services.Projects, settings: dict[str, str], tmp_path: Path, record: Record
) -> None:
    if database == "sqlite":
        settings = {"DATABASE_URL": f"sqlite:///{tmp_path}/users.db"}
    project = projects.get(template, "postgresql")
    with ExitStack() as stack:
        started = time.monotonic()
        ports = {machine.free_port() for _ in range(REPLICAS * 2)}  # A port is free until the service listens: none twice.
        replicas = [
            services.running(project, {**settings, "WEB_CONCURRENCY": "1", "PORT": str(port)}, port=port)
            for port in sorted(ports)[:REPLICAS]
        ]
        with ThreadPoolExecutor(REPLICAS) as threads:
            running = [threads.submit(stack.enter_context, replica) for replica in replicas]
        every = [future.result() for future in running]
        seconds = time.monotonic() - started
        for number, service in enumerate(every):
            body = {"name": "Somebody", "email": f"person{number}@example.com"}
            assert service.ask("POST", "/users", body).status == 201
        lists = [stored(service.url) for service in every]
        assert all(found == lists[0] for found in lists)
        assert len(lists[0]) == REPLICAS
        outage = REPLICAS_AT_ONCE if database == "postgresql" else REPLICAS_AT_ONCE_SQLITE
        record(Result(outage, template, f"all {REPLICAS} ready", recovery=seconds, acknowledged=REPLICAS, lost=0))


@pytest.fixture(scope="module")
def proxy(running: Running, projects: services.Projects, scratch: Path) -> Iterator[proxies.Proxy]:
    """nginx before the service, with the configuration that was generated for it."""
    project = projects.get(running.template, "postgresql")
    with proxies.nginx(project, [f"{machine.HOST}:{running.service.port}"], passable(scratch)) as started:
        yield started


def test_slow_clients(running: Running, proxy: proxies.Proxy, record: Record) -> None:
    """Three kinds at once; none of them gets a worker of the service, and nobody else notices."""
    with under_load(proxy) as trial, trial.during(hostile_clients.every_kind(proxy.port)) as every:
        machine.wait_until(every.is_over, "nginx gives up those whose headers do not come")
    assert trial.load.failed == []
    record(trial.result(SLOW_CLIENTS, running.template, every.told()))


def test_slow_clients_of_the_static_binary(projects: services.Projects, settings: dict[str, str], record: Record) -> None:
    """It may stand on the network itself."""
    template = "gin-svc"
    with services.running(projects.get(template, "postgresql"), settings) as service:
        with under_load(service) as trial, trial.during(hostile_clients.every_kind(service.port)) as every:
            machine.wait_until(lambda: every.is_over() and every.bodies.are_gone(), "the service gives up slow clients")
        assert trial.load.failed == []
        record(trial.result(SLOW_CLIENTS_OF_THE_BINARY, template, every.told()))


def test_large_bodies(running: Running, proxy: proxies.Proxy, record: Record) -> None:
    with under_load(proxy) as trial, trial.during(nullcontext()):
        declared, chunked = (hostile_clients.large_bodies(proxy.port, 20, 10, chunked=chunked) for chunked in (False, True))
    assert declared == chunked == {"413": 20}
    assert trial.load.failed == []
    record(trial.result(LARGE_BODIES, running.template, "their senders: 40 with 413"))


@every_template
def test_rolling_restart_of_two_replicas(
    template: str, projects: services.Projects, settings: dict[str, str], scratch: Path, record: Record
) -> None:
    """As deploy/rolling-restart does it: a replica ends only when no nginx worker that knows it is left."""
    project = projects.get(template, "postgresql")
    replicas = [ExitStack(), ExitStack()]
    with replicas[0], replicas[1]:
        every = [replica.enter_context(services.running(project, settings)) for replica in replicas]
        addresses = [f"{machine.HOST}:{service.port}" for service in every]
        with proxies.nginx(project, addresses, passable(scratch)) as proxy:
            with under_load(proxy) as trial, trial.during(nullcontext()):
                for replica, service, other in zip(replicas, every, reversed(addresses), strict=True):
                    serve(proxy, [other])
                    trial.load.wait_for(CREATE, 20, since=time.monotonic())
                    replica.close()
                    replica.enter_context(services.running(project, {**settings, "PORT": str(service.port)}, port=service.port))
                    serve(proxy, addresses)
                    trial.load.wait_for(CREATE, 20, since=time.monotonic())
            record(trial.result(ROLLING_RESTART, template))
            assert trial.load.failed == []


@every_template
def test_restart_on_the_socket_of_systemd(
    template: str, projects: services.Projects, settings: dict[str, str], scratch: Path, record: Record
) -> None:
    """The socket outlives the process, so connections wait for the next one."""
    directory = passable(scratch)
    path = directory / "service.sock"
    project = projects.get(template, "postgresql")
    with ExitStack() as stack:
        unit = stack.enter_context(outages.socket_unit(project, settings, path))
        proxy = stack.enter_context(proxies.nginx(project, [f"unix:{path}"], directory, place="machine"))
        with under_load(proxy, timeout=SECONDS_OF_A_RESTART) as trial, trial.during(nullcontext()):
            for _ in range(2):
                unit.restart()
                trial.load.wait_for(CREATE, 20, since=time.monotonic())
        record(trial.result(SOCKET_RESTART, template))
        assert trial.load.failed == []


def passable(scratch: Path) -> Path:
    """Return a new directory that nginx's workers, who are nobody, can enter."""
    directory = Path(tempfile.mkdtemp(dir=scratch))
    directory.chmod(0o755)
    return directory


def serve(proxy: proxies.Proxy, upstreams: Sequence[str]) -> None:
    """Have nginx pass requests on to these servers alone: wait until the workers that knew others have ended."""
    old = set(machine.children(proxy.process.pid))
    proxy.serve(upstreams)
    machine.wait_until(lambda: not old & set(machine.children(proxy.process.pid)), "nginx's old workers end")


def assert_not_ready(service: services.Service, dependency: str) -> None:
    answer = service.ask("GET", "/readyz")
    assert answer.status == 503, answer
    assert dependency in str(answer.json["detail"]).lower(), answer
