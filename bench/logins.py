"""What a service's other callers notice of logins, and what a stranger can time about them (`make bench-logins`).

Each generated service runs as in production, over SQLite and with its default number of workers. The clients are other
processes on the same machine: on few cores they take their share of what is measured. Take the figures on a quiet machine.
"""

import argparse
import json
import multiprocessing
import socket
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path
from threading import Thread

from tests.support import engines, machine, services

# The median of /healthz in milliseconds that is demanded beside four clients that log in.
DEMANDS = {"flask-api": 10.0, "fastapi-svc": 10.0, "gin-svc": 2.0}
MOST_APART = 1.1
PASSWORD = "a password of the benchmark"  # noqa: S105 - of services that live for one run
READERS = 4
PAUSE_BETWEEN_PROBES = 0.005
TRIES_OF_EACH_ADDRESS = 4
SETTINGS = {"APP_ENV": "production", **services.WITH_LOGINS}


class Client:
    """Sends prepared requests over one connection, as long as the service keeps it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection: socket.socket | None = None

    def ask(self, request: bytes) -> tuple[int, dict[bytes, bytes], bytes]:
        """Return the status, the headers with names in lower case, and the body."""
        connection = self._connection or self._connect()
        connection.sendall(request)
        received = b""
        while b"\r\n\r\n" not in received:
            received += _receive(connection)
        head, _, body = received.partition(b"\r\n\r\n")
        status, *lines = head.split(b"\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
        while len(body) < int(headers[b"content-length"]):
            body += _receive(connection)
        self._connection = connection
        if headers.get(b"connection", b"").lower() == b"close":
            connection.close()
            self._connection = None
        return int(status.split()[1]), headers, body

    def expect(self, status: int, request: bytes) -> bytes:
        """Return the body of an answer that must have this status."""
        told, _, body = self.ask(request)
        if told != status:
            raise SystemExit(f"{request.partition(b' HTTP')[0].decode()} was answered with {told}: {body.decode()}")
        return body

    def _connect(self) -> socket.socket:
        connection = socket.create_connection((machine.HOST, self._port), timeout=30)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


def _receive(connection: socket.socket) -> bytes:
    received = connection.recv(65536)
    if not received:
        raise ConnectionError("the service closed the connection in the middle of an answer")
    return received


def request(method: str, path: str, body: Mapping[str, str] | None = None, token: str = "") -> bytes:
    payload = json.dumps(body).encode() if body else b""
    lines = [f"{method} {path} HTTP/1.1", "Host: bench"]
    lines += [f"Authorization: Bearer {token}"] if token else []
    lines += ["Content-Type: application/json", f"Content-Length: {len(payload)}"] if body else []
    return "\r\n".join([*lines, "", ""]).encode() + payload


def login(email: str, password: str = PASSWORD) -> bytes:
    return request("POST", "/auth/login", {"email": email, "password": password})


@dataclass(frozen=True)
class Stream:
    """A number of clients that log in again and again; as strangers, of whom each attempt is another one."""

    clients: int
    as_strangers: bool = False
    obeys_retry_after: bool = True

    def run(self, port: int, stop: Event, counts: "multiprocessing.Queue[Counter[int]]") -> None:
        statuses: Counter[int] = Counter()
        threads = [Thread(target=self._log_in, args=(port, number, stop, statuses)) for number in range(self.clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        counts.put(statuses)

    def _log_in(self, port: int, number: int, stop: Event, statuses: Counter[int]) -> None:
        client = Client(port)
        attempt = 0
        while not stop.is_set():
            attempt += 1
            email = f"stranger-{time.time_ns()}-{number}@example.com" if self.as_strangers else address("person", number)
            status, headers, _ = client.ask(login(email))
            statuses[status] += 1
            if self.obeys_retry_after and b"retry-after" in headers:
                stop.wait(int(headers[b"retry-after"]))


@contextmanager
def logging_in(port: int, stream: Stream) -> Iterator[Counter[int]]:
    """Have the stream log in from another process; its statuses are there when it has ended."""
    statuses: Counter[int] = Counter()
    stop = multiprocessing.Event()
    counts: multiprocessing.Queue[Counter[int]] = multiprocessing.Queue()
    process = multiprocessing.Process(target=stream.run, args=(port, stop, counts))
    process.start()
    try:
        time.sleep(1)
        yield statuses
    finally:
        stop.set()
        statuses.update(counts.get(timeout=60))
        process.join()


def address(kind: str, number: int) -> str:
    return f"{kind}-{number}@example.com"


def latencies(port: int, wanted: bytes, seconds: float, pause: float = 0) -> tuple[list[float], int]:
    """Ask one after the other for so long; return the milliseconds of each answer, and how many were not 200."""
    client, taken, failed = Client(port), [], 0
    end = time.perf_counter() + seconds
    while (started := time.perf_counter()) < end:
        status, _, _ = client.ask(wanted)
        taken.append((time.perf_counter() - started) * 1000)
        failed += status != 200
        if pause:
            time.sleep(pause)
    return taken, failed


def p99(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=100)[98]


@contextmanager
def people(project: services.Project, count: int) -> Iterator[tuple[services.Service, str]]:
    """Start the service over a new database with an admin and so many people; yield the admin's token too."""
    with tempfile.TemporaryDirectory() as directory:
        settings = SETTINGS | {"DATABASE_URL": f"sqlite:///{directory}/users.db"}
        with services.running(project, settings) as service:
            project.create_admin(settings)
            client = Client(service.port)
            for number in range(count):
                body = {"name": "Somebody", "email": address("person", number), "password": PASSWORD}
                client.expect(201, request("POST", "/auth/register", body))
            pair = json.loads(client.expect(200, login(services.ADMIN_EMAIL, services.ADMIN_PASSWORD)))
            yield service, pair["access_token"]


def probe(template: str, project: services.Project, seconds: float) -> None:
    """Measure /healthz without and beside four clients that log in."""
    with people(project, 4) as (service, _):
        health = request("GET", "/healthz")
        alone, failed = latencies(service.port, health, seconds, PAUSE_BETWEEN_PROBES)
        with logging_in(service.port, Stream(4)) as statuses:
            beside, failed_beside = latencies(service.port, health, seconds, PAUSE_BETWEEN_PROBES)
    median, demand = statistics.median(beside), DEMANDS[template]
    row(
        template,
        f"{statistics.median(alone):.2f}",
        f"{p99(alone):.2f}",
        f"{median:.2f}",
        f"{p99(beside):.2f}",
        f"{statuses[200] / (seconds + 1):.1f}",
        statuses.total() - statuses[200],
        failed + failed_beside,
        f"{demand:.0f} {'met' if median <= demand else 'NOT MET'}",
    )


def read(template: str, project: services.Project, seconds: float) -> None:
    """Measure reads of a user without and beside a stream of many logins."""
    streams = {
        "none": None,
        "32": Stream(32, as_strangers=True),
        "32, never wait": Stream(32, as_strangers=True, obeys_retry_after=False),
    }
    with people(project, 0) as (service, token):
        wanted = request("GET", "/users/1", token=token)
        for name, stream in streams.items():
            if stream is None:
                rows, statuses = read_at_once(service.port, wanted, seconds), Counter[int]()
            else:
                with logging_in(service.port, stream) as statuses:
                    rows = read_at_once(service.port, wanted, seconds)
            taken = [value for values, _ in rows for value in values]
            row(
                template,
                name,
                f"{len(taken) / seconds:.0f}",
                f"{statistics.median(taken):.2f}",
                f"{p99(taken):.2f}",
                sum(failed for _, failed in rows),
                f"{statuses[401] / (seconds + 1):.1f}",
                statuses[503],
                statuses.total() - statuses[401] - statuses[503],
            )


def read_at_once(port: int, wanted: bytes, seconds: float) -> list[tuple[list[float], int]]:
    with multiprocessing.Pool(READERS) as readers:
        return readers.starmap(latencies, [(port, wanted, seconds)] * READERS)


def guess(template: str, project: services.Project, tries: int) -> None:
    """Time refused logins of three kinds in turn; no address is tried more often than the limit allows."""
    addresses = -(-tries // TRIES_OF_EACH_ADDRESS)
    taken: dict[str, list[float]] = {"unknown": [], "person": [], "passwordless": []}
    kinds = list(taken)
    with people(project, addresses) as (service, token):
        client = Client(service.port)
        for number in range(addresses):
            body = {"name": "Somebody", "email": address("passwordless", number)}
            client.expect(201, request("POST", "/users", body, token))
        for attempt in range(tries):
            for turn in range(len(kinds)):
                kind = kinds[(attempt + turn) % len(kinds)]
                wanted = login(address(kind, attempt % addresses), "a password that nobody has")
                started = time.perf_counter()
                client.expect(401, wanted)
                taken[kind].append((time.perf_counter() - started) * 1000)
    medians = [statistics.median(values) for values in taken.values()]
    ratio = max(medians) / min(medians)
    verdict = "met" if ratio <= MOST_APART else "NOT MET"
    row(template, *(f"{median:.2f}" for median in medians), f"{ratio:.3f}", f"{MOST_APART} {verdict}")


def row(template: str, *cells: object) -> None:
    print(f"{template:<12}" + "".join(f"{cell!s:>15}" for cell in cells), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="for each measurement of /healthz and of reads")
    parser.add_argument("--tries", type=int, default=200, help="refused logins of each kind")
    parser.add_argument("--template", choices=DEMANDS, action="append", help="measure this one alone")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        made = services.Projects(Path(scratch), engines.copy_of_tree(Path(scratch) / "polysvc"))
        projects = {template: made.get(template, "sqlite", auth="jwt") for template in options.template or DEMANDS}
        print("GET /healthz in milliseconds, alone and beside 4 clients that log in")
        row("", "median", "p99", "beside: median", "p99", "logins/s", "other answers", "not 200", "demand")
        for template, project in projects.items():
            probe(template, project, options.seconds)
        print(
            f"\nGET /users/{{id}} in milliseconds, {READERS} readers at once, beside 32 strangers who log in and obey Retry-After"
        )
        row("", "strangers", "reads/s", "median", "p99", "not 200", "checked/s", "503", "other answers")
        for template, project in projects.items():
            read(template, project, options.seconds)
        print(f"\nMedian milliseconds of {options.tries} refused logins of each kind, in turn")
        row("", "unknown e-mail", "wrong password", "no password", "ratio", "demand")
        for template, project in projects.items():
            guess(template, project, options.tries)


if __name__ == "__main__":
    main()
