"""Requests for which a connection of their own is needed: what the server reads before the framework does."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from differential.case import Dice, Exchange, chunked
from differential.craft import (
    BAD_BODY,
    BODY,
    CLOSE,
    CRLF,
    HOST,
    JSON,
    Make,
    get,
    header_lines,
    methods,
    one,
    post,
    post_chunks,
    table,
    targets,
    without,
)
from differential.framing import CUT_SHORT, FRAMING
from differential.tokens import access


def _version_1_0(dice: Dice) -> bytes:
    lines = dice.among(((), (HOST,), (HOST, b"Connection: close"), (b"X-Request-ID: old",)))
    return CRLF.join([b"GET %b HTTP/1.0" % dice.among((b"/healthz", b"/users/x", b"/nothing")), *lines, b"", b""])


def _other_version(dice: Dice) -> bytes:
    if dice.chance(25):
        return dice.among((b"GET /healthz\r\n\r\n", b"GET\r\n\r\n", b"GET /healthz\r\nHost: a\r\n\r\n", b"/healthz\r\n\r\n"))
    versions = """
        HTTP/1.2 ¦ HTTP/1.9 ¦ HTTP/2.0 ¦ HTTP/3 ¦ HTTP/0.9 ¦ HTTP/1.1x ¦ http/1.1 ¦ HTTP/11 ¦ HTTP/-1.1 ¦ HTTP ¦ XTTP/1.1
        ¦ HTTP/1.1 x ¦ HTTP/1,1
    """
    return get(version=dice.among(table(versions)))


def _odd_host(dice: Dice) -> bytes:
    if dice.chance(25):
        return without(HOST, dice.among((get(), post(body=BAD_BODY))))
    if dice.chance(35):
        return get(b"/healthz", dice.among((HOST, b"Host: other.example.com", b"Host:")))
    return get().replace(HOST, b"Host: " + dice.among(table("¦ a b ¦ a/b ¦ a@b ¦ a:99999 ¦ [::1 ¦ \xff ¦ a,b")))


def _blanks_in_the_request_line(dice: Dice) -> bytes:
    lines = table("GET  /healthz HTTP/1.1 ¦ GET /healthz  HTTP/1.1 ¦ GET\t/healthz\tHTTP/1.1")
    line = dice.among((*lines, b"GET /healthz HTTP/1.1 ", b" GET /healthz HTTP/1.1"))
    return CRLF.join([line, HOST, CLOSE, b"", b""])


def _folded(dice: Dice) -> bytes:
    return get(b"/healthz", dice.among((b"X-Request-ID: a\r\n b", b"X-Fold: a\r\n\tb", b"X-Fold:\r\n a", b"X-Fold: a\r\n ")))


def _bare_lf(dice: Dice) -> bytes:
    return dice.among((get().replace(CRLF, b"\n"), get().replace(CRLF, b"\n", 1), get(b"/healthz", b"X-A: b\nX-C: d")))


def _bare_cr(dice: Dice) -> bytes:
    return dice.among((get(b"/healthz", b"X-A: b\rX-C: d"), get(b"/healthz", b"X-A: b\r"), get().replace(CRLF, b"\r", 1)))


def _large_header(dice: Dice) -> bytes:
    return get(b"/healthz", b"X-Large: " + b"x" * dice.among((70_000, 150_000)))


def _many_headers(dice: Dice) -> bytes:
    return get(b"/healthz", *(b"X-%d: %d" % (number, number) for number in range(dice.among((200, 3000)))))


def _long_target(dice: Dice) -> bytes:
    return get(dice.among((b"/", b"/users?x=")) + b"x" * dice.among((70_000, 150_000)))


def _garbage(dice: Dice) -> bytes:
    return dice.among(
        (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)) * 2,
            b"SSH-2.0-OpenSSH_9.9\r\n",
            b"\x00" * 64 + b"\r\n\r\n",
            bytes(dice.whole(0, 255) for _ in range(300)) + b"\r\n\r\n",
            b"{}\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        )
    )


def _pipeline(dice: Dice) -> Exchange:
    """Return several requests at once; what one of them holds must not be read as the next one."""
    kinds: tuple[tuple[bytes, bool], ...] = (
        (get(), False),
        (get(b"/users/x"), False),
        (get(b"/nothing"), False),
        (get(b"/healthz", method=b"HEAD"), True),
        (get(b"/users/x", method=b"HEAD"), True),
        (get(b"/healthz", b"Content-Length: 5") + b"abcde", False),
        (get(b"/healthz", b"Transfer-Encoding: chunked") + chunked(b"GET /nothing HTTP/1.1\r\n\r\n", [9]), False),
        (post(body=BAD_BODY), False),
        (post(body=b"x"), False),
        (post(body=BODY).replace(JSON, b"Content-Type: text/plain"), False),
        (post(body=BAD_BODY).replace(b"POST /users ", b"POST /nothing "), False),
        (post(body=BAD_BODY).replace(b"POST /users ", b"PUT /users "), False),
        (post_chunks(chunked(BAD_BODY, [4])), False),
    )
    chosen = [dice.among(kinds) for _ in range(dice.whole(2, 5))]
    parts = [without(CLOSE, data) for data, _ in chosen[:-1]] + [chosen[-1][0]]
    return Exchange("pipelining", b"".join(parts), tuple(is_head for _, is_head in chosen))


def _head(dice: Dice) -> Exchange:
    paths = """
        /healthz ¦ /readyz ¦ /openapi.json ¦ /docs ¦ /users?limit=1 ¦ /users?limit=0 ¦ /users/x ¦ /nothing ¦ /users/1/profile
    """
    return Exchange("HEAD", get(dice.among(table(paths)), method=b"HEAD"), (True,))


def _upgrade(dice: Dice) -> bytes:
    lines = dice.among(
        (
            (b"Connection: Upgrade, HTTP2-Settings, close", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA"),
            (b"Connection: Upgrade, close", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: eA=="),
            (b"Connection: close, Upgrade", b"Upgrade: TLS/1.0"),
        )
    )
    return without(CLOSE, get(b"/healthz", *lines))


def _authorizations(text: str) -> Make:
    """Return a maker of requests with these credentials."""
    credentials = [value.replace(b"{t}", access(0)) for value in table(text)]
    return lambda dice: get(dice.among((b"/auth/me", b"/users?limit=0")), b"Authorization: Bearer " + dice.among(credentials))


def _authorization_twice(dice: Dice) -> bytes:
    good = b"Authorization: Bearer " + access(0)
    other = dice.among(
        (good, b"authorization: Bearer x", b"AUTHORIZATION: Basic eDp5", b"Authorization:", b"authorization: Bearer")
    )
    return get(dice.among((b"/auth/me", b"/users?limit=0")), *dice.shuffled((good, other)))


SIMPLE: Mapping[str, Make] = {
    **FRAMING,
    "Host": _odd_host,
    "HTTP/1.0": _version_1_0,
    "version other than 1.0 and 1.1": _other_version,
    "request line with blanks": _blanks_in_the_request_line,
    "empty lines before the request": one(CRLF + get(), CRLF * 2 + get(), CRLF * 3 + post(body=BAD_BODY)),
    "target in absolute form": targets("""
        http://{authority}/healthz ¦ http://{authority}/users?limit=0 ¦ http://{authority}/nothing
        ¦ http://other.example.com/healthz ¦ http://other.example.com/users?limit=0 ¦ http://other.example.com/nothing
    """),
    "target in absolute form, odd": targets("""
        https://a/healthz ¦ http://a ¦ http:///healthz ¦ ftp://a/healthz ¦ http://a:b/healthz ¦ http://u:p@a/healthz
        ¦ HTTP://a/healthz
    """),
    "target *": one(get(b"*", method=b"OPTIONS"), get(b"*")),
    "CONNECT": targets("{authority} ¦ example.com:443 ¦ /healthz", method=b"CONNECT"),
    "target without a slash": targets("healthz ¦ ?x ¦ users/1 ¦ @ ¦ a:b ¦ http:"),
    "target with a fragment": targets("/healthz#x ¦ /users?limit=1#x ¦ /#"),
    "target with bytes above 0x7f": targets("""
        /\xc3\xa9 ¦ /users?x=\xc3\xa9 ¦ /\xff ¦ /users/\xe9 ¦ /users?email=\xff@x.org ¦ /users?limit=\xe2\x80\x83
    """),
    "target with controls or blanks": targets("/a b ¦ /healthz\t ¦ /a\0b ¦ /a\x7f ¦ /a\x1fb ¦ /users?x=\x01 ¦ /healthz?x y"),
    "target with unusual characters": targets(r"""
        /" ¦ /<x> ¦ /a\b ¦ /^ ¦ /` ¦ /{id} ¦ /a|b ¦ /users?x="<>\^`{|} ¦ /users/[1] ¦ /[ ¦ /users?limit[]=0
    """),
    "target with a query only": targets("/? ¦ /healthz? ¦ /healthz?? ¦ /healthz?= ¦ /healthz?&& ¦ /users?limit=0&"),
    "path with a malformed percent-sequence": targets("/% ¦ /users/%zz ¦ /users/1% ¦ /users/%1/profile ¦ /%u0041 ¦ /users/%%31"),
    "target of 64 kB and more": _long_target,
    "header of 64 kB and more": _large_header,
    "headers by the hundred": _many_headers,
    "header name malformed": header_lines("no colon ¦ : x ¦ X A: b ¦ X-A : b ¦ X\0A: b ¦ X(A): b ¦ \xe9: b ¦ X-\x7f: b ¦ @: b"),
    "header name unusual": header_lines("""
        X_A: b ¦ !#$%&'*+-.^`|~: b ¦ 1: b ¦ X-A:b ¦ X-A: \t b \t ¦ X_Request_ID: a ¦ CONTENT_LENGTH: 5
    """),
    "header value with controls": header_lines("""
        If-Match: "1"\x0b ¦ If-None-Match: "\x7f" ¦ X-A: a\0b ¦ X-A: a\x01b ¦ X-A: \x0b ¦ X-A: a\x7fb ¦ X-Request-ID: a\0
        ¦ X-A: \x1b[0m
    """),
    "header value above 0x7f": header_lines("""
        If-None-Match: "\xe9" ¦ X-A: \xe9 ¦ X-A: \xff\xfe ¦ X-Request-ID: \xe9 ¦ X-Request-ID: \xc3\xa9 ¦ Origin: \xff
    """),
    "header folded": _folded,
    "lines in bare LF": _bare_lf,
    "bare CR": _bare_cr,
    "method in lower case": methods("get ¦ post ¦ Get ¦ options"),
    "method unknown": methods(f"FOO ¦ PROPFIND ¦ PURGE ¦ M-SEARCH ¦ QUERY ¦ GETX ¦ {'X' * 30} ¦ LINK ¦ BREW"),
    "method no token": methods('G@T ¦ G\xe9T ¦ ¦ GE/T ¦ "GET" ¦ G\0T ¦ GET: ¦ (GET)'),
    "method too long": methods(f"{'X' * 70} ¦ {'X' * 300} ¦ {'X' * 5000}"),
    "Expect": one(
        post(b"Expect: 100-continue"), post(b"Expect: 100-Continue", body=BAD_BODY), get(b"/healthz", b"Expect: 100-continue")
    ),
    "Expect something else": one(post(b"Expect: 200-ok", body=BAD_BODY), get(b"/healthz", b"Expect: x")),
    "Upgrade": _upgrade,
    "HTTP/2 preface": one(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"),
    "no HTTP at all": _garbage,
}
_short_head = one(get()[:-2], get()[:-20], get()[:4], b"GET /healthz HTTP/1.1\r\nHost: a\r\n", b"G")


def _simple(family: str, make: Make, dice: Dice) -> Exchange:
    return Exchange(family, make(dice))


def _cut_short(family: str, make: Make, dice: Dice) -> Exchange:
    return Exchange(family, make(dice), half_close=True)


FAMILIES: tuple[Callable[[Dice], Exchange], ...] = (
    *(partial(_simple, family, make) for family, make in SIMPLE.items()),
    *(partial(_cut_short, family, make) for family, make in {**CUT_SHORT, "head cut short": _short_head}.items()),
    *(_pipeline, _pipeline, _pipeline, _head),
)

OF_LOGINS: tuple[Callable[[Dice], Exchange], ...] = tuple(
    partial(_simple, family, make)
    for family, make in {
        "Authorization twice": _authorization_twice,
        "Authorization with controls": _authorizations("{t}\0 ¦ {t}\x01 ¦ \x0b{t} ¦ {t}\x7f ¦ \x1b{t} ¦ {t}\x0c"),
        "Authorization folded": _authorizations("\r\n {t} ¦ {t}\r\n x ¦ {t}\r\n\t ¦ \r\n\t{t}"),
        "Authorization of 8 kB and more": _authorizations(
            f"{'x' * 9000} ¦ {{t}}{'x' * 20_000} ¦ {'x.' * 10_000}x ¦ {'x' * 70_000}"
        ),
    }.items()
)


def exchange(dice: Dice, *, logins: bool) -> Exchange:
    """Return the next malformed case: the families take turns."""
    families = (*FAMILIES, *OF_LOGINS) if logins else FAMILIES
    return replace(families[dice.number % len(families)](dice), as_admin=dice.chance(75))
