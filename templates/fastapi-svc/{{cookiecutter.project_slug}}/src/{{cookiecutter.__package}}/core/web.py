"""Routes: what happens to a request before its body is read, how long it may take, and when its changes are kept."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from operator import is_not
{% if cookiecutter.auth == 'none' %}
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Path, Request, Response, params
{% else %}
from typing import Any

from fastapi import FastAPI, Request, Response, params
{% endif %}
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, _effective_route_context_var, iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match, Mount, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

{% if cookiecutter.auth == 'none' %}
from .db import Database, Session
{% else %}
from .db import Database
{% endif %}
from .deadline import TimeLimit
{% if cookiecutter.auth == 'none' %}
from .entities import get_entity
{% endif %}
from .json_body import JSON, MAX_BODY_BYTES, MERGE_PATCH, parse_json
{% if cookiecutter.auth == 'none' %}
from .models import Entity
{% endif %}
from .openapi import problems
{% if cookiecutter.auth == 'none' %}
from .schemas import EntityId
{% endif %}

# Seconds for which a request may use the database and other services, so that it gets its answer within 5.
TIME_BUDGET = 4.0
# Seconds more for the database to say whether it keeps what it was told to.
COMMIT_TIME = 0.8
_READING = ("GET", "HEAD")

_TOO_LONG = "The answer took too long; try again."
_MAYBE_KEPT = "The database did not answer in time, and may have kept the change."

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class _Refused(Exception):
    """An answer that tells of an error, so that nothing of the request is kept."""


class JsonRequest(Request):
    """A request whose body has a limit, and whose JSON has nothing in it that cannot be stored.

    FastAPI has a limit too, `max_body_size`, whose answer is plain text and no problem document.
    """

    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            raw = bytearray()
            try:
                async for chunk in self.stream():
                    raw += chunk
                    if len(raw) > MAX_BODY_BYTES:
                        raise HTTPException(413)
            except ClientDisconnect:
                raise HTTPException(400, "The body has not come to its end.") from None
            self._body = bytes(raw)
        return self._body

    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            self._json = parse_json(await self.body())
        return self._json


class Route(APIRoute):
    """A route that reads no body before it has to, and makes of each request that writes one transaction."""

    def usual_problems(self, dependant: Dependant) -> list[int]:
        """Return the statuses of the problems that follow from what the route takes."""
        statuses = [413, 500, 503]
        if self.body_field is not None:
            statuses += [400, 415]
        elif _takes_parameters(dependant):
            statuses.append(400)
        return statuses

    def require_complete(self, route: Any) -> None:
        """Raise TypeError where something is missing from the route as a router includes it."""

    async def authorize(self, request: Request, dependant: Dependant) -> None:
        """Raise an error where nobody like this client may use the route. It may use `request.state.session`."""

    def confirm(self, request: Request, session: Any) -> None:
        """Raise an error where `authorize`, which came before the body, would no longer let the request in.

        Called at the beginning of the transaction in which the request writes.
        """

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = Request(scope).state.limit = TimeLimit()

        async def send_in_time(message: Message) -> None:
            # What comes after the limit would be a second answer to the same request.
            if not limit.has_passed:
                await send(message)

        await limit.run(super().handle(scope, receive, send_in_time))

    def get_route_handler(self) -> Handler:
        handler = super().get_route_handler()
        route = as_included(self)
        dependant = route.dependant
        route.responses = {**problems(*self.usual_problems(dependant)), **route.responses}
        body = _declared_body(route)
        accepted = () if body is None else _accepted_types(body, self.methods or ())
        is_json = any(media_type.endswith(("/json", "+json")) for media_type in accepted)

        async def handle(request: Request) -> Response:
            request = JsonRequest(request.scope, request.receive)
            request.state.route_path = route.path
            limit: TimeLimit = request.state.limit
            clock = asyncio.get_running_loop().time
            end = clock() + TIME_BUDGET
            if request.method in _READING and body is None:
                with limit.until(end, _TOO_LONG):
                    return await self._read(request, handler)
            with limit.until(end, _TOO_LONG):
                await self._authorize(request, dependant)
            left = end - clock()
            if body is not None and (body.is_required() or _has_body(request)):
                _require_media_type(request, accepted)
            # A body that the route does not take may never come.
            if route.body_field is not None and await request.body() and is_json:
                await request.json()
            end = clock() + left
            with limit.until(end, _TOO_LONG):
                return await self._write(request, handler, lambda: limit.move(end + COMMIT_TIME, _MAYBE_KEPT))

        return handle

    async def _read(self, request: Request, handler: Handler) -> Response:
        async with _database(request).session(writes=False) as request.state.session:
            return await handler(request)

    async def _authorize(self, request: Request, dependant: Dependant) -> None:
        # Not in the transaction, which must not wait for the client to send the body.
        async with _database(request).session(writes=False) as request.state.session:
            await self.authorize(request, dependant)

    async def _write(self, request: Request, handler: Handler, commits: Callable[[], None]) -> Response:
        answer: Response | HTTPException
        first = partial(self.confirm, request)
        with suppress(_Refused):
            async with _database(request).session(writes=True, first=first) as request.state.session:
                try:
                    answer = await handler(request)
                except HTTPException as raised:
                    # It may be no error, but a redirect.
                    answer = raised
                if answer.status_code >= 400:
                    raise _Refused
                commits()
        if isinstance(answer, HTTPException):
            raise answer
        return answer


def as_included(route: APIRoute) -> Any:
    """Return a route with what the router that includes it adds: its prefix, its dependencies, its responses.

    To be called by `get_route_handler` alone, which FastAPI calls once for the route itself and once for each time that
    it is included, and has no public way to tell these apart.
    """
    return _effective_route_context_var.get() or route


{% if cookiecutter.auth == 'none' %}
class Router(APIRouter):
    """The router of a feature."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"route_class": Route, **options})


def by_id(kind: type[Entity]) -> Any:
    """Return the dependency that loads what the path's `id` names: `order: Annotated[Order, by_id(Order)]`."""

    async def load(id: Annotated[EntityId, Path()], session: Session) -> Entity:
        return await get_entity(session, kind, id)

    return Depends(load)


{% endif %}
class Unguarded:
    """What may answer requests though nothing guards it: `class OpenMount(Unguarded, Mount)`.

    A WebSocket also needs another `ws` in server.py.
    """


class OpenMount(Unguarded, Mount):
    """A mount for everybody."""


def require_own_routes(app: FastAPI, route_class: type[Route]) -> None:
    """Raise TypeError where anything that answers requests is of another class than this, and so not looked after."""
    for _, fault in _strangers(app, route_class):
        raise TypeError(fault)
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, route_class):
            context.original_route.require_complete(context)


class OwnRoutesOnly:
    """Refuses what a route of another class than this would answer, since one can be added at any time.

    To be the innermost middleware, so that it sees the path that the routes see.
    """

    def __init__(self, app: ASGIApp, route_class: type[Route]) -> None:
        self._app = app
        self._route_class = route_class
        self._known: tuple[object, ...] = ()
        self._strangers: list[tuple[Any, str]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            app: FastAPI = scope["app"]
            # To look at all routes for each request would take longer than to find the one that answers it.
            known = (*app.router.routes, *app.router._low_priority_routes, app.router._get_routes_version())
            if len(known) != len(self._known) or any(map(is_not, known, self._known)):
                self._known, self._strangers = known, list(_strangers(app, self._route_class))
            for stranger, fault in self._strangers:
                if stranger.matches(scope)[0] != Match.NONE:
                    raise TypeError(fault)
        await self._app(scope, receive, send)


def _strangers(app: FastAPI, route_class: type[Route]) -> Iterator[tuple[Any, str]]:
    """Return what answers requests and is of another class than this, each with what is wrong about it."""
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, Mount | WebSocketRoute) and not isinstance(route, Unguarded):
            yield context, f"{context.path} is a mount or a WebSocket, and so not guarded: see Unguarded in core/web.py"
        elif not isinstance(route, (route_class, Unguarded)):
            yield context, f"{context.path or route} must be a route of a Router of this project"
    # FastAPI does not list the files of a frontend with the routes.
    for frontend in app.router._iter_low_priority_routes():
        yield frontend, "a frontend must be served by another server, such as nginx"


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def _declared_body(route: Any) -> params.Body | None:
    # Of a form FastAPI itself looks at the type.
    declared = None if route.body_field is None else route.body_field.field_info
    return declared if isinstance(declared, params.Body) and not isinstance(declared, params.Form) else None


def _accepted_types(body: params.Body, methods: Iterable[str]) -> Sequence[str]:
    return MERGE_PATCH if body.media_type in JSON and "PATCH" in methods else (body.media_type,)


def _has_body(request: Request) -> bool:
    return "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"


def _require_media_type(request: Request, accepted: Sequence[str]) -> None:
    if request.headers.get("content-type", "").partition(";")[0].strip(" \t").lower() not in accepted:
        raise HTTPException(415, f"The body must be {' or '.join(accepted)}.")


def _takes_parameters(dependant: Dependant) -> bool:
    own = dependant.path_params or dependant.query_params
    return bool(own) or any(map(_takes_parameters, dependant.dependencies))
