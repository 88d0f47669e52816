"""Real servers for generated projects: a fresh database on the server that the environment names, and a Redis.

`POSTGRESQL_URL` and `MYSQL_URL` name servers whose user may create databases; `.ci/run` installs and starts them, and
installs Redis, which each test starts for itself.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn
from urllib.parse import SplitResult, urlsplit

import pytest

VARIABLES = {"postgresql": "POSTGRESQL_URL", "mysql": "MYSQL_URL"}


@contextmanager
def fresh_database(database: str) -> Iterator[str]:
    """Yield the URL of a new, empty database; drop it afterwards. Skip loudly without a server, but fail in CI."""
    variable = VARIABLES[database]
    server = os.environ.get(variable)
    if not server:
        skip(f"{variable} is not set: nothing was run against a real {database} server")
    url = urlsplit(server)
    name = f"polysvc_{uuid.uuid4().hex[:12]}"
    _execute(database, url, f"CREATE DATABASE {name}")
    try:
        yield url._replace(path=f"/{name}").geturl()
    finally:
        _execute(database, url, f"DROP DATABASE {name}" + (" WITH (FORCE)" if database == "postgresql" else ""))


@contextmanager
def fresh_redis() -> Iterator[str]:
    """Start a Redis that keeps nothing on the disk and yield its URL. Skip loudly without the program, but fail in CI."""
    program = shutil.which("redis-server")
    if not program:
        skip("redis-server is not on the PATH: nothing was run against a real Redis")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    with tempfile.TemporaryDirectory() as directory:
        arguments = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", directory]
        process = subprocess.Popen([program, *arguments], stdout=subprocess.DEVNULL)
        try:
            _wait_for(port)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.kill()
            process.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < deadline, "Redis does not answer"
            time.sleep(0.02)
        else:
            return


def skip(message: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def _execute(database: str, url: SplitResult, statement: str) -> None:
    if database == "postgresql":
        command = ["psql", "--quiet", "--no-psqlrc", "--dbname", url.geturl(), "--command", statement]
        subprocess.run(command, check=True, capture_output=True)
        return
    command = ["mariadb", "--protocol=tcp", f"--host={url.hostname}", f"--port={url.port}", f"--user={url.username}"]
    environment = {**os.environ, "MYSQL_PWD": url.password or ""}
    subprocess.run([*command, "--execute", statement], check=True, capture_output=True, env=environment)
