"""What breaks under a service: servers of our own that can be stopped and hung, workers to kill, a disk to fill."""

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

import pytest

import services

SECONDS_TO_START = 30


class PostgreSQL:
    """A server with its own data; it keeps its port when it is stopped and started. PostgreSQL does not run as root."""

    def __init__(self, directory: Path) -> None:
        found = shutil.which("postgres") or max(map(str, Path("/usr/lib/postgresql").glob("*/bin/postgres")), default="")
        if not found:
            skip("PostgreSQL is not on this machine: nothing was stopped or hung under a service")
        self._programs = Path(found).parent
        self._directory = directory
        self._port = services.free_port()
        if os.geteuid() == 0:
            shutil.chown(directory, "postgres")
        self._run("initdb", f"--pgdata={directory}/data", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync")
        self.start()

    def start(self) -> None:
        options = f"-p {self._port} -k {self._directory} -c listen_addresses=127.0.0.1 -c max_connections=300 -c fsync=off"
        data, log = f"--pgdata={self._directory}/data", f"--log={self._directory}/log"
        self._run("pg_ctl", data, log, "--wait", f"--options={options}", "start")

    def stop(self) -> None:
        """End every process at once, as a crash does; the next start recovers from the log."""
        self._run("pg_ctl", f"--pgdata={self._directory}/data", "--mode=immediate", "stop")

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

    @contextmanager
    def fresh_database(self) -> Iterator[str]:
        """Yield the URL of a new, empty database; drop it afterwards."""
        name = f"faults_{uuid.uuid4().hex[:12]}"
        self.execute(f"CREATE DATABASE {name}")
        try:
            yield self.url(name)
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def url(self, name: str = "postgres") -> str:
        return f"postgresql://postgres:postgres@127.0.0.1:{self._port}/{name}"

    def execute(self, statement: str) -> None:
        command = ["psql", "--quiet", "--no-psqlrc", "--dbname", self.url(), "--command", statement]
        subprocess.run(command, check=True, capture_output=True)

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


class Redis:
    """A server that keeps its port and its data when it is stopped and started."""

    def __init__(self, directory: Path) -> None:
        self._program = shutil.which("redis-server") or skip("redis-server is not on the PATH: no Redis was stopped or hung")
        self._directory = directory
        self._port = services.free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.start()

    def start(self) -> None:
        arguments = ["--port", str(self._port), "--bind", "127.0.0.1", "--appendonly", "yes", "--dir", str(self._directory)]
        self._process = subprocess.Popen([self._program, *arguments], stdout=subprocess.DEVNULL)
        wait_until(lambda: is_open(self._port), "Redis answers")

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        self.stop()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def hung(self) -> Iterator[None]:
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)


class Supervised:
    """A service that is started again whenever it has ended, as systemd does with `Restart=always`."""

    def __init__(self, project: services.Project, variables: Mapping[str, str]) -> None:
        port = services.free_port()
        self._project = project
        self._variables = services.environment(**variables, PORT=str(port))
        self.service = services.Service(port, project.directory.parent / f"{project.directory.name}-{uuid.uuid4().hex}.log")
        self._ending = threading.Event()
        self._start()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    @property
    def workers(self) -> list[int]:
        """The processes that answer requests: those that the first has made, or itself."""
        return children(self._process.pid) or [self._process.pid]

    def kill_a_worker(self) -> None:
        """Give one of them no time for anything, and wait until there are as many as before."""
        before = self.workers
        os.kill(before[0], signal.SIGKILL)
        wait_until(lambda: before[0] not in self.workers and len(self.workers) == len(before), "the worker is replaced")

    def end(self) -> None:
        self._ending.set()
        self._thread.join()
        services.stop(self._process)

    def _start(self) -> None:
        with self.service.log.open("ab") as output:
            self._process = subprocess.Popen(
                self._project.command,
                cwd=self._project.directory,
                env=self._variables,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _watch(self) -> None:
        while not self._ending.wait(0.1):  # As RestartSec, whose default is 100 ms.
            if self._process.poll() is not None:
                self._start()


@contextmanager
def supervised(project: services.Project, variables: Mapping[str, str]) -> Iterator[Supervised]:
    made = Supervised(project, variables)
    try:
        wait_until(lambda: is_ready(made.service), "the service is ready")
        yield made
    finally:
        made.end()


class SocketUnit:
    """A service on a Unix socket that is held open by somebody else, as by systemd with `KillMode=mixed`."""

    def __init__(self, project: services.Project, variables: Mapping[str, str], path: Path) -> None:
        self._project = project
        self._variables = services.environment(**variables, LISTEN_FDS="1")
        self._log = path.with_suffix(".log")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        path.chmod(0o666)
        self._listener.listen(4096)
        self.start()

    def start(self) -> None:
        # LISTEN_PID names the process that the socket is meant for, which is known only after the fork.
        hand_over = 'exec 3<&0 </dev/null; LISTEN_PID=$$ exec "$@"'
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                ["sh", "-c", hand_over, "sh", *self._project.command],
                cwd=self._project.directory,
                env=self._variables,
                stdin=self._listener.fileno(),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def restart(self) -> None:
        """End the service, whatever that takes, and only then start it again."""
        self._process.terminate()
        assert self._process.wait(services.SECONDS_TO_STOP) == 0
        self.start()

    def end(self) -> None:
        services.stop(self._process)
        self._listener.close()


@contextmanager
def socket_unit(project: services.Project, variables: Mapping[str, str], path: Path) -> Iterator[SocketUnit]:
    made = SocketUnit(project, variables, path)
    try:
        yield made
    finally:
        made.end()


@contextmanager
def small_disk(directory: Path, megabytes: int) -> Iterator[Path]:
    """Mount a file system of that size. Only root may do so, and not in every container: skip loudly, but fail in CI."""
    directory.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(directory)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        skip(f"no file system can be mounted here, so no disk was filled: {made.stderr.strip()}")
    try:
        yield directory
    finally:
        subprocess.run(["umount", "--lazy", str(directory)], check=True)


@contextmanager
def filled(directory: Path) -> Iterator[None]:
    """Leave no room for one byte more."""
    filler = directory / "filler"
    try:
        with filler.open("ab", buffering=0) as file:
            for size in (65536, 4096, 1):
                with suppress(OSError):
                    while True:
                        file.write(b"\0" * size)
        yield
    finally:
        filler.unlink()


def children(process: int) -> list[int]:
    found = []
    for tasks in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(child) for child in tasks.read_text(encoding="ascii").split()]
    return sorted(found)


def is_ready(service: services.Service) -> bool:
    try:
        return service.ask("GET", "/readyz").status == 200
    except OSError:
        return False


def is_open(port: int) -> bool:
    try:
        socket.create_connection((services.HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_until(condition: Callable[[], bool], what: str, within: float = SECONDS_TO_START) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"not within {within} s: {what}"
        time.sleep(0.02)


def skip(message: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)
