"""Access and refresh tokens: named alike for all services in what is sent, and read in what comes back.

Each service issues tokens of its own, so a request names one by a mark: `<access 3>` is the access token of the third
pair that the services gave out, `<refresh 3>` the refresh token beside it, and `<access 3: claims exp=now-60>` one that
the service might have signed had the claim been so. The secret is the services', so nothing else is wrong with it.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

ALGORITHM = "HS256"
LIFETIME = 900
# How far a token's time may be from that at which it is read: a loaded machine may take a while.
_SECONDS_ASTRAY = 15

_MARK = re.compile(rb"<(access|refresh) (\d+)(?:: ([^<>]*))?>")
_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII)
_NOW = re.compile(r"now([+-]\d+)?")
_DIGESTS = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}


def access(pair: int, change: str = "") -> bytes:
    """Return what stands for an access token, changed as `change` says (see `changed`)."""
    return b"<access %d: %b>" % (pair, change.encode("latin-1")) if change else b"<access %d>" % pair


def refresh(pair: int) -> bytes:
    return b"<refresh %d>" % pair


@dataclass(frozen=True, slots=True)
class Pair:
    access: str
    refresh: str


def pair_in(body: bytes) -> Pair | None:
    """Return the tokens in a body that is a pair of them."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return _pair_of(document)


def _pair_of(document: Any) -> Pair | None:
    if not isinstance(document, dict) or document.keys() != {"access_token", "token_type", "expires_in", "refresh_token"}:
        return None
    if (document["token_type"], document["expires_in"]) != ("Bearer", LIFETIME):
        return None
    return Pair(str(document["access_token"]), str(document["refresh_token"]))


def claims_of(token: str) -> dict[str, Any]:
    """Return the claims of a token without verifying it; none at all where it is not one."""
    try:
        claims = json.loads(_decoded(token.split(".")[1]))
    except (ValueError, IndexError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


@dataclass(slots=True)
class Wallet:
    """The tokens that one service has given out. All services have the same secret."""

    secret: str = ""
    pairs: dict[int, Pair] = field(default_factory=dict)
    _sessions: dict[str, int] = field(default_factory=dict)
    _seen: dict[str, int] = field(default_factory=dict)

    def learn(self, number: int, pair: Pair) -> None:
        """Note a pair; a session is named by its first one."""
        self.pairs[number] = pair
        claims = claims_of(pair.access)
        self._sessions.setdefault(str(claims.get("sid")), number)
        self._seen.setdefault(str(claims.get("jti")), number)
        self._seen.setdefault(pair.refresh, number)

    def session_of(self, pair: Pair) -> int:
        return self._sessions[str(claims_of(pair.access).get("sid"))]

    def filled(self, data: bytes) -> bytes:
        """Return a request with the service's own tokens in the place of the marks."""
        return _MARK.sub(self._token, data)

    def _token(self, found: re.Match[bytes]) -> bytes:
        pair = self.pairs.get(int(found[2]))
        if pair is None:
            return b"none"
        if found[1] == b"refresh":
            return pair.refresh.encode("latin-1")
        change = (found[3] or b"").decode("latin-1")
        return (changed(pair.access, change, self.secret) if change else pair.access).encode("latin-1")

    def described(self, document: dict[str, Any], named: Callable[[str], str]) -> dict[str, Any]:
        """Return a pair with its tokens replaced by what is in them; `named` tells whose id an id is."""
        pair = _pair_of(document)
        number = next((number for number, known in self.pairs.items() if known == pair), None)
        if pair is None or number is None:
            return document
        is_new = self._seen[pair.refresh] == number and _is_canonical(pair.refresh, 32)
        told = {
            "access_token": self._described(pair.access, number, named),
            "refresh_token": "<new>" if is_new else "<not a new refresh token>",
        }
        return document | told

    def _described(self, token: str, number: int, named: Callable[[str], str]) -> str:
        try:
            header, claims, signature = token.split(".")
            members, found = json.loads(_decoded(header)), json.loads(_decoded(claims))
        except ValueError:
            return "<no token>"
        if not hmac.compare_digest(signature, _signature(f"{header}.{claims}", ALGORITHM, self.secret)):
            return "<a bad signature>"
        if members.get("kid") == _kid(self.secret):
            members["kid"] = "<that of the secret>"
        if found.get("nbf") == found.get("iat") and abs(time.time() - found["iat"]) < _SECONDS_ASTRAY:
            found["iat"] = found["nbf"] = "<now>"
            found["exp"] = f"<{found['exp'] - claims_of(token)['iat']} s later>"
        found["sub"] = named(str(found.get("sub")))
        if _UUID4.fullmatch(str(found.get("jti"))) and self._seen[found["jti"]] == number:
            found["jti"] = "<new>"
        if _UUID4.fullmatch(str(found.get("sid"))):
            found["sid"] = f"<session {self._sessions[found['sid']]}>"
        return f"<{json.dumps([members, found], sort_keys=True)}>"


def changed(token: str, change: str, secret: str) -> str:
    """Return a token with one change, which is one of these.

    - `header alg="none"`, `claims -exp`, `claims exp=now-60`: a member has another JSON text, or is left out;
    - `header-text {"alg":"none",*}`, `claims-text [{*}]`: the whole JSON text is another; `*` stands for the members;
    - `alg HS512`: the algorithm is another one, and the signature is made by it; none at all by one that is not of its kind;
    - `signature altered`, `signature of another secret`, ...;
    - `text h.c`: the parts are put together otherwise;
    - `length 4097`: a claim that nobody knows makes the token that long.
    """
    header, claims, signature = token.split(".")
    kind, _, rest = change.partition(" ")
    match kind:
        case "header":
            return _signed(_with_member(header, rest), claims, secret)
        case "claims":
            return _signed(header, _with_member(claims, rest), secret)
        case "header-text":
            return _signed(_with_text(header, rest), claims, secret)
        case "claims-text":
            return _signed(header, _with_text(claims, rest), secret)
        case "alg":
            return _signed(_with_member(header, f'alg="{rest}"'), claims, secret, rest)
        case "signature":
            return f"{header}.{claims}.{_other_signature(header, claims, signature, rest, secret)}"
        case "text":
            parts = {"h": header, "c": claims, "s": signature}
            return "".join(parts.get(character, character) for character in rest)
        case "length":
            return _of_length(header, claims, int(rest), secret)
    raise ValueError(change)


def _signed(header: str, claims: str, secret: str, algorithm: str = ALGORITHM) -> str:
    return f"{header}.{claims}.{_signature(f'{header}.{claims}', algorithm, secret)}"


def _signature(text: str, algorithm: str, secret: str) -> str:
    digest = _DIGESTS.get(algorithm)
    return _encoded(hmac.digest(secret.encode(), text.encode(), digest)) if digest else ""


def _kid(secret: str) -> str:
    return _encoded(hashlib.sha256(f"kid:{secret}".encode()).digest())[:16]


def _with_member(part: str, change: str) -> str:
    """Return a header or claims with a member set to a JSON text (`now` is the time in it), or without one."""
    members = {name: json.dumps(value) for name, value in json.loads(_decoded(part)).items()}
    name, is_set, value = change.partition("=")
    if is_set:
        now = int(time.time())
        members[name] = _NOW.sub(lambda found: str(now + int(found[1] or 0)), value)
    else:
        del members[name.removeprefix("-")]
    return _encoded(_object(members).encode("latin-1"))


def _object(members: dict[str, str]) -> str:
    return "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in members.items()) + "}"


def _with_text(part: str, template: str) -> str:
    members = _decoded(part).decode().strip()[1:-1]
    return _encoded(template.replace("*", members).encode("latin-1"))


def _other_signature(header: str, claims: str, signature: str, change: str, secret: str) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    after_last = alphabet[alphabet.index(signature[-1]) + 1]
    changes = {
        "left out": "",
        "altered": ("B" if signature[0] == "A" else "A") + signature[1:],
        "with stray bits": signature[:-1] + after_last,
        "cut": signature[:-2],
        "doubled": signature * 2,
        "padded": signature + "=",
        "of another secret": _signature(f"{header}.{claims}", ALGORITHM, f"{secret}x"),
        "of no secret": _signature(f"{header}.{claims}", ALGORITHM, ""),
        "in hexadecimal": _decoded(signature).hex(),
        "by HS512": _signature(f"{header}.{claims}", "HS512", secret),
        "of the claims": _signature(claims, ALGORITHM, secret),
        "in the other alphabet": "+/" + signature[2:],
    }
    return changes[change]


def _of_length(header: str, claims: str, size: int, secret: str) -> str:
    members = {name: json.dumps(value) for name, value in json.loads(_decoded(claims)).items()}
    missing = size - len(_signed(header, _encoded(_object({**members, "x": '""'}).encode()), secret))
    padded = {**members, "x": json.dumps("x" * (missing * 3 // 4))}
    while len(longer := _signed(header, _encoded(_object(padded).encode()), secret)) < size:
        padded["x"] = json.dumps(json.loads(padded["x"]) + "x")
    return longer


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _is_canonical(text: str, size: int) -> bool:
    try:
        plain = _decoded(text)
    except binascii.Error:
        return False
    return len(plain) == size and _encoded(plain) == text
