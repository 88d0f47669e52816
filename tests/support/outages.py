"""What breaks under a service: workers to kill, a process to replace, a disk to fill; `servers` can be stopped and hung."""

import os
import signal
import socket
import subprocess
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support import servers, services
from tests.support.machine import children, free_port, wait_until


class Supervised:
    """A service that is started again whenever it has ended, as systemd does with `Restart=always`."""

    def __init__(self, project: services.Project, variables: Mapping[str, str]) -> None:
        port = free_port()
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
        self._process = services.start(self._project.command, self._project.directory, self._variables, self.service.log)

    def _watch(self) -> None:
        while not self._ending.wait(0.1):  # As RestartSec, whose default is 100 ms.
            if self._process.poll() is not None:
                self._start()


@contextmanager
def supervised(project: services.Project, variables: Mapping[str, str]) -> Iterator[Supervised]:
    made = Supervised(project, variables)
    try:
        wait_until(lambda: services.is_ready(made.service), "the service is ready")
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
        command = ["sh", "-c", hand_over, "sh", *self._project.command]
        self._process = services.start(
            command, self._project.directory, self._variables, self._log, stdin=self._listener.fileno()
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
        servers.skip(f"no file system can be mounted here, so no disk was filled: {made.stderr.strip()}")
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
