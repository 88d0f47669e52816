"""Real database servers for generated projects: a fresh database on the server that the environment names.

`POSTGRESQL_URL` and `MYSQL_URL` name servers whose user may create databases; `.ci/run` installs and starts them.
"""

import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import SplitResult, urlsplit

import pytest

VARIABLES = {"postgresql": "POSTGRESQL_URL", "mysql": "MYSQL_URL"}


@contextmanager
def fresh_database(database: str) -> Iterator[str]:
    """Yield the URL of a new, empty database; drop it afterwards. Skip loudly without a server, but fail in CI."""
    variable = VARIABLES[database]
    server = os.environ.get(variable)
    if not server:
        message = f"{variable} is not set: nothing was run against a real {database} server"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
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
