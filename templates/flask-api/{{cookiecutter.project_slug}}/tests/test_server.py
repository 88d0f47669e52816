{# Made from templates/shared/python/tests/test_server.py by `make sync`: edit that. #}
"""The process: its start, its stop and its log."""

import json
from collections.abc import Iterator

import pytest
{% if cookiecutter.auth == 'jwt' %}
from httpx2 import Client
from logins import PASSWORD, attempt, bearer, log_in, refresh, register
{% endif %}
from processes import Service


@pytest.fixture
{% if cookiecutter.database == 'memory' %}
def service() -> Iterator[Service]:
    with Service() as service:
        yield service
{% else %}
def service(empty_database: str) -> Iterator[Service]:
    with Service(DATABASE_URL=empty_database, WEB_CONCURRENCY="2") as service:
        yield service
{% endif %}


def test_stop_finishes_the_requests_in_flight(service: Service) -> None:
{% if cookiecutter.auth == 'jwt' %}
    body = b'{"name": "Ada", "email": "ada@example.com", "password": "correct horse battery"}'
    request_line = "POST /auth/register HTTP/1.1"
    head = f"{request_line}\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
{% else %}
    body = b'{"name": "Ada", "email": "ada@example.com"}'
    head = f"POST /users HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
{% endif %}
    service.wait_until_it_listens()
    with service.connect() as connection, connection.makefile("rb") as answer:
        connection.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
        # Who is asked for the body knows that the request is being answered.
        assert answer.readline() == b"HTTP/1.1 100 Continue\r\n"
        assert answer.readline() == b"\r\n"
        service.terminate()
        service.wait_until_it_stops()
        connection.sendall(body)
        assert answer.readline().startswith(b"HTTP/1.1 201 ")

    assert service.exit_status() == 0
    with pytest.raises(ConnectionRefusedError):
        service.connect()


{% if cookiecutter.auth == 'jwt' %}
def test_log_holds_no_secret(running_service: Service) -> None:
    with Client(base_url=f"http://127.0.0.1:{running_service.port}", headers={"X-Request-ID": "ours"}) as client:
        register(client)
        tokens = log_in(client)
        again = refresh(client, tokens).json()
        client.get("/auth/me", headers=bearer(again))
        refresh(client, tokens)
        attempt(client, password="a wrong passphrase")
        client.get(f"/users?access_token={again['access_token']}", headers=bearer(again))

    routes = {line["route"] for line in running_service.lines_of_requests("ours", 7)}
    assert routes == {"/auth/register", "/auth/login", "/auth/refresh", "/auth/me", "/users"}
    log = json.dumps(running_service.log)
    for secret in (PASSWORD, "a wrong passphrase", "ada@example.com", "argon2id"):
        assert secret not in log
    for token in (tokens["access_token"], tokens["refresh_token"], again["access_token"], again["refresh_token"]):
        assert token not in log


{% endif %}
def test_log_is_one_json_object_a_line(running_service: Service) -> None:
    with running_service.connect() as connection:
        connection.sendall(b"GET /users?email=ada%40example.com HTTP/1.1\r\nHost: test\r\nX-Request-ID: mine\r\n\r\n")
        assert connection.recv(1)

    (line,) = running_service.lines_of_requests("mine", 1)
    assert list(line) == ["time", "level", "message", "request_id", "method", "route", "status", "duration_ms"]
    assert (line["request_id"], line["method"], line["route"], line["status"]) == ("mine", "GET", {% if cookiecutter.auth == 'jwt' %}"/users", 401){% else %}"/users", 200){% endif +%}
    assert all(list(line)[:3] == ["time", "level", "message"] for line in running_service.log)
    assert "example.com" not in json.dumps(running_service.log)
