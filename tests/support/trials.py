"""Steady load on a service while something under it breaks, and what came of it: a row of docs/outages.md."""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from tests.support import services
from tests.support.load_clients import CREATE, PROBE, READ, Load, stored

T = TypeVar("T")

# Where `make outages` collects the results.
RESULTS_VARIABLE = "OUTAGES_RESULTS"
# The outages, as the page calls them.
WORKER_KILLED = "A worker killed (SIGKILL), three times"
DATABASE_STOPPED = "Database stopped"
DATABASE_HUNG = "Database hung (SIGSTOP)"
CONNECTIONS_USED_UP = "Every connection waits for a lock"
REDIS_STOPPED = "Redis stopped"
REDIS_HUNG = "Redis hung (SIGSTOP)"
DISK_FULL = "Disk full (SQLite)"
REPLICAS_AT_ONCE = "8 replicas started at once on an empty database (PostgreSQL)"
REPLICAS_AT_ONCE_SQLITE = "8 replicas started at once on an empty database (SQLite)"
SLOW_CLIENTS = "200 slow headers, 100 slow bodies and 1,000 idle connections, through nginx"
SLOW_CLIENTS_OF_THE_BINARY = "200 slow headers, 100 slow bodies and 1,000 idle connections, without nginx"
LARGE_BODIES = "40 bodies of 10 MB, with a declared length and in chunks, through nginx"
ROLLING_RESTART = "Rolling restart of two replicas behind nginx"
SOCKET_RESTART = "Restart on the socket of systemd, twice, behind nginx"

# Connections without an answer, in words.
HOW_IT_ENDED = {
    "ConnectionRefusedError": "a refused connection",
    "RemoteDisconnected": "a lost connection",
    "ConnectionResetError": "a lost connection",
    "BrokenPipeError": "a lost connection",
    "IncompleteRead": "half an answer",
    "TimeoutError": "no answer in time",
}

# Requests of each kind that have to succeed before something breaks and once it is mended.
ENOUGH = 20
# Seconds without a failure after which it is over: longer than a worker refuses calls without trying.
QUIET = 2.5
# Seconds that a machine with few cores may add to any bound.
SLACK = 1.0
# Seconds: /healthz touches nothing that can break, though each of Flask's workers may first wait up to 1 s for a Redis that
# hangs; and a service that is mended is soon itself again.
HEALTH_BOUND = 2.0
RECOVERY_BOUND = 5.0


@dataclass(frozen=True)
class Result:
    """What clients saw of one outage; times are in seconds."""

    outage: str
    template: str
    saw: str
    slowest: float | None = None
    slowest_health: float | None = None
    recovery: float | None = None
    acknowledged: int | None = None
    lost: int | None = None
    stored_all_the_same: int | None = None


class Record:
    """Takes the results of the tests: the whole for `make outages`, and figures for the end of every run."""

    def __init__(self, record_property: Callable[[str, object], None]) -> None:
        self._record_property = record_property

    def __call__(self, result: Result) -> None:
        if result.acknowledged is not None:
            self._record_property("creates acknowledged while something broke", result.acknowledged)
            self._record_property("of them lost", result.lost)
        directory = os.environ.get(RESULTS_VARIABLE)
        if directory:
            file = Path(directory) / f"{result.outage}, {result.template}.json"
            file.write_text(json.dumps(asdict(result)), encoding="utf-8")


class Trial:
    """A load on a service, and the moments at which something broke and was mended."""

    def __init__(self, load: Load, headers: Mapping[str, str] | None = None) -> None:
        self.load = load
        self.broken = 0.0
        self.mended = 0.0
        self._headers = headers

    @contextmanager
    def during(self, outage: AbstractContextManager[T]) -> Iterator[T]:
        """Break something for as long as the block runs, and wait until calls succeed again."""
        for kind in (CREATE, READ):
            self.load.wait_for(kind, ENOUGH)
        self.broken = time.monotonic()
        with outage as broken:
            yield broken
        self.mended = time.monotonic()
        for kind in (CREATE, READ):
            self.load.wait_for(kind, ENOUGH, since=self.mended)
        # Of several workers each notices for itself.
        while self.load.failed and time.monotonic() < max(self.mended, self.load.last_failure()) + QUIET:
            assert time.monotonic() < self.mended + 2 * RECOVERY_BOUND, (
                f"calls still fail: {self.load.summary(since=self.mended)}"
            )
            time.sleep(0.05)

    def wait_for(self, kind: str, count: int, status: int) -> None:
        """Wait until so many requests since it broke were answered with this status."""
        self.load.wait_for(kind, count, status=status, since=self.broken)

    @property
    def recovery(self) -> float:
        """Seconds from when it was mended to the last call that failed."""
        return max(0.0, self.load.last_failure() - self.mended)

    def result(self, outage: str, template: str, *more: str) -> Result:
        """See that nothing acknowledged was lost, and sum up what the clients were told since it broke; `more` stands first."""
        users = stored(self.load.url, self._headers)
        wrong = self.load.missing(users)
        assert wrong == []
        kinds = [CREATE, READ, *({PROBE} if any(outcome.kind == PROBE for outcome in self.load.failed) else ())]
        told = (f"{kind}s: {_counted(self.load.summary(kind, since=self.broken, until=self.mended))}" for kind in kinds)
        return Result(
            outage,
            template,
            "; ".join([*more, *told]),
            slowest=self.load.worst(CREATE, READ, since=self.broken),
            slowest_health=self.load.worst(PROBE, since=self.broken),
            recovery=self.recovery,
            acknowledged=len(self.load.acknowledged),
            lost=len(wrong),
            stored_all_the_same=len(self.load.unacknowledged(users)),
        )

    def check(self, bound: float) -> None:
        """See that calls failed with 503 alone and within the bound, that /healthz did not notice, and that it is over."""
        assert {outcome.told for outcome in self.load.failed} <= {"503"}, self.load.summary()
        assert self.load.summary(PROBE).keys() == {"200"}
        assert self.load.worst(CREATE, READ) <= bound + SLACK
        assert self.load.worst(PROBE) <= HEALTH_BOUND
        assert self.recovery <= RECOVERY_BOUND


@contextmanager
def under_load(
    service: services.Service, *, clients: int = 4, headers: Mapping[str, str] | None = None, timeout: float = 15
) -> Iterator[Trial]:
    """Have so many clients create and as many read, and one ask for /healthz, for as long as the block runs."""
    with Load(service.url, probes=10, clients=clients, headers=headers, timeout=timeout) as load:
        yield Trial(load, headers)


def _counted(told: Mapping[str, int]) -> str:
    return ", ".join(f"{count} with {HOW_IT_ENDED.get(what, what)}" for what, count in told.items()) or "none"
