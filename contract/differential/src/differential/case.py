"""What is sent: requests in parts that can be shrunk, and bytes for one connection."""

import base64
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class UserId:
    """Stands for the id that each service gave to the user; users are numbered in the order of their creation."""

    user: int
    percent_encoded: bool = False


@dataclass(frozen=True, slots=True)
class Cursor:
    """Stands for the cursor of the page after the user."""

    user: int


Part = bytes | UserId | Cursor
Ids = Mapping[int, int]
"""The ids that one service gave, by the number of the user."""


def words(text: str) -> tuple[str, ...]:
    """Return the words of a table."""
    return tuple(text.split())


def choices(text: str) -> tuple[str, ...]:
    """Return the choices of a table, which stand between bars; white space around one is no part of it."""
    return tuple(choice.strip(" \n") for choice in text.split("¦"))


def cursor_after(user_id: int | str) -> str:
    return base64.urlsafe_b64encode(f"after:{user_id}".encode()).rstrip(b"=").decode()


def rendered(parts: Iterable[Part], ids: Ids) -> bytes:
    """Return the bytes for one service."""
    out = bytearray()
    for part in parts:
        match part:
            case UserId():
                digits = str(ids[part.user])
                out += "".join(f"%{ord(digit):x}" for digit in digits).encode() if part.percent_encoded else digits.encode()
            case Cursor():
                out += cursor_after(ids[part.user]).encode()
            case _:
                out += part
    return bytes(out)


Header = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose framing is sound.

    `route` is what the figures call it, `user` the number of the one it names, `session` that of the one it uses. It comes
    from the address `source` where that is given, on a connection of its own. With `has_one_fault` nothing else is wrong with it
    than one thing, so that there is one refusal alone.
    """

    route: str
    method: bytes
    path: tuple[Part, ...]
    query: tuple[tuple[Part, ...], ...] = ()
    headers: tuple[Header, ...] = ()
    body: bytes | None = None
    chunks: tuple[int, ...] = ()
    user: int | None = None
    session: int | None = None
    source: str = ""
    has_one_fault: bool = False

    @property
    def to_head(self) -> bool:
        return self.method == b"HEAD"

    @property
    def names_origin_oddly(self) -> bool:
        """Whether there is more than one Origin, or one in capitals, which no browser sends."""
        origins = [value for name, value in self.headers if name.lower() == b"origin"]
        return len(origins) > 1 or any(value != value.lower() for value in origins)

    def bytes_for(self, authority: str, ids: Ids, filled: Callable[[bytes], bytes] = bytes) -> bytes:
        """Return the bytes for one service; `filled` puts its tokens in the place of their marks."""
        target: list[Part] = [*self.path]
        for number, parameter in enumerate(self.query):
            target += [b"&" if number else b"?", *parameter]
        lines = [b"%s %s HTTP/1.1" % (self.method, rendered(target, ids)), b"Host: " + authority.encode()]
        lines += [b"%s: %s" % header for header in self.headers]
        head = filled(b"\r\n".join(lines))
        if self.body is None:
            return head + b"\r\n\r\n"
        body = filled(self.body)
        if self.chunks:
            return b"\r\n".join([head, b"Transfer-Encoding: chunked", b"", chunked(body, self.chunks)])
        return b"\r\n".join([head, b"Content-Length: %d" % len(body), b"", body])


def chunked(body: bytes, sizes: Sequence[int]) -> bytes:
    """Return a chunked body, cut at `sizes` in turn; what they leave over is the last chunk."""
    out, start = bytearray(), 0
    for size in [*sizes, len(body)]:
        piece = body[start : start + size]
        start += size
        if piece:
            out += b"%x\r\n%s\r\n" % (len(piece), piece)
    return bytes(out) + b"0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Exchange:
    """Bytes for a connection of their own. `heads` tells for each expected answer whether it answers HEAD.

    Where users log in, every request in it that names a host comes from the admin if it is `as_admin`.
    """

    family: str
    data: bytes
    heads: tuple[bool, ...] = (False,)
    half_close: bool = False
    as_admin: bool = False


@dataclass(slots=True)
class KnownUser:
    """A user as all services told of it."""

    number: int
    name: str
    email: str
    age: int | None
    version: int
    password: str | None = None


@dataclass(slots=True)
class Session:
    """One login with all that was refreshed from it: the numbers of its pairs of tokens, the latest one last."""

    user: int
    begun: int
    pairs: list[int]
    is_over: bool = False


@dataclass(slots=True)
class Known:
    """What the services agree on so far, and so what a request can refer to.

    With `logins`, pair 0 is that of the admin whom the run calls as, and `coming` are requests that follow one another.
    `failures` counts the failed logins of an address: what is limited in time must not be left to the clock.
    """

    users: dict[int, KnownUser] = field(default_factory=dict)
    deleted: list[int] = field(default_factory=list)
    logins: bool = False
    sessions: dict[int, Session] = field(default_factory=dict)
    coming: list[Request] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)

    def live_sessions(self) -> list[Session]:
        return [session for session in self.sessions.values() if not session.is_over]


class Dice:
    """The random choices of one case. `number` is that of the case, which makes values unique."""

    def __init__(self, seed: int, number: int) -> None:
        self.number = number
        self._random = random.Random(f"{seed}/{number}")  # noqa: S311 - a replay has to make the same choices

    def chance(self, percent: float) -> bool:
        return self._random.random() * 100 < percent

    def among(self, choices: Sequence[T]) -> T:
        return choices[int(self._random.random() * len(choices))]

    def weighted(self, *choices: tuple[float, T]) -> T:
        at = self._random.random() * sum(weight for weight, _ in choices)
        for weight, choice in choices:
            at -= weight
            if at < 0:
                return choice
        return choices[-1][1]

    def whole(self, low: int, high: int) -> int:
        return low + int(self._random.random() * (high - low + 1))

    def shuffled(self, items: Iterable[T]) -> list[T]:
        mixed = list(items)
        self._random.shuffle(mixed)
        return mixed
