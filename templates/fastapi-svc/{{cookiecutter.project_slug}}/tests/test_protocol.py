{# Made from templates/shared/python/tests/test_protocol.py by `make sync`: edit that. #}
"""What holds for every route: problem details, bodies, methods and headers."""

import json
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from uuid import UUID

import pytest
from httpx2 import Client, Response

from {{ cookiecutter.__package }}.users import service

MakeClient = Callable[..., AbstractContextManager[Client]]
BODY = '{"name": "Ada", "email": "ada@example.com"}'
JSON = {"Content-Type": "application/json"}


def assert_problem(response: Response, status: int, title: str) -> None:
    problem = response.json()
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert problem.pop("detail")
    problem.pop("errors", None)
    assert problem == {
        "type": "about:blank",
        "title": title,
        "status": status,
        "instance": response.request.url.raw_path.decode().partition("?")[0],
        "request_id": response.headers["x-request-id"],
    }


@pytest.mark.parametrize("path", ["/", "/nothing", "/users//profile", "/users%0A"])
def test_path_without_route(client: Client, path: str) -> None:
    assert_problem(client.get(path), 404, "Not Found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/users?limit=0", "GET, HEAD, POST"),
        ("POST", "/users/x", "DELETE, GET, HEAD, PATCH, PUT"),
        ("PATCH", "/users/1/profile", "GET, HEAD, PUT"),
    ],
)
def test_method_that_a_path_does_not_take(client: Client, method: str, path: str, allowed: str) -> None:
    response = client.request(method, path)

    assert_problem(response, 405, "Method Not Allowed")
    assert ", ".join(sorted(response.headers["allow"].replace(" ", "").split(","))) == allowed


@pytest.mark.parametrize("path", ["/users", "/healthz", "/openapi.json", "/docs", "/users/0", "/nothing"])
def test_head_answers_as_get_without_a_body(client: Client, path: str) -> None:
    headers = {"X-Request-ID": "same"}
    get, head = client.get(path, headers=headers), client.head(path, headers=headers)

    assert (head.status_code, head.content) == (get.status_code, b"")
    assert head.headers == get.headers


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/merge-patch+json", "application/jsonp"])
def test_body_of_another_media_type(client: Client, content_type: str | None) -> None:
    headers = {"Content-Type": content_type} if content_type else {}

    response = client.post("/users", content=BODY, headers=headers)

    assert_problem(response, 415, "Unsupported Media Type")


def test_media_type_with_a_parameter(client: Client) -> None:
    headers = {"Content-Type": "Application/JSON ; charset=utf-8"}

    assert client.post("/users", content=BODY, headers=headers).status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{",
        '{"name": NaN}',
        r'{"name": "\ud800"}',
        r'{"name": "\u0000"}',
        '{"name": ' + 100_000 * "[",
        b'{"name": "\xff"}',
    ],
)
def test_body_that_cannot_be_read(client: Client, body: str | bytes) -> None:
    assert_problem(client.post("/users", content=body, headers=JSON), 400, "Bad Request")


def test_body_that_is_declared_too_large(client: Client) -> None:
    response = client.post("/nothing", content=1_048_577 * b" ")

    assert_problem(response, 413, "Content Too Large")


def test_chunked_body_that_is_too_large(client: Client) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(17):
            yield 65_536 * b" "

    response = client.post("/users", content=chunks(), headers=JSON)

    assert_problem(response, 413, "Content Too Large")


def test_json_is_utf_8(client: Client) -> None:
    name = "Zoë <&> \u2028 😀"

    response = client.post("/users", json={"name": name, "email": "zoe@example.com"})

    assert response.headers["content-type"].startswith("application/json")
    assert json.loads(response.content.decode())["name"] == name
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", response.json()["created_at"])


@pytest.mark.parametrize("path", ["/users", "/nothing", "/users/0", "/healthz"])
def test_headers_of_every_answer(client: Client, path: str) -> None:
    headers = client.get(path).headers

    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert "server" not in headers
    assert "access-control-allow-origin" not in headers


def test_request_id_is_taken_over(client: Client) -> None:
    headers = {"X-Request-ID": "A-z_0.9"}

    assert client.get("/healthz", headers=headers).headers["x-request-id"] == "A-z_0.9"


@pytest.mark.parametrize("sent", [[], [""], ["a b"], [129 * "x"], ["one", "two"]])
def test_request_id_is_made(client: Client, sent: list[str]) -> None:
    made = client.get("/healthz", headers=[("X-Request-ID", value) for value in sent]).headers["x-request-id"]

    assert str(UUID(made)) == made


def test_cors_for_an_allowed_origin(make_client: MakeClient) -> None:
    with make_client(cors_allowed_origins=("https://app.example.com",)) as client:
        headers = client.get("/nothing", headers={"Origin": "https://app.example.com"}).headers
        other = client.get("/nothing", headers={"Origin": "https://evil.example.com"}).headers

    assert headers["access-control-allow-origin"] == "https://app.example.com"
    exposed = {name.strip() for name in headers["access-control-expose-headers"].split(",")}
    assert exposed == {"ETag", "Link", "Location", "Retry-After", "X-Request-ID"}
    assert "Origin" in headers["vary"]
    assert "access-control-allow-credentials" not in headers
    assert "access-control-allow-origin" not in other


def test_cors_preflight(make_client: MakeClient) -> None:
    preflight = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "PUT"}
    with make_client(cors_allowed_origins=("*",)) as client:
        response = client.options("/users/1", headers=preflight)
        without_method = client.options("/users/1", headers={"Origin": "https://app.example.com"})

    assert response.status_code in (200, 204)
    assert response.headers["access-control-allow-origin"] in ("*", "https://app.example.com")
    methods = {name.strip() for name in response.headers["access-control-allow-methods"].split(",")}
    assert {"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"} <= methods
    assert "x-request-id" in response.headers
    assert "access-control-allow-credentials" not in response.headers
    assert without_method.status_code == 405


def test_unexpected_error(client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(service, "list_users", fail)

    response = client.get("/users?email=ada%40example.com")

    assert_problem(response, 500, "Internal Server Error")
    assert "secret" not in response.text
    assert response.headers["cache-control"] == "no-store"
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.exc_info is not None


@pytest.mark.parametrize(
    ("method", "path", "route", "status"),
    [
        ("GET", "/users/7?email=x", "/users/{id}", 404),
        ("POST", "/users", "/users", 415),
        ("GET", "/nothing", "unmatched", 404),
        ("DELETE", "/users", "unmatched", 405),
    ],
)
def test_line_in_the_log(
    client: Client, caplog: pytest.LogCaptureFixture, method: str, path: str, route: str, status: int
) -> None:
    caplog.set_level(logging.INFO)

    client.request(method, path)

    (line,) = [vars(record) for record in caplog.records if record.message == "request"]
    assert line["duration_ms"] >= 0
    assert (line["method"], line["route"], line["status"]) == (method, route, status)
