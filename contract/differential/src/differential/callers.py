"""Who calls: the Authorization header of a request, in every form, with tokens that are good, no longer good and forged."""

from dataclasses import replace

from differential.case import Dice, Header, Known, Part, Request, Session, UserId, choices
from differential.tokens import access, refresh

# {t} is a token.
ACCEPTED = (
    *choices("""
        Bearer {t} ¦ bearer {t} ¦ BEARER {t} ¦ bEaReR {t} ¦ Bearer  {t} ¦ Bearer      {t}
    """),
    *("Bearer {t} ", " Bearer {t}", "\tBearer {t}\t"),
)
REFUSED = (
    *choices(f"""
        Bearer ¦ Bearer\t{{t}} ¦ Bearer \t{{t}} ¦ Bearer\xa0{{t}} ¦ Bearer {{t}}\x80 ¦ Bearer {{t}}, ¦ Bearer {{t}} x
        ¦ Bearer {{t}} {{t}} ¦ Bearer:{{t}}
        ¦ Bearer {{t}},Bearer {{t}} ¦ Bearer {{t}}, Bearer {{t}} ¦ Bearer Bearer {{t}} ¦ Bearer "{{t}}" ¦ Bearer={{t}}
        ¦ Bearer{{t}} ¦ Bearer,{{t}} ¦ Bearer {{t}}; ¦ Bearer realm="x" ¦ Bearer token={{t}} ¦ {{t}} ¦ , Bearer {{t}}
        ¦ Token {{t}} ¦ JWT {{t}} ¦ DPoP {{t}} ¦ Basic {{t}} ¦ Basic eDp5 ¦ Basic ¦ Digest username="x" ¦ X-Bearer {{t}}
        ¦ Bearerx {{t}} ¦ Beare {{t}} ¦ Be\u0430rer {{t}} ¦ \xffBearer {{t}} ¦ Basic eDp5, Bearer {{t}}
        ¦ Bearer x ¦ Bearer null ¦ Bearer undefined ¦ Bearer a.b ¦ Bearer a.b.c ¦ Bearer .. ¦ Bearer . ¦ Bearer ... ¦ Bearer 1
        ¦ Bearer {{}} ¦ Bearer eyJ.eyJ.x ¦ Bearer e30.e30.e30 ¦ Bearer \u00fc.\u00fc.\u00fc ¦ Bearer {"x" * 4096}
        ¦ Bearer {"x" * 4097} ¦ Bearer {"x" * 7000}
        ¦ Bearer {"a." * 3000} ¦ {"x" * 7000} ¦ Bearer {" " * 3000}{{t}} ¦ Bearer {{t}}.{{t}} ¦ Bearer '{{t}}' ¦ Bearer %20{{t}}
    """),
    "",
)
# Where a token is not looked for.
ELSEWHERE = choices("""
    Proxy-Authorization: Bearer {t} ¦ X-Authorization: Bearer {t} ¦ X-Access-Token: {t} ¦ X-Auth-Token: {t}
    ¦ Cookie: access_token={t} ¦ Cookie: Authorization=Bearer {t} ¦ WWW-Authenticate: Bearer {t} ¦ Authentication: Bearer {t}
    ¦ Authorisation: Bearer {t} ¦ X-Forwarded-Authorization: Bearer {t} ¦ Sec-WebSocket-Protocol: bearer, {t}
""")
# Only who holds the secret could sign these. What the libraries read in their own ways is left out: NaN, bytes that are not
# UTF-8, what follows the object, and times before 1970 or after 9999.
FORGERIES = (
    *(
        f"header {change}"
        for change in choices(r"""
            alg="none" ¦ alg="None" ¦ alg="" ¦ alg=null ¦ alg=["HS256"] ¦ alg="hs256" ¦ alg="HS512" ¦ alg="RS256"
            ¦ alg="ES256" ¦ alg="HS256 " ¦ -alg
            ¦ typ="JWT" ¦ typ="AT+JWT" ¦ typ="application/at+jwt" ¦ typ=null ¦ typ="" ¦ typ=["at+jwt"] ¦ -typ
            ¦ kid="x" ¦ kid="" ¦ kid=null ¦ kid=0 ¦ kid="../../../../dev/null" ¦ kid="x' OR '1'='1" ¦ kid=["x"] ¦ -kid
            ¦ crit=[] ¦ crit=["exp"] ¦ crit=null ¦ b64=true ¦ jwk={"kty":"oct","k":"eHh4"} ¦ jku="http://localhost:1/"
            ¦ x5u="http://localhost:1/"
            ¦ cty="JWT" ¦ x=1 ¦ x=null ¦ Alg="none" ¦ KID="x" ¦ zip="DEF" ¦ alg="\u0048S256" ¦ typ="at\u002bjwt"
            ¦ x5c=[] ¦ enc="A128GCM"
        """)
    ),
    *(
        f"claims {change}"
        for change in choices(r"""
            exp=now-60 ¦ exp=now-3600 ¦ exp=now ¦ exp=0 ¦ exp=-1 ¦ exp=now+99999 ¦ exp="now+900" ¦ exp=now+900.0
            ¦ exp=now+900.5 ¦ exp=now+900e0 ¦ exp=1e400 ¦ exp=1e30 ¦ exp=999999999999999999999999 ¦ exp=9223372036854775807
            ¦ exp=null ¦ exp=true ¦ exp=[now+900] ¦ exp={} ¦ -exp
            ¦ nbf=now+60 ¦ nbf=now+3 ¦ nbf=now-60 ¦ nbf=0 ¦ nbf="now" ¦ nbf=now.0 ¦ nbf=null ¦ nbf=false ¦ -nbf
            ¦ iat=now+60 ¦ iat=now+3 ¦ iat=now-99999 ¦ iat=0 ¦ iat="now" ¦ iat=now.5 ¦ iat=null ¦ iat=true ¦ -iat
            ¦ iss="x" ¦ iss="" ¦ iss=null ¦ iss=["user-service"] ¦ iss="User-Service" ¦ iss="user-service " ¦ iss=1 ¦ -iss
            ¦ aud="x" ¦ aud="" ¦ aud=null ¦ aud=["user-service"] ¦ aud=["x","user-service"] ¦ aud={} ¦ aud=1 ¦ -aud
            ¦ sub="0" ¦ sub="-1" ¦ sub="+2" ¦ sub="02" ¦ sub=2 ¦ sub="1" ¦ sub=" 2" ¦ sub="2.0" ¦ sub="x" ¦ sub="" ¦ sub=null
            ¦ sub="999999999" ¦ sub="9223372036854775807" ¦ sub="9223372036854775808" ¦ sub="\u0662" ¦ sub=["2"] ¦ -sub
            ¦ jti="0b5f3c1e-6d6c-4f0e-9f55-0c6f3f6f2d11" ¦ jti="0B5F3C1E-6D6C-4F0E-9F55-0C6F3F6F2D11" ¦ jti="x" ¦ jti=""
            ¦ jti=null ¦ jti=1 ¦ jti="0b5f3c1e6d6c4f0e9f550c6f3f6f2d11" ¦ jti="{0b5f3c1e-6d6c-4f0e-9f55-0c6f3f6f2d11}" ¦ -jti
            ¦ sid="0b5f3c1e-6d6c-4f0e-9f55-0c6f3f6f2d12" ¦ sid="x" ¦ sid="" ¦ sid=null ¦ sid=1
            ¦ sid="urn:uuid:0b5f3c1e-6d6c-4f0e-9f55-0c6f3f6f2d12"
            ¦ sid="0b5f3c1e-6d6c-1f0e-9f55-0c6f3f6f2d12" ¦ sid="00000000-0000-0000-0000-000000000000" ¦ -sid
            ¦ role="admin" ¦ role="user" ¦ role="Admin" ¦ role="root" ¦ role="" ¦ role=null ¦ role=["admin"] ¦ -role
            ¦ epoch=0 ¦ epoch=1 ¦ epoch=2 ¦ epoch=3 ¦ epoch=-1 ¦ epoch="1" ¦ epoch=1.0 ¦ epoch=1e0 ¦ epoch=true ¦ epoch=null
            ¦ epoch=1.5 ¦ epoch=18446744073709551617 ¦ epoch=-0 ¦ -epoch
            ¦ tenant="x" ¦ tenant="" ¦ tenant=null ¦ x=1 ¦ admin=true ¦ scope="admin" ¦ Role="admin" ¦ ROLE="admin"
            ¦ Exp=0 ¦ SUB="1" ¦ x="\u00e9" ¦ x="\ud83d\ude00" ¦ x="\u0000" ¦ x=1e400 ¦ x={"a":[1,{}]}
        """)
    ),
    *(
        f"{part}-text {change}"
        for part in ("header", "claims")
        for change in (
            *choices(r"""
                [*] ¦ {*} ¦ { * } ¦ x{*} ¦ {*, ¦ {*,} ¦ {} ¦ [] ¦ null ¦ 1 ¦ "x" ¦ [{*}] ¦ {*,"x":01} ¦ {*,"x":'a'}
                ¦ {*,"x":"\ud800"} ¦ {*,"x":"\xff"} ¦ {*,x:1} ¦ //x{*}
            """),
            *("", "\n{*}\n", '{*,"x":' + "[" * 300 + "]" * 300 + "}", '{*,"x":' + "[" * 1300 + "}", "\xa0{*}"),
        )
    ),
    *(
        f"header-text {change}"
        for change in choices("""
            {"alg":"none",*} ¦ {*,"alg":"none"} ¦ {*,"alg":"HS256"} ¦ {"kid":"x",*} ¦ {*,"typ":"at+jwt"} ¦ {*,"typ":"JWT"}
        """)
    ),
    *(
        f"claims-text {change}"
        for change in choices("""
            {"role":"admin",*} ¦ {*,"role":"admin"} ¦ {*,"role":"user"} ¦ {"exp":0,*} ¦ {*,"exp":0} ¦ {*,"x":1,"x":1}
        """)
    ),
    *(f"alg {algorithm}" for algorithm in ("none", "None", "NONE", "nOnE", "HS384", "HS512", "RS256", "ES256", "HS256")),
    *(
        f"signature {change}"
        for change in choices("""
            left out ¦ altered ¦ with stray bits ¦ cut ¦ doubled ¦ padded ¦ of another secret ¦ of no secret
            ¦ in hexadecimal ¦ by HS512
            ¦ of the claims ¦ in the other alphabet
        """)
    ),
    *(
        f"text {change}"
        for change in choices("""
            h.c ¦ h.c. ¦ .c.s ¦ h..s ¦ h.. ¦ .. ¦ c.h.s ¦ h.c.s. ¦ .h.c.s ¦ h.c.s.s ¦ h.c.s.c.s ¦ h=.c.s ¦ h.c=.s ¦ h.c==.s
            ¦ h.c.s== ¦ hcs ¦ h,c,s ¦ h.c,s
            ¦ h\\.c.s ¦ h .c.s ¦ h.c .s ¦ h.c. s ¦ h\t.c.s ¦ +h.c.s ¦ h.+c.s ¦ -h.c.s ¦ h.c.-s ¦ h.c.s- ¦ h.A.s ¦ A.c.s
            ¦ h.c.A ¦ h%2Ec%2Es ¦ h.c.s%00
            ¦ h.c.s/ ¦ h.c.s? ¦ h.c.s# ¦ h..c.s ¦ h.c..s ¦ !h.c.s ¦ h.c.!s ¦ h!.c.s ¦ h.c~.s
        """)
    ),
    *(f"length {size}" for size in (2000, 4095, 4096, 4097, 4098, 4500, 7000)),
)


def called(dice: Dice, known: Known, found: Request) -> Request:
    """Return a request with a caller: mostly one who may call, so that the rest of the request matters."""
    found = _by_nobody(found)
    if found.has_one_fault:
        return _anothers(dice, known) if dice.chance(30) else _plus(found, _bearer(access(0)))
    kind = dice.weighted((69, "admin"), (15, "session"), (3, "nobody"), (2, "over"), (5, "odd"), (6, "forged"))
    session = _session(dice, known, found.user, is_over=kind == "over")
    base = session if dice.chance(60) else None
    match kind:
        case "nobody":
            return found if dice.chance(70) else _elsewhere(dice, found)
        case "odd":
            return _odd(dice, found, base)
        case "forged":
            return _forged(dice, found, base)
    if kind == "admin" or session is None:
        return _plus(found, _bearer(access(0)))
    return in_session(dice, found, session)


def _anothers(dice: Dice, known: Known) -> Request:
    """Return a request that is right but for its caller, who may do nothing of the kind unless an admin."""
    session = _session(dice, known, None, is_over=False)
    others = [number for number in known.users if session and number != session.user]
    path: tuple[Part, ...] = (b"/users/", UserId(dice.among(others))) if others and dice.chance(70) else (b"/users",)
    found = Request("GET another's", b"GET", path, has_one_fault=True)
    return in_session(dice, found, session) if session else found


def in_session(dice: Dice, found: Request, session: Session) -> Request:
    """Return a request with the access token of a session, at times not the latest one."""
    return replace(_plus(_by_nobody(found), _bearer(access(_pair(dice, session)))), session=session.pairs[0])


def ending(dice: Dice, known: Known, found: Request) -> Request:
    """Return a logout of a session: never one of the admin, whom the run needs."""
    found = _by_nobody(found)
    session = _session(dice, known, None, is_over=dice.chance(15))
    if session is None or dice.chance(8):
        return found
    if dice.chance(12):
        return _odd(dice, found, session)
    if dice.chance(20):
        return _forged(dice, found, session)
    return in_session(dice, found, session)


def _by_nobody(found: Request) -> Request:
    return replace(found, headers=tuple(header for header in found.headers if header[0] != b"Authorization"))


def _forged(dice: Dice, found: Request, session: Session | None) -> Request:
    return _plus(found, _bearer(access(_pair(dice, session), dice.among(FORGERIES))))


def _session(dice: Dice, known: Known, user: int | None, *, is_over: bool) -> Session | None:
    """Return a session, rather one of the user."""
    sessions = [session for session in known.sessions.values() if session.is_over == is_over]
    own = [session for session in sessions if session.user == user]
    if own and dice.chance(75):
        sessions = own
    return dice.among(sessions) if sessions else None


def _pair(dice: Dice, session: Session | None) -> int:
    """Return a pair of the session; the admin's where there is none."""
    if session is None:
        return 0
    return dice.among(session.pairs) if dice.chance(25) else session.pairs[-1]


def _bearer(token: bytes) -> Header:
    return b"Authorization", b"Bearer " + token


def _odd(dice: Dice, found: Request, session: Session | None) -> Request:
    """Return a request whose header is no plain `Bearer` and a token, or that has two of them."""
    good = access(_pair(dice, session))
    bad = dice.among((refresh(_pair(dice, session)), b"x", access(_pair(dice, session), "signature altered")))
    name = dice.among((b"Authorization", b"authorization", b"AUTHORIZATION"))
    if dice.chance(75):
        table = ACCEPTED if dice.chance(50) else REFUSED
        return _plus(found, (name, _filled(dice.among(table), dice.among((good, good, good, bad)))))
    # Behind another scheme the second line is not seen everywhere: see `malformed`.
    first = _filled(dice.among(ACCEPTED), dice.among((good, good, bad)))
    second = dice.among((b"Bearer " + good, b"Bearer " + bad, b"Basic eDp5", b"", b"Bearer", first))
    return _plus(found, (name, first), (b"Authorization", second))


def _elsewhere(dice: Dice, found: Request) -> Request:
    if dice.chance(30):
        parameter = dice.among((b"access_token=", b"token=", b"authorization=Bearer%20"))
        return replace(found, query=(*found.query, (parameter + access(0),)))
    name, _, value = dice.among(ELSEWHERE).partition(":")
    return _plus(found, (name.encode(), _filled(value.strip(), access(0))))


def _filled(template: str, token: bytes) -> bytes:
    encoding = "utf-8" if max(template, default="") > "\xff" else "latin-1"
    return template.encode(encoding).replace(b"{t}", token)


def _plus(found: Request, *more: Header) -> Request:
    return replace(found, headers=(*found.headers, *more))
