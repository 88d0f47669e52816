"""Flask's own commands work on the service."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import click
import httpx2
import pytest
from click.exceptions import Abort, Exit, UsageError

from {{ cookiecutter.__package }}.__main__ import cli, main
{% if cookiecutter.database != 'memory' %}
from {{ cookiecutter.__package }}.migrations import change_schema
from {{ cookiecutter.__package }}.settings import Settings
{% endif %}

FLASK = [sys.executable, "-m", "flask", "--app", "{{ cookiecutter.__package }}.app"]
# Seconds.
TIMEOUT = 30


def test_routes() -> None:
    listed = subprocess.run([*FLASK, "routes"], capture_output=True, text=True, check=True, timeout=TIMEOUT).stdout

    assert "/users/<id>/profile" in listed


@pytest.mark.parametrize(
    ("error", "status", "line"), [(Exit(3), 3, ""), (Abort(), 1, "Aborted!\n"), (UsageError("No."), 2, "Error: No.\n")]
)
def test_end_of_a_command_of_ones_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, status: int, line: str
) -> None:
    def check() -> None:
        raise error

    monkeypatch.setitem(cli.commands, "check", click.Command("check", callback=check))

    with pytest.raises(SystemExit) as end:
        main(["check"])

    assert end.value.code == status
    assert capsys.readouterr().err.endswith(line)


{% if cookiecutter.auth == 'jwt' %}
def test_random_secret_stays_when_the_service_is_loaded_anew() -> None:
    code = (
        "import subprocess, sys\n"
        "from {{ cookiecutter.__package }}.app import create_app\n"
        "print('secret', create_app().extensions['settings'].jwt_secret.get_secret_value(), flush=True)\n"
        "if len(sys.argv) == 1:\n"
        "    subprocess.run([sys.executable, *sys.orig_argv[1:], 'again'], check=True)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=TIMEOUT)

    first, second = [line for line in ran.stdout.splitlines() if line.startswith("secret")]
    assert first == second


{% endif %}
{% if cookiecutter.database == 'memory' %}
def test_development_server_reads_a_body(tmp_path: Path) -> None:
    environment = dict(os.environ)
{% else %}
def test_development_server_reads_a_body(empty_database: str, tmp_path: Path) -> None:
    environment = {**os.environ, "DATABASE_URL": empty_database}
    change_schema(Settings.model_validate({"database_url": empty_database}), "up")
{% endif %}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [*FLASK, "--debug", "run", "--no-reload", "--port", str(port)]
    log = tmp_path / "log"
    with log.open("w") as file, subprocess.Popen(command, env=environment, stdout=file, stderr=file) as server:
        try:
            response = post_once_it_listens(f"http://127.0.0.1:{port}{{ '/auth/register' if cookiecutter.auth == 'jwt' else '/users' }}?token=in-the-query")
        finally:
            server.terminate()

    assert response.status_code == 201, response.text
    assert '"route"' in log.read_text()
    assert "in-the-query" not in log.read_text()


def post_once_it_listens(url: str) -> httpx2.Response:
    values = {"name": "Ada", "email": "ada@example.com"{{ ', "password": "a long enough passphrase"' if cookiecutter.auth == 'jwt' }}}
    end = time.monotonic() + TIMEOUT
    while True:
        try:
            return httpx2.post(url, json=values, timeout=TIMEOUT)
        except httpx2.ConnectError:
            assert time.monotonic() < end, "the development server does not listen"
            time.sleep(0.05)
