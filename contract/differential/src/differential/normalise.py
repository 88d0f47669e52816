"""Answers with everything that may differ between services replaced by what it stands for.

Users are numbered in the order of their creation. A time is named by what it belongs to, and a service that tells
another time for the same thing later is shown as it is, so that the services disagree about it.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field

from differential.tokens import Wallet
from differential.wire import Answer

COMPARED_HEADERS = frozenset(
    (
        *(
            "allow",
            "cache-control",
            "content-encoding",
            "content-type",
            "etag",
            "link",
            "location",
            "retry-after",
            "set-cookie",
            "vary",
        ),
        *("www-authenticate", "x-content-type-options", "x-powered-by", "x-request-id"),
        *(f"access-control-{rest}" for rest in ("allow-credentials", "allow-headers", "allow-methods", "allow-origin")),
        *(f"access-control-{rest}" for rest in ("expose-headers", "max-age")),
    )
)
_TIME = rb'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"'
_TEXT = rb'"(?:[^"\\]|\\.)*"'
_USER = re.compile(
    rb'"id":(\d+),("name":%b,"email":%b,"age":(?:null|\d+)(?:,"role":"[a-z]+")?),"created_at":%b,"updated_at":%b,"version":(\d+)'
    % (_TEXT, _TEXT, _TIME, _TIME)
)
_PROFILE = re.compile(rb'"user_id":(\d+),("bio":%b,"location":%b,"website":%b),"updated_at":%b' % (_TEXT, _TEXT, _TEXT, _TIME))
_NEXT_CURSOR = re.compile(rb'"next_cursor":"([^"]*)"')
_LINK_CURSOR = re.compile(r"(?<=[?&]cursor=)[^&>]*")
_DETAIL = re.compile(rb'"detail":"User (\d+) ')
_INSTANCE = re.compile(rb'"instance":"/users/((?:%3)?\d(?:(?:%3)?\d)*)')
_LOCATION = re.compile(r"/users/(\d+)")
_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_AFTER = re.compile(rb"after:([1-9][0-9]*)")


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer that can be compared with those of other services."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

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
    _created: dict[int, bytes] = field(default_factory=dict)
    _updated: dict[tuple[int, int], bytes] = field(default_factory=dict)
    _profiles: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)

    def learn(self, number: int, user_id: int) -> None:
        """Note which id the service gave to a user."""
        self.ids[number] = user_id
        self._numbers[user_id] = number

    def number_of(self, user_id: str) -> int | None:
        return self._numbers.get(int(user_id)) if user_id.isdecimal() and len(user_id) < 20 else None

    def outcome(self, answer: Answer, sent: bytes) -> Outcome:
        """Return the answer to the request `sent` in a form that can be compared."""
        given = answer.header("x-request-id")
        headers = sorted((name, self._header(name, value, sent)) for name, value in answer.headers if name in COMPARED_HEADERS)
        if answer.status == 429:
            headers = [(name, _seconds(value) if name == "retry-after" else value) for name, value in headers]
        # A server may name itself, but not its version.
        headers += [(name, value) for name, value in answer.headers if name == "server" and re.search(r"\d", value)]
        if sent.startswith(b"HEAD "):
            headers += [(name, "<that of GET>") for name, _ in answer.headers if name == "content-length"]
        return Outcome(answer.status, tuple(headers), self._body(answer, given))

    def _header(self, name: str, value: str, sent: bytes) -> str:
        match name:
            case "x-request-id":
                return _request_id(value, sent)
            case "location":
                return _LOCATION.sub(lambda found: f"/users/{self._named(found[1])}", value)
            case "link":
                return _LINK_CURSOR.sub(lambda found: self._cursor(found[0].encode()).decode("latin-1"), value)
        return value

    def _body(self, answer: Answer, request_id: str | None) -> bytes:
        media_type = answer.header("content-type") or ""
        if media_type.startswith("text/html") and answer.status == 200:
            # The contract says what the page does, not what it looks like.
            return b"<a page>"
        if answer.status == 200 and b'"openapi":' in answer.body[:40]:
            return answer.body
        body = _USER.sub(self._user, self.wallet.described(answer.body, self._named))
        body = _PROFILE.sub(self._profile, body)
        body = _NEXT_CURSOR.sub(lambda found: b'"next_cursor":"%b"' % self._cursor(found[1]), body)
        body = _DETAIL.sub(lambda found: b'"detail":"User %b ' % self._named(found[1].decode()).encode(), body)
        body = _INSTANCE.sub(
            lambda found: b'"instance":"/users/%b' % self._named(found[1].decode().replace("%3", "")).encode(), body
        )
        header = b'"request_id":"%b"' % (request_id or "").encode("latin-1")
        return body.replace(header, b'"request_id":<that of the header>') if request_id else body

    def _named(self, user_id: str) -> str:
        number = self.number_of(user_id)
        return user_id if number is None else f"<user {number}>"

    def _cursor(self, cursor: bytes) -> bytes:
        try:
            plain = base64.urlsafe_b64decode(cursor + b"=" * (-len(cursor) % 4))
        except binascii.Error:
            return cursor
        found = _AFTER.fullmatch(plain)
        canonical = found and base64.urlsafe_b64encode(plain).rstrip(b"=") == cursor
        return b"<after %b>" % self._named(found[1].decode()).encode() if found and canonical else cursor

    def _user(self, found: re.Match[bytes]) -> bytes:
        user_id, values, created, updated, version = found.groups()
        number = self._numbers.get(int(user_id))
        if number is None:
            return found[0]
        key = (number, int(version))
        made = self._created.setdefault(number, created)
        changed = self._updated.setdefault(key, updated)
        since = self._updated.get((number, key[1] - 1), made)
        made_name = b"<made>" if created == made else created
        sound = updated == changed and updated >= since and (key[1] > 1 or updated == made)
        changed_name = b"<version %b>" % version if sound else b"%b, unlike %b" % (updated, changed)
        return b'"id":%b,%b,"created_at":%b,"updated_at":%b,"version":%b' % (
            self._named(user_id.decode()).encode(),
            values,
            made_name,
            changed_name,
            version,
        )

    def _profile(self, found: re.Match[bytes]) -> bytes:
        user_id, values, updated = found.groups()
        number = self._numbers.get(int(user_id))
        if number is None:
            return found[0]
        before = self._profiles.get(number)
        self._profiles[number] = (values, updated)
        # A profile that did not change keeps its time.
        sound = before is None or (updated == before[1] if values == before[0] else updated >= before[1])
        name = b"<then>" if sound or before is None else b"%b, after %b" % (updated, before[1])
        return b'"user_id":%b,%b,"updated_at":%b' % (self._named(user_id.decode()).encode(), values, name)


def _request_id(value: str, sent: bytes) -> str:
    return "<new>" if _UUID4.fullmatch(value) and value.encode() not in sent else value


def _seconds(value: str) -> str:
    """Name the time for which a limit still holds, which is a minute at most."""
    return "<1 to 60>" if re.fullmatch(r"[1-9]|[1-5][0-9]|60", value) else value
