"""What may differ: what a request that is wrong twice or odd may get, and what a server refuses before its framework sees it."""

from collections.abc import Mapping, Sequence

from differential.case import Request
from differential.figures import Verdict
from differential.normalise import Outcome
from differential.oddities import is_odd

OF_ONE_REQUEST = frozenset({400, 403, 404, 409, 412, 413, 415})
"""Refusals of which a request that is wrong twice may get any: which one comes first is free where nothing secret hangs on it."""

BEFORE_A_CALLER = frozenset({404, 405, 413})
"""Refusals that need not wait until it is known who calls: of the path, of the method, and of a length that is declared."""

SERVED_IN_OWN_WAYS = frozenset({200, 201, 204, 301, 302, 304, 307, 308})
"""What an odd request may get where it is not refused."""

REFUSED_IN_OWN_WORDS: Mapping[str, str] = {
    "Content-Length malformed": "no server reads a length that is not a number",
    "Content-Length twice, unlike": "the end of the body is unknown (RFC 9112 §6.3)",
    "chunks with a bad end": "the end of the body is unknown",
    "chunks with a bad size": "the end of the body is unknown",
    "chunks with lines in LF": "the end of a chunk is CR LF alone (RFC 9112 §7.1)",
    "body cut short": "nobody is left to answer to: the connection ends, with an answer or without",
    "chunks cut short": "as for a body that is cut short",
    "head cut short": "as for a body that is cut short",
    "header name malformed": "the server cannot tell a header from none",
    "header value with controls": "the server refuses them (RFC 9110 §5.5)",
    "bare CR": "the server refuses it (RFC 9112 §2.2)",
    "method no token": "the server cannot read the request line",
    "method in lower case": "methods are case-sensitive: to one server they are unknown ones, to others malformed",
    "method unknown": "httptools takes the registered methods alone, gunicorn those of up to 20 characters",
    "method too long": "as for an unknown method",
    "no HTTP at all": "there is no request to answer",
    "HTTP/2 preface": "no server speaks HTTP/2 without TLS",
    "CONNECT": "httptools takes it for the start of a tunnel",
    "target *": "gunicorn takes it with OPTIONS alone",
    "target without a slash": "there is no path",
    "target with controls or blanks": "the request line has other than three parts",
    "target of 64 kB and more": "each server limits the request line, with 400, 414 or 431",
    "Authorization twice": "WSGI joins the lines, so to Flask the scheme of the first is that of both",
    "Authorization with controls": "the server refuses them (RFC 9110 §5.5)",
    "Authorization of 8 kB and more": "gunicorn limits a header line",
    "path with a malformed percent-sequence": "net/http cannot parse the target, so the framework does not see it",
}
"""Families that every service has to refuse, by any 4xx or the end of the connection, and why they need not do it alike."""

REFUSED_OR_SERVED: Mapping[str, str] = {
    "Content-Length twice, alike": "a server may take equal lengths for one (RFC 9110 §8.6); net/http does",
    "Content-Length beyond the limit": "it may be passed over where no body is read, also for a caller who is refused first",
    "Content-Length and chunks": "a server may go by the chunks (RFC 9112 §6.3); net/http does",
    "Transfer-Encoding other than chunked": "gunicorn and httptools hand `gzip, chunked` on as it is",
    "Content-Type twice": "gunicorn refuses it, the others go by the first",
    "Host": "no service reads it, so only gunicorn and net/http look at it, and not with the same eyes",
    "version other than 1.0 and 1.1": "servers differ in what they take for a version of HTTP/1",
    "request line with blanks": "a server may part the line by any white space (RFC 9112 §3); httptools does",
    "empty lines before the request": "a server should pass over one (RFC 9112 §2.2); net/http does not, httptools does over any",
    "target in absolute form, odd": "servers differ in which absolute URIs they can parse",
    "target with a fragment": "gunicorn and httptools drop it, to net/http it is a part of the path",
    "target with bytes above 0x7f": "net/http takes them as they are",
    "header of 64 kB and more": "uvicorn does not count what comes with the first packet",
    "headers by the hundred": "gunicorn takes a hundred, the others as many as fit",
    "header folded": "a server may join the lines (RFC 9112 §5.2); net/http does",
    "Authorization folded": "as for any header",
    "lines in bare LF": "a server may take LF for the end of a line (RFC 9112 §2.2); net/http does",
    "Upgrade": "a router that knows WebSockets refuses one where there is none; Werkzeug's does",
    "Expect something else": "a server may answer with 417 (RFC 9110 §10.1.1); httptools does not look",
}
"""Families that some services refuse and others serve; those that serve them have to agree."""

ANSWERED_IN_PART: Mapping[str, str] = {
    "pipelining": "a server may close after an answer (RFC 9112 §9.6); gunicorn's synchronous worker always does",
}
"""Families in which each service has to give the same answers in the same order, as far as it goes."""


def verdict_on_request(request: Request, outcomes: Sequence[Outcome]) -> Verdict:
    """Compare what the services made of a request whose framing is sound."""
    if len(set(outcomes)) == 1:
        return Verdict.ALIKE
    statuses = {outcome.status for outcome in outcomes}
    allowed = {_allowed_origin(outcome) for outcome in outcomes}
    # A middleware need not say who may call where no browser calls, or where it does not let a preflight pass.
    is_free = request.method in (b"OPTIONS", b"TRACE") or request.names_origin_oddly
    if len(allowed - {""} if is_free else allowed) > 1:
        return Verdict.DIFFERENT
    if is_odd(request) and statuses <= SERVED_IN_OWN_WAYS | OF_ONE_REQUEST | BEFORE_A_CALLER | {401, 429}:
        return Verdict.PERMITTED
    if request.has_one_fault or not _differ_by_refusal_alone(outcomes):
        return Verdict.DIFFERENT
    permitted = statuses <= OF_ONE_REQUEST | {405} or statuses <= BEFORE_A_CALLER | {401}
    return Verdict.PERMITTED if permitted else Verdict.DIFFERENT


def _allowed_origin(outcome: Outcome) -> str:
    return ", ".join(outcome.values.get("access-control-allow-origin", []))


def _differ_by_refusal_alone(outcomes: Sequence[Outcome]) -> bool:
    """Say whether all refuse, and those that refuse alike say so with the same headers."""
    if not all(400 <= outcome.status < 500 for outcome in outcomes):
        return False
    by_status: dict[int, set[tuple[tuple[str, str], ...]]] = {}
    for outcome in outcomes:
        by_status.setdefault(outcome.status, set()).add(outcome.headers)
    common = set.intersection(*(({name for name, _ in outcome.headers}) for outcome in outcomes))
    more = {name for outcome in outcomes for name, _ in outcome.headers} - common - {"allow", "www-authenticate"}
    return not more and all(len(headers) == 1 for headers in by_status.values())


def verdict_on(family: str, outcomes: Sequence[tuple[Outcome, ...]]) -> Verdict:
    """Compare what the services made of a malformed request. The last outcome of each says how the connection ended."""
    if len(set(outcomes)) == 1:
        return Verdict.ALIKE
    if any(each[-1].body != b"closed" for each in outcomes):
        return Verdict.DIFFERENT
    served = {each for each in outcomes if not all(outcome.refuses for outcome in each)}
    if family in ANSWERED_IN_PART:
        most = max((each[:-1] for each in outcomes), key=len)
        permitted = all(len(each) > 1 and each[:-1] == most[: len(each) - 1] for each in outcomes)
    elif family in REFUSED_OR_SERVED:
        permitted = len(served) <= 1
    else:
        permitted = family in REFUSED_IN_OWN_WORDS and not served
    return Verdict.PERMITTED if permitted else Verdict.DIFFERENT
