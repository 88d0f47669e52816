"""The command line: differential [NAME=]URL [NAME=]URL…"""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

from differential.figures import Disagreement, Figures, Verdict
from differential.report import disagreement_text, table
from differential.run import Admin, NotEmptyError, Run
from differential.wire import Peer

REQUESTS = 20_000
MALFORMED = 1_000


def peer(argument: str) -> Peer:
    """Return the service that an argument such as `gin=http://127.0.0.1:8003` names."""
    name, _, address = argument.rpartition("=")
    url = urlsplit(address)
    if url.scheme != "http" or not url.hostname or url.path.strip("/"):
        raise argparse.ArgumentTypeError(f"{address!r} is not a base URL such as http://127.0.0.1:8001")
    port = url.port or 80
    return Peer(name or f"{url.hostname}:{port}", url.hostname, port)


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="differential",
        description="Send one stream of requests to several user services at once and show where their answers differ.",
        epilog="Every service has to start out empty, but for its admin where users log in: the run creates, changes and "
        "deletes users. Exits 1 on a disagreement.",
    )
    parser.add_argument("services", metavar="[NAME=]URL", nargs="+", type=peer, help="base URL of a service")
    parser.add_argument("--auth", choices=["none", "jwt"], default="none", help="the services' option of that name (none)")
    parser.add_argument(
        "--admin-email",
        metavar="EMAIL",
        help="their admin; the variables ADMIN_PASSWORD and JWT_SECRET are the admin's password and the services' secret",
    )
    parser.add_argument("--seed", type=int, default=1, help="the stream to send (default: %(default)s)")
    parser.add_argument("--requests", type=int, default=REQUESTS, help="well-framed requests (default: %(default)s)")
    parser.add_argument("--malformed", type=int, default=MALFORMED, help="malformed ones after them (default: %(default)s)")
    parser.add_argument("--replay", type=int, metavar="CASE", help="stop after this case of the seed, and show it in any case")
    given = parser.parse_args(arguments)
    if len(given.services) < 2:
        parser.error("there is nothing to compare with one service")
    given.admin = None
    if given.auth == "jwt":
        password, secret = os.environ.get("ADMIN_PASSWORD"), os.environ.get("JWT_SECRET")
        if not (given.admin_email and password and secret):
            parser.error("--auth jwt needs --admin-email, and the variables ADMIN_PASSWORD and JWT_SECRET")
        given.admin = Admin(given.admin_email, password, secret)
    return given


async def fuzz(
    peers: Sequence[Peer], seed: int, requests: int, malformed: int, found: list[Disagreement], admin: Admin | None = None
) -> Figures:
    """Play a whole run; append the first disagreement of each kind to `found`. Raise NotEmptyError where it cannot start."""
    run = Run(peers, seed, found.append, admin)
    await run.check_empty()
    try:
        for number in range(1, requests + malformed + 1):
            await run.play(number, requests)
    finally:
        run.close()
    return run.figures


async def _replay(given: argparse.Namespace) -> int:
    shown: list[Disagreement] = []
    run = Run(given.services, given.seed, shown.append, given.admin)
    await run.check_empty()
    verdict = Verdict.ALIKE
    for number in range(1, given.replay + 1):
        shown.clear()
        run.shows_every = number == given.replay
        verdict = await run.play(number, given.requests)
    run.close()
    for found in shown:
        print(disagreement_text(found, given.seed))
    print(f"case {given.replay} of seed {given.seed}: {verdict.value}")
    return 1 if verdict is Verdict.DIFFERENT else 0


async def _whole_run(given: argparse.Namespace) -> int:
    class Printed(list[Disagreement]):
        def append(self, found: Disagreement) -> None:
            print(disagreement_text(found, given.seed), end="\n\n", flush=True)

    started = time.monotonic()
    figures = await fuzz(given.services, given.seed, given.requests, given.malformed, Printed(), given.admin)
    print(table(figures, given.seed, time.monotonic() - started, [service.name for service in given.services]))
    return 1 if figures.disagreements else 0


def main(arguments: Sequence[str] | None = None) -> int:
    given = _arguments(arguments)
    try:
        return asyncio.run(_whole_run(given) if given.replay is None else _replay(given))
    except NotEmptyError as error:
        print(f"differential: {error}", file=sys.stderr)
        return 2
