"""Requests to the routes of `auth: jwt`: registrations, logins, refreshes, logouts, and attempts beyond the limits.

The limits count by the minute, and a stream must not depend on the clock. So every attempt has an address of its own,
no address is failed to log in with more often than is let through, and what goes beyond a limit follows at once.
"""

from dataclasses import replace

from differential import bodies, callers, fields, headers
from differential.case import Dice, Header, Known, KnownUser, Request, Session, choices
from differential.tokens import access, refresh

# The services have to be started with LOGIN_ATTEMPTS_PER_MINUTE and TRUSTED_PROXIES alike: these.
LOGINS_A_MINUTE = 2
TRUSTED_PROXIES = "127.0.0.1,127.128.0.0/9"
FAILURES_A_MINUTE = 5

FEWEST_SESSIONS = 3
FEWEST_PASSWORDS = 4
MOST_SESSIONS = 30
# A session is left alone long before its tokens expire, however slow the machine is.
OLDEST_SESSION = 1_500

PATHS = (b"/auth/register", b"/auth/login", b"/auth/refresh", b"/auth/logout", b"/auth/me", b"/.well-known/jwks.json")
OTHER_PATHS = choices("""
    /auth ¦ /auth/ ¦ /auth/me/ ¦ /auth//me ¦ /auth/login/ ¦ /Auth/Login ¦ /auth/log%69n ¦ /auth%2Fme ¦ /auth/me/1
    ¦ /auth/logins ¦ /auth/password ¦ /auth/token ¦ /auth/sessions ¦ /auth/verify ¦ /login ¦ /token ¦ /oauth/token
    ¦ /.well-known ¦ /.well-known/ ¦ /.well-known/jwks.json/ ¦ /.well-known/openid-configuration ¦ /jwks.json
    ¦ /.well-known/oauth-authorization-server ¦ /users/me
""")
# Spellings of an address that is one of 192.0.2.0/24 or 2001:db8::/32, where {a} and {b} are of one attempt.
SPELLED = choices("""
    10.{a}.{b}.7 ¦ 10.{a}.{b}.7 ¦ 203.0.113.9, 10.{a}.{b}.7 ¦ x, 10.{a}.{b}.7 ¦ ,10.{a}.{b}.7 ¦ 203.0.113.9,\t10.{a}.{b}.7\t
    ¦ ::ffff:10.{a}.{b}.7 ¦ ::FFFF:10.{a}.{b}.7 ¦ 2001:db8:{a}:{b}::1 ¦ 2001:DB8:{a}:{b}::ffff:1
    ¦ 2001:0db8:{a}:{b}:0:0:0:1 ¦ 2001:db8:{a}:{b}:aaaa:bbbb:cccc:dddd ¦ 2001:db8:{a}:{b}::192.0.2.1
    ¦ 2001:db8:{a}:{b}:0::1 ¦ 2001:db8:{a}:{b}::
    ¦ 64:ff9b:{a}:{b}::10.0.0.1
""")
# None of them ends in an address, so the one that counts is the connection's.
NO_ADDRESS = choices("""
    ¦ , ¦ 10.{a}.{b}.7, ¦ 10.{a}.{b}.7,, ¦ 10.{a}.{b}.7:80 ¦ [2001:db8:{a}:{b}::1] ¦ [2001:db8:{a}:{b}::1]:80 ¦ 10.{a}.{b}
    ¦ 10.{a}.{b}.256 ¦ 10.{a}.{b}.07
    ¦ 10.{a}.{b}.007 ¦ 10.{a}.{b}.7/32 ¦ 10.{a}.{b}.7 x ¦ 10.{a}.{b}. 7 ¦ "10.{a}.{b}.7" ¦ for=10.{a}.{b}.7 ¦ unknown
    ¦ _hidden ¦ localhost ¦ 0x0a{a}.7 ¦ 1677{a}{b} ¦ -1 ¦ 2001:db8:{a}:{b}::1::2 ¦ 2001:db8:{a}:{b}:1 ¦ 2001:db8::{a}g
    ¦ 2001:db8:{a}:{b}::1%eth0 ¦ fe80::{a}%1 ¦ 2001:db8:{a}:{b}::1%
    ¦ ::ffff:10.{a}.{b} ¦ 10.{a}.{b}.\xb2 ¦ 10;{a} ¦ 10.{a}.{b}.7; ¦ 1.2.3.4.{a}.{b} ¦ {a} ¦ null
""")
REFRESH_TOKENS = (
    *choices(f"""
        ¦ x ¦ null ¦ {"A" * 43} ¦ {"A" * 42} ¦ {"A" * 44} ¦ {"-_" * 21}A ¦ {"A" * 43}= ¦ {"A" * 42}B ¦ é ¦ 🙂
        ¦ {"A" * 3000} ¦ ' OR ''='
        ¦ Bearer x ¦ a\nb ¦ \u0660
    """),
    " ",
)


def request(dice: Dice, known: Known) -> Request:
    """Return the next request to one of the routes. Those for which a password is hashed are few: they cost most of the time."""
    return dice.weighted(
        (10, login),
        (5, _register),
        (31, _refresh),
        (5, _logout),
        (25, _me),
        (3, _keys),
        (7, _other),
        (4, _beyond_a_limit),
    )(dice, known)


def needed(dice: Dice, known: Known) -> Request | None:
    """Return a request that brings the sessions which the others need, where there are few."""
    able = _who_can_log_in(known)
    if len(able) < FEWEST_PASSWORDS and dice.chance(6):
        return _post(dice, b"/auth/register", bodies.valid_registration(dice))
    if able and len(known.live_sessions()) < FEWEST_SESSIONS and dice.chance(12):
        user = dice.among(able)
        return _post(dice, b"/auth/login", bodies.login_as(user.email, user.password or ""))
    return None


def forget(known: Known, number: int) -> None:
    """Forget the sessions that are too old, and the oldest of those that are too many."""
    for name, session in list(known.sessions.items()):
        if number - session.begun > OLDEST_SESSION or len(known.sessions) > MOST_SESSIONS:
            del known.sessions[name]


def _who_can_log_in(known: Known) -> list[KnownUser]:
    return [user for user in _open_to_failures(known) if user.password]


def _open_to_failures(known: Known) -> list[KnownUser]:
    return [user for user in known.users.values() if known.failures[user.email] < FAILURES_A_MINUTE - 1]


def login(dice: Dice, known: Known) -> Request:
    users = _who_can_log_in(known) if dice.chance(90) else _open_to_failures(known)
    if not users or dice.chance(35):
        return _post(dice, b"/auth/login", bodies.login(dice))
    user = dice.among(users)
    password = user.password or "not the password"
    if dice.chance(25) or not user.password:
        known.failures[user.email] += 1
        password = dice.among((password + " ", password.swapcase(), password[:-1], f" {password}", "x", password * 2)) or "x"
    address = dice.among((user.email, user.email, user.email.upper(), f" {user.email}\u3000"))
    return _post(dice, b"/auth/login", bodies.login_as(address, password))


def _register(dice: Dice, known: Known) -> Request:
    return _post(dice, b"/auth/register", bodies.registration(dice, known))


def _refresh(dice: Dice, known: Known) -> Request:
    sessions = [*known.sessions.values()] if dice.chance(15) else known.live_sessions()
    if not sessions or dice.chance(15):
        text = dice.among(REFRESH_TOKENS) if dice.chance(60) else access(0).decode()
        return _post(dice, b"/auth/refresh", bodies.refresh(dice, fields.text(text)))
    session: Session = dice.among(sessions)
    # A spent one ends its session.
    pair = dice.among(session.pairs) if dice.chance(25) else session.pairs[-1]
    token = refresh(pair)
    if dice.chance(6):
        odd = dice.among((b" " + token, token + b"=", token + b"A", access(pair)))
        return _post(dice, b"/auth/refresh", bodies.refresh(dice, b'"%b"' % odd))
    if pair != session.pairs[-1]:
        known.coming = _afterwards(dice, session)
    return replace(_post(dice, b"/auth/refresh", bodies.refresh(dice, b'"%b"' % token)), session=session.pairs[0])


def _afterwards(dice: Dice, session: Session) -> list[Request]:
    """Return requests that show whether the session is over."""
    me = callers.in_session(dice, Request("GET /auth/me", b"GET", (b"/auth/me",)), session)
    again = _post(dice, b"/auth/refresh", bodies.refresh(dice, b'"%b"' % refresh(session.pairs[-1])))
    return dice.shuffled((me, replace(again, session=session.pairs[0])))


def _logout(dice: Dice, known: Known) -> Request:
    body = dice.among((b"", b"{}", b"[", b'{"refresh_token":"x"}')) if dice.chance(30) else None
    typed = ((b"Content-Type", b"text/plain"),) if dice.chance(10) else ()
    sent = (*headers.common(dice), *typed)
    found = callers.ending(dice, known, Request("POST /auth/logout", b"POST", (b"/auth/logout",), (), sent, body))
    if found.session and dice.chance(50):
        known.coming = _afterwards(dice, known.sessions[found.session])
    return found


def _me(dice: Dice, known: Known) -> Request:
    method = b"HEAD" if dice.chance(12) else b"GET"
    query = ((dice.among((b"expand=profile", b"limit=0", b"x=1", b"id=1")),),) if dice.chance(15) else ()
    sent = headers.common(dice)
    if dice.chance(15):
        sent = (*sent, *headers.condition(dice, b"If-None-Match", dice.whole(1, 3)))
    found = Request(f"{method.decode()} /auth/me", method, (b"/auth/me",), query, sent)
    sessions = known.live_sessions()
    if sessions and dice.chance(55):
        return callers.in_session(dice, found, dice.among(sessions))
    return callers.called(dice, known, found)


def _keys(dice: Dice, known: Known) -> Request:
    method = b"HEAD" if dice.chance(20) else b"GET"
    found = Request("GET /.well-known/jwks.json", method, (PATHS[-1],), (), headers.common(dice))
    return callers.called(dice, known, found) if dice.chance(30) else found


def _other(dice: Dice, known: Known) -> Request:
    """Return a request with any method for these paths and those beside them."""
    path = dice.among(PATHS) if dice.chance(60) else dice.among(OTHER_PATHS).encode()
    method = dice.among((b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS"))
    if (method, path) in ((b"POST", b"/auth/register"), (b"POST", b"/auth/login")):
        method = b"PUT"
    sent = headers.preflight(dice) if method == b"OPTIONS" and dice.chance(60) else headers.common(dice)
    found = Request("any method or path of auth", method, (path,), (), sent, b"{}" if dice.chance(30) else None)
    if (method, path) == (b"POST", b"/auth/logout"):
        return callers.ending(dice, known, found)
    return callers.called(dice, known, found) if dice.chance(60) else found


def _post(dice: Dice, path: bytes, body: bytes) -> Request:
    """Return a request from an address of its own. Nobody looks at who calls."""
    chunks = tuple(dice.whole(1, max(1, len(body))) for _ in range(dice.whole(1, 3))) if dice.chance(5) else ()
    sent = (*headers.common(dice), *headers.content_type(dice, b"POST"), _from(_own_address(dice)))
    if dice.chance(6):
        sent = (*sent, (b"Authorization", dice.among((b"Bearer x", b"Basic eDp5", b"Bearer " + access(0), b"Bearer"))))
    return Request(f"POST {path.decode()}", b"POST", (path,), (), sent, body, chunks)


def _own_address(dice: Dice, step: int = 0) -> str:
    number = dice.number
    if step or number % 2:
        return f"2001:db9:{number:x}:{step}::1"
    return f"172.{16 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


def _from(address: str) -> Header:
    return b"X-Forwarded-For", address.encode("latin-1")


def _beyond_a_limit(dice: Dice, known: Known) -> Request:
    """Return the first of some attempts that follow one another; some go beyond a limit."""
    kind = dice.weighted((30, "address"), (45, "connection"), (15, "registrations"), (10, "e-mail"))
    attempts = _failures(dice, known) if kind == "e-mail" else _attempts(dice, kind)
    known.coming = attempts[1:]
    return attempts[0]


def _attempts(dice: Dice, kind: str) -> list[Request]:
    """Return more attempts than one address has; whether two spellings are one address shows in which of them are refused."""
    number = dice.number
    a, b = number >> 8 & 255, number & 255
    # Of these networks only the second is trusted: what the first says of itself is not believed, even if it is an address.
    network = dice.among((64, 128)) if kind == "connection" else 0
    source = f"127.{network}.{a}.{b}" if network else ""
    odd, plain = (dice.among(table).format(a=a, b=b) for table in (NO_ADDRESS if network == 128 else SPELLED, SPELLED))
    if not network and dice.chance(45):
        odd = f"{plain}, {odd}"
    order = dice.among(((0, 0, 1, 0), (0, 1, 0, 1), (1, 0, 0, 1), (0, 1, 1, 0)))
    path = b"/auth/register" if kind == "registrations" else b"/auth/login"
    attempts = []
    for step, choice in enumerate(order):
        if path == b"/auth/login":
            body = bodies.login_as(f"nobody{number}-{step}@example.com", "not the password")
        else:
            body = bodies.valid_registration(dice, step)
        sent = [_from((odd, plain)[choice])]
        if network and choice:
            sent = []
        elif dice.chance(20):
            sent = [_from("203.0.113.9"), *sent]
        attempts.append(_attempt(path, body, tuple(sent), source))
    return attempts


def _failures(dice: Dice, known: Known) -> list[Request]:
    """Return more failures than one e-mail address has, with the right password among them where there is one."""
    users = [user for user in known.users.values() if user.password and not known.failures[user.email]]
    user = dice.among(users) if users and dice.chance(70) else None
    email = user.email if user else f"nobody{dice.number}@example.com"
    known.failures[email] = FAILURES_A_MINUTE
    right_at = {dice.whole(1, 4), dice.whole(4, 8)} if user else set()
    attempts = []
    for step in range(FAILURES_A_MINUTE + 3):
        password = (user.password or "") if user and step in right_at else "not the password"
        spelled = dice.among((email, email.upper(), f" {email}"))
        body = bodies.login_as(spelled, password)
        attempts.append(_attempt(b"/auth/login", body, (_from(_own_address(dice, step + 1)),), ""))
    return attempts


def _attempt(path: bytes, body: bytes, sent: tuple[Header, ...], source: str) -> Request:
    typed = (b"Content-Type", b"application/json")
    return Request(f"POST {path.decode()}", b"POST", (path,), (), (typed, *sent), body, source=source)
