"""Routes of one's own, written as FastAPI people write them, get right answers."""

import logging
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from conftest import MakeClient
from fastapi import Body, FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient
from pydantic import BaseModel

{% if cookiecutter.auth == 'jwt' %}
from {{ cookiecutter.__package }}.auth.guard import Router, anyone
from {{ cookiecutter.__package }}.core.edge import surround
{% else %}
from {{ cookiecutter.__package }}.core.edge import surround
from {{ cookiecutter.__package }}.core.web import Router
{% endif %}


class Thing(BaseModel):
    name: str
    sizes: list[int] = []


@pytest.fixture
def client(make_client: MakeClient) -> TestClient:
{% if cookiecutter.auth == 'jwt' %}
    router = Router(prefix="/things", dependencies=[anyone])
{% else %}
    router = Router(prefix="/things")
{% endif %}

    @router.get("/refused/{status}")
    async def refuse(status: int) -> None:
        raise HTTPException(status, "Already paid", {"X-Why": "money"})

    @router.get("/missing")
    async def missing() -> None:
        raise HTTPException(404)

    @router.get("/detailed")
    async def detailed() -> None:
        raise HTTPException(409, {"code": "paid", "order": 7, "detail": "Already paid"})

    @router.get("/listed")
    async def listed() -> None:
        raise HTTPException(409, [1, {"a": None}])

    @router.post("")
    async def create(thing: Thing) -> Thing:
        return thing

    @router.get("")
    async def list_things(sizes: Annotated[list[int], Query()], response: Response) -> list[int]:
        response.headers["X-Count"] = str(len(sizes))
        return sizes

    @router.post("/bytes")
    async def count_bytes(content: Annotated[bytes, Body(media_type="application/octet-stream")]) -> int:
        return len(content)

    @router.patch("/text")
    async def change_text(text: Annotated[str, Body(media_type="text/plain")]) -> str:
        return text

    @router.post("/event")
    async def take_event(event: Annotated[dict[str, Any], Body(media_type="application/cloudevents+json")]) -> Any:
        return event

    @router.post("/optional")
    async def take_optional(thing: Thing | None = None) -> Thing | None:
        return thing

    @router.delete("/{id}", status_code=204)
    async def delete(id: int) -> None: ...

    @router.head("/size")
    async def tell_size() -> Response:
        return Response(headers={"X-Size": "7"})

    @router.get("/cached")
    async def cached(response: Response) -> None:
        response.headers["Cache-Control"] = "max-age=60"

    @router.get("/broken")
    def broken() -> None:
        raise LookupError("secret")

    @router.get("/answer")
    def answer() -> Response:
        return JSONResponse({"a": 1}, 418)

    client = make_client()
    assert isinstance(client.app, FastAPI)
    client.app.include_router(router)
    return client


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 422, 499, 503])
def test_http_exception_keeps_its_status_and_detail(client: TestClient, status: int) -> None:
    with client:
        response = client.get(f"/things/refused/{status}")

    problem = response.json()
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert (problem["status"], problem["detail"]) == (status, "Already paid")
    assert response.headers["x-why"] == "money"


def test_http_exception_without_a_detail_says_nothing_of_the_path(client: TestClient) -> None:
    with client:
        problem = client.get("/things/missing").json()

    assert (problem["title"], problem["detail"]) == ("Not Found", "Not Found")


def test_http_exception_has_more_than_a_text(client: TestClient) -> None:
    with client:
        response = client.get("/things/detailed")
        listed = client.get("/things/listed").json()

    problem = response.json()
    assert (response.status_code, response.headers["content-type"]) == (409, "application/problem+json")
    assert (problem["status"], problem["code"], problem["order"]) == (409, "paid", 7)
    assert problem["detail"] == "Already paid"
    assert listed["detail"] == '[1, {"a": null}]'


def test_http_exception_that_is_no_error_has_no_body(client: TestClient) -> None:
    with client:
        response = client.get("/things/refused/304")

    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["x-why"] == "money"


def test_body_that_is_not_valid_is_named(client: TestClient) -> None:
    with client:
        response = client.post("/things", json={"sizes": [1, "x"]})

    assert response.status_code == 400
    assert {error["pointer"] for error in response.json()["errors"]} == {"/name", "/sizes/1"}


@pytest.mark.parametrize(
    ("method", "path", "media_type", "content", "status", "answer"),
    [
        ("POST", "bytes", "application/octet-stream", "\xe9", 200, 2),
        ("POST", "bytes", "application/json", "1", 415, None),
        ("PATCH", "text", "text/plain; charset=utf-8", "\xe9", 200, "\xe9"),
        ("PATCH", "text", "application/merge-patch+json", '"1"', 415, None),
        ("POST", "event", "application/cloudevents+json", '{"id": "1"}', 200, {"id": "1"}),
        ("POST", "event", "application/cloudevents+json", '{"id": "\\u0000"}', 400, None),
        ("POST", "event", "application/json", "{}", 415, None),
        ("POST", "optional", None, "", 200, None),
        ("POST", "optional", "application/json", '{"name": "a"}', 200, {"name": "a", "sizes": []}),
        ("POST", "optional", "text/plain", "{}", 415, None),
    ],
)
def test_body_is_of_the_type_that_the_route_takes(
    client: TestClient, method: str, path: str, media_type: str | None, content: str, status: int, answer: Any
) -> None:
    headers = {"Content-Type": media_type} if media_type else {}
    with client:
        response = client.request(method, f"/things/{path}", content=content.encode(), headers=headers)

    assert response.status_code == status
    assert status != 200 or response.json() == answer


def test_body_that_the_route_does_not_take_is_not_read(client: TestClient) -> None:
    def chunks() -> Iterator[bytes]:
        yield 2_000_000 * b" "
        raise AssertionError

    with client:
        assert client.request("DELETE", "/things/7", content=chunks()).status_code == 204


def test_parameter_that_is_not_valid_is_named(client: TestClient) -> None:
    with client:
        response = client.get("/things?sizes=1&sizes=x")
        good = client.get("/things?sizes=1&sizes=2")

    assert response.status_code == 400
    assert [error["parameter"] for error in response.json()["errors"]] == ["sizes.1"]
    assert (good.json(), good.headers["x-count"]) == ([1, 2], "2")


def test_method_that_the_path_does_not_take(client: TestClient) -> None:
    with client:
        response = client.delete("/things")

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, POST"


def test_answer_of_its_own_is_left_alone(client: TestClient) -> None:
    with client:
        response = client.get("/things/answer")

    assert (response.status_code, response.json()) == (418, {"a": 1})
    assert response.headers["x-content-type-options"] == "nosniff"


def test_head_is_answered_by_a_route_of_its_own_or_that_of_get(client: TestClient) -> None:
    with client:
        assert client.head("/things/size").headers["x-size"] == "7"
        assert client.get("/things/size").status_code == 405
        assert client.head("/things/cached").status_code == 200


def test_route_may_allow_caching(client: TestClient) -> None:
    with client:
        assert client.get("/things/cached").headers["cache-control"] == "max-age=60"
        assert client.get("/things/answer").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/v1/things/refused/409", "/v1/things/refused/{status}"),
        ("/openapi.json", "/openapi.json"),
        ("/docs", "/docs"),
        ("/docs/assets/swagger-ui.css", "/docs/assets"),
        ("/nothing", "unmatched"),
    ],
)
def test_log_has_the_template_of_the_path(
    make_client: MakeClient, caplog: pytest.LogCaptureFixture, path: str, route: str
) -> None:
    router = Router({{ 'dependencies=[anyone]' if cookiecutter.auth == 'jwt' else '' }})

    @router.get("/things/refused/{status}")
    async def refuse(status: int) -> None:
        raise HTTPException(status)

    client = make_client()
    assert isinstance(client.app, FastAPI)
    client.app.include_router(router, prefix="/v1")
    caplog.set_level(logging.INFO)
    with client:
        client.get(path)

    (line,) = [vars(record) for record in caplog.records if record.message == "request"]
    assert line["route"] == route


def test_error_names_the_code_in_the_log_alone(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with client:
        response = client.get("/things/broken")

    assert response.status_code == 500
    assert "secret" not in response.text
    assert "in broken" in caplog.text


@pytest.mark.parametrize("is_async", [False, True])
def test_owner_may_answer_unexpected_errors(client: TestClient, is_async: bool) -> None:
    def answer(request: Request, error: Exception) -> Response:
        return JSONResponse({"path": request.url.path, "error": str(error)}, 500)

    async def answer_later(request: Request, error: Exception) -> Response:
        return answer(request, error)

    assert isinstance(client.app, FastAPI)
    client.app.add_exception_handler(Exception, answer_later if is_async else answer)
    with client:
        response = client.get("/things/broken")

    assert (response.status_code, response.json()) == (500, {"path": "/things/broken", "error": "secret"})
    assert "x-request-id" in response.headers


@pytest.mark.parametrize(("path", "status"), [("/closed", 403), ("/broken", 500)])
def test_middleware_of_its_own_is_inside(caplog: pytest.LogCaptureFixture, path: str, status: int) -> None:
    app = FastAPI()

    @app.middleware("http")
    async def close(request: Request, _: Any) -> Response:
        if request.url.path == "/broken":
            raise LookupError
        return JSONResponse({}, 403)

    surround(app, ())
    caplog.set_level(logging.INFO)
    response = TestClient(app).get(path)

    assert response.status_code == status
    assert "x-request-id" in response.headers
    assert [record.message for record in caplog.records].count("request") == 1


def test_document_has_the_routes(client: TestClient) -> None:
    with client:
        paths = client.get("/openapi.json").json()["paths"]

    assert set(paths["/things"]["post"]["responses"]) >= {"200", "400", "413", "415", "500"}
    assert "422" not in str(paths)
