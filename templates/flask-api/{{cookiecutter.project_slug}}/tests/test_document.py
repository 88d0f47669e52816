"""The API document is made from the routes, and says of each what it can answer."""

from typing import Any

import pytest
from conftest import MakeClient
from httpx2 import Client

from {{ cookiecutter.__package }}.core.openapi import api


@pytest.fixture
def document(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def test_it_has_every_route_with_api_validate(make_client: MakeClient, document: dict[str, Any]) -> None:
    with make_client() as client:
        app = client.app
        routes = {
            (api.backend.parse_path(rule, None)[0], method.lower())
            for rule in app.url_map.iter_rules()
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
            if api.get_function_metadata(app.view_functions[rule.endpoint])
        }

    assert ("/users/{id}", "get") in routes
    assert {(path, method) for path, item in document["paths"].items() for method in item} == routes


def test_every_error_is_a_problem(document: dict[str, Any]) -> None:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for item in document["paths"].values():
        for operation in item.values():
            errors = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
            assert "default" in errors
            assert all(answer["content"] == problem for answer in errors.values())


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
    assert document["paths"]["/users"]["get"]["security"] == [{"accessToken": []}]
    assert {"401", "403"} <= set(document["paths"]["/users"]["get"]["responses"])
    assert document["paths"]["/auth/login"]["post"]["security"] == []
{% endif %}
