"""A copy of a generated project with a fault in it: built, served, and killed in the end."""

import os
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support import machine, services

from . import logins
from .catalogue import Setting

# In UTC a service that takes the local time for UTC has no fault.
TIME_ZONE = "Asia/Kathmandu"
SECONDS_TO_START = 60
_NOT_COPIED = shutil.ignore_patterns(".venv", "__pycache__", "bin", ".*_cache")


class StartError(Exception):
    """The service could not be built or did not answer. The text is the end of what was said about it."""


@dataclass(frozen=True)
class Copy:
    """The sources of a project in a directory of their own, which use what the project has installed."""

    project: services.Project
    directory: Path

    @classmethod
    def of(cls, project: services.Project, directory: Path) -> "Copy":
        return cls(project, Path(shutil.copytree(project.directory, directory / "copy", ignore=_NOT_COPIED)))

    def fails(self, command: str) -> bool:
        """Say whether a command of the project's own tests fails."""
        arguments = shlex.split(command)
        result = subprocess.run(arguments, cwd=self.directory, env=self._environment({}), capture_output=True, check=False)
        return result.returncode == 1

    @contextmanager
    def serving(self, setting: Setting) -> Iterator[str]:
        """Build and start the service with an empty database, yield its URL, and kill it: nothing is worth a clean end."""
        command = self._built()
        service = services.Service(machine.free_port(), self.directory.parent / "service.log")
        with services.fresh_store(setting.database, self.directory.parent) as store:
            variables = {
                **store,
                "PORT": str(service.port),
                "LOG_LEVEL": "warning",
                "CORS_ALLOWED_ORIGINS": setting.origin,
                "TZ": TIME_ZONE,
                **logins.variables(setting),
            }
            with service.log.open("wb") as output:
                process = subprocess.Popen(
                    command,
                    cwd=self.directory,
                    env=self._environment(variables),
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            try:
                _wait_until_it_answers(service, process)
                if setting.auth == "jwt":
                    self.project.create_admin(store)
                yield service.url
            finally:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _built(self) -> list[str]:
        if not (self.directory / "go.mod").exists():
            return self.project.command
        try:
            services.make(self.directory, "build", self._environment({}))
        except AssertionError as error:
            raise StartError(str(error)) from None
        return services.Project(self.directory).command

    def _environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Have Python find the copy's sources before those of the project."""
        return services.environment(
            **variables,
            PATH=f"{self.project.directory}/.venv/bin:{os.environ['PATH']}",
            PYTHONPATH=f"{self.directory}/src",
            # As the project's Makefile has it, so that Go finds what it has compiled.
            CGO_ENABLED="0",
            GOFLAGS="-tags=nomsgpack -trimpath",
        )


def _wait_until_it_answers(service: services.Service, process: "subprocess.Popen[bytes]") -> None:
    """Wait for any answer: what it is worth is for the suite to say."""
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            service.ask("GET", "/healthz")
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise StartError(f"no answer: {service.log.read_text(encoding='utf-8', errors='replace').strip()[-2000:]}")
