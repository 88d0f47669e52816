"""Differences planted between a service and its client, to show that the differential fuzzer finds them."""

import json
import re
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from differential.case import cursor_after
from differential.tokens import changed, claims_of
from tests.support.machine import HOST
from tests.support.services import SLUG, WITH_LOGINS

Change = Callable[[bytes], bytes]
Replacement = bytes | Callable[[re.Match[bytes]], bytes]


@dataclass(frozen=True)
class Plant:
    """A difference by its effect on the bytes, or as a setting. No body gets longer or shorter, so every length stays right.

    One in what the fuzzer calls `malformed` is looked for among those requests alone.
    """

    difference: str
    on_request: Change = bytes
    on_answer: Change = bytes
    settings: Mapping[str, str] = field(default_factory=dict)
    malformed: bool = False


def replaced(pattern: bytes, replacement: Replacement) -> Change:
    return lambda data: re.sub(pattern, replacement, data)


def request(difference: str, pattern: bytes, replacement: Replacement, *, malformed: bool = False) -> Plant:
    return Plant(difference, on_request=replaced(pattern, replacement), malformed=malformed)


def answer(difference: str, pattern: bytes, replacement: Replacement) -> Plant:
    return Plant(difference, on_answer=replaced(pattern, replacement))


def with_header(difference: str, start: bytes, line: bytes) -> Plant:
    """Return a plant of one header line more in each answer whose head goes on with `start` after `HTTP/1.1 `."""
    return answer(difference, rb"(?<=HTTP/1.1 )(?=%b)([^\r]*\r\n)" % start, rb"\1%b\r\n" % line)


def _next_digit(found: re.Match[bytes]) -> bytes:
    return found[1] + b"%d" % ((int(found[2]) + 1) % 10)


def _page_after_another(found: re.Match[bytes]) -> bytes:
    cursors = [cursor_after(user_id).encode() for user_id in range(9, 0, -1)]
    return found[1] + (cursors[-1] if len(found[2]) == len(cursors[-1]) else found[2])


PLANTS = (
    answer("Location is lost", rb"\r\nLocation:", b"\r\nXocation:"),
    answer("422 for 400", rb"HTTP/1.1 400 ", b"HTTP/1.1 422 "),
    answer("400 for 409", rb"HTTP/1.1 409 ", b"HTTP/1.1 400 "),
    answer("an error at another place", rb'"pointer":"/age"', b'"pointer":"/agf"'),
    answer("an error at no place", rb'"pointer":"/name"', b'"pointex":"/name"'),
    answer("another status in the problem", rb'"status":404', b'"status":400'),
    answer("another title", rb'"title":"Conflict"', b'"title":"Conflikt"'),
    answer("a detail that is missing", rb'"detail":"User', b'"detajl":"User'),
    answer("404 for 412", rb"HTTP/1.1 412 ", b"HTTP/1.1 404 "),
    answer("500 for 415", rb"HTTP/1.1 415 ", b"HTTP/1.1 500 "),
    answer("kept by caches", rb"Cache-Control: no-store", b"Cache-Control: no-cache"),
    answer("an ETag of another version", rb'(?i)(etag: ")(\d)', _next_digit),
    answer("a method missing from Allow", rb"Allow: GET, HEAD, PUT\r\n", b"Allow: GET, PUT\r\nX: x\r\n"),
    answer("updated_at a millisecond late", rb'("updated_at":"[-:.T\d]{22})(\d)', _next_digit),
    answer("every version counted up once more", rb'("version":)(\d)', _next_digit),
    answer("the cursor of an earlier page", rb'("next_cursor":")(\w{10})(?=")', _page_after_another),
    request("If-Match is not looked at", rb"\r\nIf-Match:", b"\r\nXf-Match:"),
    request("If-None-Match is not looked at", rb"\r\nIf-None-Match:", b"\r\nXf-None-Match:"),
    request("expand is not looked at", rb"expand=profile", b"expend=profile"),
    request("limit=0 is taken for 1", rb"limit=0", b"limit=1"),
    request("a lone surrogate is replaced", rb"\\ud800", rb"\\ufffd"),
    request("NUL is taken for another control character", rb"\\u0000", rb"\\u0001"),
    request("a request id may be longer", rb"x{129}", b"x" * 128 + b" "),
    request("any origin is allowed", rb"Origin: https://evil.example.com", b"Origin:  https://app.example.com"),
    request("numbers that are not JSON", rb"(?<=:)(?:01|1\.|1e|\+1|\.5)(?=[,}])", b"11"),
    request("two unlike lengths", rb"(Content-Length: 44\r\n)Content-Length: 4[35]", rb"\1Xontent-Length: 43", malformed=True),
    request("methods in lower case", rb"^(?:get|Get) /", b"GET /", malformed=True),
    with_header("Strict-Transport-Security", rb"", b"Strict-Transport-Security: max-age=63072000"),
    with_header("X-Secret in a 404", rb"404 ", b"X-Secret: x"),
    with_header("deprecation in lower case beside an ETag", rb"(?s:200 .*\r\nEtag: )", b"deprecation: @1688169599"),
    with_header("the version of the server", rb"", b"Server: gin/1"),
    with_header("another word for what the connection does", rb"", b"Connection: upgrade"),
    with_header("a length without a body", rb"204 ", b"Content-Length: 0"),
    with_header("a header twice", rb"", b"Cache-Control: no-store"),
    answer("a date in another form", rb"\r\nDate: (\w+, [\w :]+) GMT", rb"\r\nDate: \1 +0000"),
    answer("no date", rb"\r\nDate: [^\r]+", b""),
)


def _with_other_headers(data: bytes) -> bytes:
    if not data.startswith(b"HTTP/1.1 "):
        return data
    head, end, body = data.partition(b"\r\n\r\n")
    status, *lines = head.split(b"\r\n")
    lines = [b": ".join([name.upper(), value]) for name, value in (line.split(b": ", 1) for line in reversed(lines))]
    return b"\r\n".join([status, b"Server: gin", *lines, b"Connection: close"]) + end + body


def _in_other_words(data: bytes) -> bytes:
    """Change words, white space, the order of members and the spelling of headers, and so the length."""
    head, end, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\nContent-Length: (\d+)", head)
    if not data.startswith(b"HTTP/1.1 ") or not length or int(length[1]) != len(body) or not body.startswith(b"{"):
        return data
    document = json.loads(body)
    if "openapi" in document:
        return data
    if "detail" in document:
        document["detail"] = "Something is wrong"
    for error in document.get("errors", []):
        error["message"] = "is wrong"
    told = json.dumps(dict(reversed(document.items())), indent=2).encode() + b"\n"
    head = head.replace(length[0], b"\r\ncontent-length: %d" % len(told))
    head = re.sub(rb"(?i)(\r\nContent-Type: application/(?:problem\+)?json)", rb"\1; charset=utf-8", head)
    head = re.sub(rb'(?i)(\r\nWWW-Authenticate: )Bearer error="', rb'\1Bearer realm="users", error="', head)
    return head + end + told


# No difference: what the fuzzer must not take for one.
PERMITTED = (
    Plant("other headers that say the same", on_answer=_with_other_headers),
    Plant("other words, order and white space", on_answer=_in_other_words),
    request("a whole number with a point is refused", rb"(?<=:)(\d\d)\.0(?=[,}])", rb"\1.5"),
    request("a parameter that comes twice is refused", rb"(limit=)\d+(&(?:[^ ]*&)?limit=)\d", rb"\1x\2x"),
    request("a byte order mark is passed over", b"\xef\xbb\xbf\\{", b"   {"),
    request("one space alone before the token", rb"(Authorization: Bearer)  +", rb"\1 x"),
    request("the first of two tokens counts", rb"(\r\nAuthorization: [^\r]*)\r\nAuthorization:", rb"\1\r\nX:"),
)

SECRET = WITH_LOGINS["JWT_SECRET"]
_TOKEN = rb"(?<=Bearer )[\w-]+\.[\w-]+\.[\w-]*"
_ACCESS_TOKEN = rb'(?<="access_token":")[^"]+'


def tokens_in(pattern: bytes, change: Callable[[str], str]) -> Change:
    """Return a change of every token that the pattern finds."""

    def token(found: re.Match[bytes]) -> bytes:
        try:
            return change(found[0].decode()).encode()
        except (ValueError, AttributeError, RecursionError):
            # What is no token, or has no object in it.
            return found[0]

    return replaced(pattern, token)


def _with_time(token: str) -> str:
    return changed(token, "claims exp=now+900", SECRET) if isinstance(claims_of(token).get("exp"), int) else token


def _for_us(token: str) -> str:
    claims = claims_of(token)
    return changed(token, f'claims aud="{SLUG}"', SECRET) if "sub" in claims and claims.get("aud") != SLUG else token


def _of_another_session(data: bytes) -> bytes:
    other = "0b5f3c1e-6d6c-4f0e-9f55-0c6f3f6f2d00"
    if not data.startswith(b"POST /auth/logout "):
        return data
    return tokens_in(
        _TOKEN, lambda token: changed(changed(token, f'claims sid="{other}"', SECRET), f'claims jti="{other}"', SECRET)
    )(data)


class _KeepsSpent:
    """A refresh token that comes again is not known any more, and so its session goes on."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()

    def on_request(self, data: bytes) -> bytes:
        return re.sub(rb'("refresh_token"\s*:\s*")([\w-]{43})', self._once, data)

    def _once(self, found: re.Match[bytes]) -> bytes:
        if found[2] in self._seen:
            return found[1] + b"A" * 43
        self._seen.add(found[2])
        return found[0]


class _KeepsRoles:
    """A session goes on with the role that its user has now."""

    def __init__(self) -> None:
        self._roles: dict[str, str] = {}
        self._changes: dict[str, int] = {}

    def on_answer(self, data: bytes) -> bytes:
        for user_id, role in re.findall(rb'"id":(\d+),[^{}]*"role":"(\w+)"', data):
            user, now = user_id.decode(), role.decode()
            self._changes[user] = self._changes.get(user, 0) + (self._roles.get(user, now) != now)
            self._roles[user] = now
        return data

    def on_request(self, data: bytes) -> bytes:
        return tokens_in(_TOKEN, self._renewed)(data)

    def _renewed(self, token: str) -> str:
        user = str(claims_of(token).get("sub"))
        if not self._changes.get(user) or claims_of(token).get("epoch") != 1:
            return token
        with_role = changed(token, f'claims role="{self._roles[user]}"', SECRET)
        return changed(with_role, f"claims epoch={1 + self._changes[user]}", SECRET)


class _TypeBeforeCaller:
    """A body of another type is refused whoever sends it: the caller is replaced by the first one, who is the admin."""

    def __init__(self) -> None:
        self._admin = b""

    def on_request(self, data: bytes) -> bytes:
        found = re.search(rb"\r\nAuthorization: [^\r]+", data)
        self._admin = self._admin or (found[0] if found else b"")
        if not re.search(rb"\r\nContent-Type: (?:text|json|multipart|application/x)", data):
            return data
        head, end, body = re.sub(rb"(?i)\r\nAuthorization:[^\r]*", b"", data).partition(b"\r\n\r\n")
        return head + self._admin + end + body


_spent, _roles, _type = _KeepsSpent(), _KeepsRoles(), _TypeBeforeCaller()
PLANTS_OF_LOGINS = (
    answer("403 for 401", rb"HTTP/1.1 401 ", b"HTTP/1.1 403 "),
    answer("404 for 403", rb"HTTP/1.1 403 ", b"HTTP/1.1 404 "),
    answer("no word of a bad token", rb'Bearer error="invalid_token"', b"Bearer"),
    answer("no word of when to try again", rb"\r\nRetry-After:", b"\r\nXetry-After:"),
    answer("a refresh token that is not canonical", rb'("refresh_token":"[\w-]{42})[\w-]', rb"\1B"),
    Plant(
        "a token that lives a second longer",
        on_answer=tokens_in(_ACCESS_TOKEN, lambda token: changed(token, "claims exp=now+901", SECRET)),
    ),
    Plant(
        "an epoch that is not counted up",
        on_answer=tokens_in(_ACCESS_TOKEN, lambda token: changed(token, "claims epoch=1", SECRET)),
    ),
    request("a scheme with capitals alone", rb"\r\nAuthorization: (?!Bearer)(?i:bearer) ", b"\r\nAuthorization: Basic "),
    Plant("a token that has expired", on_request=tokens_in(_TOKEN, _with_time)),
    Plant("a token for somebody else", on_request=tokens_in(_TOKEN, _for_us)),
    Plant("any algorithm and any signature", on_request=tokens_in(_TOKEN, lambda token: changed(token, "alg HS256", SECRET))),
    Plant("the type of the body before the caller", on_request=_type.on_request),
    Plant("a logout that ends nothing", on_request=_of_another_session),
    Plant("a spent refresh token that ends nothing", on_request=_spent.on_request),
    Plant("a role that changes and ends nothing", on_request=_roles.on_request, on_answer=_roles.on_answer),
    request("a common password", rb"(?i)(1qaz2wsx3ed)c", rb"\1d"),
    request("the first address that was forwarded", rb"(X-Forwarded-For: )([^,\r]+), ([^,\r]+)\r", rb"\1\3, \2\r"),
    Plant("one attempt more", settings={"LOGIN_ATTEMPTS_PER_MINUTE": "3"}),
    Plant("anyone is a trusted proxy", settings={"TRUSTED_PROXIES": "0.0.0.0/0"}),
    Plant("no registration", settings={"REGISTRATION_ENABLED": "false"}),
    Plant("a tenant", settings={"JWT_TENANT": "acme"}),
)


@contextmanager
def proxy(port: int, plant: Plant | None) -> Iterator[int]:
    """Yield the port of a proxy in front of a service's."""
    on_request = plant.on_request if plant else bytes
    on_answer = plant.on_answer if plant else bytes

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            client: socket.socket = self.request
            # Limits count by the address.
            with socket.create_connection((HOST, port), source_address=(self.client_address[0], 0)) as service:
                requests = threading.Thread(target=_copy, args=(client, service, on_request))
                requests.start()
                _copy(service, client, on_answer)
                with suppress(OSError):
                    client.shutdown(socket.SHUT_RDWR)
                requests.join()

    with socketserver.ThreadingTCPServer((HOST, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def _copy(source: socket.socket, target: socket.socket, changed: Callable[[bytes], bytes]) -> None:
    """Hand on what comes until it ends, and the end too."""
    with suppress(OSError):
        while data := source.recv(1 << 21):
            target.sendall(changed(data))
        target.shutdown(socket.SHUT_WR)
