"""What surrounds every request: its id, its limits, its headers, its line in the log, and the answer to its error."""

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
{% if cookiecutter.auth == 'none' %}
from functools import wraps
from inspect import Parameter, Signature, signature
{% else %}
from inspect import Parameter, Signature
{% endif %}
from time import perf_counter
from typing import Any, Protocol, TypeVar

from flask import Flask, Request, Response, abort, g, json, request
from flask.json.provider import DefaultJSONProvider
from flask_cors import CORS
from gunicorn.http.errors import ParseException
from pydantic import TypeAdapter, ValidationError
from werkzeug.datastructures import ETags
from werkzeug.exceptions import HTTPException, InternalServerError, default_exceptions
from werkzeug.http import quote_etag

from ..settings import Settings
from .errors import ApiError, Invalid, VersionMismatch
from .json_body import MAX_BODY_BYTES, parse_json
from .pages import PageQuery, Slice, next_link
from .problems import MEDIA_TYPE, Problem, make_problem, problem_of
from .schemas import EntityId
from .telemetry import UNMATCHED, accept_request_id, log_request, request_id

_E = TypeVar("_E")
{% if cookiecutter.auth == 'none' %}
_R = TypeVar("_R")
{% endif %}

_EXPOSED_HEADERS = ["ETag", "Link", "Location", "Retry-After", "X-Request-ID"]
_ALLOWED_HEADERS = ["Authorization", "Content-Type", "If-Match", "If-None-Match", "X-Request-ID"]
_ALLOWED_METHODS = ["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"]
_CORS_MAX_AGE = 600  # Seconds.
_TEMPLATE_BRACES = str.maketrans("<>", "{}")

_ENTITY_ID: TypeAdapter[int] = TypeAdapter(EntityId)
_logger = logging.getLogger(__name__)


class _Json(DefaultJSONProvider):
    """Reads nothing that cannot be stored, and writes members in their order."""

    compact = True
    ensure_ascii = False
    sort_keys = False

    def loads(self, s: str | bytes, **_: Any) -> Any:
        return parse_json(s.encode() if isinstance(s, str) else s)


class _Request(Request):
    def get_data(self, *args: Any, **kwargs: Any) -> Any:
        data = super().get_data(*args, **kwargs)
        # At the limit Werkzeug cuts a body whose length was not declared, without a word.
        is_cut = self.content_length is None and len(data) == self.max_content_length
        if is_cut and self.environ["wsgi.input"].read(1):
            abort(413)
        return data


def make_flask(name: str, settings: Settings) -> Flask:
    """Return an application without routes, whose every answer to an error is problem details."""
    # Flask's development server logs every request again, with its query string.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    app = Flask(name, static_folder=None)
    app.json = _Json(app)
    app.request_class = _Request
    app.config.update(
        # A view may set `request.max_content_length` for itself.
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        # An error is answered by our handler whatever FLASK_DEBUG says.
        PROPAGATE_EXCEPTIONS=False,
        PROVIDE_AUTOMATIC_OPTIONS=False,
    )
    app.url_map.merge_slashes = False
    app.register_error_handler(Exception, answer_error)
    _surround_requests(app, bool(settings.cors_allowed_origins))
    if settings.cors_allowed_origins:
        _allow_origins(app, settings.cors_allowed_origins)
    return app


def _surround_requests(app: Flask, cors: bool) -> None:
    @app.before_request
    def _begin() -> Response | None:
        g.started = perf_counter()
        request_id.set(accept_request_id(request.headers.getlist("X-Request-ID")))
        # Where there is a view, reading the body looks at its length.
        if request.url_rule is None and (request.content_length or 0) > MAX_BODY_BYTES:
            abort(413)
        if cors and request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            # A preflight, which is answered before the path is looked at; flask-cors adds what the origin may do.
            return Response(status=204)
        return None

    @app.after_request
    def _finish(response: Response) -> Response:
        if response.status_code == 204:
            response.headers.pop("Content-Type", None)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Request-ID"] = request_id.get() or ""
        if "ETag" in response.headers:
            response.make_conditional(request)
            # Gunicorn adds one itself.
            del response.headers["Date"]
        rule = request.url_rule
        route = rule.rule.translate(_TEMPLATE_BRACES) if rule else UNMATCHED
        log_request(request.method, route, response.status_code, perf_counter() - g.started)
        if response.is_streamed and not response.direct_passthrough:
            response.response = _with_request_id(response.iter_encoded(), request_id.get())
        return response

    @app.teardown_request
    def _end(_: BaseException | None) -> None:
        request_id.set(None)


def _with_request_id(body: Iterable[bytes], current: str | None) -> Iterator[bytes]:
    """Give back the request's id while its body is streamed, which is after the request's end."""
    request_id.set(current)
    try:
        yield from body
    finally:
        request_id.set(None)


def _allow_origins(app: Flask, origins: Sequence[str]) -> None:
    CORS(
        app,
        # Patterns, since flask-cors would take an IPv6 address for one.
        origins="*" if "*" in origins else [re.compile(rf"{re.escape(origin)}\Z") for origin in origins],
        methods=_ALLOWED_METHODS,
        allow_headers=_ALLOWED_HEADERS,
        expose_headers=_EXPOSED_HEADERS,
        max_age=_CORS_MAX_AGE,
        send_wildcard=True,
        always_send=False,
        intercept_exceptions=False,
    )


class Versioned(Protocol):
    """An entity that counts its changes."""

    @property
    def version(self) -> int: ...


def etag(entity: Versioned) -> dict[str, str]:
    """Return the header that names the entity's version, by which If-None-Match and If-Match know it."""
    return {"ETag": quote_etag(str(entity.version))}


def link_to_next(path: str, query: PageQuery, found: Slice[Any]) -> dict[str, str]:
    """Return the Link header that leads to the page after this one, or none on the last."""
    return {} if found.next_after is None else {"Link": next_link(path, query, found.next_after)}


def if_match() -> ETags | None:
    """Return the versions that the client is willing to change, or None where it does not say (RFC 9110 §13.1.1)."""
    # Werkzeug gives no tags for a header that holds none, and for one that was not sent.
    return request.if_match if "If-Match" in request.headers else None


def require_match(entity: Versioned, accepted: ETags | None) -> None:
    """Raise VersionMismatch where the client is not willing to change the entity's version."""
    if accepted is not None and str(entity.version) not in accepted:
        raise VersionMismatch


def entity_id(text: str, name: str = "id") -> int:
    """Return the id that a path calls by a name; raise Invalid where it is none."""
    try:
        return _ENTITY_ID.validate_python(text)
    except ValidationError as error:
        message = str(error.errors(include_url=False)[0]["msg"])
    raise Invalid([{"parameter": name, "message": message}])


def loader(get: Callable[[int], _E], name: str) -> Callable[..., _E]:
    """Return what a route's rule loads an entity by, from the id that the path calls by this name."""

    def load(**path: str) -> _E:
        return get(entity_id(path[name], name))

    # What `inspect.signature` finds.
    load.__signature__ = Signature([Parameter(name, Parameter.KEYWORD_ONLY)])  # type: ignore[attr-defined]
    return load
{% if cookiecutter.auth == 'none' %}


def loaded(load: Callable[..., Any]) -> Callable[[Callable[..., _R]], Callable[..., _R]]:
    """Give a view the entity that `load` returns.

    The parameters of `load` are named like values of the path, and the view gets the entity in their place; it gets the
    path's other values as ever.
    """
    names = frozenset(signature(load).parameters)

    def decorate(view: Callable[..., _R]) -> Callable[..., _R]:
        @wraps(view)
        def with_entity(*args: Any, **kwargs: Any) -> _R:
            named = {name: value for name, value in (request.view_args or {}).items() if name in names}
            rest = {name: value for name, value in kwargs.items() if name not in named}
            return view(load(**named), *args, **rest)

        return with_entity

    return decorate
{% endif %}


def answer_error(error: Exception) -> Response:
    """Return the problem details of an error: of ours, of `abort(…)`, or of one that nobody expected."""
    if isinstance(error, InternalServerError) and error.original_exception is not None:
        # It came after the view, when the transaction was to be committed.
        error = error.original_exception  # type: ignore[assignment]
    if isinstance(error, ApiError):
        problem = problem_of(error, instance=_path_as_sent(), request_id=request_id.get() or "")
        return _problem_response(problem, error.headers)
    if isinstance(error, HTTPException) and error.code is not None:
        if error.response is not None or error.code < 400:
            return error.get_response(request.environ)  # type: ignore[return-value]
        headers = {name: value for name, value in error.get_headers(request.environ) if name != "Content-Type"}
        return _problem_response(_problem(error.code, _detail(error)), headers)
    if isinstance(error, ParseException):
        return _problem_response(_problem(400, "The body did not arrive whole."))
    _logger.error("an unexpected error", exc_info=error)
    return _problem_response(_problem(500, None))


def _detail(error: HTTPException) -> str | None:
    """Return what an error was told to say, or None: what Werkzeug says by itself is meant for a page in HTML."""
    said: object = error.description
    standard = default_exceptions.get(error.code or 500, HTTPException)
    if said in (None, standard.description):
        # The path of a route that was found is right.
        return "There is no such thing." if error.code == 404 and request.url_rule else None
    return said if isinstance(said, str) else json.dumps(said)


def _problem(status: int, detail: str | None) -> Problem:
    return make_problem(status, detail, instance=_path_as_sent(), request_id=request_id.get() or "")


def _problem_response(problem: Problem, headers: Any = None) -> Response:
    return Response(problem.body(), problem.status, headers, content_type=MEDIA_TYPE)


def _path_as_sent() -> str:
    """Return the path of the request target, not decoded, also of one in absolute form (RFC 9112 §3.2.2)."""
    target: str = request.environ["RAW_URI"].partition("?")[0]
    if not target.startswith("/") and "://" in target:
        target = "/" + target.partition("://")[2].partition("/")[2]
    return target
