"""The API document: FastAPI makes it from the routes, and here it learns of problem details."""

from http import HTTPMethod
from typing import Any

from fastapi import FastAPI

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


def describe(app: FastAPI) -> None:
    """Have the application serve a document in which every error is a problem."""
    generate = app.openapi

    def document() -> dict[str, Any]:
        return app.openapi_schema or _with_problems(generate())

    app.openapi = document  # type: ignore[method-assign]  # https://fastapi.tiangolo.com/how-to/extending-openapi/


def _with_problems(document: dict[str, Any]) -> dict[str, Any]:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    if schemas.pop("HTTPValidationError", None):
        schemas.pop("ValidationError", None)
    # A feature may have models with these names.
    prefix = "Service" if {"Problem", "FieldError"} & schemas.keys() else ""
    references = _REFERENCES.format(model=prefix + "{model}")
    problem = Problem.model_json_schema(ref_template=references)
    own = problem.pop("$defs", {}) | {"Problem": problem}
    schemas |= {prefix + name: schema for name, schema in own.items()}
    for path in document["paths"].values():
        for method in path.keys() & {method.lower() for method in HTTPMethod}:
            _describe_errors(path[method]["responses"], references.format(model="Problem"))
        content = path.get("patch", {}).get("requestBody", {}).get("content", {})
        if "application/json" in content:
            content["application/merge-patch+json"] = content["application/json"]
        path["parameters"] = [_REQUEST_ID]
    return document


def _describe_errors(answers: dict[str, Any], problem: str) -> None:
    # FastAPI's own answer to what is not valid, which is a 400 here.
    if "HTTPValidationError" in str(answers.get("422")):
        del answers["422"]
    for answer in answers.values():
        if MEDIA_TYPE in answer.get("content", {}):
            answer["content"] = {**answer["content"], MEDIA_TYPE: {"schema": {"$ref": problem}}}
