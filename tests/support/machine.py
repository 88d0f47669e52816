"""Ports and processes of this machine."""

import random
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

HOST = "127.0.0.1"
SECONDS_TO_START = 30


def free_port() -> int:
    """Return a port that nothing listens on, below those that the system hands to clients: a fuzzer opens thousands."""
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as listener:
            try:
                listener.bind((HOST, port))
            except OSError:
                continue
            return port
    raise OSError("no free port")


def is_open(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def children(process: int) -> list[int]:
    found = []
    for tasks in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(child) for child in tasks.read_text(encoding="ascii").split()]
    return sorted(found)


def wait_until(condition: Callable[[], bool], what: str, within: float = SECONDS_TO_START) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"not within {within} s: {what}"
        time.sleep(0.02)
