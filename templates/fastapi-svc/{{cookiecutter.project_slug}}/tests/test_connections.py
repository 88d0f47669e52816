"""Requests that are ambiguous, and clients that draw out a request."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from {{ cookiecutter.__package }} import protocol
from {{ cookiecutter.__package }}.app import create_app
from {{ cookiecutter.__package }}.server import Server
from {{ cookiecutter.__package }}.settings import Settings

HEAD = b"GET /healthz HTTP/1.1\r\nHost: test\r\n"


@asynccontextmanager
async def connect() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with connect_to_server() as (_, reader, writer):
        yield reader, writer


@asynccontextmanager
async def connect_to_server() -> AsyncIterator[tuple[Server, asyncio.StreamReader, asyncio.StreamWriter]]:
    settings = Settings()
    server = Server(create_app(settings), settings)
    server.config.load()

    def make_protocol() -> protocol.StrictProtocol:
        return protocol.StrictProtocol(server.config, server.server_state, {})

    listener = await asyncio.get_running_loop().create_server(make_protocol, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*listener.sockets[0].getsockname())
    async with asyncio.timeout(10), listener:
        while not server.server_state.connections:
            await asyncio.sleep(0)
        yield server, reader, writer
        writer.close()


def answer_to(*parts: bytes) -> bytes:
    """Send the parts of a request and return the head of the answer."""

    async def exchange() -> bytes:
        async with connect() as (reader, writer):
            for part in parts:
                writer.write(part)
                await writer.drain()
            return await reader.readuntil(b"\r\n\r\n")

    return asyncio.run(exchange())


def test_white_space_around_a_value_is_no_part_of_it() -> None:
    assert b"x-request-id: mine\r\n" in answer_to(HEAD, b"X-Request-ID: \t mine \t\r\n\r\n")


def test_trailer_is_not_taken_for_a_header() -> None:
{% if cookiecutter.auth == 'jwt' %}
    head = b"POST /auth/login HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n"
{% else %}
    head = b"POST /users HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n"
{% endif %}

    answer = answer_to(head, b"Content-Type: application/json\r\n\r\n2\r\n{}\r\n0\r\n", b"X-Request-ID: mine\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"mine" not in answer


@pytest.mark.parametrize("hosts", [b"", b"Host: test\r\nHost: other\r\n"])
def test_request_names_one_host(hosts: bytes) -> None:
    assert answer_to(b"GET /healthz HTTP/1.1\r\n", hosts, b"\r\n").startswith(b"HTTP/1.1 400 ")


def test_head_of_the_usual_size() -> None:
    assert answer_to(HEAD, b"Cookie: " + 8000 * b"x", b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("header", [b"A: " + 20_000 * b"x" + b"\r\n", 2_000 * b"A: x\r\nB: yyyyyyy\r\n"])
def test_head_that_is_too_large(header: bytes) -> None:
    assert answer_to(HEAD + header + b"\r\n").startswith(b"HTTP/1.1 400 ")


def test_header_that_does_not_end() -> None:
    async def flood() -> None:
        async with connect() as (_, writer):
            writer.write(HEAD + b"Cookie: ")
            while True:
                writer.write(1000 * b"x")
                await writer.drain()

    with pytest.raises(ConnectionError):
        asyncio.run(flood())


@pytest.mark.parametrize("sent", [b"", HEAD])
def test_head_that_does_not_come(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(protocol, "HEAD_TIMEOUT", 0.05)

    async def wait() -> bytes:
        async with connect() as (reader, writer):
            writer.write(sent)
            return await reader.read()

    assert asyncio.run(wait()) == b""


@pytest.mark.parametrize("start", [b"POST /nothing", b"GET /healthz", b"POST /{% if cookiecutter.auth == 'jwt' %}auth/login{% else %}users{% endif %}"])
def test_body_that_does_not_end(monkeypatch: pytest.MonkeyPatch, start: bytes) -> None:
    monkeypatch.setattr(protocol, "BODY_TIMEOUT", 0.3)
    headers = b"Content-Type: application/json\r\nContent-Length: 10\r\n"

    async def wait() -> None:
        async with connect() as (reader, writer):
            writer.write(start + b" HTTP/1.1\r\nHost: test\r\n" + headers + b"\r\n{")
            await reader.read()

    asyncio.run(wait())


def test_body_that_ends_leaves_the_connection_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "BODY_TIMEOUT", 0.05)

    async def exchange() -> None:
        async with connect() as (reader, writer):
            for _ in range(2):
                writer.write(HEAD + b"Content-Length: 2\r\n\r\n{}")
                assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 200 ")
                await asyncio.sleep(0.1)

    asyncio.run(exchange())


@pytest.mark.parametrize("early", [b"", HEAD[:9], HEAD + b"\r\n"])
def test_request_that_comes_as_the_service_ends_is_answered(early: bytes) -> None:
    async def exchange() -> bytes:
        async with connect_to_server() as (server, reader, writer):
            writer.write(early)
            if early.endswith(b"\r\n"):
                await reader.readuntil(b"}")
            for connection in list(server.server_state.connections):
                connection.shutdown()
            writer.write((HEAD + b"\r\n").removeprefix(early) or HEAD + b"\r\n")
            return await reader.read()

    answer = asyncio.run(exchange())
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"connection: close\r\n" in answer.lower()


def test_connection_without_a_request_ends_with_the_service() -> None:
    async def wait_for_the_end() -> bytes:
        async with connect_to_server() as (server, reader, _):
            for connection in list(server.server_state.connections):
                connection.shutdown()
            return await reader.read()

    assert asyncio.run(wait_for_the_end()) == b""
