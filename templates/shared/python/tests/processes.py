"""The service as a process of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from queue import SimpleQueue
from threading import Thread
from typing import Any, Self

# Seconds that a test waits for an answer or for a line of the log.
TIMEOUT = 30


class Service:
    """A running process of the service, which is killed at the end unless it has ended before."""

    def __init__(self, **environment: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
        self.log: list[dict[str, Any]] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "{{ cookiecutter.__package }}"],
            env={**os.environ, **environment, "PORT": str(self.port)},
            stdout=subprocess.PIPE,
            text=True,
        )
        self._lines: SimpleQueue[str] = SimpleQueue()
        self._reader = Thread(target=self._read_output)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join(TIMEOUT)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), TIMEOUT)

    def wait_until_it_listens(self) -> None:
        while True:
            self._read_log_line()
            try:
                self.connect().close()
            except ConnectionRefusedError:
                continue
            return

    def wait_until_it_stops(self) -> None:
        while not re.match("Handling signal|Shutting down", self._read_log_line()):
            pass

    def lines_of_requests(self, request_id: str, count: int) -> list[dict[str, Any]]:
        """Wait for so many lines of requests with this id, and return them."""
        lines: list[dict[str, Any]] = []
        while len(lines) < count:
            if self._read_log_line() == "request" and self.log[-1]["request_id"] == request_id:
                lines.append(self.log[-1])
        return lines

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def exit_status(self) -> int:
        """Read the rest of the log and return the status with which the process ends."""
        while line := self._lines.get(timeout=TIMEOUT):
            self.log.append(json.loads(line))
        return self._process.wait(TIMEOUT)

    def _read_log_line(self) -> str:
        line = self._lines.get(timeout=TIMEOUT)
        assert line, "the service has ended"
        self.log.append(json.loads(line))
        return str(self.log[-1]["message"])

    def _read_output(self) -> None:
        """Keep the pipe empty, since a full one would stop the service. An empty line stands for the end."""
        assert self._process.stdout is not None
        with self._process.stdout as output:
            for line in output:
                self._lines.put(line)
        self._lines.put("")
