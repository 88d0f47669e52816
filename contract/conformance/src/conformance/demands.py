"""What a case demands of an answer. Each demand says in words what the contract wants."""

import re
from typing import Any

from conformance.service import Answer, DisagreementError, Service, shorten

TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    412: "Precondition Failed",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}

NOT_VALID = "The request is not valid."
UNREADABLE = "The body must be one JSON object in UTF-8 without repeated keys, lone surrogates or NUL, nested at most 32 deep."
NO_PATH = "There is nothing at this path."
CONFLICT = "The e-mail address is already taken."
PRECONDITION_FAILED = "The user is no longer at that version."
TOO_LARGE = "The body is larger than 1048576 bytes."
NOT_JSON = "The body must be application/json."
NOT_MERGE_PATCH = "The body must be application/merge-patch+json or application/json."
NO_TOKEN = "A bearer token is required."
BAD_TOKEN = "The access token is not valid."
BAD_LOGIN = "The e-mail address or the password is wrong."
BAD_REFRESH = "The refresh token is not valid."
FORBIDDEN = "You may not do this."
REGISTRATION_OFF = "Registration is switched off."
TOO_MANY = "Too many attempts; try again later."

REQUIRED = "is required"
UNKNOWN = "is not a known field"
NAME = "must be 1 to 100 characters without control characters"
EMAIL = "must be a valid e-mail address of at most 254 characters"
AGE = "must be an integer from 0 to 150 or null"
PASSWORD = "must be 12 to 128 characters"
COMMON = "is too common"
LOGIN_PASSWORD = "must be 1 to 128 characters"
ROLE = "must be user or admin"
REFRESH_TOKEN = "must be a string"
BIO = "must be a string of at most 500 characters"
PLACE = "must be a string of at most 100 characters"
WEBSITE = "must be empty or an absolute http(s) URL of at most 200 characters"
ID = "must be a positive integer"
LIMIT = "must be an integer from 1 to 100"
CURSOR = "is not a cursor of this service"
EXPAND = "must be profile"


def demand(holds: bool, what: str, *answers: Answer) -> None:
    """Raise a DisagreementError that says what the contract demands, unless it holds."""
    if not holds:
        raise DisagreementError("\n".join([what, *(answer.describe() for answer in answers)]))


def demand_equal(found: Any, wanted: Any, what: str, *answers: Answer) -> None:
    if found != wanted:
        demand(False, f"{what}\nwanted:   {shorten(repr(wanted), 1000)}\nfound:    {shorten(repr(found), 1000)}", *answers)


def demand_status(answer: Answer, status: int, what: str) -> None:
    demand(answer.status == status, f"{what}: {status}", answer)


def demand_problem(answer: Answer, status: int, detail: str, what: str) -> None:
    """Demand a problem without `errors`."""
    demand_status(answer, status, what)
    demand_equal(answer.data, _problem(answer, status, detail), f"{what}: {status} with this problem", answer)


def demand_errors(answer: Answer, errors: list[tuple[str, str]], what: str) -> None:
    """Demand a validation error with these entries: a pointer into the body or a parameter's name, and the message."""
    entries = [{"pointer" if where.startswith("/") else "parameter": where, "message": message} for where, message in errors]
    demand_status(answer, 400, what)
    wanted = _problem(answer, 400, NOT_VALID) | {"errors": entries}
    demand_equal(answer.data, wanted, f"{what}: 400 with these errors", answer)


def demand_unauthorized(answer: Answer, detail: str, what: str) -> None:
    """Demand a 401 with its detail and with the challenge that belongs to it."""
    challenge = 'Bearer error="invalid_token"' if detail == BAD_TOKEN else "Bearer"
    demand_status(answer, 401, what)
    found = answer.headers.get_list("WWW-Authenticate")
    demand_equal(found, [challenge], f"{what}: WWW-Authenticate is {challenge}", answer)
    if answer.method != "HEAD":
        demand_problem(answer, 401, detail, what)


def demand_token_refused(public: Service, token: str, what: str) -> None:
    """Demand that a token is not accepted."""
    demand_unauthorized(public.with_token(token).get("/auth/me"), BAD_TOKEN, what)


def demand_too_many(answer: Answer, what: str) -> int:
    """Demand a 429, and return its Retry-After in seconds."""
    demand_problem(answer, 429, TOO_MANY, what)
    after = answer.headers.get_list("Retry-After")
    whole = after[0] if len(after) == 1 and re.fullmatch(r"[1-9][0-9]?", after[0]) else ""
    demand(whole != "" and int(whole) <= 60, f"{what}: Retry-After is 1 to 60 whole seconds", answer)
    return int(whole)


def _problem(answer: Answer, status: int, detail: str) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": TITLES[status],
        "status": status,
        "detail": detail,
        "instance": answer.path,
        "request_id": answer.headers.get("X-Request-ID"),
    }
