"""What surrounds every request, whatever its route."""

import logging
from time import perf_counter

from fastapi import Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..cors import CorsPolicy
from ..problems import MAX_BODY_BYTES, body_too_large, unexpected
from ..telemetry import UNMATCHED, accept_request_id, log_request, request_id
from .responses import problem_response

_logger = logging.getLogger(__name__)


class RequestContext:
    """Gives each request its id and its log line, each answer its headers, and an unexpected error its answer."""

    def __init__(self, app: ASGIApp, cors: CorsPolicy) -> None:
        self._app = app
        self._cors = cors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        headers = Headers(scope=scope)
        current_id = accept_request_id(headers.getlist("x-request-id"))
        token = request_id.set(current_id)
        status = 0
        if scope["path"].endswith("\n"):
            # `$` in Starlette's patterns matches before a final newline too, but not before two.
            scope["path"] += "\n"

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                answer = MutableHeaders(scope=message)
                answer.update(self._cors.response_headers(_only(headers.getlist("origin"))))
                answer["Cache-Control"] = "no-store"
                answer["X-Content-Type-Options"] = "nosniff"
                answer["X-Request-ID"] = current_id
            await send(message)

        try:
            answerer = self._early_answer(scope, headers) or self._app
            await answerer(scope, receive, send_with_headers)
        except Exception:
            _logger.exception("unexpected error")
            if not status:
                await problem_response(unexpected(), scope)(scope, receive, send_with_headers)
        finally:
            log_request(scope["method"], _route_template(scope, status), status or 500, perf_counter() - started)
            request_id.reset(token)

    def _early_answer(self, scope: Scope, headers: Headers) -> Response | None:
        """Return the answer to a request that no route needs to see."""
        declared_length = headers.get("content-length", "")
        if declared_length.isdecimal() and int(declared_length) > MAX_BODY_BYTES:
            return problem_response(body_too_large(), scope)
        preflight = self._cors.preflight_headers(
            scope["method"], _only(headers.getlist("origin")), headers.get("access-control-request-method")
        )
        return None if preflight is None else Response(status_code=204, headers=preflight)


def _only(values: list[str]) -> str | None:
    return values[0] if len(values) == 1 else None


def _route_template(scope: Scope, status: int) -> str:
    # After a 405 the scope holds a route that has the path and not the method.
    return scope["route"].path if "route" in scope and status != 405 else UNMATCHED
