"""The command `conformance`."""

import argparse
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from conformance.report import Table
from conformance.service import random_address
from conformance.tokens import key_of_pem

CASES = Path(__file__).with_name("cases")


def main() -> int:
    """Check a service and return the exit status: 0 no disagreement, 1 some, 2 the service could not be checked."""
    options = _parse()
    url = options.url.rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
        return _refuse(f"{options.url} is not the URL of a service, such as http://localhost:8000")
    try:
        httpx.get(f"{url}/healthz", timeout=options.timeout, trust_env=False)
    except httpx.HTTPError as error:
        return _refuse(f"{url} gives no answer ({error}): is the service running?")
    if reason := _why_no_admin(options, url):
        return _refuse(reason)
    table = Table()
    table.print_header(url)
    status = pytest.main(_pytest_arguments(options, url), plugins=[table])
    if status == pytest.ExitCode.NO_TESTS_COLLECTED:
        return _refuse(f"no case is named like --filter {options.filter!r}")
    table.print_summary()
    return 0 if status == pytest.ExitCode.OK else 1 if table.failed else 2


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="conformance", description="Check over HTTP whether a user service keeps the contract.")
    parser.add_argument("url", metavar="URL", help="where the service is, such as http://localhost:8000")
    parser.add_argument("--auth", choices=["none", "jwt"], default="none", help="the service's option of that name (none)")
    parser.add_argument(
        "--admin-email", metavar="EMAIL", help="an admin of the service; the variable ADMIN_PASSWORD is the password"
    )
    parser.add_argument("--trusted-proxy", action="store_true", help="the service believes an X-Forwarded-For from here")
    parser.add_argument("--registration-off", action="store_true", help="the service was started with REGISTRATION_ENABLED=false")
    parser.add_argument("--replica", metavar="URL", help="also check that a second service on the same data knows of it")
    parser.add_argument("--filter", metavar="WORDS", help="run only cases with these words, such as 'email and not race'")
    parser.add_argument("--fail-fast", action="store_true", help="stop at the first disagreement")
    parser.add_argument("--cors-origin", metavar="ORIGIN", help="an origin that the service was started to allow, or *")
    parser.add_argument("--timeout", metavar="SECONDS", type=float, default=10.0, help="the time for an answer (10)")
    parser.add_argument("--junit", metavar="FILE", help="write the results as JUnit XML too")
    return parser.parse_args()


def _why_no_admin(options: argparse.Namespace, url: str) -> str:
    """Return why the suite cannot call as the service's admin, or nothing where it can or does not have to."""
    if options.auth == "none":
        return ""
    password = os.environ.get("ADMIN_PASSWORD")
    if not options.admin_email or not password:
        return "with --auth jwt, give --admin-email EMAIL, and that admin's password as the variable ADMIN_PASSWORD"
    if os.environ.get("JWT_PRIVATE_KEY"):
        try:
            key_of_pem(os.environ["JWT_PRIVATE_KEY"])
        except ValueError:
            return "JWT_PRIVATE_KEY must be a P-256 private key in PEM"
    headers = {"X-Forwarded-For": random_address()} if options.trusted_proxy else {}
    data = {"email": options.admin_email, "password": password}
    try:
        answer = httpx.post(f"{url}/auth/login", json=data, headers=headers, timeout=options.timeout, trust_env=False)
    except httpx.HTTPError as error:
        return f"{url}/auth/login gives no answer ({error})"
    return "" if answer.status_code == 200 else f"{options.admin_email} cannot log in: {answer.status_code} {answer.text[:200]}"


def _pytest_arguments(options: argparse.Namespace, url: str) -> list[str]:
    arguments = [str(CASES), f"--rootdir={CASES}", "-c", os.devnull, "--import-mode=importlib"]
    arguments += ["-p", "no:terminal", "-p", "no:cacheprovider", "--strict-markers"]
    arguments += [f"--service={url}", f"--answer-timeout={options.timeout}"]
    arguments += [f"--auth={options.auth}"]
    arguments += [f"--admin-email={options.admin_email}"] if options.admin_email else []
    arguments += ["--trusted-proxy"] if options.trusted_proxy else []
    arguments += ["--registration-off"] if options.registration_off else []
    arguments += [f"--replica={options.replica.rstrip('/')}"] if options.replica else []
    arguments += [f"--cors-origin={options.cors_origin}"] if options.cors_origin else []
    arguments += [f"--junit-xml={options.junit}"] if options.junit else []
    arguments += ["-k", options.filter] if options.filter else []
    return [*arguments, "--exitfirst"] if options.fail_fast else arguments


def _refuse(reason: str) -> int:
    print(f"conformance: {reason}", file=sys.stderr)
    return 2
