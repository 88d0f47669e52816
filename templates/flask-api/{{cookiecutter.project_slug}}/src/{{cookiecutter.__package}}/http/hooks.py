"""What happens before and after every request, whatever its route."""

from time import perf_counter
from typing import Any

from flask import Flask, Request, Response, g, request

from ..cors import CorsPolicy
from ..problems import MAX_BODY_BYTES, body_too_large, no_route
{% if cookiecutter.database in ('postgresql', 'mysql') %}
from ..store import deadline
{% endif %}
from ..telemetry import UNMATCHED, accept_request_id, log_request, request_id
from .responses import empty_response
{% if cookiecutter.database in ('postgresql', 'mysql') %}

# Seconds that a request may wait for the database in all, so that its client has an answer within 5.
DATABASE_TIME = 4.0
{% endif %}


class PlainRequest(Request):
    """A request that asks for no upgrade: Werkzeug would look for a route of WebSockets, where RFC 9110 §7.8 allows to
    answer as if it had not asked."""

    def __init__(self, environ: dict[str, Any], populate_request: bool = True, shallow: bool = False) -> None:
        environ.pop("HTTP_UPGRADE", None)
        super().__init__(environ, populate_request, shallow)


def register_hooks(app: Flask, cors: CorsPolicy) -> None:
    """Give each request its id and each answer its headers and its line in the log."""
    app.request_class = PlainRequest

    @app.before_request
    def begin() -> Response | None:
        g.started = perf_counter()
        request_id.set(accept_request_id(request.headers.getlist("X-Request-ID")))
{% if cookiecutter.database in ('postgresql', 'mysql') %}
        deadline.start(DATABASE_TIME)
{% endif %}
        if (request.content_length or 0) > MAX_BODY_BYTES:
            raise body_too_large()
        headers = request.headers
        preflight = cors.preflight_headers(
            request.environ["REQUEST_METHOD"], headers.get("Origin"), headers.get("Access-Control-Request-Method")
        )
        if preflight is not None:
            return empty_response(204, preflight)
        if request.environ["PATH_INFO"].startswith("//"):
            # Werkzeug takes such a path for the one with a single slash.
            request.url_rule = None
            raise no_route()
        return None

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers.update(cors.response_headers(request.headers.get("Origin")))
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Request-ID"] = request_id.get() or ""
        route = request.url_rule.rule.translate(_TEMPLATE_BRACES) if request.url_rule else UNMATCHED
        log_request(request.environ["REQUEST_METHOD"], route, response.status_code, perf_counter() - g.started)
        return response

    @app.teardown_request
    def end(_: BaseException | None) -> None:
        request_id.set(None)
{% if cookiecutter.database in ('postgresql', 'mysql') %}
        deadline.end()
{% endif %}


_TEMPLATE_BRACES = str.maketrans("<>", "{}")
