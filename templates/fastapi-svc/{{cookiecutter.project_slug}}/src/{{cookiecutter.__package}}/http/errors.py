"""Turns every error into problem details."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

{% if cookiecutter.auth == 'jwt' %}
from ..auth import AuthError
{% endif %}
from ..problems import Problem, from_domain, method_not_allowed, no_route
from ..users import EmailTaken, ProfileNotFound, StoreUnavailable, UserNotFound, VersionMismatch
from .responses import problem_response


async def _on_problem(request: Request, problem: Problem) -> Response:
    return problem_response(problem, request.scope)


async def _on_domain_error(request: Request, error: Exception) -> Response:
    return problem_response(from_domain(error), request.scope)


async def _on_routing_error(request: Request, _: HTTPException) -> Response:
    """Starlette raises errors of its own where no route has the path, or none of those takes the method."""
    routes = [route for route in request.app.routes if isinstance(route, APIRoute)]
    allowed = [route.methods or () for route in routes if route.path_regex.match(request.scope["path"])]
    problem = method_not_allowed(request.method, set().union(*allowed)) if allowed else no_route()
    return problem_response(problem, request.scope)


# An error that is not named here is unexpected; the middleware logs and answers it.
ERROR_HANDLERS: dict[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]] = {
    Problem: _on_problem,
    HTTPException: _on_routing_error,
    UserNotFound: _on_domain_error,
    ProfileNotFound: _on_domain_error,
    EmailTaken: _on_domain_error,
    VersionMismatch: _on_domain_error,
    StoreUnavailable: _on_domain_error,
{% if cookiecutter.auth == 'jwt' %}
    AuthError: _on_domain_error,
{% endif %}
}
