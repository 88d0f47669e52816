"""Real servers for generated projects, each with a directory of its own: PostgreSQL, MariaDB, Redis.

A run of the tests starts one PostgreSQL and one MariaDB when a test first needs it, for all its workers, and gives every test
a database of its own there; `POSTGRESQL_URL` and `MYSQL_URL` name servers to take instead, whose user may create
databases. A Redis belongs to one test, as does a server that the test stops or hangs.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn
from urllib.parse import SplitResult, urlsplit

import pytest
from filelock import FileLock

from tests.support.machine import HOST, children, free_port, is_open, wait_until

VARIABLES = {"postgresql": "POSTGRESQL_URL", "mysql": "MYSQL_URL"}
# The directory of the servers of this run, which the workers inherit.
RUN_VARIABLE = "POLYSVC_SERVERS"
# What this process has started for the run: a process that nothing refers to any more warns that it still runs.
_kept: list["Server"] = []


class Server(ABC):
    """A server of our own, which can be away or hang for as long as a block runs."""

    url: str

    @abstractmethod
    def start(self) -> None: ...

    @abstractmethod
    def stop(self) -> None:
        """End every process at once, as a crash does."""

    @abstractmethod
    def _send(self, number: signal.Signals) -> None: ...

    @contextmanager
    def stopped(self) -> Iterator[None]:
        self.stop()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def hung(self) -> Iterator[None]:
        """Let every process sleep: connections are still accepted, by the kernel, and nothing answers on them."""
        try:
            self._send(signal.SIGSTOP)
            yield
        finally:
            self._send(signal.SIGCONT)


class PostgreSQL(Server):
    """A server with its own data; it keeps its port when it is stopped and started. PostgreSQL does not run as root."""

    def __init__(self, directory: Path) -> None:
        found = shutil.which("postgres") or max(map(str, Path("/usr/lib/postgresql").glob("*/bin/postgres")), default="")
        if not found:
            skip("PostgreSQL is not on this machine: nothing was run against a real one")
        self._programs = Path(found).parent
        self._directory = directory
        self._port = free_port()
        self.url = f"postgresql://postgres:postgres@{HOST}:{self._port}/postgres"
        if os.geteuid() == 0:
            shutil.chown(directory, "postgres")
        self._run("initdb", f"--pgdata={directory}/data", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync")
        self.start()

    def start(self) -> None:
        options = f"-p {self._port} -k {self._directory} -c listen_addresses={HOST} -c max_connections=300 -c fsync=off"
        data, log = f"--pgdata={self._directory}/data", f"--log={self._directory}/log"
        self._run("pg_ctl", data, log, "--wait", f"--options={options}", "start")

    def stop(self) -> None:
        """End every process at once, as a crash does; the next start recovers from the log."""
        self._run("pg_ctl", f"--pgdata={self._directory}/data", "--mode=immediate", "stop")

    @contextmanager
    def fresh_database(self) -> Iterator[str]:
        """Yield the URL of a new, empty database; drop it afterwards."""
        with _fresh_database_on("postgresql", self.url) as url:
            yield url

    @contextmanager
    def locked(self, url: str, table: str) -> Iterator[None]:
        """Keep every writer of a table waiting; readers go on."""
        command = ["psql", "--quiet", "--no-psqlrc", "--no-align", "--tuples-only", "--dbname", url]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as session:
            assert session.stdin
            assert session.stdout
            session.stdin.write(f"BEGIN; LOCK TABLE {table} IN SHARE MODE; SELECT 'locked';\n")
            session.stdin.flush()
            assert session.stdout.readline() == "locked\n"
            try:
                yield
            finally:
                session.stdin.write("ROLLBACK;\n")
                session.stdin.close()

    def _send(self, number: signal.Signals) -> None:
        """Send a signal to the server, which makes the other processes, and then to those."""
        first = int((self._directory / "data/postmaster.pid").read_text(encoding="ascii").split()[0])
        os.kill(first, number)
        for child in children(first):
            with suppress(ProcessLookupError):
                os.kill(child, number)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd=self._directory)


class MariaDB(Server):
    """A server with its own data, which does not wait for the disk. Not even root may run it as root."""

    def __init__(self, directory: Path) -> None:
        path = f"{os.environ['PATH']}:/usr/sbin"
        self._program = shutil.which("mariadbd", path=path) or skip(
            "MariaDB is not on this machine: nothing was run against a real one"
        )
        self._directory = directory
        self._port = free_port()
        self.url = f"mysql://test:test@{HOST}:{self._port}/mysql"
        self._arguments = ["--no-defaults", f"--datadir={directory}/data"]
        if os.geteuid() == 0:
            shutil.chown(directory, "mysql")
            self._arguments.append("--user=mysql")
        install = ["mariadb-install-db", *self._arguments, "--auth-root-authentication-method=normal"]
        subprocess.run(install, check=True, stdout=subprocess.DEVNULL)
        self.start()
        users = "".join(
            f"CREATE USER {user} IDENTIFIED BY 'test'; GRANT ALL ON *.* TO {user};" for user in ("test@'%'", "test@localhost")
        )
        self._client("mariadb", "--execute", users)

    def start(self) -> None:
        socket, log = f"--socket={self._directory}/socket", self._directory / "log"
        arguments = [*self._arguments, socket, f"--bind-address={HOST}", f"--port={self._port}", "--max-connections=300"]
        arguments += ["--innodb-flush-log-at-trx-commit=0", f"--pid-file={self._directory}/pid"]
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [self._program, *arguments], stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        wait_until(lambda: self._client("mariadb-admin", "ping", check=False) == 0, "MariaDB answers")

    def stop(self) -> None:
        self._send(signal.SIGKILL)
        wait_until(lambda: not is_open(self._port), "MariaDB has ended")

    def _send(self, number: signal.Signals) -> None:
        os.kill(int((self._directory / "pid").read_text(encoding="ascii")), number)

    def _client(self, *command: str, check: bool = True) -> int:
        arguments = [command[0], "--no-defaults", f"--socket={self._directory}/socket", *command[1:]]
        return subprocess.run(arguments, check=check, capture_output=True).returncode


class Redis(Server):
    """A server that keeps its port when it is stopped and started, and its data unless it is told to forget them."""

    def __init__(self, directory: Path, *, forgets: bool = False) -> None:
        self._program = shutil.which("redis-server") or skip(
            "redis-server is not on the PATH: nothing was run against a real Redis"
        )
        self._directory = directory
        self._forgets = forgets
        self._port = free_port()
        self.url = f"redis://{HOST}:{self._port}/0"
        self.start()

    def start(self) -> None:
        arguments = ["--port", str(self._port), "--bind", HOST, "--dir", str(self._directory), "--save", ""]
        arguments += ["--appendonly", "no" if self._forgets else "yes"]
        self._process = subprocess.Popen([self._program, *arguments], stdout=subprocess.DEVNULL)
        wait_until(lambda: is_open(self._port), "Redis answers")

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def _send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)


@contextmanager
def of_a_run() -> Iterator[None]:
    """Let a run of the tests, with all its workers, share one server of each kind; end those that were started."""
    with tempfile.TemporaryDirectory(prefix="polysvc-servers-") as directory:
        # PostgreSQL and MariaDB enter it as users of their own.
        Path(directory).chmod(0o755)
        os.environ[RUN_VARIABLE] = directory
        try:
            yield
        finally:
            del os.environ[RUN_VARIABLE]
            for pid in (*Path(directory).glob("*/data/postmaster.pid"), *Path(directory).glob("*/pid")):
                _end(int(pid.read_text(encoding="ascii").split()[0]))


def _end(process: int) -> None:
    """End a server whose data nobody wants, and wait until it is gone."""
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGQUIT if children(process) else signal.SIGKILL)
    wait_until(lambda: not Path(f"/proc/{process}/stat").exists() or _is_dead(process), f"process {process} has ended")


def _is_dead(process: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z"
    return True


@contextmanager
def fresh_database(database: str) -> Iterator[str]:
    """Yield the URL of a new, empty database; drop it afterwards. Skip loudly without a server, but fail in CI."""
    server = os.environ.get(VARIABLES[database]) or _of_this_run(database)
    with _fresh_database_on(database, server) as url:
        yield url


def _of_this_run(database: str) -> str:
    """Return the URL of the run's server; whoever asks first starts it, the others wait."""
    directory = Path(os.environ[RUN_VARIABLE]) / database
    told = directory / "url"
    with FileLock(directory.with_suffix(".lock")):
        if not told.exists():
            directory.mkdir(exist_ok=True)
            server = (PostgreSQL if database == "postgresql" else MariaDB)(directory)
            _kept.append(server)
            told.write_text(server.url, encoding="ascii")
    return told.read_text(encoding="ascii")


@contextmanager
def _fresh_database_on(database: str, server: str) -> Iterator[str]:
    url = urlsplit(server)
    name = f"polysvc_{uuid.uuid4().hex[:12]}"
    _execute(database, url, f"CREATE DATABASE {name}")
    try:
        yield url._replace(path=f"/{name}").geturl()
    finally:
        _execute(database, url, f"DROP DATABASE {name}" + (" WITH (FORCE)" if database == "postgresql" else ""))


def _execute(database: str, url: SplitResult, statement: str) -> None:
    if database == "postgresql":
        command = ["psql", "--quiet", "--no-psqlrc", "--dbname", url.geturl(), "--command", statement]
        subprocess.run(command, check=True, capture_output=True)
        return
    command = ["mariadb", "--protocol=tcp", f"--host={url.hostname}", f"--port={url.port}", f"--user={url.username}"]
    environment = {**os.environ, "MYSQL_PWD": url.password or ""}
    subprocess.run([*command, "--execute", statement], check=True, capture_output=True, env=environment)


@contextmanager
def fresh_redis() -> Iterator[str]:
    """Start a Redis that keeps nothing on the disk and yield its URL. Skip loudly without the program, but fail in CI."""
    with tempfile.TemporaryDirectory() as directory:
        server = Redis(Path(directory), forgets=True)
        try:
            yield server.url
        finally:
            server.stop()


def skip(message: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)
