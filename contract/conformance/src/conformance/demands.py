"""What a case demands of an answer. Each demand says in words what the contract wants.

Words, the order of members and white space are each service's own, so nothing here compares them.
"""

import re
from collections.abc import Collection, Set
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from conformance.service import PROBLEM, Answer, DisagreementError, Service, shorten

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

# The `error` of a challenge, which is there only where a token was sent that is not accepted.
NO_TOKEN = BAD_LOGIN = BAD_REFRESH = ""
BAD_TOKEN = "invalid_token"

# However many fields are wrong.
MOST_ERRORS = 20

REDIRECTS = frozenset({301, 302, 307, 308})


def demand(holds: bool, what: str, *answers: Answer) -> None:
    """Raise a DisagreementError that says what the contract demands, unless it holds."""
    if not holds:
        raise DisagreementError("\n".join([what, *(answer.describe() for answer in answers)]))


def demand_equal(found: Any, wanted: Any, what: str, *answers: Answer) -> None:
    if found != wanted:
        demand(False, f"{what}\nwanted:   {shorten(repr(wanted), 1000)}\nfound:    {shorten(repr(found), 1000)}", *answers)


def demand_status(answer: Answer, status: int, what: str) -> None:
    demand(answer.status == status, f"{what}: {status}", answer)


def demand_one_of(answer: Answer, statuses: Collection[int], what: str) -> None:
    """Demand one of the statuses that the contract leaves a service to choose from; a refusal is a problem."""
    demand(answer.status in statuses, f"{what}: {' or '.join(map(str, sorted(statuses)))}", answer)
    if answer.status >= 400 and answer.method != "HEAD":
        _demand_members(answer, answer.status, what)


def demand_problem(answer: Answer, status: int, what: str) -> None:
    """Demand a problem."""
    demand_status(answer, status, what)
    _demand_members(answer, status, what)


def demand_errors(answer: Answer, places: Collection[str], what: str) -> None:
    """Demand a validation error about just these places: pointers into the body, and names of parameters."""
    found = _places(answer, what)
    demand_equal(found, set(places), f"{what}: 400 with errors about these places", answer)


def demand_some_errors(answer: Answer, places: Collection[str], what: str) -> None:
    """Demand a validation error about some of the places, all of which are wrong: which is found first is free."""
    found = _places(answer, what)
    demand(found != set() and found <= set(places), f"{what}: 400 with errors about some of {sorted(places)}", answer)


def demand_unauthorized(answer: Answer, error: str, what: str) -> None:
    """Demand a 401 with the challenge that belongs to it, whose `error` is this one or none."""
    demand_status(answer, 401, what)
    found = challenges(answer)
    wanted = {"error": error} if error else {}
    named = [{name: value for name, value in parameters.items() if name == "error"} for _, parameters in found]
    is_bearer = [scheme for scheme, _ in found] == ["bearer"]
    demand(is_bearer and named == [wanted], f"{what}: WWW-Authenticate is Bearer with {wanted or 'no error'}", answer)
    if answer.method != "HEAD":
        demand_problem(answer, 401, what)


def demand_token_refused(public: Service, token: str, what: str) -> None:
    """Demand that a token is not accepted."""
    demand_unauthorized(public.with_token(token).get("/auth/me"), BAD_TOKEN, what)


def demand_too_many(answer: Answer, what: str) -> int:
    """Demand a 429, and return its Retry-After in seconds."""
    demand_problem(answer, 429, what)
    after = answer.headers.get_list("Retry-After")
    whole = after[0] if len(after) == 1 and re.fullmatch(r"[1-9][0-9]?", after[0]) else ""
    demand(whole != "" and int(whole) <= 60, f"{what}: Retry-After is 1 to 60 whole seconds", answer)
    return int(whole)


def demand_no_such_path(answer: Answer, what: str) -> None:
    """Demand a 404, or a redirect that does no more than mend the path's slashes on the same host."""
    if answer.status in REDIRECTS:
        target = urlsplit(urljoin(f"http://{answer.authority}{answer.target}", answer.headers.get("Location", "")))
        mended = re.sub("/+", "/", unquote(answer.path)).rstrip("/")
        is_same_host = target.netloc in {answer.authority, ""}
        what = f"{what}; a redirect leads to {mended} on the same host"
        demand(is_same_host and unquote(target.path).rstrip("/") == mended != unquote(answer.path), what, answer)
    else:
        demand_one_of(answer, {404}, what)


def demand_allow(answer: Answer, methods: Set[str], what: str) -> None:
    """Demand that Allow names these methods; OPTIONS may be there."""
    demand_equal(listed(answer, "Allow") - {"OPTIONS"}, set(methods), what, answer)


def listed(answer: Answer, header: str) -> set[str]:
    """Return the parts of a header that is a list."""
    return {part.strip() for value in answer.headers.get_list(header) for part in value.split(",") if part.strip()}


def challenges(answer: Answer) -> list[tuple[str, dict[str, str]]]:
    """Return the scheme, in lower case, and the parameters of each WWW-Authenticate."""
    found = []
    for value in answer.headers.get_list("WWW-Authenticate"):
        scheme, _, rest = value.strip().partition(" ")
        pairs = re.findall(r'([\w-]+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))', rest)
        found.append((scheme.lower(), {name.lower(): quoted or plain for name, quoted, plain in pairs}))
    return found


def located(answer: Answer) -> str:
    """Return the path that Location leads to; empty where that is on another host."""
    target = urlsplit(urljoin(f"http://{answer.authority}{answer.target}", answer.headers.get("Location", "")))
    return target.path if target.netloc == answer.authority and "Location" in answer.headers else ""


def told_by_headers(answer: Answer) -> dict[str, Any]:
    """Return the status and what the headers say that an answer to HEAD shares with one to GET."""
    told: dict[str, Any] = {"status": answer.status, "content-type": answer.media_type, "www-authenticate": challenges(answer)}
    told |= {name: listed(answer, name) for name in ("allow", "vary")}
    same = ("etag", "link", "location", "retry-after", "x-request-id", "x-content-type-options", "cache-control", "set-cookie")
    return told | {name: answer.headers.get_list(name) for name in same}


def _places(answer: Answer, what: str) -> set[str]:
    """Return the places of a validation error's entries, each of which has one and a message."""
    demand_problem(answer, 400, what)
    entries = answer.data.get("errors")
    demand(isinstance(entries, list) and 1 <= len(entries) <= MOST_ERRORS, f"{what}: 400 with 1 to {MOST_ERRORS} errors", answer)
    places = set()
    for entry in entries:
        is_pointer = isinstance(entry, dict) and entry.keys() == {"pointer", "message"}
        is_parameter = isinstance(entry, dict) and entry.keys() == {"parameter", "message"}
        is_one = (is_pointer or is_parameter) and isinstance(entry["message"], str) and entry["message"] != ""
        demand(is_one, f"{what}: an error has a pointer or a parameter, and a message", answer)
        place = entry["pointer"] if is_pointer else entry["parameter"]
        demand(isinstance(place, str) and place.startswith("/") == is_pointer, f"{what}: a pointer starts with a slash", answer)
        places.add(place)
    return places


def _demand_members(answer: Answer, status: int, what: str) -> None:
    problem = answer.data
    demand(isinstance(problem, dict) and answer.media_type == PROBLEM, f"{what}: a problem", answer)
    wanted = {
        "type": "about:blank",
        "title": TITLES[status],
        "status": status,
        "instance": unquote(answer.path),
        "request_id": answer.headers.get("X-Request-ID"),
    }
    found = {name: problem.get(name) for name in wanted}
    if isinstance(found["instance"], str):
        found["instance"] = unquote(found["instance"])
    demand_equal(found, wanted, f"{what}: {status} with this problem", answer)
    detail = problem.get("detail")
    demand(isinstance(detail, str) and detail != "", f"{what}: a problem has a detail", answer)
    more = problem.keys() - wanted.keys() - {"detail", "errors"}
    demand(not more and ("errors" not in problem or status == 400), f"{what}: a problem has no other members", answer)
