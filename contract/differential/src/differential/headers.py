"""Header fields: those that the contract reads, in every form, and those that it does not."""

from differential.case import Dice, Header, choices, words

# The services have to be started with CORS_ALLOWED_ORIGINS alike: the first two, none, or `*`.
ORIGINS = (b"https://app.example.com", b"http://localhost:3000")
OTHER_ORIGINS = words("""
    https://evil.example.com null * app.example.com https://app.example.com.evil.org https://APP.example.com http://app.example.com
    https://app.example.com:443 https://app.example.com/ https://app.example.com,http://localhost:3000
""")
REQUEST_IDS = choices(f"""
    a ¦ A-Z_a.z-0 ¦ {"x" * 128} ¦ 0b5f3c1e-6d6c-4f0e-9f55-0c6f3f6f2d11 ¦ 0B5F3C1E-6D6C-4F0E-9F55-0C6F3F6F2D11 ¦ - ¦ . ¦ .. ¦ _
    ¦ {"x" * 129} ¦ {"x" * 5000} ¦ ¦ a b ¦ a\tb ¦ a,b ¦ a;b ¦ a/b ¦ a:b ¦ a+b ¦ a=b ¦ a%20b ¦ <a> ¦ "a" ¦ {{}} ¦ $(id) ¦ ~
""")
JSON_TYPES = choices("""
    application/json;charset=utf-8 ¦ application/json; charset=latin-1 ¦ APPLICATION/JSON ¦ Application/Json ;x=y
    ¦ application/json; ¦ application/json;;
    ¦ application/json\t; a=b ¦ application/json; q="a;b,c" ¦ application/json;charset
""")
OTHER_TYPES = choices("""
    ¦ text/plain ¦ text/json ¦ application/jsonp ¦ application/ json ¦ application /json ¦ application ¦ json ¦ */* ¦ ;
    ¦ ; application/json
    ¦ application/json, text/plain ¦ application/json,application/json ¦ application/problem+json ¦ application/json+x
    ¦ application/x-json
    ¦ application/x-www-form-urlencoded ¦ multipart/form-data; boundary=x ¦ application/* ¦ "application/json"
    ¦ application/json/x
    ¦ application/merge-patch+json ¦ application/merge-patch+json; charset=utf-8 ¦ application/Merge-Patch+JSON
    ¦ application/json-patch+json
""")
MERGE_PATCH = b"application/merge-patch+json"
# Fields that no service reads, and those that a framework might.
STRAY = choices(rf"""
    Accept: */* ¦ Accept: text/html ¦ Accept: application/xml ¦ Accept: application/json;q=0 ¦ Accept: ¦ Accept: x
    ¦ Accept: */*;q=0
    ¦ Accept-Encoding: gzip ¦ Accept-Encoding: br, gzip, deflate ¦ Accept-Encoding: identity;q=0 ¦ Accept-Language: de
    ¦ Accept-Charset: latin-1
    ¦ Range: bytes=0-1 ¦ If-Range: "1" ¦ If-Modified-Since: Sat, 31 Oct 2099 00:00:00 GMT
    ¦ If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT
    ¦ Connection: close ¦ TE: trailers ¦ Max-Forwards: 0 ¦ Via: 1.1 x ¦ Date: x ¦ Pragma: no-cache
    ¦ Cache-Control: only-if-cached ¦ Prefer: return=minimal
    ¦ X-HTTP-Method-Override: DELETE ¦ X-Method-Override: PUT ¦ X-Original-URL: /docs ¦ X-Rewrite-URL: /docs
    ¦ X-Script-Name: /users
    ¦ X-Forwarded-For: 1.2.3.4 ¦ X-Forwarded-Proto: https ¦ X-Forwarded-Host: evil.example.com ¦ X-Forwarded-Prefix: /x
    ¦ X-Real-IP: ::1
    ¦ Forwarded: for=1.2.3.4;host=evil ¦ Cookie: a=b; c ¦ Authorization: Bearer x ¦ Authorization: Basic eDp5
    ¦ Proxy-Authorization: x
    ¦ Content-Encoding: identity ¦ Content-Language: en ¦ X-Empty: ¦ X-Long: {"y" * 3000} ¦ User-Agent: () {{ :; }}; x
    ¦ Referer: http://\x
""")


def common(dice: Dice) -> tuple[Header, ...]:
    """Return the header fields that any request may have."""
    found: list[Header] = []
    if dice.chance(35):
        found += _request_id(dice)
    if dice.chance(12):
        found.append((b"Origin", _origin(dice, 60)))
    if dice.chance(18):
        found.append(_stray(dice))
    if dice.chance(2):
        found.append(_stray(dice))
    return tuple(found)


def _origin(dice: Dice, allowed: float) -> bytes:
    return dice.among(ORIGINS) if dice.chance(allowed) else dice.among(OTHER_ORIGINS).encode()


def _stray(dice: Dice) -> Header:
    name, _, value = dice.among(STRAY).partition(":")
    return name.encode(), value.strip().encode()


def _request_id(dice: Dice) -> list[Header]:
    name = dice.among((b"X-Request-ID", b"X-Request-Id", b"x-request-id", b"X-REQUEST-ID"))
    first, second = dice.among(REQUEST_IDS).encode(), dice.among(REQUEST_IDS).encode()
    if dice.chance(10):
        return [(name, first), (name, dice.among((first, second)))]
    return [(name, dice.among((b"", b" ", b"\t")) + first + dice.among((b"", b"", b" ")))]


def preflight(dice: Dice) -> tuple[Header, ...]:
    found: list[Header] = [*common(dice)]
    if dice.chance(85):
        found.append((b"Origin", _origin(dice, 70)))
    if dice.chance(85):
        found.append((b"Access-Control-Request-Method", dice.among((b"PUT", b"GET", b"put", b"X", b"", b"DELETE"))))
    if dice.chance(50):
        found.append(
            (b"Access-Control-Request-Headers", dice.among((b"content-type", b"x-secret", b"", b"if-match, authorization")))
        )
    return tuple(found)


def content_type(dice: Dice, method: bytes) -> tuple[Header, ...]:
    kind = dice.weighted((80, "right"), (9, "spelled"), (8, "other"), (3, "none"))
    if kind == "none":
        return ()
    right = MERGE_PATCH if method == b"PATCH" and dice.chance(60) else b"application/json"
    value = right if kind == "right" else dice.among(JSON_TYPES if kind == "spelled" else OTHER_TYPES).encode()
    return ((dice.among((b"Content-Type", b"content-type")), value),)


def condition(dice: Dice, name: bytes, version: int) -> tuple[Header, ...]:
    """Return If-Match or If-None-Match: with the current version, another one, or something that is no entity tag."""
    tag, other = f'"{version}"', f'"{version + dice.among((-1, 1, 7))}"'
    current = f'{tag} ¦ {tag} ¦ * ¦ {tag}, {other} ¦ {other},{tag} ¦ "x", {tag} ¦ W/{tag} ¦ , {tag} ,, ¦ \t{tag}'
    stale = f'{other} ¦ "x" ¦ "" ¦ W/{other} ¦ {other}, "x" ¦ "0{version}" ¦ "{version}.0" ¦ "+{version}" ¦ " {version}"'
    odd = rf"""
        ¦ " ¦ "{version} ¦ {version} ¦ {version}" ¦ '{version}' ¦ w/{tag} ¦ W/ {tag} ¦ W/{version} ¦ W/ ¦ /{tag} ¦ , ¦ , ,
        ¦ ** ¦ *, {tag} ¦ {tag}, *
        ¦ {tag} {other} ¦ {tag};{other} ¦ {tag}{tag} ¦ {tag}x ¦ x{tag} ¦ {tag},x ¦ W/"", {tag} ¦ "{"9" * 300}"
        ¦ "{"x" * 2000}", {tag}
        ¦ "a b", {tag} ¦ "a,b", {tag} ¦ "a\"b", {tag} ¦ {", ".join([other] * 50 + [tag])}
    """
    table = dice.weighted((50, current), (25, stale), (25, odd))
    value = dice.among(choices(table)).encode()
    if dice.chance(8):
        return ((name, value), (name, dice.among((tag, other, "*", "", "x")).encode()))
    return ((name, value),)
