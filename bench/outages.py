"""What clients see while something under a service breaks (`make outages`): writes docs/outages.md from tests/test_outages.py."""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support import proxies, trials
from tests.support.trials import Result
from tools import ROOT, templates

PAGE = ROOT / "docs/outages.md"
FRAMEWORKS = {directory: template.name for directory, template in templates.every().items() if not template.stub}

# Why it is so, in the order of the page.
WHY = {
    trials.WORKER_KILLED: (
        "What the process was answering when it died is lost to its client, who cannot know what became of it; the other worker "
        "goes on. The Go service is one process: until it is started again nobody listens."
    ),
    trials.DATABASE_STOPPED: "A refused connection is told at once, and the next call tries anew.",
    trials.DATABASE_HUNG: (
        "Nothing tells a server that hangs from a slow one, so a call waits out its limit of 4 s. Flask's workers answer one "
        "call at a time: one of them never waits for the database, and calls that find no other are refused."
    ),
    trials.CONNECTIONS_USED_UP: (
        "Somebody else holds a lock that writers wait for, for 4 s at most. Readers do not need it, but wait as well while all "
        "10 connections are with writers; Flask keeps a worker for them, and refuses further writers within 0.5 s."
    ),
    trials.REDIS_STOPPED: "Without the list of revoked tokens nobody may be let in, and a refused connection is told at once.",
    trials.REDIS_HUNG: "As with the database, but with a limit of 2 s (Flask: 1 s). Who had logged out before stays so.",
    trials.DISK_FULL: "A write that finds no room counts as a database that is not available; reads need none.",
    trials.REPLICAS_AT_ONCE: "One migrates under an advisory lock, the others wait for it and find the work done.",
    trials.REPLICAS_AT_ONCE_SQLITE: "The lock is one on a file beside the database.",
    trials.SLOW_CLIENTS: (
        "nginx passes on a request when it has the whole of it, so that these cost the service nothing. Headers get 10 s; a body "
        "gets 10 s for each piece, so that one that trickles is kept, at the price of a connection."
    ),
    trials.SLOW_CLIENTS_OF_THE_BINARY: "A goroutine that waits is cheap, and it waits 5 s for headers and 15 s in all.",
    trials.LARGE_BODIES: "nginx refuses what is over 1 MiB, from the declared length or while it counts.",
    trials.ROLLING_RESTART: (
        "A replica is taken out of nginx's upstream, and ends when the last nginx worker that knew it has ended: "
        "by then nothing is under way there and nothing new can come."
    ),
    trials.SOCKET_RESTART: (
        "systemd holds the socket, so that connections wait in its queue until the next process takes them. "
        "The slowest answer is the time of the restart."
    ),
}
ONLY_GIN = {trials.SLOW_CLIENTS_OF_THE_BINARY}

HEAD = """\
# When something breaks

Made by `make outages` from the results of `tests/test_outages.py`; not written by hand.

Four clients create users (20 a second), four read them back (40 a second), and one asks for `/healthz` (10 a second), each over a
connection that it keeps, and none sends anything twice; where every connection of the pool has to wait, they are 12, 12 and one.
Then something breaks, and is mended after a few seconds. The columns say

- what creating and reading clients were told from when it broke until it was mended: statuses, or how the connection ended;
- the slowest answer of any of those requests, and the slowest of `/healthz`;
- recovery: the time from the mending to the last call that failed;
- how many creates were acknowledged in the whole run, and how many of those a listing of all users did not show exactly once;
- how many were there although their client had been told 503 or nothing. A client that repeats such a create may get 409.

"""
COLUMNS = ["", "clients were told", "slowest", "`/healthz`", "recovery", "acknowledged", "lost", "there, not acknowledged"]
COLUMNS_OF_A_START = ["", "replicas", "ready after", "acknowledged", "lost"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, help="make the page from results that a run with OUTAGES_RESULTS has left here")
    options = parser.parse_args()
    if options.results:
        write_page(options.results)
        return
    with tempfile.TemporaryDirectory() as directory:
        tests = [sys.executable, "-m", "pytest", "--numprocesses=2", "--dist=worksteal", "tests/test_outages.py"]
        ended = subprocess.run(tests, cwd=ROOT, env={**os.environ, trials.RESULTS_VARIABLE: directory, "FRESH": "1"}, check=False)
        if ended.returncode:
            sys.exit("tests failed: docs/outages.md stays as it was")
        write_page(Path(directory))


def write_page(results: Path) -> None:
    found = [Result(**json.loads(file.read_text(encoding="utf-8"))) for file in results.glob("*.json")]
    by_name = {(result.outage, result.template): result for result in found}
    page = HEAD + f"Measured on {os.cpu_count()} cores that clients, services and servers share, with {versions()}.\n"
    for outage, why in WHY.items():
        templates = ["gin-svc"] if outage in ONLY_GIN else list(FRAMEWORKS)
        missing = [template for template in templates if (outage, template) not in by_name]
        if missing:
            sys.exit(f"no result of {outage} for {', '.join(missing)}: docs/outages.md stays as it was")
        page += section(outage, why, [by_name[outage, template] for template in templates])
    PAGE.write_text(page, encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)}: {len(found)} results")


def section(outage: str, why: str, results: list[Result]) -> str:
    is_start = all(result.slowest is None for result in results)
    columns = COLUMNS_OF_A_START if is_start else COLUMNS
    lines = [f"\n## {outage}\n", why, "", row(columns), row(["---"] * len(columns))]
    for result in results:
        cells = [FRAMEWORKS[result.template], result.saw]
        cells += (
            [seconds(result.recovery)]
            if is_start
            else [seconds(result.slowest), seconds(result.slowest_health), seconds(result.recovery)]
        )
        cells += [str(result.acknowledged), str(result.lost)]
        cells += [] if is_start else [str(result.stored_all_the_same)]
        lines.append(row(cells))
    return "\n".join(lines) + "\n"


def row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def seconds(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.1f} s" if value >= 1 else f"{value * 1000:.0f} ms"


def versions() -> str:
    """Name the servers that the tests start."""
    programs = {"PostgreSQL": ["psql", "--version"], "Redis": ["redis-server", "--version"]}
    told = []
    for name, command in programs.items():
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found = re.search(r"\d+\.\d+(?:\.\d+)?", printed)
        told.append(f"{name} {found[0] if found else '?'}")
    return ", ".join([*told, f"nginx {'.'.join(map(str, proxies.version()))}"])


if __name__ == "__main__":
    main()
