"""Which requests are legal but odd, so that each framework may read them in its own way.

A request is plain where the contract leaves one reading: it is served by all services or refused by all. What this module does
not know to be plain is odd.
"""

import json
import re
from typing import Any

from differential.case import Cursor, Part, Request, UserId

_PLAIN_PATH = re.compile(rb"(?:/[A-Za-z0-9._-]+)+|/")
_PLAIN_ID = re.compile(rb"0|-?[1-9][0-9]*|[a-z]+")
_PLAIN_VALUES = {
    b"limit": re.compile(rb"0|-?[1-9][0-9]{0,11}|[a-z]{2,}"),
    b"cursor": re.compile(rb"[a-z]{1,3}"),
    b"email": re.compile(rb"[A-Za-z0-9.@]+"),
    b"expand": re.compile(rb"[A-Za-z]+"),
}
_PLAIN_STRAY = re.compile(rb"[a-z_]{1,20}(=[A-Za-z0-9]*)?")
_TAG = r'(?:W/)?"[A-Za-z0-9.]+"'
_PLAIN_TAGS = re.compile(rf"\*|{_TAG}(?:, ?{_TAG})*")
_PLAIN_TYPES = {b"application/json", b"application/merge-patch+json", b"text/plain", b"application/x-www-form-urlencoded"}
# Tokens that the contract takes or refuses, whoever reads them; see `FORGERIES` in callers.py for the others.
_PLAIN_CHANGE = "|".join(
    (
        r'header (?:alg=.*|-alg|typ=(?:"JWT"|null|""|\["at\+jwt"\])|-typ|kid=.*|-kid|crit=\["exp"\])',
        r"claims (?:exp=(?:now-[0-9]+|0|-1|null)|(?:nbf|iat)=now\+60|-[a-z]+|role=.*|epoch=(?:[0-9]|-1|null))",
        r'claims (?:(?:iss|aud)=(?:"[^"]*"|null|1)|sub=(?:"(?:0|-1|1|x|999999999|)"|null)|x=1|admin=true|scope="admin")',
        r"alg .*|signature (?:altered|left out|cut|of another secret|of no secret|by HS512|of the claims)",
        r"text (?:h\.c\.?|\.c\.s|h\.\.s)",
    )
)
_PLAIN_BEARER = re.compile(rf"(?i:bearer) (?:<access \d+(?:: (?:{_PLAIN_CHANGE}))?>|x|a\.b\.c)".encode())
_FIELDS = {
    *("name", "email", "age", "role", "password", "bio", "location", "website", "refresh_token"),
    *("id", "version", "created_at", "updated_at", "user_id"),
}
# Headers that a framework or a server may read and another not.
_READ_BY_SOME = {
    *(b"expect", b"content-encoding", b"range", b"if-range", b"if-modified-since", b"if-unmodified-since", b"accept-encoding"),
    *(b"te", b"origin"),
}


class _TwiceError(ValueError):
    """A key comes twice."""


def is_odd(request: Request) -> bool:
    """Say whether one service may serve a request that another one refuses."""
    return (
        _is_odd_path(request.path)
        or _is_odd_query(request.query)
        or _is_odd_head(request)
        or (request.method in (b"POST", b"PUT", b"PATCH") and _is_odd_body(request.body))
        or request.method in (b"OPTIONS", b"TRACE")
    )


def _is_odd_path(path: tuple[Part, ...]) -> bool:
    text = b""
    for part in path:
        if isinstance(part, UserId) and part.percent_encoded:
            return True
        text += part if isinstance(part, bytes) else b"1"
    found = re.match(rb"/users/([^/]*)", text)
    return not _PLAIN_PATH.fullmatch(text) or b".." in text or bool(found and not _PLAIN_ID.fullmatch(found[1]))


def _is_odd_query(query: tuple[tuple[Part, ...], ...]) -> bool:
    seen: set[bytes] = set()
    for parameter in query:
        name = parameter[0].partition(b"=")[0] if isinstance(parameter[0], bytes) else b""
        if any(isinstance(part, Cursor) for part in parameter):
            is_plain = parameter[0] == b"cursor=" and len(parameter) == 2
        else:
            text = b"".join(part for part in parameter if isinstance(part, bytes))
            value = text.partition(b"=")[2]
            form = _PLAIN_VALUES.get(name)
            is_plain = bool(form.fullmatch(value)) if form else bool(_PLAIN_STRAY.fullmatch(text))
        if not is_plain or name in seen:
            return True
        seen.add(name)
    return False


def _is_odd_head(request: Request) -> bool:
    names = [name.lower() for name, _ in request.headers]
    if len(set(names)) < len(names) or _READ_BY_SOME & set(names):
        return True
    for name, value in request.headers:
        match name.lower():
            case b"if-match" | b"if-none-match" if not _PLAIN_TAGS.fullmatch(value.decode("latin-1").strip()):
                return True
            case b"authorization" if not _PLAIN_BEARER.fullmatch(value):
                return True
            case b"content-type" if value not in _PLAIN_TYPES:
                return True
            case b"content-type" if value == b"application/merge-patch+json" and request.method != b"PATCH":
                return True
    return False


def _is_odd_body(body: bytes | None) -> bool:
    if body is None:
        return False
    try:
        document = json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_float=_refused, parse_constant=_refused)
    except _TwiceError:
        return True
    except (ValueError, RecursionError):
        return body[:3] == b"\xef\xbb\xbf" or b"\0" in body[:4] or _has_odd_number(body)
    return isinstance(document, dict) and _has_odd_member(document)


def _has_odd_number(body: bytes) -> bool:
    """Say whether a body may be refused for a number that is one in JSON."""
    try:
        json.loads(body.decode("utf-8"), parse_constant=_refused)
    except (ValueError, RecursionError):
        return False
    return True


def _has_odd_member(document: dict[str, Any]) -> bool:
    for name, value in document.items():
        if name not in _FIELDS and name.casefold() in _FIELDS:
            return True
        # More digits than a double holds, which one parser takes for another number.
        if type(value) is int and abs(value) > 2**53:
            return True
    return False


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise _TwiceError
    return dict(pairs)


def _refused(text: str) -> float:
    raise ValueError(text)
