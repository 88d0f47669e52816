"""Steady load by clients that keep their connections, and a record of what each of them was told.

    with Load(url, creates=20, reads=40, headers=headers) as load:
        ...  # break something
    assert load.failed == []
    assert load.missing(stored(url, headers)) == []

Nothing is ever sent twice: a client that would repeat a request hides what the service did to it. A client only looks, as
those of real programs do, whether the server has closed the connection since its last answer.
"""

import http.client
import itertools
import json
import random
import select
import socket
import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

CREATE, READ, PROBE = "create", "read", "probe"
EXPECTED = {CREATE: 201, READ: 200, PROBE: 200}
LARGEST_PAGE = 100


@dataclass(frozen=True)
class Outcome:
    """What came of one request: the status, or else the kind of error; moments are those of `time.monotonic`."""

    kind: str
    started: float
    seconds: float
    status: int | None
    error: str = ""
    email: str = ""
    user_id: int = 0

    @property
    def ended(self) -> float:
        return self.started + self.seconds

    @property
    def succeeded(self) -> bool:
        return self.status == EXPECTED[self.kind] and not self.error

    @property
    def told(self) -> str:
        """The status, or what went wrong instead of one."""
        return self.error or str(self.status)


class Connection:
    """One client of the service under a base URL. It opens a connection when it needs one and keeps it while it can."""

    def __init__(self, url: str, headers: Mapping[str, str] | None = None, *, timeout: float = 15) -> None:
        base = urlsplit(url)
        self._http = http.client.HTTPConnection(str(base.hostname), base.port or 80, timeout=timeout)
        self._path = base.path.rstrip("/")
        self._headers = dict(headers or {})

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        """Return the status and the body; raise OSError or http.client.HTTPException where there is no whole answer."""
        if self._http.sock and is_readable(self._http.sock):
            self.close()
        is_kept = self._http.sock is not None
        payload = None if body is None else json.dumps(body).encode()
        headers = self._headers if payload is None else {**self._headers, "Content-Type": "application/json"}
        try:
            self._http.request(method, self._path + path, payload, headers)
            response = self._http.getresponse()
            return response.status, response.read()
        except BaseException as error:
            self.close()
            # The server may end a kept connection at the moment of a request, which clients then send again if they may
            # (RFC 9112 §9.3.1).
            if is_kept and method == "GET" and isinstance(error, (ConnectionResetError, BrokenPipeError)):
                return self.ask(method, path, body)
            raise

    def close(self) -> None:
        self._http.close()


def is_readable(connection: socket.socket) -> bool:
    """Tell whether there is something to read; where no answer is awaited, that is the end of the connection."""
    events = select.poll()
    events.register(connection, select.POLLIN)
    return bool(events.poll(0))


class Load:
    """Clients that create users and read them back at a steady rate, from `start` to `stop` or inside `with`.

    Rates are requests a second by all clients of a kind together. A client waits for its answer: while the service is slow,
    fewer requests go out, and none are made up for later. `probes` ask for /healthz.
    """

    def __init__(
        self,
        url: str,
        *,
        creates: float = 20,
        reads: float = 40,
        probes: float = 0,
        clients: int = 4,
        headers: Mapping[str, str] | None = None,
        timeout: float = 15,
    ) -> None:
        self.url = url
        self.outcomes: list[Outcome] = []
        self._headers = headers
        self._timeout = timeout
        self._name = uuid.uuid4().hex[:8]
        self._numbers = itertools.count(1)
        self._known: list[Outcome] = []
        self._lock = Lock()
        self._stopping = Event()
        rates = {CREATE: creates, READ: reads}
        shared_out = [(kind, rate / clients) for kind, rate in rates.items() for _ in range(clients) if rate]
        shared_out += [(PROBE, probes)] if probes else []
        self._threads = [Thread(target=self._run, args=client, daemon=True) for client in shared_out]

    def start(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        """Let every client receive the answer that it waits for."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def wait_for(self, kind: str, count: int, *, status: int | None = None, since: float = 0, within: float = 30) -> None:
        """Wait until so many requests of a kind, sent since a moment, have been answered as they should, or with a status."""
        wanted = EXPECTED[kind] if status is None else status
        deadline = time.monotonic() + within
        while sum(outcome.status == wanted for outcome in self.of(kind, since=since)) < count:
            assert time.monotonic() < deadline, (
                f"no {count} of {kind} with {wanted} within {within} s: {self.summary(since=since)}"
            )
            time.sleep(0.02)

    def of(self, *kinds: str, since: float = 0, until: float = float("inf")) -> list[Outcome]:
        """Return the outcomes of these kinds (of all where there are none) whose requests were sent in a span of time."""
        with self._lock:
            outcomes = list(self.outcomes)
        return [one for one in outcomes if one.kind in (kinds or EXPECTED) and since <= one.started < until]

    @property
    def failed(self) -> list[Outcome]:
        """Every request that was not answered with what it asked for; a 409 too, since no address is sent twice."""
        return [outcome for outcome in self.of() if not outcome.succeeded]

    @property
    def acknowledged(self) -> dict[str, int]:
        """The id that the service told for each address that it said it had created."""
        return {outcome.email: outcome.user_id for outcome in self.of(CREATE) if outcome.succeeded}

    def missing(self, stored: "Sequence[tuple[int, str]]") -> list[str]:
        """Return what is wrong with the users that are there: acknowledged but absent, there twice, or never asked for."""
        ids_of: dict[str, list[int]] = {}
        for user_id, email in stored:
            ids_of.setdefault(email, []).append(user_id)
        acknowledged = self.acknowledged
        wrong = [f"{email} is not there" for email in acknowledged if email not in ids_of]
        wrong += [f"{email} is there {len(ids)} times" for email, ids in ids_of.items() if len(ids) > 1]
        wrong += [
            f"{email} has another id" for email, user_id in acknowledged.items() if ids_of.get(email, [user_id])[0] != user_id
        ]
        asked = {outcome.email for outcome in self.of(CREATE)}
        wrong += [f"{email} was never asked for" for email in ids_of if email.startswith(self._prefix) and email not in asked]
        return wrong

    def unacknowledged(self, stored: "Sequence[tuple[int, str]]") -> list[str]:
        """Return the addresses that are there although their clients were not told so."""
        there = {email for _, email in stored}
        return [outcome.email for outcome in self.of(CREATE) if not outcome.succeeded and outcome.email in there]

    def summary(self, *kinds: str, since: float = 0, until: float = float("inf")) -> dict[str, int]:
        """Count what the clients were told, such as `{"201": 40, "503": 2}`."""
        return dict(sorted(Counter(outcome.told for outcome in self.of(*kinds, since=since, until=until)).items()))

    def worst(self, *kinds: str, since: float = 0, until: float = float("inf")) -> float:
        """Return the seconds of the slowest request."""
        return max((outcome.seconds for outcome in self.of(*kinds, since=since, until=until)), default=0)

    def last_failure(self, *kinds: str) -> float:
        """Return the moment at which the last request that failed was answered, or else zero."""
        return max((outcome.ended for outcome in self.of(*kinds) if not outcome.succeeded), default=0)

    @property
    def _prefix(self) -> str:
        return f"load-{self._name}-"

    def _run(self, kind: str, rate: float) -> None:
        client = Connection(self.url, self._headers, timeout=self._timeout)
        due = time.monotonic() + random.uniform(0, 1 / rate)  # noqa: S311 - spreads the clients
        while not self._stopping.wait(max(0, due - time.monotonic())):
            outcome = self._request(kind, client)
            with self._lock:
                self.outcomes.append(outcome)
                if outcome.kind == CREATE and outcome.succeeded:
                    self._known.append(outcome)
            due = max(due + 1 / rate, time.monotonic())
        client.close()

    def _request(self, kind: str, client: Connection) -> Outcome:
        email, body, expected = "", None, 0
        method, path = "GET", "/healthz"
        if kind == CREATE:
            email = f"{self._prefix}{next(self._numbers)}@example.com"
            method, path, body = "POST", "/users", {"name": "Somebody", "email": email, "age": 36}
        elif kind == READ:
            with self._lock:
                known = random.choice(self._known) if self._known else None  # noqa: S311 - any of them will do
            path = f"/users/{known.user_id}" if known else "/users?limit=5"
            email, expected = (known.email, known.user_id) if known else ("", 0)
        started = time.monotonic()
        try:
            status, answer = client.ask(method, path, body)
        except (OSError, http.client.HTTPException) as error:
            return Outcome(kind, started, time.monotonic() - started, None, type(error).__name__, email)
        seconds = time.monotonic() - started
        document: dict[str, Any] = json.loads(answer) if status == EXPECTED[kind] else {}
        is_other = bool(document and email) and (document["email"] != email or (expected and document["id"] != expected))
        return Outcome(kind, started, seconds, status, "another user" if is_other else "", email, int(document.get("id", 0)))


def stored(url: str, headers: Mapping[str, str] | None = None) -> list[tuple[int, str]]:
    """Return the id and the address of every user that the service lists, page by page."""
    client, found, parameters = Connection(url, headers), [], {"limit": str(LARGEST_PAGE)}
    while True:
        status, body = client.ask("GET", f"/users?{urlencode(parameters)}")
        assert status == 200, body
        page = json.loads(body)
        found += [(int(user["id"]), str(user["email"])) for user in page["items"]]
        if page["next_cursor"] is None:
            client.close()
            return found
        parameters["cursor"] = page["next_cursor"]
