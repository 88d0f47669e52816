"""The edge of the service: what surrounds every request, and how errors become answers."""

import json
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from inspect import iscoroutinefunction
from time import perf_counter
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .conditions import NotModified, on_not_modified
from .errors import ApiError
from .json_body import MAX_BODY_BYTES
from .problems import MEDIA_TYPE, Problem, field_errors, make_problem, problem_of
from .telemetry import UNMATCHED, accept_request_id, log_request, request_id

# What browsers may read of an answer, and send with a request.
_EXPOSED = ("ETag", "Link", "Location", "Retry-After", "X-Request-ID")
_ACCEPTED = ("Authorization", "Content-Type", "If-Match", "If-None-Match", "X-Request-ID")

_logger = logging.getLogger(__name__)


def surround(app: FastAPI, cors_allowed_origins: tuple[str, ...]) -> None:
    """Add the middleware, the last one outermost, and the handlers of errors to an application."""
    app.add_middleware(Boundary)
    if cors_allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=cors_allowed_origins,
            allow_methods=("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"),
            allow_headers=_ACCEPTED,
            expose_headers=_EXPOSED,
        )
    app.add_middleware(RequestContext)
    app.add_exception_handler(ApiError, _on_api_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(NotModified, on_not_modified)


class RequestContext:
    """Gives each request its id and its log line, and each answer its headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        method = scope["method"]
        current_id = accept_request_id(Headers(scope=scope).getlist("x-request-id"))
        token = request_id.set(current_id)
        status = 500
        # The server's own scope stays as it is: where its method is HEAD, the server sends no body.
        scope = {"state": {}, **scope}
        if scope["path"].endswith("\n"):
            # `$` in Starlette's patterns matches before a final newline too, but not before two.
            scope["path"] += "\n"
        # What answers GET also answers HEAD, unless a route is there for HEAD itself.
        if method == "HEAD" and "HEAD" not in _methods_at(scope):
            scope["method"] = "GET"

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                answer = MutableHeaders(scope=message)
                answer.setdefault("Cache-Control", "no-store")
                answer["X-Content-Type-Options"] = "nosniff"
                answer["X-Request-ID"] = current_id
                if status == 204:
                    # FastAPI names the type of the body that there would be.
                    del answer["Content-Type"]
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            log_request(method, _route_template(scope, status), status, perf_counter() - started)
            request_id.reset(token)


class Boundary:
    """Answers what no route can: a body that says itself that it is too large, and an unexpected error."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_started = False

        async def watch(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        length = Headers(scope=scope).get("content-length", "")
        if length.isdecimal() and int(length) > MAX_BODY_BYTES:
            await _response(_problem(scope, 413))(scope, receive, send)
            return
        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            _logger.exception("unexpected error")
            if not has_started:
                response = await _on_unexpected(Request(scope), error)
                await response(scope, receive, send)


async def _on_unexpected(request: Request, error: Exception) -> Response:
    # Starlette would call it outside of all middleware, so that its answer would have no id and no CORS headers.
    handlers = request.app.exception_handlers
    own: Any = handlers.get(500) or handlers.get(Exception)
    if own is None:
        return _response(_problem(request.scope, 500))
    answer = own(request, error) if iscoroutinefunction(own) else run_in_threadpool(own, request, error)
    response: Response = await answer
    return response


async def _on_api_error(request: Request, error: Any) -> Response:
    problem = problem_of(error, instance=_instance(request.scope), request_id=request_id.get() or "")
    return _response(problem, error.headers)


async def _on_invalid(request: Request, error: Any) -> Response:
    problem = _problem(request.scope, 400, "The request is not valid.", field_errors(error.errors()))
    return _response(problem)


async def _on_http_exception(request: Request, error: Any) -> Response:
    headers = dict(error.headers or {})
    if error.status_code < 400:
        # No error: 304, or a redirect.
        return Response(status_code=error.status_code, headers=headers)
    # The detail may be anything that JSON can hold. The members of an object become members of the problem.
    members = jsonable_encoder(error.detail)
    if not isinstance(members, dict):
        members = {"detail": members if isinstance(members, str) else json.dumps(members)}
    detail = members.pop("detail", None)
    # Without a detail, Starlette takes the reason phrase. That is the title here, and `_problem` has better words. But
    # for a 404 these say that there is nothing at the path, which is wrong where a route has raised it.
    is_of_a_route = error.status_code == 404 and "route" in request.scope
    if detail in ("", _phrase(error.status_code)) and not is_of_a_route:
        detail = None
    if error.status_code == 405:
        # Starlette names the methods of the first route that has the path, and knows nothing of HEAD.
        methods = _methods_at(request.scope)
        headers["Allow"] = ", ".join(sorted(methods | {"HEAD"} if "GET" in methods else methods))
    problem = _problem(request.scope, error.status_code, detail)
    body = {**members, **problem.model_dump(exclude={"errors"})}
    return JSONResponse(body, problem.status, headers, MEDIA_TYPE)


def _phrase(status: int) -> str | None:
    # Not `reason`: Python's own name, by which Starlette knows the status.
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return None


def _methods_at(scope: Scope) -> set[str]:
    methods: set[str] = set()
    for route in iter_route_contexts(scope["app"].routes):
        if route.methods and route.path_regex.match(scope["path"]):
            methods |= route.methods
    return methods


def _problem(scope: Scope, status: int, detail: str | None = None, errors: Sequence[dict[str, str]] = ()) -> Problem:
    return make_problem(status, detail, instance=_instance(scope), request_id=request_id.get() or "", errors=errors)


def _instance(scope: Scope) -> str:
    # The path as it was sent; `scope["path"]` is decoded.
    return str(scope["raw_path"].decode("utf-8", "replace"))


def _response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    return Response(problem.body(), problem.status, headers, MEDIA_TYPE)


def _route_template(scope: Scope, status: int) -> str:
    # After a 405 the scope holds a route that has the path and not the method.
    if status == 405 or "endpoint" not in scope:
        return UNMATCHED
    # Of a mount there is no route, but where it is mounted.
    return str(scope["state"].get("route_path", scope["root_path"]))
