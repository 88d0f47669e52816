"""Building answers."""

from collections.abc import Mapping

from fastapi import Response
from starlette.types import Scope

from ..json_body import encode
from ..problems import MEDIA_TYPE, Problem, problem_document
from ..telemetry import request_id

# FastAPI, unlike Starlette, does not add HEAD by itself.
READ = ["GET", "HEAD"]


def json_response(document: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(encode(document), status, headers, "application/json")


def problem_response(problem: Problem, scope: Scope) -> Response:
    # The path as it was sent; `scope["path"]` is decoded.
    instance = scope["raw_path"].decode("utf-8", "replace")
    document = problem_document(problem, instance, request_id.get() or "")
    return Response(encode(document), problem.status, problem.headers, MEDIA_TYPE)
