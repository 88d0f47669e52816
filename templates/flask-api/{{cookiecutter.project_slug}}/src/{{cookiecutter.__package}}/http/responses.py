"""Reading bodies and building answers."""

from collections.abc import Mapping, Sequence

from flask import Response, request
from gunicorn.http.errors import ParseException

from ..json_body import decode_object, encode, require_media_type
from ..problems import (
    MAX_BODY_BYTES,
    MEDIA_TYPE,
    Problem,
    body_too_large,
    problem_document,
    reason,
    unreadable_body,
)
from ..telemetry import request_id


def read_object(accepted: Sequence[str]) -> dict[str, object]:
    """Return the JSON object in the body; raise the problem where its media type, size or text is not right."""
    require_media_type(request.headers.get("Content-Type"), accepted)
    try:
        raw: bytes = request.environ["wsgi.input"].read(MAX_BODY_BYTES + 1)
    except (OSError, ParseException):
        # The connection broke, or the chunks of the body are not well-formed.
        raise unreadable_body() from None
    if len(raw) > MAX_BODY_BYTES:
        raise body_too_large()
    if len(raw) < (request.content_length or 0):
        raise unreadable_body()
    return decode_object(raw)


def json_response(document: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(encode(document), _status_line(status), headers, content_type="application/json")


def empty_response(status: int, headers: Mapping[str, str] | None = None) -> Response:
    response = Response(status=_status_line(status), headers=headers)
    del response.headers["Content-Type"]
    return response


def problem_response(problem: Problem) -> Response:
    document = problem_document(problem, _path_as_sent(), request_id.get() or "")
    return Response(encode(document), _status_line(problem.status), problem.headers, content_type=MEDIA_TYPE)


def _status_line(status: int) -> str:
    # Werkzeug would shout the reason.
    return f"{status} {reason(status)}"


def _path_as_sent() -> str:
    """Return the path of the request target, not decoded, also of one in absolute form (RFC 9112 §3.2.2)."""
    target: str = request.environ["RAW_URI"].partition("?")[0]
    if not target.startswith("/") and "://" in target:
        target = "/" + target.partition("://")[2].partition("/")[2]
    return target
