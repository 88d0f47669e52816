"""Clients that draw out the head of a request."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from {{ cookiecutter.__package }}.app import create_app
from {{ cookiecutter.__package }}.http import protocol
from {{ cookiecutter.__package }}.server import Server
from {{ cookiecutter.__package }}.settings import Settings

HEAD = b"GET /healthz HTTP/1.1\r\nHost: test\r\n"


@asynccontextmanager
async def connection() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    settings = Settings()
    server = Server(create_app(settings), settings)
    server.config.load()

    def make_protocol() -> protocol.BoundedProtocol:
        return protocol.BoundedProtocol(server.config, server.server_state, {})

    listener = await asyncio.get_running_loop().create_server(make_protocol, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*listener.sockets[0].getsockname())
    async with asyncio.timeout(10), listener:
        yield reader, writer
        writer.close()


def test_head_of_ordinary_size() -> None:
    async def scenario() -> None:
        async with connection() as (reader, writer):
            writer.write(HEAD + b"Cookie: " + 8000 * b"x" + b"\r\n")
            await writer.drain()
            writer.write(b"\r\n")
            assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"

    asyncio.run(scenario())


async def flood(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(1000 * b"x")
        await writer.drain()


def test_head_that_is_too_large() -> None:
    async def scenario() -> None:
        async with connection() as (_, writer):
            writer.write(HEAD + b"Cookie: ")
            with pytest.raises(ConnectionError):
                await flood(writer)

    asyncio.run(scenario())


@pytest.mark.parametrize("sent", [b"", HEAD])
def test_head_that_does_not_end(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(protocol, "HEAD_TIMEOUT", 0.05)

    async def scenario() -> None:
        async with connection() as (reader, writer):
            writer.write(sent)
            assert await reader.read() == b""

    asyncio.run(scenario())
