"""The command `login-timing`: does the time of a refused login tell whether an e-mail address is known?

A measurement beside the suite, whose cases know no times: a machine that is busy with something else would fail them.
"""

import argparse
import itertools
import json
import math
import os
import random
import statistics
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import httpx

from conformance.accounts import OTHER_PASSWORD, PASSWORD
from conformance.service import random_address, unique_email

UNKNOWN = "unknown e-mail"
WRONG = "wrong password"
WITHOUT = "no password"

# One fewer than may fail in a minute.
ATTEMPTS_OF_AN_EMAIL = 4
WARM_UP = 4


class TimingError(Exception):
    """The service does not let itself be measured."""


def main() -> int:
    """Measure and return the exit status: 0 the medians are as close as wanted, 1 they are not, 2 nothing was measured."""
    options = _parse()
    password = os.environ.get("ADMIN_PASSWORD")
    if not password:
        return _refuse("the variable ADMIN_PASSWORD is the admin's password")
    try:
        with httpx.Client(base_url=options.url, timeout=options.timeout, trust_env=False) as client:
            times = measure(client, options.admin_email, password, options.count)
    except (TimingError, httpx.HTTPError) as error:
        return _refuse(f"{options.url}: {error}")
    medians = {kind: statistics.median(seconds) for kind, seconds in times.items()}
    ratios = {kind: median / medians[UNKNOWN] for kind, median in medians.items()}
    _show(options.count, times, ratios)
    if options.json:
        result = {kind: {"median_ms": medians[kind] * 1000, "ratio": ratios[kind]} for kind in times}
        Path(options.json).write_text(json.dumps({"count": options.count, "kinds": result}, indent=2) + "\n", encoding="utf-8")
    return int(max(medians.values()) / min(medians.values()) > 1 + options.within / 100)


def measure(client: httpx.Client, admin_email: str, admin_password: str, count: int) -> dict[str, list[float]]:
    """Return the seconds of so many refused logins of each kind, which take turns in an order of chance."""
    answer = _post(client, "/auth/login", {"email": admin_email, "password": admin_password}, 200)
    admin = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    created: list[str] = []

    def user(**values: str) -> str:
        email = unique_email("timing")
        made = _post(client, "/users", {"name": "Timing", "email": email, **values}, 201, admin)
        created.append(made.headers["Location"])
        return email

    needed = math.ceil((count + WARM_UP) / ATTEMPTS_OF_AN_EMAIL)
    emails = {
        UNKNOWN: _repeated(unique_email("timing") for _ in range(needed)),
        WRONG: _repeated([user(password=PASSWORD) for _ in range(needed)]),
        WITHOUT: _repeated([user() for _ in range(needed)]),
    }
    times: dict[str, list[float]] = {kind: [] for kind in emails}
    try:
        for number in range(-WARM_UP, count):
            for kind in random.sample(list(emails), len(emails)):
                seconds = _refused_login(client, next(emails[kind]))
                if number >= 0:
                    times[kind].append(seconds)
    finally:
        for location in created:
            client.delete(location, headers=admin)
    return times


def _repeated(emails: Iterable[str]) -> Iterator[str]:
    """Yield each address as often as it may fail to log in without being stopped."""
    for email in emails:
        yield from itertools.repeat(email, ATTEMPTS_OF_AN_EMAIL)


def _refused_login(client: httpx.Client, email: str) -> float:
    """Return the seconds that the service takes to refuse a login."""
    began = time.perf_counter()
    _post(client, "/auth/login", {"email": email, "password": OTHER_PASSWORD}, 401)
    return time.perf_counter() - began


def _post(
    client: httpx.Client, target: str, data: dict[str, str], wanted: int, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    answer = client.post(target, json=data, headers={"X-Forwarded-For": random_address(), **(headers or {})})
    if answer.status_code == 429:
        raise TimingError("too many logins; start the service with TRUSTED_PROXIES=127.0.0.1,::1")
    if answer.status_code != wanted:
        raise TimingError(f"POST {target} is answered with {answer.status_code} instead of {wanted}: {answer.text[:200]}")
    return answer


def _show(count: int, times: Mapping[str, list[float]], ratios: Mapping[str, float]) -> None:
    print(f"{count} refused logins of each kind, in turns\n")
    print(f"{'kind':<16} {'median':>10} {'p90':>10} {'ratio':>7}")
    for kind, seconds in times.items():
        median, p90 = statistics.median(seconds), statistics.quantiles(seconds, n=10)[-1]
        print(f"{kind:<16} {median * 1000:>7.2f} ms {p90 * 1000:>7.2f} ms {ratios[kind]:>7.3f}")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="login-timing", description="Measure whether the time of a refused login tells that an e-mail address is known."
    )
    parser.add_argument("url", metavar="URL", help="where the service is, such as http://localhost:8000")
    parser.add_argument("--admin-email", metavar="EMAIL", required=True, help="an admin, with the password ADMIN_PASSWORD")
    parser.add_argument("--count", metavar="N", type=int, default=200, help="how many logins of each kind (200)")
    parser.add_argument("--within", metavar="PERCENT", type=float, default=10.0, help="how far apart medians may be (10)")
    parser.add_argument("--timeout", metavar="SECONDS", type=float, default=10.0, help="the time for an answer (10)")
    parser.add_argument("--json", metavar="FILE", help="write the medians as JSON too")
    options = parser.parse_args()
    if options.count < 2:
        parser.error("--count is at least 2")
    return options


def _refuse(reason: str) -> int:
    print(f"login-timing: {reason}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
