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


class Stub(BaseHTTPRequestHandler):
    """Answers every request alike."""

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
        body = self.content()
        self.send_response(self.status)
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


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "conformance", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env={**os.environ, "COLUMNS": "160"},
    )


def results(handler: type[Stub]) -> dict[str, str]:
    """Run the whole suite against a service and return the result of each case."""
    with serving(handler) as url:
        output = run(url, "--cors-origin", "https://app.example", "--timeout", "5")
    assert output.returncode == 1, output.stderr
    rows = re.findall(r"^(.*?)\s+(ok|FAIL|not run)\s+\d+ ms$", output.stdout, re.MULTILINE)
    # A fault that does not occur is no fault, so those about every response may well pass, and http.server refuses
    # malformed requests by itself.
    return {case: result for case, result in rows if not case.startswith("every response") and "malformed" not in case}


def test_no_case_passes_against_both_wrong_services() -> None:
    empty, nothing = results(Empty), results(Nothing)
    assert len(empty) > 1000
    assert empty.keys() == nothing.keys()
    assert [case for case in empty if empty[case] == "ok" and nothing[case] == "ok"] == []


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
    assert 'The contract (README.md, Requests and headers) demands: /healthz answers {"status":"ok"}' in output.stdout
    assert "request:  GET /healthz" in output.stdout
    assert "answer:   200" in output.stdout
