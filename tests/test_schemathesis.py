"""Every template answers as the OpenAPI document says: Schemathesis with all its checks and phases, and as an admin."""

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import matrix, servers, services
from tools import ROOT

pytestmark = [pytest.mark.thorough, pytest.mark.stamped("contract/schemathesis.toml", "contract/schemathesis_hooks.py")]

SCHEMATHESIS = Path(sys.executable).with_name("st")
# It also holds what is excluded, with the reason.
CONFIGURATION = ROOT / "contract/schemathesis.toml"
HOOKS = ROOT / "contract/schemathesis_hooks.py"
PHASES = ("examples", "coverage", "fuzzing", "stateful")
SETTINGS = {"LOG_LEVEL": "warning", **services.WITH_LOGINS}
ADMIN = {"ADMIN_EMAIL": services.ADMIN_EMAIL, "ADMIN_PASSWORD": services.ADMIN_PASSWORD}


@dataclass(frozen=True)
class Setup:
    """What a service is generated for, and whether it signs with a key, which it publishes."""

    database: str
    auth: str = "jwt"
    redis: bool = False
    has_key: bool = False

    def __str__(self) -> str:
        return "-".join([self.database, self.auth, *["redis"] * self.redis, *["key"] * self.has_key])


SETUPS = [Setup("sqlite"), Setup("postgresql", redis=True, has_key=True), Setup("memory"), Setup("sqlite", auth="none")]


@pytest.mark.parametrize("setup", SETUPS, ids=str)
@pytest.mark.parametrize("template", matrix.SERVICES)
def test_it_answers_as_documented(
    template: str,
    setup: Setup,
    projects: services.Projects,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    project = projects.get(template, setup.database, auth=setup.auth, redis=setup.redis)
    report_path = tmp_path / "report.json"
    command = [SCHEMATHESIS, "--config-file", CONFIGURATION, "run", "--report=json", f"--report-json-path={report_path}"]
    with ExitStack() as stack:
        store = stack.enter_context(services.fresh_store(setup.database, tmp_path))
        if setup.redis:
            store["REDIS_URL"] = stack.enter_context(servers.fresh_redis())
        if setup.has_key:
            store["JWT_PRIVATE_KEY"] = services.new_private_key()
        service = stack.enter_context(services.running(project, store | SETTINGS))
        if setup.auth == "jwt":
            project.create_admin(store)
        run = subprocess.run(
            [*map(str, command), f"{service.url}/openapi.json"],
            cwd=tmp_path,
            env=services.environment(SCHEMATHESIS_HOOKS=str(HOOKS), **ADMIN),
            capture_output=True,
            text=True,
            check=False,
        )
    assert run.returncode == 0, run.stdout[-10_000:] + run.stderr[-2000:]
    report = json.loads(report_path.read_text(encoding="utf-8"))
    assert report["operations"]["tested"] == report["operations"]["total"]
    told = {phase: report["phases"][phase]["status"] for phase in PHASES}
    # A document may have no examples.
    assert told == dict.fromkeys(PHASES, "success") | ({"examples": "skip"} if told["examples"] == "skip" else {})
    record_property("Schemathesis requests", report["test_cases"]["generated"])
