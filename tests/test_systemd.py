"""The units of every project, as systemd itself reads and rates them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support import engines, matrix, servers
from tools import questions

pytestmark = [pytest.mark.thorough, pytest.mark.stamped]

# Each hardening that a unit goes without adds to this figure of `systemd-analyze security`, which ends at 10.
HIGHEST_EXPOSURE = 1.5
STORES = [
    ("sqlite", "jwt", False),
    ("postgresql", "jwt", True),
    ("mysql", "none", False),
    ("memory", "jwt", False),
    ("memory", "none", False),
]


@pytest.mark.parametrize(("database", "auth", "redis"), STORES)
@pytest.mark.parametrize("template", matrix.SERVICES)
def test_systemd_finds_nothing_to_say(template: str, database: str, auth: str, redis: bool, tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        servers.skip("systemd-analyze is not on the PATH: no unit was looked at")
    answers: questions.Answers = {"template": template, "database": database, "auth": auth, "redis": redis}
    project = engines.written_by_plain_jinja(tmp_path / "made", answers)
    units = tmp_path / "units"
    shutil.copytree(project / "deploy/systemd", units)
    service = units / "user-service.service"
    # systemd wants the program to be there.
    text, replaced = re.subn(r"(?m)^ExecStart=/opt/\S+", f"ExecStart={shutil.which('true')}", service.read_text(encoding="utf-8"))
    assert replaced == 1
    service.write_text(text, encoding="utf-8")
    verified = analyze("verify", str(service), str(units / "user-service.socket"))
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")
    rated = analyze("security", "--offline=true", f"--threshold={HIGHEST_EXPOSURE * 10:.0f}", str(service))
    assert rated.returncode == 0, rated.stdout[-3000:] + rated.stderr


def analyze(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["systemd-analyze", "--no-pager", *arguments], capture_output=True, text=True, check=False)
