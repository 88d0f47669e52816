"""The API document is made from the routes, and says of each what it can answer."""

from typing import Annotated, Any

import pytest
from conftest import MakeClient
from fastapi import Body, FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient
from pydantic import BaseModel

{% if cookiecutter.auth == 'jwt' %}
from {{ cookiecutter.__package }}.auth.guard import Router, anyone
{% else %}
from {{ cookiecutter.__package }}.core.web import Router
{% endif %}


@pytest.fixture
def document(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def test_it_has_every_route(client: TestClient, document: dict[str, Any]) -> None:
    assert isinstance(client.app, FastAPI)
    routes = {
        (context.path, method.lower())
        for context in iter_route_contexts(client.app.routes)
        if isinstance(context.original_route, APIRoute) and context.original_route.include_in_schema
        for method in context.methods or ()
    }

    written = {(path, method) for path, item in document["paths"].items() for method in item if method != "parameters"}
    assert written == routes


def test_every_error_is_a_problem(document: dict[str, Any]) -> None:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for item in document["paths"].values():
        for method, operation in item.items():
            if method == "parameters":
                continue
            errors = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
            assert {"413", "500"} <= set(errors)
            assert all(answer["content"] == problem for answer in errors.values())


def test_page_has_a_plain_name(document: dict[str, Any]) -> None:
    assert "UserPage" in document["components"]["schemas"]


def test_references_lead_somewhere(document: dict[str, Any]) -> None:
    def references(part: Any) -> set[str]:
        if isinstance(part, dict):
            own = {part["$ref"]} if "$ref" in part else set()
            return own.union(*map(references, part.values()))
        return set().union(*map(references, part)) if isinstance(part, list) else set()

    schemas = document["components"]["schemas"]
    assert {reference.rpartition("/")[2] for reference in references(document)} <= set(schemas)


def test_it_keeps_what_its_owner_says(make_client: MakeClient) -> None:
    class Problem(BaseModel):
        severity: int

{% if cookiecutter.auth == 'jwt' %}
    router = Router(dependencies=[anyone])
{% else %}
    router = Router()
{% endif %}

    @router.get("/patients", responses={422: {"description": "Not to be treated"}})
    async def find(number: int) -> Problem:
        return Problem(severity=number)

    @router.patch("/letters")
    async def write(text: Annotated[str, Body(media_type="text/plain")]) -> None: ...

    client = make_client()
    assert isinstance(client.app, FastAPI)
    client.app.include_router(router)
    client.app.openapi_tags = [{"name": "patients"}]
    client.app.servers = [{"url": "https://api.example.com"}]
    client.app.contact = {"name": "Ada"}
    client.app.version = "9.9"
    with client:
        document = client.get("/openapi.json").json()

    schemas, answers = document["components"]["schemas"], document["paths"]["/patients"]["get"]["responses"]
    assert (document["tags"], document["servers"]) == ([{"name": "patients"}], [{"url": "https://api.example.com"}])
    assert (document["info"]["contact"], document["info"]["version"]) == ({"name": "Ada"}, "9.9")
    assert answers["422"] == {"description": "Not to be treated"}
    assert list(schemas["Problem"]["properties"]) == ["severity"]
    problem = answers["400"]["content"]["application/problem+json"]["schema"]["$ref"].rpartition("/")[2]
    assert "request_id" in schemas[problem]["properties"]
    assert list(document["paths"]["/letters"]["patch"]["requestBody"]["content"]) == ["text/plain"]
{% if cookiecutter.auth == 'jwt' %}


def test_it_says_where_a_token_is_needed(document: dict[str, Any]) -> None:
    assert document["paths"]["/users"]["get"]["security"] == [{"bearer": []}]
    assert {"401", "403"} <= set(document["paths"]["/users"]["get"]["responses"])
    assert "security" not in document["paths"]["/auth/login"]["post"]
{% endif %}
