"""What answers say, with everything that may differ between services replaced by what it stands for.

Words, the order of members and white space are gone. Users are numbered in the order of their creation. A time is named by
what it belongs to, and a service that tells another time for the same thing later is shown as it is, so that the services
disagree about it.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any
from urllib.parse import unquote

from differential.tokens import Wallet
from differential.wire import Answer

LEFT_TO_THE_SERVER: Mapping[str, tuple[str, str]] = {
    "connection": (
        "close|keep-alive",
        "a server may close after any answer (RFC 9112 §9.6); gunicorn does so or says that it does not, by its worker",
    ),
    "server": ("[A-Za-z]+", "a server may name its product (RFC 9110 §10.2.4), but not the version; gunicorn alone does"),
    "transfer-encoding": ("chunked", "a body may be sent in parts"),
    "vary": ("[A-Za-z, -]+", "a service may say more than it has to; the conformance suite asks for what it has to"),
    "accept-ranges": ("[a-z]+", "a framework may offer parts, or say that it does not"),
    "access-control-allow-credentials": ("false", "it says nothing"),
    "access-control-allow-headers": (
        ".*",
        "a middleware names them its own way; the conformance suite asks for those that count",
    ),
    "access-control-allow-methods": (".*", "as for the headers"),
    "access-control-expose-headers": (".*", "as for the headers"),
    "access-control-max-age": ("[0-9]+", "how long a browser may remember it is each middleware's own"),
}
"""Headers that one service may send and another leave out, each with the form of a value that need not agree, and why."""

COMPARED_IN_FORM: Mapping[str, str] = {
    "allow": "methods come in any order, and OPTIONS may be among them",
    "content-length": "white space is each service's own; it has to be right, and no 204 or 304 has one",
    "content-type": "the media type counts, not its parameters",
    "date": "services do not answer at the same moment",
    "etag": "the tag of a version counts; another one is a framework's own",
    "link": "parameters come in any order, and a cursor holds an id",
    "location": "ids may differ, and it may be absolute",
    "retry-after": "at a limit (429) it is what is left of a minute, which begins when a service counts the first attempt",
    "www-authenticate": "the scheme and the error count, not how they are written",
    "x-request-id": "a new one is random",
}
"""Headers of which what they say is compared, not how, and why.

Every header that is in neither table is compared as it is, whatever its name is.
"""

_LOCATION = re.compile(r"(?:https?://[^/]+)?/users/(\d+)")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DATE = re.compile(r"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT")
_AFTER = re.compile(rb"after:([1-9][0-9]*)")
_USER = {"id", "name", "email", "age", "created_at", "updated_at", "version"}
_PROFILE = {"user_id", "bio", "location", "website", "updated_at"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer that can be compared with those of other services."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def values(self) -> dict[str, list[str]]:
        """The values of each header, in the order in which they came."""
        found: dict[str, list[str]] = {}
        for name, value in self.headers:
            found.setdefault(name, []).append(value)
        return found

    @property
    def refuses(self) -> bool:
        """Whether it is any error of the client, a server's own 5xx to what it does not know, or no answer at all."""
        return self.status == 0 or 400 <= self.status < 500 or self.status in (501, 505)


@dataclass(slots=True)
class Memory:
    """What one service has told so far."""

    wallet: Wallet = field(default_factory=Wallet)
    ids: dict[int, int] = field(default_factory=dict)
    _numbers: dict[int, int] = field(default_factory=dict)
    _created: dict[int, str] = field(default_factory=dict)
    _updated: dict[tuple[int, int], str] = field(default_factory=dict)
    _profiles: dict[int, tuple[tuple[Any, ...], str]] = field(default_factory=dict)

    def learn(self, number: int, user_id: int) -> None:
        """Note which id the service gave to a user."""
        self.ids[number] = user_id
        self._numbers[user_id] = number

    def number_of(self, user_id: str) -> int | None:
        return self._numbers.get(int(user_id)) if user_id.isdecimal() and len(user_id) < 20 else None

    def outcome(self, answer: Answer, sent: bytes, *, to_head: bool) -> Outcome:
        """Return the answer to the request `sent` in a form that can be compared."""
        headers = [
            (name, told)
            for name, value in answer.headers
            if not _is_left_to_the_server(name, value) and (told := self._header(name, value, answer, sent, to_head)) is not None
        ]
        # The order of headers says nothing, but for those of one name.
        return Outcome(answer.status, tuple(sorted(headers, key=itemgetter(0))), self._body(answer, to_head=to_head))

    def _header(self, name: str, value: str, answer: Answer, sent: bytes, to_head: bool) -> str | None:
        """Return what a header says; nothing where it says nothing that has to agree."""
        match name:
            case "content-length" if answer.status in (204, 304):
                return value
            case "content-length" if to_head:
                return None if re.fullmatch("[1-9][0-9]*", value) else value
            case "content-length":
                return None if value == str(len(answer.body)) else value
            case "content-type":
                return value.partition(";")[0].strip().lower()
            case "date":
                return "<now>" if _DATE.fullmatch(value) else value
            case "x-request-id":
                return _request_id(value, sent)
            case "allow":
                return ", ".join(sorted({method.strip() for method in value.split(",")} - {"OPTIONS"}))
            case "etag":
                return value if re.fullmatch(r'(?:W/)?"[0-9]+"', value) else None
            case "location":
                return _LOCATION.sub(lambda found: f"/users/{self._named(found[1])}", value)
            case "link":
                return self._link(value)
            case "www-authenticate":
                error = re.search(r'error\s*=\s*"?([^",\s]+)', value)
                return f"{value.split(' ')[0].lower()} {error[1] if error else ''}".strip()
            case "retry-after" if answer.status == 429:
                return _seconds(value)
        return value

    def _link(self, value: str) -> str:
        """Return the parameters of the next page; a default that is written out says nothing."""
        found = re.fullmatch(r'<(?:https?://[^/]+)?(/[^?>]*)\?([^>]*)>\s*;\s*rel="?next"?', value)
        if not found:
            return value
        pairs = [parameter.partition("=")[::2] for parameter in found[2].split("&")]
        named = {name: self._cursor(text) if name == "cursor" else unquote(text) for name, text in pairs}
        known = {name: text for name, text in named.items() if name in ("limit", "cursor", "email", "expand")}
        return f"{found[1]} {sorted(pair for pair in known.items() if pair != ('limit', '20'))} next"

    def _body(self, answer: Answer, *, to_head: bool) -> bytes:
        media_type = (answer.header("content-type") or "").partition(";")[0].strip().lower()
        if media_type == "text/html" and answer.status < 400:
            # The contract says what the page does, not what it looks like.
            return b"<a page>"
        if 300 <= answer.status < 400 or to_head or not media_type.endswith("json"):
            return answer.body
        try:
            document = json.loads(answer.body)
        except (ValueError, RecursionError):
            return answer.body
        if isinstance(document, dict) and "openapi" in document:
            return b"<a document>"
        told = self._problem(document, answer) if answer.status >= 400 else self._value(document)
        return json.dumps(told, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")

    def _problem(self, problem: Any, answer: Answer) -> Any:
        """Return what a problem says: not its words."""
        if not isinstance(problem, dict):
            return problem
        told = {name: value for name, value in problem.items() if name != "detail"}
        told["has a detail"] = isinstance(problem.get("detail"), str) and problem["detail"] != ""
        # That the body as a whole is wrong may be said by an empty pointer or by none.
        if "errors" in told and (places := _places(told.pop("errors"))) != [""]:
            told["errors"] = places
        instance = unquote(str(problem.get("instance")))
        told["instance"] = re.sub(r"(?<=^/users/)\d+", lambda found: self._named(found[0]), instance)
        if told.get("request_id") == answer.header("x-request-id"):
            told["request_id"] = "<that of the header>"
        return told

    def _value(self, value: Any) -> Any:
        """Return a document with ids, times, cursors and tokens replaced by what they stand for."""
        if isinstance(value, list):
            return [self._value(item) for item in value]
        if not isinstance(value, dict):
            return value
        if {"access_token", "refresh_token"} <= value.keys():
            return self.wallet.described(value, self._named)
        told = {name: self._value(item) for name, item in value.items()}
        if isinstance(value.get("next_cursor"), str):
            told["next_cursor"] = self._cursor(value["next_cursor"])
        if value.keys() >= _USER:
            told |= self._user(value)
        elif value.keys() == _PROFILE:
            told |= self._profile(value)
        return told

    def _named(self, user_id: str) -> str:
        number = self.number_of(user_id)
        return user_id if number is None else f"<user {number}>"

    def _cursor(self, cursor: str) -> str:
        try:
            plain = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except (binascii.Error, ValueError):
            return cursor
        found = _AFTER.fullmatch(plain)
        canonical = found and base64.urlsafe_b64encode(plain).rstrip(b"=").decode() == cursor
        return f"<after {self._named(found[1].decode())}>" if found and canonical else cursor

    def _user(self, user: Mapping[str, Any]) -> dict[str, Any]:
        number, version = self.number_of(str(user["id"])), user["version"]
        if number is None or type(version) is not int:
            return {}
        created, updated = str(user["created_at"]), str(user["updated_at"])
        key = (number, version)
        made = self._created.setdefault(number, created)
        changed = self._updated.setdefault(key, updated)
        since = self._updated.get((number, version - 1), made)
        sound = updated == changed and updated >= since and (version > 1 or updated == made)
        return {
            "id": self._named(str(user["id"])),
            "created_at": "<made>" if created == made else created,
            "updated_at": f"<version {version}>" if sound else f"{updated}, unlike {changed}",
        }

    def _profile(self, profile: Mapping[str, Any]) -> dict[str, Any]:
        number, updated = self.number_of(str(profile["user_id"])), str(profile["updated_at"])
        if number is None:
            return {}
        values = (profile["bio"], profile["location"], profile["website"])
        before = self._profiles.get(number)
        self._profiles[number] = (values, updated)
        # A profile that did not change keeps its time.
        sound = before is None or (updated == before[1] if values == before[0] else updated >= before[1])
        name = "<then>" if sound or before is None else f"{updated}, after {before[1]}"
        return {"user_id": self._named(str(profile["user_id"])), "updated_at": name}


def _is_left_to_the_server(name: str, value: str) -> bool:
    form, _ = LEFT_TO_THE_SERVER.get(name, ("", ""))
    return bool(form and re.fullmatch(form, value))


def _request_id(value: str, sent: bytes) -> str:
    return "<new>" if _UUID.fullmatch(value) and value.encode() not in sent else value


def _seconds(value: str) -> str:
    """Name the time for which a limit still holds, which is a minute at most."""
    return "<1 to 60>" if re.fullmatch(r"[1-9]|[1-5][0-9]|60", value) else value


def _places(errors: Any) -> Any:
    """Return where the errors are, each once and in order; what is no list of them stays as it is."""
    try:
        return sorted({error["pointer"] if "pointer" in error else f"parameter {error['parameter']}" for error in errors})
    except (TypeError, KeyError):
        return errors
