"""Every error that a client can get, as problem details (RFC 9457)."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
{% if cookiecutter.auth == 'jwt' %}
from math import ceil

from .auth import (
    InvalidRefreshToken,
    InvalidToken,
    NotAllowed,
    NoToken,
{% if cookiecutter.__uses_redis %}
    RedisUnavailable,
{% endif %}
    RegistrationOff,
    TooManyAttempts,
    TooManyLogins,
    WrongCredentials,
)
{% else %}

{% endif %}
from .users import (
    EmailTaken,
    ProfileNotFound,
    StoreUnavailable,
    UserNotFound,
    VersionMismatch,
)

MEDIA_TYPE = "application/problem+json"
MAX_BODY_BYTES = 1_048_576

# Up to version 3.12 Python calls these by the names that they had before RFC 9110.
_TITLES = {413: "Content Too Large", 414: "URI Too Long"}


class Problem(Exception):
    """A request that gets an error as its answer. `errors` names the fields that are wrong."""

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Sequence[dict[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}


def problem_document(problem: Problem, instance: str, request_id: str) -> dict[str, object]:
    """Return the body of the answer. `instance` is the path of the request target as it was sent."""
    document: dict[str, object] = {
        "type": "about:blank",
        "title": reason(problem.status),
        "status": problem.status,
        "detail": problem.detail,
        "instance": instance,
        "request_id": request_id,
    }
    if problem.errors:
        document["errors"] = list(problem.errors)
    return document


def invalid(errors: Sequence[dict[str, str]]) -> Problem:
    return Problem(400, "The request is not valid.", errors)


def unreadable_body() -> Problem:
    return Problem(
        400,
        "The body must be one JSON object in UTF-8 without repeated keys, lone surrogates or NUL, "
        "nested at most 32 deep.",
    )


def no_route() -> Problem:
    return Problem(404, "There is nothing at this path.")


def method_not_allowed(method: str, allowed: Iterable[str]) -> Problem:
    """`allowed` are the methods that the path takes, in any order."""
    return Problem(405, f"{method} is not allowed here.", headers={"Allow": ", ".join(sorted(allowed))})


def body_too_large() -> Problem:
    return Problem(413, f"The body is larger than {MAX_BODY_BYTES} bytes.")


def unsupported_media_type(accepted: Sequence[str]) -> Problem:
    return Problem(415, f"The body must be {' or '.join(accepted)}.")


def unexpected() -> Problem:
    return Problem(500, "Something went wrong; the request_id finds it in the log.")


def shutting_down() -> Problem:
    return Problem(503, "The service is shutting down.")


def from_domain(error: Exception) -> Problem:
    """Return the problem that tells a client about an error of the service; an unknown one stays a bare 500."""
    match error:
        case UserNotFound():
            return Problem(404, f"User {error.user_id} does not exist.")
        case ProfileNotFound():
            return Problem(404, f"User {error.user_id} has no profile.")
        case EmailTaken():
            return Problem(409, "The e-mail address is already taken.")
        case VersionMismatch():
            return Problem(412, "The user is no longer at that version.")
        case StoreUnavailable():
            return Problem(503, "The database is not available.")
{% if cookiecutter.auth == 'jwt' %}
        case NoToken():
            return _unauthorized("A bearer token is required.")
        case InvalidToken():
            return _unauthorized("The access token is not valid.", 'Bearer error="invalid_token"')
        case WrongCredentials():
            return _unauthorized("The e-mail address or the password is wrong.")
        case InvalidRefreshToken():
            return _unauthorized("The refresh token is not valid.")
        case NotAllowed():
            return Problem(403, "You may not do this.")
        case RegistrationOff():
            return Problem(403, "Registration is switched off.")
        case TooManyAttempts():
            # The minute may have been started by a request whose clock was ahead.
            seconds = str(min(max(1, ceil(error.retry_after)), 60))
            return Problem(429, "Too many attempts; try again later.", headers={"Retry-After": seconds})
        case TooManyLogins():
            return Problem(503, "Too many logins are under way; try again.", headers={"Retry-After": "1"})
{% if cookiecutter.__uses_redis %}
        case RedisUnavailable():
            return Problem(503, "Redis is not available.")
{% endif %}
{% endif %}
    return unexpected()
{% if cookiecutter.auth == 'jwt' %}


def _unauthorized(detail: str, challenge: str = "Bearer") -> Problem:
    """`challenge` tells how to authenticate (RFC 6750 §3)."""
    return Problem(401, detail, headers={"WWW-Authenticate": challenge})
{% endif %}


def reason(status: int) -> str:
    """Return the reason phrase of a status (RFC 9110 §15), which is also the title of a problem."""
    return _TITLES.get(status) or HTTPStatus(status).phrase
