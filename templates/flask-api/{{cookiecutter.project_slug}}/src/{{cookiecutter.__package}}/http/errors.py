"""Turns every error into problem details."""

import logging

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from ..problems import Problem, from_domain, method_not_allowed, no_route
from .responses import problem_response

_logger = logging.getLogger(__name__)


def register_error_handlers(app: Flask) -> None:
    @app.errorhandler(Exception)
    def answer(error: Exception) -> Response:
        problem = _problem(error)
        if problem.status == 500:
            _logger.exception("an unexpected error")
        return problem_response(problem)


def _problem(error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case NotFound():
            return no_route()
        case MethodNotAllowed():
            return method_not_allowed(request.environ["REQUEST_METHOD"], error.valid_methods or ())
        case HTTPException(code=int(code)) if code < 500:
            return Problem(code, "The request is not valid.")
    return from_domain(error)
