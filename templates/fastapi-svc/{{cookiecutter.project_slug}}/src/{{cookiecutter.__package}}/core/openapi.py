"""The API document: FastAPI makes it from the routes, and here it learns of problem details."""

from http import HTTPMethod
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from .problems import MEDIA_TYPE, Problem, reason

_REFERENCES = "#/components/schemas/{model}"
_REQUEST_ID = {
    "name": "X-Request-ID",
    "in": "header",
    "description": "Names the request in the log and in the answer; one is made up where this is missing or not valid.",
    "schema": {"type": "string"},
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return answers for the document: `@router.get("/{id}", responses=problems(404))`."""
    content = {MEDIA_TYPE: {"schema": {"$ref": _REFERENCES.format(model="Problem")}}}
    return {status: {"description": reason(status), "content": content} for status in sorted(statuses)}


# Another answer of a route that takes `IfNoneMatch`: `responses=problems(404) | NOT_MODIFIED`.
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": reason(304)}}


def describe(app: FastAPI, version: str) -> None:
    """Have the application serve a document in which every error is a problem."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, version)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # https://fastapi.tiangolo.com/how-to/extending-openapi/


def _document(app: FastAPI, version: str) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=version, description=app.description, routes=app.routes)
    for path in document["paths"].values():
        path["parameters"] = [_REQUEST_ID]
        for method in path.keys() & {method.lower() for method in HTTPMethod}:
            # FastAPI's own answer to what is not valid, which is a 400 here.
            path[method]["responses"].pop("422", None)
        if "patch" in path and "requestBody" in path["patch"]:
            content = path["patch"]["requestBody"]["content"]
            content["application/merge-patch+json"] = content["application/json"]
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template=_REFERENCES)
    schemas |= problem.pop("$defs", {}) | {"Problem": problem}
    return document
