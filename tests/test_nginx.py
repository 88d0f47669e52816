"""The configuration of nginx, in a real one: before each service it keeps the contract, and what is hostile ends at it."""

import gzip
import http.client
import itertools
import json
import re
import selectors
import socket
import ssl
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import conformance, engines, machine, matrix, proxies, services
from tools import questions

pytestmark = [pytest.mark.thorough, pytest.mark.stamped(*conformance.FILES)]

PLACES = ["container", "machine"]
SECONDS = 10
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}")
# Where the client's address is that of this header, as nginx behind another proxy sees it.
REAL_IP = "set_real_ip_from 127.0.0.1;\nreal_ip_header X-Forwarded-For;\n"
# Areas of the conformance suite that are about what a service keeps rather than about HTTP: two thirds of its time.
KEPT = {"test_accounts", "test_limits", "test_passwords", "test_profile", "test_races", "test_refresh", "test_sessions"}


@pytest.fixture(scope="session")
def every_file(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, services.Project]:
    """Projects with logins and without, for their configuration of nginx alone, which is the same in each template."""
    answers: questions.Answers = {
        "template": "gin-svc",
        "database": "sqlite",
        "docker": True,
        "nginx": True,
        "project_slug": services.SLUG,
    }
    directory = tmp_path_factory.mktemp("nginx")
    return {
        auth: services.Project(engines.with_copier(tree, directory / auth, {**answers, "auth": auth})) for auth in ("none", "jwt")
    }


@pytest.fixture(scope="session")
def files(every_file: dict[str, services.Project]) -> services.Project:
    return every_file["jwt"]


@pytest.fixture
def recorder() -> Iterator[proxies.Recorder]:
    with proxies.Recorder().serving() as recorder:
        yield recorder


@pytest.fixture
def proxy(files: services.Project, recorder: proxies.Recorder, tmp_path: Path) -> Iterator[proxies.Proxy]:
    with proxies.nginx(files, [recorder.address], tmp_path) as proxy:
        yield proxy


# The files.


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("auth", ["none", "jwt"])
def test_nginx_takes_the_files(auth: str, place: str, tls: bool, every_file: dict[str, services.Project], tmp_path: Path) -> None:
    project = every_file[auth]
    prefix = proxies.configure(project, tmp_path, ["127.0.0.1:8000"], place=place, port=8080, tls_port=8443 if tls else None)
    result = subprocess.run(proxies.command(prefix, "-t"), capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "[warn]" not in result.stderr


# Before each service.


@dataclass(frozen=True)
class Behind:
    """A service that only nginx reaches."""

    service: services.Service
    proxy: proxies.Proxy

    def lines(self) -> list[dict[str, object]]:
        """Return what the service has logged of requests."""
        lines = self.service.log.read_text(encoding="utf-8").splitlines()
        documents = [json.loads(line) for line in lines if line.startswith("{")]
        return [document for document in documents if document["message"] == "request"]

    def seen(self, request: Callable[[], bytes]) -> tuple[bytes, list[str]]:
        """Send something; return what came back, and the status of each request that the service saw meanwhile.

        A request of our own comes after them, and others that the service answers late are those before it.
        """
        before = len(self.lines())
        answer = request()
        marker = uuid.uuid4().hex
        self.service.ask("GET", "/healthz", headers={"X-Request-ID": marker})
        deadline = time.monotonic() + SECONDS
        while not any(line["request_id"] == marker for line in self.lines()):
            assert time.monotonic() < deadline, "the service logs what it is asked"
            time.sleep(0.005)
        return answer, [str(line["status"]) for line in self.lines()[before:] if line["request_id"] != marker]


@pytest.fixture(scope="module", params=matrix.SERVICES)
def behind(
    request: pytest.FixtureRequest, files: services.Project, projects: services.Projects, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Behind]:
    directory = tmp_path_factory.mktemp("behind")
    with ExitStack() as stack:
        store = stack.enter_context(services.fresh_store("sqlite", directory))
        settings = {**store, **conformance.SETTINGS, **conformance.WITH_LOGINS, "LOG_LEVEL": "info"}
        project = projects.get(request.param, "sqlite", auth="jwt")
        service = stack.enter_context(services.running(project, settings))
        project.create_admin(settings)
        address = f"{machine.HOST}:{service.port}"
        yield Behind(service, stack.enter_context(proxies.nginx(files, [address], directory, extra=REAL_IP)))


def test_it_keeps_the_contract(behind: Behind, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    cases_of_its_own = proxies.ITS_OWN_WAY | (proxies.ITS_OWN_WAY_BEFORE_1_23 if proxies.version() < (1, 23) else set())
    passed = conformance.cases_passed(
        behind.proxy.url, conformance.AS_ADMIN, tmp_path, secrets=conformance.SECRETS, without=[*KEPT, *cases_of_its_own]
    )
    record_property("conformance cases passed behind nginx", passed)


GET = b"GET /users/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
POST = b"POST /auth/refresh HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
HIDDEN = b"GET /auth/me HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
NOTHING = b"0\r\n\r\n"

REFUSED = {
    "a length and chunks": POST + b"Content-Length: 5\r\n" + CHUNKED + b"\r\n" + NOTHING + HIDDEN,
    "chunks and a length": POST + CHUNKED + b"Content-Length: 100\r\n\r\n" + NOTHING + HIDDEN,
    "chunked twice": POST + CHUNKED + CHUNKED + b"\r\n" + NOTHING + HIDDEN,
    "identity, chunked": POST + b"Transfer-Encoding: identity, chunked\r\n\r\n" + NOTHING + HIDDEN,
    "chunked, identity": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n" + NOTHING + HIDDEN,
    "xchunked": POST + b"Transfer-Encoding: xchunked\r\n\r\n" + NOTHING + HIDDEN,
    "a tab before chunked": POST + b"Transfer-Encoding:\tchunked\r\n\r\n" + NOTHING + HIDDEN,
    "a vertical tab before chunked": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n" + NOTHING + HIDDEN,
    "a space behind Transfer-Encoding": POST + b"Transfer-Encoding : chunked\r\n\r\n" + NOTHING + HIDDEN,
    "chunked in HTTP/1.0": POST.replace(b"HTTP/1.1", b"HTTP/1.0") + CHUNKED + b"\r\n" + NOTHING + HIDDEN,
    "chunked on the next line": POST + b"Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n\r\n" + NOTHING + HIDDEN,
    "two lengths": POST + b"Content-Length: 2\r\nContent-Length: 43\r\n\r\n{}" + HIDDEN,
    "one length twice": POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "a list of lengths": POST + b"Content-Length: 2, 2\r\n\r\n{}",
    "a length with a sign": POST + b"Content-Length: +2\r\n\r\n{}",
    "a length beyond 64 bits": POST + b"Content-Length: 18446744073709551618\r\n\r\n{}",
    "a chunk beyond 64 bits": POST + CHUNKED + b"\r\n10000000000000002\r\n{}\r\n" + NOTHING + HIDDEN,
    "a chunk below nothing": POST + CHUNKED + b"\r\n-2\r\n{}\r\n" + NOTHING + HIDDEN,
    "a chunk with 0x": POST + CHUNKED + b"\r\n0x2\r\n{}\r\n" + NOTHING + HIDDEN,
    "a chunk that is longer": POST + CHUNKED + b"\r\n1\r\n{}\r\n" + NOTHING + HIDDEN,
    "two hosts": GET + b"Host: y\r\n\r\n",
    "no host": GET.replace(b"Host: x\r\n", b"") + b"\r\n",
    "an empty host": GET.replace(b"Host: x", b"Host: ") + b"\r\n",
    "a host with a slash": GET.replace(b"Host: x", b"Host: x/y") + b"\r\n",
    "a host and user information": GET.replace(b"/users/1", b"http://u:p@x/users/1") + b"\r\n",
    "a folded header": GET + b"X-A: b\r\n c\r\n\r\n",
    "a folded first header": GET.replace(b"Host", b" Host") + b"\r\n",
    "a bare CR": GET + b"X-A: b\rX-B: c\r\n\r\n",
    "a NUL in a header": GET + b"X-A: b\x00c\r\n\r\n",
    "a NUL in a name": GET + b"X-\x00A: b\r\n\r\n",
    "a NUL in the path": GET.replace(b"/users/1", b"/users/%00") + b"\r\n",
    "a space before a colon": GET + b"X-A : b\r\n\r\n",
    "two tokens": GET + b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n",
    "HTTP/0.9": b"GET /users/1\r\n",
    "HTTP/0.9 by name": b"GET /users/1 HTTP/0.9\r\n\r\n",
    "HTTP/2 by name": GET.replace(b"HTTP/1.1", b"HTTP/2.0") + b"\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    "a tunnel": b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a path above the root": GET.replace(b"/users/1", b"/../users/1") + b"\r\n",
    "a target of 9,000 bytes": GET.replace(b"/users/1", b"/" + b"a" * 9000) + b"\r\n",
    "a header of 9,000 bytes": GET + b"X-A: " + b"a" * 9000 + b"\r\n\r\n",
    "headers of 30,000 bytes": GET + b"".join(b"X-%d: %s\r\n" % (number, b"a" * 1000) for number in range(30)) + b"\r\n",
}
# What nginx takes as one request, and passes on as one that nobody can read in two ways.
ONE_REQUEST = {
    "nothing special": GET + b"\r\n",
    "bare LF": GET.replace(b"\r\n", b"\n") + b"\n",
    "no colon": GET + b"nonsense\r\n\r\n",
    "chunks": POST + CHUNKED + b"\r\n2\r\n{}\r\n" + NOTHING,
    "an extension of a chunk": POST + CHUNKED + b"\r\n2;a=b\r\n{}\r\n" + NOTHING,
    "an extension that ends with LF": POST + CHUNKED + b"\r\n2;a\n{}\r\n" + NOTHING,
    "a hidden request in a body": POST + b"Content-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN,
    "Transfer_Encoding": POST + b"Transfer_Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}",
    "Content_Length": POST + b"Content_Length: 0\r\nContent-Length: 2\r\n\r\n{}",
    "a target with another host": GET.replace(b"/users/1", b"http://y/users/1") + b"\r\n",
    "an upgrade to HTTP/2": GET + b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
    "a header named as one of this hop": GET.replace(b"close", b"close, X-Forwarded-For, X-Request-ID") + b"\r\n",
    "another path": GET + b"X-Original-URL: /healthz\r\nX-Rewrite-URL: /healthz\r\nX-Accel-Redirect: /healthz\r\n\r\n",
    "another prefix": GET
    + b"X-Forwarded-Prefix: /auth\r\nX-Script-Name: /x\r\nSCRIPT_NAME: /users\r\nScript-Name: /users\r\n\r\n",
    "another scheme": GET + b"X-Forwarded-Proto: https\r\nX-Forwarded-Ssl: on\r\nX-Forwarded-Protocol: ssl\r\n\r\n",
    "another method": GET + b"X-HTTP-Method-Override: DELETE\r\n\r\n",
    "TRACE": GET.replace(b"GET", b"TRACE") + b"\r\n",
}


@pytest.mark.parametrize("request_bytes", REFUSED.values(), ids=REFUSED)
def test_it_refuses(behind: Behind, request_bytes: bytes) -> None:
    answer, seen = behind.seen(lambda: exchange(behind.proxy, request_bytes))
    assert seen == []
    assert statuses(answer) in ([], ["400"], ["414"], ["431"])
    if answer:
        assert_problem(answer)


@pytest.mark.parametrize("request_bytes", ONE_REQUEST.values(), ids=ONE_REQUEST)
def test_it_passes_on_one_request(behind: Behind, request_bytes: bytes) -> None:
    answer, seen = behind.seen(lambda: exchange(behind.proxy, request_bytes))
    assert statuses(answer) == seen
    assert seen in (["400"], ["401"], ["405"])


def test_pipelined_requests_are_answered_one_by_one(behind: Behind) -> None:
    requests = GET.replace(b"close", b"keep-alive") + b"\r\n" + GET.replace(b"/users/1", b"/nothing") + b"\r\n"
    answer, seen = behind.seen(lambda: exchange(behind.proxy, requests))
    assert statuses(answer) == ["401", "404"]
    assert sorted(seen) == ["401", "404"]


def test_a_spoofed_address_does_not_get_around_the_limit(behind: Behind, files: services.Project, tmp_path: Path) -> None:
    """Of 30 guesses, each of which claims another address, the service looks at 20."""
    with proxies.nginx(files, [f"{machine.HOST}:{behind.service.port}"], tmp_path) as proxy:
        answers = []
        for number in range(30):
            address = f"198.51.100.{number}"
            spoofed = {"X-Forwarded-For": address, "X-Real-IP": address, "Forwarded": f"for={address}", "Client-IP": address}
            guess = {"email": f"nobody{number}@example.com", "password": "a guess at a password"}
            answers.append(proxy.ask("POST", "/auth/login", guess, spoofed).status)
    assert answers == [401] * 20 + [429] * 10


@pytest.mark.parametrize("own", [None, "an.id-of_THEIRS"], ids=["new", "the client's"])
def test_one_id_is_in_the_answer_and_in_both_logs(behind: Behind, own: str | None) -> None:
    answer, _ = behind.seen(lambda: exchange(behind.proxy, GET + (f"X-Request-ID: {own}\r\n".encode() if own else b"") + b"\r\n"))
    found = headers(answer)["x-request-id"]
    assert found == own if own else UUID.fullmatch(found)
    assert problem(answer)["request_id"] == found
    assert behind.lines()[-2]["request_id"] == found
    machine.wait_until(
        lambda: found in {json.loads(line)["request_id"] for line in behind.proxy.lines()}, "nginx logs the same id"
    )


def exchange(proxy: proxies.Proxy, request: bytes) -> bytes:
    """Send bytes and return all that comes back until nginx closes the connection."""
    with socket.create_connection((machine.HOST, proxy.port), timeout=SECONDS) as connection:
        received = b""
        try:
            connection.sendall(request)
            while part := connection.recv(65536):
                received += part
        except ConnectionError:
            pass
        return received


def statuses(received: bytes) -> list[str]:
    return re.findall(r"HTTP/1\.1 (\d{3}) ", received.decode("latin-1"))


def headers(received: bytes) -> dict[str, str]:
    lines = received.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
    return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


def problem(received: bytes) -> dict[str, object]:
    document: dict[str, object] = json.loads(received.partition(b"\r\n\r\n")[2])
    return document


def assert_problem(received: bytes) -> dict[str, object]:
    """Hold an answer of nginx's own against the contract; return the problem."""
    found = headers(received)
    assert found["content-type"] == "application/problem+json"
    assert found["x-content-type-options"] == "nosniff"
    assert found["cache-control"] == "no-store"
    assert found["server"] == "nginx"
    document = problem(received)
    assert list(document) == ["type", "title", "status", "detail", "instance", "request_id"]
    assert (document["type"], document["request_id"]) == ("about:blank", found["x-request-id"])
    assert [str(document["status"])] == statuses(received)
    assert document["title"]
    assert document["detail"]
    return document


# What the service gets to see.


def test_the_service_sees_one_hop(proxy: proxies.Proxy, recorder: proxies.Recorder) -> None:
    spoofed = {
        "X-Forwarded-For": "198.51.100.1",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Prefix": "/evil",
        "X-Forwarded-Protocol": "ssl",
        "X-Forwarded-Server": "evil.example",
        "X-Forwarded-Ssl": "on",
        "X-Real-IP": "198.51.100.1",
        "X-Original-URL": "/evil",
        "X-Rewrite-URL": "/evil",
        "X-HTTP-Method-Override": "DELETE",
        "X-Accel-Redirect": "/evil",
        "X_Forwarded_For": "198.51.100.1",
        "SCRIPT_NAME": "/evil",
        "Forwarded": "for=198.51.100.1;host=evil.example;proto=https",
        "Proxy": "http://evil.example",
        "Upgrade": "h2c",
        "TE": "trailers",
    }
    proxy.ask("GET", "/users", headers={**spoofed, "Host": "Users.Example:8080", "Authorization": "Bearer a", "If-Match": '"1"'})
    (seen,) = recorder.seen
    assert UUID.fullmatch(seen.values("x-request-id")[0])
    assert sorted(pair for pair in seen.headers if pair[0] != "x-request-id") == [
        ("accept-encoding", "identity"),
        ("authorization", "Bearer a"),
        ("host", "users.example"),
        ("if-match", '"1"'),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-host", "users.example"),
        ("x-forwarded-proto", "http"),
    ]


@pytest.mark.parametrize(
    "target",
    [
        "/users//1",
        "/users/1/",
        "//users",
        "/users/%41%2fb%25",
        "/a/./b/../c",
        "/users/é?q=ü",
        "/users?a=%20b+c&a=&&x",
        "/?",
        '/"q"',
    ],
)
def test_the_target_goes_on_as_it_was_sent(proxy: proxies.Proxy, recorder: proxies.Recorder, target: str) -> None:
    exchange(proxy, GET.replace(b"/users/1", target.encode()) + b"\r\n")
    (seen,) = recorder.seen
    assert seen.target.encode("latin-1") == target.encode()


def test_connections_to_the_service_are_used_again(proxy: proxies.Proxy, recorder: proxies.Recorder) -> None:
    statuses_of = {proxy.ask("GET", "/users").status for _ in range(40)}
    assert statuses_of == {200}
    assert len({seen.connection for seen in recorder.seen}) <= 8, "one for each worker of nginx"


def test_the_socket_of_a_machine_gets_a_connection_for_each_request(files: services.Project, tmp_path: Path) -> None:
    with proxies.Recorder(str(tmp_path / "service.sock")).serving() as recorder:
        with proxies.nginx(files, [recorder.address], tmp_path, place="machine") as proxy:
            assert [proxy.ask("GET", "/users").status for _ in range(3)] == [200] * 3
        assert len({seen.connection for seen in recorder.seen}) == 3


def test_a_body_of_1_mib_goes_on_and_no_larger_one(proxy: proxies.Proxy, recorder: proxies.Recorder) -> None:
    size = 1 << 20
    taken = exchange(proxy, POST + f"Content-Length: {size}\r\n\r\n".encode() + b"a" * size)
    chunked = exchange(proxy, POST + CHUNKED + f"\r\n{size:x}\r\n".encode() + b"a" * size + b"\r\n" + NOTHING)
    assert statuses(taken) == statuses(chunked) == ["200"]
    assert [len(seen.body) for seen in recorder.seen] == [size, size]
    for refused in [
        POST + f"Content-Length: {size + 1}\r\n\r\n".encode(),
        POST + b"Content-Length: 10485760\r\n\r\n" + b"a" * 1000,
        POST + CHUNKED + f"\r\n{size + 1:x}\r\n".encode() + b"a" * (size + 1) + b"\r\n" + NOTHING,
    ]:
        document = assert_problem(first_answer(proxy, refused))
        assert (document["status"], document["detail"]) == (413, "The body is larger than 1048576 bytes.")
    assert len(recorder.seen) == 2


def first_answer(proxy: proxies.Proxy, request: bytes) -> bytes:
    """Send bytes and return one answer, without a wait for the end of the connection: nginx goes on to read a refused body."""
    with socket.create_connection((machine.HOST, proxy.port), timeout=SECONDS) as connection:
        connection.sendall(request)
        received = b""
        while not (match := re.search(rb"content-length: (\d+)\r\n.*?\r\n\r\n", received, re.DOTALL | re.IGNORECASE)) or len(
            received
        ) < match.end() + int(match[1]):
            part = connection.recv(65536)
            assert part, received
            received += part
        return received


# Compression.


def test_what_may_be_compressed_is(proxy: proxies.Proxy, recorder: proxies.Recorder) -> None:
    body = b'{"items":[' + b",".join([b'{"name":"Ada"}'] * 500) + b"]}"
    recorder.answer = lambda _: proxies.answer_with(body, 'ETag: "1"')
    compressible = {
        **dict.fromkeys(["/users", "/a-new-resource", "/openapi.json", "/docs", "/docs/swagger-ui.css"], True),
        **dict.fromkeys(["/users/1", "/users/1/profile", "/a-new-resource/1", "/auth/login"], False),
    }
    for target, compressed in compressible.items():
        answer = proxy.ask("GET", target, headers={"Accept-Encoding": "gzip"})
        assert ("gzip" if compressed else None) == answer.headers.get("content-encoding"), target
        assert answer.headers["etag"] == ('W/"1"' if compressed else '"1"')
        assert (gzip.decompress(answer.body) if compressed else answer.body) == body
    assert "content-encoding" not in proxy.ask("GET", "/users").headers


# nginx's own answers.


def test_metrics_are_closed_however_they_are_spelt(proxy: proxies.Proxy, recorder: proxies.Recorder) -> None:
    for target in ["/metrics", "/metrics?a=b", "/%6detrics", "/a/../metrics", "/./metrics", "/metrics#a", "http://x/metrics"]:
        document = assert_problem(exchange(proxy, GET.replace(b"/users/1", target.encode()) + b"\r\n"))
        assert (document["status"], document["title"], document["detail"]) == (404, "Not Found", "There is nothing at this path.")
        assert document["instance"] == target.partition("?")[0].removeprefix("http://x")
    assert recorder.seen == []


def test_its_own_page_is_none(proxy: proxies.Proxy, recorder: proxies.Recorder) -> None:
    document = assert_problem(exchange(proxy, GET.replace(b"/users/1", b"/nginx-problem") + b"\r\n"))
    assert (document["status"], document["instance"]) == (404, "/nginx-problem")


def test_an_answer_to_head_has_no_body(proxy: proxies.Proxy) -> None:
    received = exchange(proxy, GET.replace(b"GET /users/1", b"HEAD /metrics") + b"\r\n")
    assert statuses(received) == ["404"]
    assert headers(received)["content-type"] == "application/problem+json"
    assert received.endswith(b"\r\n\r\n")


def test_a_service_that_cannot_be_reached_is_not_available(files: services.Project, tmp_path: Path) -> None:
    with proxies.nginx(files, [f"{machine.HOST}:{machine.free_port()}"], tmp_path) as proxy:
        received = exchange(proxy, GET.replace(b"/users/1", b"/users/1?email=secret@example.com") + b"\r\n")
        document = assert_problem(received)
        assert (document["status"], document["title"], document["instance"]) == (503, "Service Unavailable", "/users/1")
        assert headers(received)["retry-after"] == "1"
        machine.wait_until(lambda: bool(proxy.lines()), "the request is logged")
        (line,) = proxy.lines()
        assert (json.loads(line)["status"], json.loads(line)["upstream_status"]) == (503, "502")
        assert "secret" not in line


def test_an_instance_that_is_no_uri_does_not_break_the_problem(proxy: proxies.Proxy, recorder: proxies.Recorder) -> None:
    recorder.answer = lambda _: None
    for target in [b'/"', b"/\\", b"/\xff", b'/","status":200,"x":"']:
        assert assert_problem(exchange(proxy, GET.replace(b"/users/1", target) + b"\r\n"))["instance"] == ""


@pytest.mark.parametrize(("method", "times"), [("GET", 2), ("POST", 1), ("PATCH", 1)])
def test_what_was_sent_is_sent_again_only_where_that_is_harmless(
    files: services.Project, tmp_path: Path, method: str, times: int
) -> None:
    """Two replicas that take a request and die."""
    with ExitStack() as stack:
        replicas = [stack.enter_context(proxies.Recorder().serving()) for _ in range(2)]
        for replica in replicas:
            replica.answer = lambda _: None
        proxy = stack.enter_context(proxies.nginx(files, [replica.address for replica in replicas], tmp_path))
        answer = proxy.ask(method, "/users/1", {})
    assert answer.status == 503
    assert sum(len(replica.seen) for replica in replicas) == times


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_replica_answers_where_one_is_gone(
    files: services.Project, recorder: proxies.Recorder, tmp_path: Path, method: str
) -> None:
    gone = f"{machine.HOST}:{machine.free_port()}"
    with proxies.nginx(files, [gone, recorder.address], tmp_path) as proxy:
        assert [proxy.ask(method, "/users", {}).status for _ in range(10)] == [200] * 10
    assert len(recorder.seen) == 10


# Limits.


def test_a_flood_of_logins_ends_at_nginx(proxy: proxies.Proxy, recorder: proxies.Recorder) -> None:
    started = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        flood = list(pool.map(lambda _: proxy.ask("POST", "/auth/login", {}), range(200)))
        others = list(pool.map(lambda _: ask_from("127.0.0.2", proxy, "/users/1"), range(20)))
    elapsed = time.monotonic() - started
    assert {answer.status for answer in flood} == {200, 429}
    assert 41 <= sum(answer.status == 200 for answer in flood) <= 41 + 10 * elapsed + 1
    assert {answer.status for answer in others} == {200}
    refused = next(answer for answer in flood if answer.status == 429)
    assert refused.headers["retry-after"] == "5"
    assert (refused.json["title"], refused.json["detail"]) == ("Too Many Requests", "Too many attempts; try again later.")
    assert {proxy.ask("POST", path, {}).status for path in ("/auth/refresh", "/users")} == {200}


@pytest.mark.parametrize(
    ("address", "same"),
    [
        (lambda number: f"2001:db8:0:1:{number:x}::1", True),
        (lambda number: f"2001:db8:0:{number:x}::1", False),
        (lambda number: f"198.51.{number // 200}.{number % 200}", False),
    ],
    ids=["one /64", "many /64", "many IPv4"],
)
def test_an_ipv6_network_is_one_client(
    files: services.Project, recorder: proxies.Recorder, tmp_path: Path, address: Callable[[int], str], same: bool
) -> None:
    with proxies.nginx(files, [recorder.address], tmp_path, extra=REAL_IP) as proxy:
        answers = [proxy.ask("POST", "/auth/login", {}, {"X-Forwarded-For": address(number)}).status for number in range(150)]
    assert (429 in answers) is same


def test_nobody_has_more_than_256_requests_under_way(proxy: proxies.Proxy, recorder: proxies.Recorder) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(socket.create_connection((machine.HOST, proxy.port))) for _ in range(300)]
        for connection in slow:
            connection.sendall(POST + b"Content-Length: 2\r\n\r\n{")
        with selectors.DefaultSelector() as selector:
            for connection in slow:
                selector.register(connection, selectors.EVENT_READ)
            deadline = time.monotonic() + SECONDS / 2
            while len(answered := selector.select(0.1)) < 300 - 256:
                assert time.monotonic() < deadline, "those beyond 256 are answered before the rest times out"
            assert ask_from("127.0.0.2", proxy, "/users/1").status == 200
            assert len(answered) == 300 - 256
        by_number = {connection.fileno(): connection for connection in slow}
        assert {assert_problem(by_number[key.fd].recv(65536))["status"] for key, _ in answered} == {429}


def ask_from(address: str, proxy: proxies.Proxy, path: str) -> services.Answer:
    """Ask from another address of this machine."""
    connection = http.client.HTTPConnection(machine.HOST, proxy.port, timeout=SECONDS, source_address=(address, 0))
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return services.Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
    finally:
        connection.close()


def test_slow_clients_are_cut_off_and_hold_nobody_up(proxy: proxies.Proxy, recorder: proxies.Recorder) -> None:
    """1,000 connections that are idle, 50 heads that come byte by byte, and 50 bodies that stop."""
    with ExitStack() as stack:
        heads, bodies, idle = (
            [stack.enter_context(socket.create_connection((machine.HOST, proxy.port))) for _ in range(number)]
            for number in (50, 50, 1000)
        )
        started = time.monotonic()
        for connection in bodies:
            connection.sendall(POST + b"Content-Length: 100\r\n\r\n{")
        longest, open_heads = 0.0, set(heads)
        for byte in itertools.cycle(b"GET /users HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 1000):
            for connection in set(open_heads):
                try:
                    connection.send(bytes([byte]))
                except ConnectionError:
                    open_heads.discard(connection)
            asked = time.monotonic()
            assert proxy.ask("GET", "/users").status == 200
            longest = max(longest, time.monotonic() - asked)
            if not open_heads:
                break
            assert asked - started < 15, "slow heads are cut off after 10 s"
            time.sleep(0.2)
        assert time.monotonic() - started >= 9
        assert longest < 1
        for connection in bodies:
            connection.settimeout(5)
            assert ended(connection)
        assert {seen.method for seen in recorder.seen} == {"GET"}
        idle[-1].settimeout(SECONDS)
        assert all(ended(connection) for connection in idle[-1:])


def ended(connection: socket.socket) -> bool:
    try:
        return connection.recv(1000) == b""
    except ConnectionError:
        return True


def test_every_line_of_the_log_is_json_without_secrets(proxy: proxies.Proxy, recorder: proxies.Recorder) -> None:
    secret = b"s3cret"
    for request in [
        GET.replace(b"/users/1", b"/users?email=s3cret") + b"Authorization: Bearer s3cret\r\nReferer: http://x/?s3cret\r\n\r\n",
        POST + b"Content-Length: 6\r\n\r\n" + secret,
        GET.replace(b"/users/1", b'/"\\\xff\x80?s3cret') + b"\r\n",
        GET.replace(b"/users/1", b"/metrics?s3cret") + b"\r\n",
        b"s3cret\r\n\r\n",
        GET + b"X-A : s3cret\r\n\r\n",
        GET + b"X-Request-ID: s3cret?\r\n\r\n",
    ]:
        exchange(proxy, request)
    recorder.answer = lambda _: None
    exchange(proxy, GET.replace(b"/users/1", b"/users?email=s3cret") + b"\r\n")
    # Nginx logs a request when it lets go of the connection, which may be after the next request was answered.
    machine.wait_until(lambda: len(proxy.lines()) >= 8, "every request is logged")
    lines = proxy.lines()
    assert sorted(json.loads(line)["status"] for line in lines) == [200, 200, 200, 200, 400, 400, 404, 503]
    assert not any("s3cret" in line for line in lines)
    assert {tuple(json.loads(line)) for line in lines} == {tuple(json.loads(lines[0]))}


# TLS.


def test_tls(files: services.Project, recorder: proxies.Recorder, tmp_path: Path) -> None:
    port = machine.free_port()
    with proxies.nginx(files, [recorder.address], tmp_path, tls_port=port) as proxy:
        plain = exchange(proxy, POST.replace(b"/auth/refresh", b"/users?a=b") + b"Content-Length: 2\r\n\r\n{}")
        assert (statuses(plain), headers(plain)["location"]) == (["308"], "https://x/users?a=b")
        assert recorder.seen == []
        for protocol in ("h2", "http/1.1"):
            with connect(proxy, port, protocol) as connection:
                assert (connection.selected_alpn_protocol(), connection.version()) == (protocol, "TLSv1.3")
        for path in (b"/users/1", b"/metrics"):
            with connect(proxy, port, "http/1.1") as connection:
                connection.sendall(GET.replace(b"/users/1", path) + b"\r\n")
                received = b"".join(iter(lambda: connection.recv(65536), b""))
            assert headers(received)["strict-transport-security"] == "max-age=31536000"
        assert recorder.seen[0].values("x-forwarded-proto") == ["https"]


def connect(proxy: proxies.Proxy, port: int, protocol: str) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=proxy.directory / "tls/fullchain.pem")
    context.set_alpn_protocols([protocol])
    plain = socket.create_connection((machine.HOST, port), timeout=SECONDS)
    return context.wrap_socket(plain, server_hostname="localhost")
