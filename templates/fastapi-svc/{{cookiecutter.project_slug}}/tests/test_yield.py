"""Dependencies with `yield` and streams work as FastAPI describes them, and so within the task of the route."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Annotated

import pytest
from anyio import create_task_group
from anyio.abc import TaskGroup
from conftest import MakeClient
from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from fastapi.sse import EventSourceResponse
from fastapi.testclient import TestClient
from starlette.types import Message

{% if cookiecutter.auth == 'jwt' %}
from {{ cookiecutter.__package }}.auth.guard import Router, anyone
from {{ cookiecutter.__package }}.core import web
{% else %}
from {{ cookiecutter.__package }}.core import web
from {{ cookiecutter.__package }}.core.web import Router
{% endif %}


async def lend() -> AsyncIterator[list[str]]:
    lent: list[str] = []
    try:
        yield lent
    finally:
        await asyncio.sleep(0)
        lent.append("back")


async def open_group() -> AsyncIterator[TaskGroup]:
    async with create_task_group() as group:
        yield group


Lent = Annotated[list[str], Depends(lend)]
Group = Annotated[TaskGroup, Depends(open_group, scope="function")]


@pytest.fixture
def client(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Iterator[TestClient]:
{% if cookiecutter.auth == 'jwt' %}
    router = Router(dependencies=[anyone])
{% else %}
    router = Router()
{% endif %}
    lent_before: list[list[str]] = []

    @router.get("/lent/{number}")
    @router.post("/lent/{number}")
    async def borrow(number: int, lent: Lent) -> int:
        lent_before.append(lent)
        if number == 0:
            raise HTTPException(404)
        return number

    @router.get("/back")
    async def back() -> list[list[str]]:
        return lent_before

    @router.post("/group")
    async def group(group: Group) -> list[str]:
        done: list[str] = []

        async def work() -> None:
            done.append("work")

        group.start_soon(work)
        await asyncio.sleep(0.01)
        return done

    @router.get("/slow")
    @router.post("/slow")
    async def slow(lent: Lent) -> None:
        lent_before.append(lent)
        await asyncio.sleep(30)

    @router.get("/events", response_class=EventSourceResponse)
    async def events() -> AsyncIterator[int]:
        for number in range(3):
            await asyncio.sleep(0.3)
            yield number

    @router.get("/endless", response_class=EventSourceResponse)
    async def endless(lent: Lent) -> AsyncIterator[int]:
        lent_before.append(lent)
        while True:
            await asyncio.sleep(0.01)
            yield 0

    @router.get("/stream")
    async def stream() -> StreamingResponse:
        async def parts() -> AsyncIterator[str]:
            for number in range(3):
                await asyncio.sleep(0.3)
                yield str(number)

        return StreamingResponse(parts())

    # The streams take longer.
    monkeypatch.setattr(web, "TIME_BUDGET", 0.5)
    client = make_client()
    assert isinstance(client.app, FastAPI)
    client.app.include_router(router)
    with client:
        yield client
    assert [record for record in caplog.get_records("call") if record.levelname == "ERROR"] == []


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(("number", "status"), [("7", 200), ("0", 404), ("x", 400)])
def test_what_was_lent_comes_back(client: TestClient, method: str, number: str, status: int) -> None:
    response = client.request(method, f"/lent/{number}")

    assert response.status_code == status
    assert client.get("/back").json() == ([] if status == 400 else [["back"]])


def test_tasks_of_a_dependency_end_with_it(client: TestClient) -> None:
    assert client.post("/group").json() == ["work"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_handler_that_takes_too_long_is_given_up(client: TestClient, method: str) -> None:
    response = client.request(method, "/slow")

    assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    assert response.json()["detail"] == "The answer took too long; try again."
    assert client.get("/back").json() == [["back"]]


def test_stream_takes_as_long_as_it_needs(client: TestClient) -> None:
    assert client.get("/stream").text == "012"
    assert client.get("/events").text.split() == ["data:", "0", "data:", "1", "data:", "2"]


def test_stream_ends_with_its_client(client: TestClient) -> None:
    async def ask_and_leave() -> None:
        scope = {"type": "http", "method": "GET", "path": "/endless", "raw_path": b"/endless", "root_path": ""}

        async def receive() -> Message:
            await asyncio.sleep(0.1)
            return {"type": "http.disconnect"}

        async def send(_: Message) -> None: ...

        await client.app({**scope, "query_string": b"", "headers": []}, receive, send)

    assert client.portal is not None
    client.portal.call(ask_and_leave)
    assert client.get("/back").json() == [["back"]]
