{# Made from templates/shared/python/tests/test_operations.py by `make sync`: edit that. #}
"""Health, readiness and documentation."""

import re

import pytest
from httpx2 import Client


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_service_is_up(client: Client, path: str) -> None:
    response = client.get(path)

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_openapi_document_has_every_route(client: Client) -> None:
    response = client.get("/openapi.json")

    assert response.headers["content-type"] == "application/json"
    assert response.json()["openapi"].startswith("3.1")
    assert {"/users", "/users/{id}", "/users/{id}/profile"} <= set(response.json()["paths"])


def test_documentation_needs_no_other_host(client: Client) -> None:
    page = client.get("/docs")

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assets = re.findall(r'(?:src|href)="(?!data:)([^"]+)"', page.text)
    assert assets
    for asset in assets:
        assert client.get(f"/{asset}").status_code == 200
