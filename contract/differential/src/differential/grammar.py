"""The stream of requests: a weighted grammar over every route, method, parameter, header and body.

What the services have agreed on so far (`Known`) is what a request refers to, so one seed makes one stream for as long
as they agree.
"""

from base64 import b64encode
from collections.abc import Callable
from urllib.parse import quote

from differential import bodies, callers, fields, headers, logins
from differential.case import Cursor, Dice, Header, Known, Part, Request, UserId, cursor_after, words

# The population stays large enough for pages and small enough to be read whole.
FEWEST_USERS = 25
MOST_USERS = 120

# No spelling of an id that another service may read is that of the admin, whom the run needs.
NOBODY = "1000000007"
BAD_IDS = words(rf"""
    0 -1 +{NOBODY} -0 00 0{NOBODY} {NOBODY}.0 1e30 0x1 1_000_000_007 1,2 {NOBODY};a=b 1'-- (1) 1! abc null true me * ~ . .. {{id}}
    9223372036854775807 9223372036854775808 18446744073709551617 99999999999999999999 {"9" * 400}
    %20 {NOBODY}%20 %20{NOBODY} %00 {NOBODY}%0a %0d%0aX:1 %2B{NOBODY} {NOBODY}%2F %31%2E %2e%2e %7Bid%7D {"%D9%A1" * 10}
    {"%EF%BC%91" * 10} %ff %C0%80
""")
OTHER_PATHS = words(rf"""
    / // /// /a//b //users /users// /users//profile /users/{NOBODY}//profile /users/ /users/{NOBODY}/ /users/{NOBODY}/profile/
    /healthz/ /readyz/ /docs/ /openapi.json/
    /./users /users/. /users/.. /x/../users /users/%2e /%2e%2e/%2e%2e/etc/passwd /users%2F{NOBODY} /users%2f /%2fusers
    /users/{NOBODY}%2Fprofile
    /Users /USERS /user /users.json /users;x /users;/{NOBODY} /users:1 /users,1 /users+1 /users%20 /users%00 /users%3Flimit=1
    /users/{NOBODY}%3Fx /%75sers
    /users/{NOBODY}/profiles /users/{NOBODY}/Profile /users/{NOBODY}/profile%20 /users/{NOBODY}/%70rofile
    /users/{NOBODY}/profile/1 /users/{NOBODY}/2 /Healthz /health
    /ready /metrics /version
    /openapi.yaml /openapi /docs/index.html /docs/oauth2-redirect /redoc /swagger /static /static/openapi.json /favicon.ico
    /robots.txt /.env
    /auth/login /api/users /v1/users /debug/pprof/ /%ff /%00 /\ /users\1 /~ /%F0%9F%99%82 /%E2%80%A8 /{"x" * 3000} {"/a" * 500}
""")
OPERATIONS = ("/healthz", "/readyz", "/openapi.json", "/docs")
METHODS = (b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE")
LIMITS = ("1", "2", "3", "5", "7", "20", "99", "100")
BAD_LIMITS = words(rf"""
    0 00 101 1000 2147483648 9223372036854775808 {"9" * 300} -1 +5 %2B5 05 5.0 5e0 0x5 1_0 5,5 abc null true
    %205 5%20 5%0A %00 5%00 %D9%A5 %EF%BC%95 %35 %zz 5%
""")
CURSORS = (
    *map(cursor_after, ("0", "-1", "01", "+1", "", "x", "1 ", " 1", "1\n", "1.0", "\u0663", "1" * 200)),
    *map(cursor_after, ("1000000000", "999999999999", "9223372036854775807", "9223372036854775808")),
    *words(f"""
        {cursor_after("1000000000")}= {cursor_after("1000000000")}%3D {cursor_after("10000000")}%3D%3D
        {b64encode(b"after:1000000000").decode()}
        a ab %20 null YWZ0ZXI6MR YWZ0ZXI6M YWZ0ZXI6 YmVmb3JlOjE QWZ0ZXI6MQ YWZ0ZXI6MTE_ %ff %00 YWZ0ZXI6MQ%0A
        YWZ0ZXI6MTAwMDAwMDAwMB
        YWZ0ZXI6MTAwMDAwMDAwMD +/== -_ YWZ0%20ZXI6MQ YWZ0ZXI6MTAwMDAwMDAwMDA. %59WZ0ZXI6MTAwMDAwMDAwMDA
    """),
)
EXPANDS = words("profile Profile profiles profile,profile user %70rofile profile%20 %20profile true profile%00 p%")
STRAY = words(rf"""
    x=1 x = =1 & %=1 %zz=%zz x=% x=1&x=2 x=1;limit=0 ; x=1;y=2 x=limit=0 x=%26limit=0 x=%00 x=%ff ? ?limit=0 x=a+b x={
    "y" * 2000
} a/b=c
    Limit=0 LIMIT=0 limit%20=0 %20limit=0 limit[]=0 limit.x=0 limit%3D0 lim%69t=3 %6Cimit=0 cursor%00=x expand%2f=x
    offset=1 page=2 id=0 pretty __proto__=1 _method=DELETE callback=x
""")


# Text in JSON that no service can store.
_NOT_STORED = (rb"\ud800", rb"a\u0000", b"\xff", b"\xed\xa0\x80", rb"\ude00\ud83d")


def request(dice: Dice, known: Known) -> Request:
    """Return the next request of the stream."""
    if not known.logins:
        return _about_users(dice, known)
    if known.coming:
        return known.coming.pop(0)
    logins.forget(known, dice.number)
    if found := logins.needed(dice, known):
        return found
    return logins.request(dice, known) if dice.chance(9) else callers.called(dice, known, _about_users(dice, known))


def _about_users(dice: Dice, known: Known) -> Request:
    """Return the next request to the routes that are there with and without logins."""
    if len(known.users) < FEWEST_USERS and dice.chance(50):
        return _create(dice, known, valid=True)
    if len(known.users) > MOST_USERS and dice.chance(40):
        return _delete(dice, known)
    make: Callable[[Dice, Known], Request] = dice.weighted(
        (8, _with_one_fault),
        (20, _create),
        (15, _list),
        (13, _get),
        (12, _patch),
        (9, _put),
        (4, _delete),
        (8, _put_profile),
        (5, _get_profile),
        (2, _operation),
        (4, _other_method),
        (4, _other_path),
    )
    return make(dice, known)


def _create(dice: Dice, known: Known, *, valid: bool = False) -> Request:
    body = bodies.valid_user(dice) if valid else bodies.user(dice, known)
    return _with_body(dice, "POST /users", b"POST", (b"/users",), body, None)


def _with_one_fault(dice: Dice, known: Known) -> Request:
    """Return a request that is right but for one thing, so that there is one refusal alone."""
    live = [*known.users]
    number = dice.among(live) if live else 0
    user = known.users.get(number)
    own: tuple[Part, ...] = (b"/users/", UserId(number)) if user else (b"/users/1000000007",)
    typed = ((b"Content-Type", b"application/json"),)
    new = f'{{"name":"User","email":"only{dice.number}@example.com"}}'.encode()

    def one(route: str, method: bytes, path: tuple[Part, ...], body: bytes | None = None, *more: Header) -> Request:
        query: tuple[tuple[Part, ...], ...] = ()
        sent = (*(typed if body is not None else ()), *more)
        return Request(route, method, path, query, sent, body, user=number if user and path == own else None, has_one_fault=True)

    stale = (b"If-Match", f'"{(user.version if user else 1) + 7}"'.encode())
    taken = dice.among(list(known.users.values())).email if known.users else "nobody@example.com"
    return dice.among(
        (
            one("POST /users", b"POST", (b"/users",), b'{"name":"User","email":%b}' % fields.text(taken)),
            one("POST /users", b"POST", (b"/users",), b'{"name":"User"}'),
            one("POST /users", b"POST", (b"/users",), b'{"name":"","email":"only%d@example.com"}' % dice.number),
            one("POST /users", b"POST", (b"/users",), new[:-1] + b',"age":151}'),
            one("POST /users", b"POST", (b"/users",), new[:-1] + b',"nickname":"x"}'),
            one("POST /users", b"POST", (b"/users",), new[:-1]),
            one("POST /users", b"POST", (b"/users",), new.replace(b"User", dice.among(_NOT_STORED), 1)),
            one("PUT /users/{id}/profile", b"PUT", (*own, b"/profile"), b'{"bio":"%b"}' % dice.among(_NOT_STORED)),
            one("PATCH /users/{id}", b"PATCH", own, b'{"name":"User"}', stale),
            one("PATCH /users/{id}", b"PATCH", own, b'{"age":-1}'),
            one("DELETE /users/{id}", b"DELETE", own, None, stale),
            one("GET /users/{id}", b"GET", (b"/users/1000000007",)),
            one("PATCH /users/{id}", b"PATCH", (b"/users/1000000007",), b'{"name":"User"}'),
            one("GET /users/{id}/profile", b"GET", (b"/users/1000000007/profile",)),
            one("GET /users/{id}", b"GET", (b"/users/abc",)),
            one("GET /users/{id}", b"GET", (b"/users/0",)),
            one("any path", b"GET", (b"/nothing",)),
            one("any method", b"DELETE", (b"/users",)),
            one("any method", b"POST", own),
        )
    )


def _list(dice: Dice, known: Known) -> Request:
    query: list[tuple[Part, ...]] = []
    if dice.chance(3):
        query.append((dice.among((b"limit=", b"cursor=", b"email=", b"expand=", b"limit", b"expand")),))
    if dice.chance(60):
        query.append((b"limit=", dice.among(LIMITS if dice.chance(75) else BAD_LIMITS).encode()))
    if dice.chance(45):
        query.append((b"cursor=", _cursor(dice, known)))
    if dice.chance(25):
        query.append((b"email=", _email_parameter(dice, known)))
    if dice.chance(35):
        query.append((b"expand=", _expand(dice)))
    return _read(dice, "GET /users", (b"/users",), _disturbed(dice, query))


def _cursor(dice: Dice, known: Known) -> Part:
    numbers = [*known.users, *known.deleted[-20:]]
    return Cursor(dice.among(numbers)) if numbers and dice.chance(75) else dice.among(CURSORS).encode()


def _expand(dice: Dice) -> bytes:
    return b"profile" if dice.chance(60) else dice.among(EXPANDS).encode()


def _email_parameter(dice: Dice, known: Known) -> bytes:
    if known.users and dice.chance(55):
        taken = dice.among(list(known.users.values())).email
        address = dice.among((taken, taken, taken.upper(), f" {taken}", f"{taken}\u3000"))
    else:
        address = fields.email_text(dice, known)
    if dice.chance(15):
        return (
            address.replace(" ", "+")
            .encode("utf-8", "replace")
            .replace(b"\n", b"%0A")
            .replace(b"\0", b"%00")
            .translate(None, _UNSENDABLE)
        )
    return quote(address, safe=dice.among(("", "@", "@+/"))).encode()


# Bytes that would end the request target or be no valid part of it.
_UNSENDABLE = bytes((*range(0x21), *range(0x7F, 0x100))) + b"#&"


def _disturbed(dice: Dice, query: list[tuple[Part, ...]]) -> tuple[tuple[Part, ...], ...]:
    """Return the parameters with strays among them, repeated or in another order."""
    if query and dice.chance(6):
        query = [*query, dice.among((dice.among(query), (*dice.among(query)[:1], b"1")))]
    if dice.chance(15):
        query = [*query, (dice.among(STRAY).encode(),)]
    return tuple(dice.shuffled(query) if dice.chance(25) else query)


def _read(
    dice: Dice, route: str, path: tuple[Part, ...], query: tuple[tuple[Part, ...], ...] = (), user: int | None = None
) -> Request:
    method = b"HEAD" if dice.chance(12) else b"GET"
    route = route.replace("GET", "HEAD", 1) if method == b"HEAD" else route
    body = dice.among((b"", b"{}", b"not JSON", b"\xff" * 300)) if dice.chance(3) else None
    return Request(route, method, path, query, headers.common(dice), body, user=user)


def _get(dice: Dice, known: Known) -> Request:
    path, user = _user_path(dice, known)
    query: list[tuple[Part, ...]] = [(b"expand=", _expand(dice))] if dice.chance(30) else []
    found = _read(dice, "GET /users/{id}", path, _disturbed(dice, query), user)
    if dice.chance(45):
        found = _plus(found, headers.condition(dice, b"If-None-Match", _version(known, user)))
    return found


def _get_profile(dice: Dice, known: Known) -> Request:
    path, user = _user_path(dice, known, b"/profile")
    return _read(dice, "GET /users/{id}/profile", path, _disturbed(dice, []), user)


def _put(dice: Dice, known: Known) -> Request:
    path, user = _user_path(dice, known)
    body = bodies.replacement(dice, known, known.users.get(user or 0))
    return _conditional(dice, known, _with_body(dice, "PUT /users/{id}", b"PUT", path, body, user))


def _patch(dice: Dice, known: Known) -> Request:
    path, user = _user_path(dice, known)
    body = bodies.patch(dice, known, known.users.get(user or 0))
    return _conditional(dice, known, _with_body(dice, "PATCH /users/{id}", b"PATCH", path, body, user))


def _delete(dice: Dice, known: Known) -> Request:
    path, user = _user_path(dice, known, of_callers=5)
    body = dice.among((b"", b"{}", b"[")) if dice.chance(5) else None
    return _conditional(dice, known, Request("DELETE /users/{id}", b"DELETE", path, (), headers.common(dice), body, user=user))


def _put_profile(dice: Dice, known: Known) -> Request:
    path, user = _user_path(dice, known, b"/profile")
    return _with_body(dice, "PUT /users/{id}/profile", b"PUT", path, bodies.profile(dice), user)


def _operation(dice: Dice, known: Known) -> Request:
    path = dice.among(OPERATIONS)
    return _read(dice, f"GET {path}", (path.encode(),), _disturbed(dice, []))


def _other_method(dice: Dice, known: Known) -> Request:
    """Return a request with any method for a path that exists; for some it is the right one."""
    user_path, user = _user_path(dice, known, dice.among((b"", b"/profile")))
    path: tuple[Part, ...] = dice.among(
        ((b"/users",), user_path, user_path, *((known_path.encode(),) for known_path in OPERATIONS))
    )
    method = b"OPTIONS" if dice.chance(30) else dice.among(METHODS)
    body = b"{}" if dice.chance(30) else None
    sent = headers.preflight(dice) if method == b"OPTIONS" and dice.chance(60) else headers.common(dice)
    return Request("any method", method, path, (), sent, body, user=user if path == user_path else None)


def _other_path(dice: Dice, known: Known) -> Request:
    method = b"GET" if dice.chance(60) else dice.among(METHODS)
    body = bodies.valid_user(dice) if method in (b"POST", b"PUT", b"PATCH") else None
    sent = (*headers.common(dice), *(((b"Content-Type", b"application/json"),) if body else ()))
    return Request("any path", method, (dice.among(OTHER_PATHS).encode(),), _disturbed(dice, []), sent, body)


def _user_path(dice: Dice, known: Known, tail: bytes = b"", *, of_callers: float = 30) -> tuple[tuple[Part, ...], int | None]:
    """Return a path below /users and the number of the user that it names, in `of_callers` of a hundred one with a session."""
    kind = dice.weighted((82, "live"), (6, "deleted"), (10, "bad"), (2, "none"))
    if kind == "live" and known.users:
        callers_own = [session.user for session in known.live_sessions() if session.user in known.users]
        number = dice.among(callers_own if callers_own and dice.chance(of_callers) else list(known.users))
        return (b"/users/", UserId(number, percent_encoded=dice.chance(1)), tail), number
    if kind == "deleted" and known.deleted:
        return (b"/users/", UserId(dice.among(known.deleted)), tail), None
    number_text = dice.among(BAD_IDS) if kind == "bad" else NOBODY
    return (b"/users/", number_text.encode(), tail), None


def _version(known: Known, user: int | None) -> int:
    return known.users[user].version if user in known.users else 1


def _conditional(dice: Dice, known: Known, found: Request) -> Request:
    if not dice.chance(30):
        return found
    return _plus(found, headers.condition(dice, b"If-Match", _version(known, found.user)))


def _plus(found: Request, more: tuple[tuple[bytes, bytes], ...]) -> Request:
    return Request(
        found.route, found.method, found.path, found.query, (*found.headers, *more), found.body, found.chunks, found.user
    )


def _with_body(dice: Dice, route: str, method: bytes, path: tuple[Part, ...], body: bytes, user: int | None) -> Request:
    chunks = tuple(dice.whole(1, max(1, len(body))) for _ in range(dice.whole(1, 4))) if dice.chance(7) else ()
    query = _disturbed(dice, [])
    sent = (*headers.common(dice), *headers.content_type(dice, method))
    return Request(route, method, path, query, sent, body, chunks, user)
