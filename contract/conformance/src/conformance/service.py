"""The service under test, as its client sees it."""

import copy
import errno
import http.client
import ipaddress
import itertools
import json
import secrets
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
import pytest

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
PROBLEM = "application/problem+json"
# What a body may have at most, in bytes.
MAX_BODY = 1 << 20

Headers = Mapping[str, str] | Sequence[tuple[str, str]]
Result = TypeVar("Result")

_run = secrets.token_hex(4)
_numbers = itertools.count(1)


class DisagreementError(pytest.fail.Exception):  # type: ignore[misc, name-defined]  # made at run time
    """The service does something that the contract does not."""

    def __init__(self, text: str) -> None:
        # Without a traceback, which would say nothing of the service and cost more than the case.
        super().__init__(text, pytrace=False)
        self.text = text


@dataclass(frozen=True)
class Answer:
    """One answer of the service, with the request that it answers."""

    method: str
    target: str
    sent_headers: tuple[tuple[str, str], ...]
    sent_body: bytes
    status: int
    headers: httpx.Headers
    body: bytes
    is_documented: bool = field(default=True, compare=False)
    # The host and port that were asked, which a relative Location leads to.
    authority: str = "localhost"

    @property
    def path(self) -> str:
        """The path of the request target as it was sent, without the query."""
        path = self.target.partition("?")[0]
        if "://" in path:
            path = "/" + path.partition("://")[2].partition("/")[2]
        return path

    @property
    def media_type(self) -> str:
        """The Content-Type without its parameters."""
        return str(self.headers.get("Content-Type", "")).partition(";")[0].strip().lower()

    @property
    def data(self) -> Any:
        """The body, parsed as JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise DisagreementError(f"the body is JSON\n{self.describe()}") from None

    def __getitem__(self, name: str) -> Any:
        """Return the member of a JSON object, or fail with the whole exchange."""
        data = self.data
        if not isinstance(data, dict) or name not in data:
            raise DisagreementError(f"the body has a member {name}\n{self.describe()}")
        return data[name]

    def describe(self) -> str:
        """Return the exchange as text for a report."""
        headers = "".join(f"\n          {name}: {value}" for name, value in self.sent_headers)
        shown = "".join(
            f"\n          {name}: {value}"
            for name, value in self.headers.multi_items()
            if name.lower() not in {"date", "server", "connection", "content-length", "transfer-encoding"}
        )
        return (
            f"request:  {self.method} {shorten(self.target)}{headers}{_shown_body(self.sent_body)}\n"
            f"answer:   {self.status}{shown}{_shown_body(self.body)}"
        )


def shorten(text: str, limit: int = 400) -> str:
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"


def _shown_body(body: bytes) -> str:
    if not body:
        return ""
    return "\n          " + shorten(body.decode("utf-8", "backslashreplace"))


def unique_email(local: str = "user") -> str:
    """Return an address that no other case and no other run uses."""
    return f"{local}.{unique_token()}@conformance.example"


def unique_token() -> str:
    return f"{_run}.{next(_numbers)}"


def random_address() -> str:
    """Return an IPv4 address that hardly any other attempt to log in comes from."""
    return str(ipaddress.IPv4Address(0x0A000000 + secrets.randbelow(1 << 24)))


def at_once(count: int, call: Callable[[int], Result]) -> list[Result]:
    """Call `call(0)` to `call(count - 1)` in threads that start together, and return the results in that order."""
    barrier = threading.Barrier(count)

    def run(number: int) -> Result:
        barrier.wait()
        return call(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


class Service:
    """A client that sends exactly what a case says, and shows each answer to an observer.

    With `believed_addresses` each login and registration comes from an address of its own, which the service believes,
    so that the limit of an address stops none of them.
    """

    def __init__(self, url: str, timeout: float, observe: Callable[[Answer], None], *, believed_addresses: bool = False) -> None:
        self._url = httpx.URL(url)
        self._timeout = timeout
        self._observe = observe
        self._believed_addresses = believed_addresses
        self._created: list[str] = []
        self._always: list[tuple[str, str]] = []
        self._access_token: Callable[[], str] | None = None
        limits = httpx.Limits(max_connections=50, max_keepalive_connections=20)
        # `identity`: a proxy may compress, and the contract is about the bytes underneath.
        self._client = httpx.Client(timeout=timeout, limits=limits, headers={"Accept-Encoding": "identity"}, trust_env=False)

    def with_header(self, name: str, value: str) -> "Service":
        """Return a client of the same service that sends a header along with every request."""
        other = copy.copy(self)
        other._always = [*self._always, (name, value)]
        return other

    def with_token(self, access_token: str | Callable[[], str]) -> "Service":
        """Return a client of the same service that sends an access token along with every request."""
        other = copy.copy(self)
        other._access_token = (lambda: access_token) if isinstance(access_token, str) else access_token
        return other

    def without_token(self) -> "Service":
        """Return a client of the same service that sends no access token."""
        other = copy.copy(self)
        other._access_token = None
        return other

    @property
    def credentials(self) -> tuple[tuple[str, str], ...]:
        """The header with the access token that this client sends, if it sends one."""
        return (("Authorization", f"Bearer {self._access_token()}"),) if self._access_token else ()

    @property
    def authority(self) -> str:
        return self._url.netloc.decode("ascii")

    def send(
        self,
        method: str,
        target: str,
        *,
        data: Any = None,
        body: bytes | None = None,
        content_type: str | None = None,
        headers: Headers = (),
        is_documented: bool = True,
    ) -> Answer:
        """Send one request and return the answer, whatever its status.

        `target` goes out as it is. A body is `data` as JSON, or the bytes of `body`; its type is that of the method
        unless `content_type` is given, where the empty string stands for no `Content-Type` at all.
        """
        pairs = self._pairs(target, headers)
        if data is not None:
            body = json.dumps(data, ensure_ascii=False).encode("utf-8", "surrogatepass")
        if body is not None and content_type != "":
            pairs.append(("Content-Type", content_type or (MERGE_PATCH if method == "PATCH" else JSON)))
        try:
            response = self._client.request(
                method,
                self._url,
                content=body,
                headers=[(name.encode("ascii"), value.encode("utf-8")) for name, value in pairs],
                extensions={"target": target.encode("ascii")},
            )
        except httpx.HTTPError as error:
            raise DisagreementError(
                f"the service answers\nrequest:  {method} {shorten(target)}{_shown_body(body or b'')}\n"
                f"answer:   none: {type(error).__name__}: {error}"
            ) from error
        return self._received(
            method, target, pairs, body or b"", response.status_code, response.headers, response.content, is_documented
        )

    def get(self, target: str, headers: Headers = ()) -> Answer:
        return self.send("GET", target, headers=headers)

    def post(self, target: str, data: Any, headers: Headers = ()) -> Answer:
        return self.send("POST", target, data=data, headers=headers)

    def put(self, target: str, data: Any, headers: Headers = ()) -> Answer:
        return self.send("PUT", target, data=data, headers=headers)

    def patch(self, target: str, data: Any, headers: Headers = ()) -> Answer:
        return self.send("PATCH", target, data=data, headers=headers)

    def delete(self, target: str, headers: Headers = ()) -> Answer:
        return self.send("DELETE", target, headers=headers)

    def new_user(self, **values: Any) -> dict[str, Any]:
        """Create a user whom only one case knows, and return it."""
        answer = self.post("/users", {"name": "Ada Lovelace", "email": unique_email()} | values)
        user: Any = answer.data
        if answer.status != 201 or not isinstance(user, dict) or not {"id", "version", "email"} <= user.keys():
            raise DisagreementError(f"POST /users creates a user, which this case needs\n{answer.describe()}")
        return user

    def send_raw(
        self, method: str, target: str, headers: Headers, parts: Iterable[bytes] = (), *, is_documented: bool = True
    ) -> Answer:
        """Send a request over a connection of its own, where a client would not let it be sent as it has to be.

        The parts go out as they are, until the service stops to take them.
        """
        pairs = self._pairs(target, headers)
        with self._connect() as connection:
            try:
                connection.sendall(self.head(method, target, pairs))
                for part in parts:
                    connection.sendall(part)
            except (BrokenPipeError, ConnectionResetError):
                pass
            response = http.client.HTTPResponse(connection, method=method)
            try:
                response.begin()
                body = response.read()
            except (OSError, http.client.HTTPException) as error:
                raise DisagreementError(
                    f"the service answers\nrequest:  {method} {target} {pairs}\nanswer:   none: {error!r}"
                ) from error
            received = httpx.Headers(response.getheaders())
            return self._received(method, target, pairs, b"", response.status, received, body, is_documented)

    def exchange(self, request: bytes, *, ends: bool = False) -> bytes:
        """Send bytes and return all that comes back until the service closes the connection, which may be nothing.

        With `ends` the client says that nothing more will come, as one does that breaks off.
        """
        with self._connect() as connection:
            received = b""
            try:
                connection.sendall(request)
                if ends:
                    connection.shutdown(socket.SHUT_WR)
                while part := connection.recv(65536):
                    received += part
            except OSError as error:
                # A server may close before it has read all.
                if error.errno not in (errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN):
                    raise
            return received

    def clean_up(self) -> None:
        """Delete the users that the cases have left behind, as far as the service lets itself be asked."""
        for location in self._created:
            try:
                self._client.delete(self._url.join(location), headers=list(self.credentials))
            except httpx.HTTPError:
                break
        self._client.close()

    def _pairs(self, target: str, headers: Headers) -> list[tuple[str, str]]:
        own = [*self._always, *(headers.items() if isinstance(headers, Mapping) else headers)]
        names = {name.lower() for name, _ in own}
        pairs = [] if "authorization" in names else list(self.credentials)
        is_limited = target.partition("?")[0] in {"/auth/login", "/auth/register"}
        if self._believed_addresses and is_limited and "x-forwarded-for" not in names:
            pairs.append(("X-Forwarded-For", random_address()))
        return pairs + own

    def head(self, method: str, target: str, headers: Iterable[tuple[str, str]] = ()) -> bytes:
        """Return the head of a request after whose answer the service closes the connection."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self.authority}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers]
        return "\r\n".join([*lines, "", ""]).encode()

    def _connect(self) -> socket.socket:
        is_tls = self._url.scheme == "https"
        connection = socket.create_connection((self._url.host, self._url.port or (443 if is_tls else 80)), timeout=self._timeout)
        return ssl.create_default_context().wrap_socket(connection, server_hostname=self._url.host) if is_tls else connection

    def _received(
        self,
        method: str,
        target: str,
        sent_headers: Iterable[tuple[str, str]],
        sent_body: bytes,
        status: int,
        headers: httpx.Headers,
        body: bytes,
        is_documented: bool,
    ) -> Answer:
        answer = Answer(
            method, target, tuple(sent_headers), sent_body, status, headers, body, is_documented, authority=self.authority
        )
        if status == 201 and "Location" in headers:
            self._created.append(headers["Location"])
        self._observe(answer)
        return answer
