"""The command itself, against services that get it all wrong: no case may pass whatever the service does."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree

import pytest

PROBLEM = {
    "type": "about:blank",
    "title": "Not Found",
    "status": 404,
    "detail": "There is nothing at this path.",
}


ADMIN = "admin@conformance.example"
PAIR = {
    "access_token": "a.b.c",
    "token_type": "Bearer",
    "expires_in": 900,
    "refresh_token": "r",
}


class Stub(BaseHTTPRequestHandler):
    """Answers every request alike, but for the login of the admin, without whom nothing could be checked."""

    protocol_version = "HTTP/1.1"
    status = 200
    media_type = "application/json"
    headers_sent: dict[str, str] = {}  # noqa: RUF012 - http.server makes the instances

    def __getattr__(self, name: str) -> object:
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def content(self) -> bytes:
        return b"{}"

    def answer(self) -> None:
        self.close_connection = True
        is_admin = self.path == "/auth/login" and ADMIN.encode() in self.rfile.read(int(self.headers["Content-Length"] or 0))
        body = json.dumps(PAIR).encode() if is_admin else self.content()
        self.send_response(200 if is_admin else self.status)
        for name, value in {"Content-Type": self.media_type, **self.headers_sent}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


class Empty(Stub):
    """Answers 200 with an empty object, without any of the contract's headers."""


class Nothing(Stub):
    """Answers 404 as the contract wants it for a path that is no route, but with a request id of its own."""

    status = 404
    media_type = "application/problem+json"
    headers_sent = {  # noqa: RUF012
        "X-Request-ID": "0b5f3c1e-6d6c-4f0e-9f55-0c6f3f6f2d11",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }

    def content(self) -> bytes:
        path = self.requestline.split(" ")[1].partition("?")[0]
        request_id = self.headers_sent["X-Request-ID"]
        return json.dumps(PROBLEM | {"instance": path, "request_id": request_id}, separators=(",", ":")).encode()


@contextmanager
def serving(handler: type[Stub]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    inherited = {
        name: value for name, value in os.environ.items() if name not in {"ADMIN_PASSWORD", "JWT_SECRET", "JWT_PRIVATE_KEY"}
    }
    return subprocess.run(
        [sys.executable, "-m", "conformance", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env={**inherited, "COLUMNS": "160", **variables},
    )


NONE = ["--cors-origin", "https://app.example", "--timeout", "5"]
JWT = [*NONE, "--auth", "jwt", "--admin-email", ADMIN, "--trusted-proxy"]
SECRETS = {"ADMIN_PASSWORD": "the admin's password", "JWT_SECRET": "a secret of 32 bytes for the tests"}


def results(handler: type[Stub], options: list[str]) -> dict[str, str]:
    """Run the whole suite against a service and return the result of each case."""
    with serving(handler) as url:
        output = run(url, *options, **SECRETS)
    assert output.returncode == 1, output.stderr
    rows = re.findall(r"^(.*?)\s+(ok|FAIL|not run)\s+\d+ ms$", output.stdout, re.MULTILINE)
    # A fault that does not occur is no fault, so those about every response may well pass, and http.server refuses
    # malformed requests and very long headers by itself. Whoever answers every path alike takes one with a slash too many for
    # the one without.
    by_itself = ("malformed", "very long token", "slash too many")
    return {
        case: result
        for case, result in rows
        if not case.startswith("every response") and not any(words in case for words in by_itself)
    }


@pytest.mark.parametrize(("options", "least"), [(NONE, 1000), (JWT, 2500)], ids=["auth none", "auth jwt"])
def test_no_case_passes_against_both_wrong_services(options: list[str], least: int) -> None:
    empty, nothing = results(Empty, options), results(Nothing, options)
    assert len(empty) > least
    assert empty.keys() == nothing.keys()
    assert [case for case in empty if empty[case] == "ok" and nothing[case] == "ok"] == []
    assert [case for case in empty if empty[case] == "not run"] == []


@pytest.mark.parametrize(
    ("options", "names"), [(["--replica", "http://127.0.0.1:1"], "replica "), (["--registration-off"], "registration off ")]
)
def test_cases_of_an_option_run_with_it_alone(options: list[str], names: str) -> None:
    with serving(Empty) as url:
        runs = [run(url, *JWT, *chosen, "--filter", names.split(" ")[0], **SECRETS) for chosen in ([], options)]
    assert [f"\n{names}" in output.stdout for output in runs] == [False, True]


def test_cases_of_auth_run_with_auth_alone() -> None:
    with serving(Empty) as url:
        output = run(url, *NONE, "--filter", "expired")
    assert (output.returncode, output.stderr.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    ("options", "variables", "reason"),
    [
        ([], SECRETS, "give --admin-email"),
        (["--admin-email", ADMIN], {}, "ADMIN_PASSWORD"),
        (["--admin-email", "nobody@conformance.example"], SECRETS, "nobody@conformance.example cannot log in: 404"),
        (["--admin-email", ADMIN], SECRETS | {"JWT_PRIVATE_KEY": "x"}, "JWT_PRIVATE_KEY must be a P-256 private key"),
    ],
    ids=["no admin", "no password", "cannot log in", "bad key"],
)
def test_an_admin_who_cannot_log_in_is_reported_in_one_line(options: list[str], variables: dict[str, str], reason: str) -> None:
    with serving(Nothing) as url:
        output = run(url, "--auth", "jwt", *options, **variables)
    assert (output.returncode, output.stdout, output.stderr.count("\n")) == (2, "", 1)
    assert reason in output.stderr


@pytest.mark.parametrize(
    ("without", "words"), [("--trusted-proxy", "--trusted-proxy"), ("JWT_SECRET", "JWT_SECRET or JWT_PRIVATE_KEY")]
)
def test_cases_that_lack_an_option_are_reported(without: str, words: str) -> None:
    options = [option for option in JWT if option != without]
    variables = {name: value for name, value in SECRETS.items() if name != without}
    with serving(Empty) as url:
        output = run(url, *options, "--filter", "five_failures or configured_one", **variables)
    assert "NOT RUN" in output.stdout
    assert words in output.stdout


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://localhost", "http://", "http://localhost/api"])
def test_a_bad_url_is_refused_in_one_line(url: str) -> None:
    output = run(url)
    assert (output.returncode, output.stdout, output.stderr.count("\n")) == (2, "", 1)
    assert url in output.stderr


def test_a_service_that_is_not_there_is_reported_in_one_line() -> None:
    output = run("http://127.0.0.1:1")
    assert (output.returncode, output.stderr.count("\n")) == (2, 1)
    assert "is the service running?" in output.stderr


def test_a_filter_that_finds_nothing_is_reported_in_one_line() -> None:
    with serving(Empty) as url:
        output = run(url, "--filter", "nothing_like_this")
    assert (output.returncode, output.stderr.count("\n")) == (2, 1)


def test_cases_that_did_not_run_are_reported() -> None:
    with serving(Empty) as url:
        output = run(url, "--filter", "preflight")
    assert "NOT RUN" in output.stdout
    assert "--cors-origin" in output.stdout


def test_fail_fast_stops_at_the_first_disagreement() -> None:
    with serving(Empty) as url:
        output = run(url, "--fail-fast")
    assert "1 cases disagree" in output.stdout


def test_junit_has_the_cases(tmp_path: pytest.TempPathFactory) -> None:
    file = f"{tmp_path}/results.xml"
    with serving(Empty) as url:
        run(url, "--filter", "answers_ok", "--junit", file)
    suite = ElementTree.parse(file).getroot().find("testsuite")  # noqa: S314 - our own file
    assert suite is not None
    assert int(suite.attrib["failures"]) >= 2


def test_a_disagreement_names_the_demand_the_section_and_the_exchange() -> None:
    with serving(Empty) as url:
        output = run(url, "--filter", "answers_ok and healthz")
    assert 'The contract (README.md, Operations) demands: /healthz answers {"status":"ok"}' in output.stdout
    assert "request:  GET /healthz" in output.stdout
    assert "answer:   200" in output.stdout
