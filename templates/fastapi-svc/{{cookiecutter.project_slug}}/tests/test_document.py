"""The API document is made from the routes, and says of each what it can answer."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient


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
{% if cookiecutter.auth == 'jwt' %}


def test_it_says_where_a_token_is_needed(document: dict[str, Any]) -> None:
    assert document["paths"]["/users"]["get"]["security"] == [{"bearer": []}]
    assert {"401", "403"} <= set(document["paths"]["/users"]["get"]["responses"])
    assert "security" not in document["paths"]["/auth/login"]["post"]
{% endif %}
