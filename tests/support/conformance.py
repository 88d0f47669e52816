"""The conformance suite, run against a service as its users run it."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

from tests.support import services
from tools import ROOT

DIRECTORY = ROOT / "contract/conformance"
# What the suite is made of, for the stamps of the tests that run it.
FILES = (
    "contract/conformance/src",
    "contract/conformance/pyproject.toml",
    "contract/conformance/uv.lock",
    "contract/openapi.yaml",
)
ORIGIN = "https://app.example.com"
SETTINGS = {"CORS_ALLOWED_ORIGINS": ORIGIN, "LOG_LEVEL": "warning"}
# The limits are cases, and the suite stands for a proxy, so that each of its logins can come from an address of its own.
WITH_LOGINS = {**services.WITH_LOGINS, "LOGIN_ATTEMPTS_PER_MINUTE": "20", "TRUSTED_PROXIES": "127.0.0.1"}
SECRETS = {name: WITH_LOGINS[name] for name in ("ADMIN_PASSWORD", "JWT_SECRET")}
AS_ADMIN = ["--auth", "jwt", "--admin-email", services.ADMIN_EMAIL, "--trusted-proxy"]


def command(*arguments: str) -> list[str]:
    """Return a command that runs in the suite's own environment."""
    return [sys.executable, "-m", "uv", "run", "--quiet", "--locked", "--project", str(DIRECTORY), *arguments]


def cases_passed(
    url: str, arguments: Sequence[str], scratch: Path, *, secrets: Mapping[str, str] | None = None, without: Sequence[str] = ()
) -> int:
    """Run the suite without the cases whose names hold one of some words; fail unless each passes, and return how many did."""
    results = scratch / "results.xml"
    options = ["--cors-origin", ORIGIN, "--junit", str(results), *arguments]
    if without:
        options += ["--filter", " and ".join(f"not {words}" for words in sorted(without))]
    environment = services.environment(**(secrets or {}))
    run = subprocess.run(command("conformance", url, *options), env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-10_000:] + run.stderr[-2000:]
    suite = next(ElementTree.parse(results).getroot().iter("testsuite"))  # noqa: S314 - our own file
    assert suite.get("skipped") == "0", run.stdout[-10_000:]
    return int(suite.get("tests", 0))
