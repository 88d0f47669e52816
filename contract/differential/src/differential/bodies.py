"""Request bodies: objects of fields in every spelling, and the ways in which a whole body can be wrong."""

import json
from collections.abc import Callable

from differential import fields
from differential.case import Dice, Known, KnownUser, choices

MAX_BODY = 1_048_576
MAX_DEPTH = 32

Member = tuple[bytes, bytes]

UNKNOWN_KEYS = (
    *choices(f"""
        role ¦ id ¦ version ¦ created_at ¦ updated_at ¦ user_id ¦ password ¦ errors ¦ $ref ¦ __proto__ ¦ constructor ¦ Name
        ¦ NAME ¦ e-mail ¦ ¦ 0 ¦ -1
        ¦ a/b ¦ a~b ¦ ~1 ¦ ~0/ ¦ / ¦ ~ ¦ a\nb ¦ a"b ¦ <a>& ¦ é ¦ e\u0301 ¦ 名前 ¦ 🙂 ¦ \uff5e ¦ \ue000 ¦ \U0010ffff ¦ \x7f
        ¦ \x1f ¦ {"x" * 300}
        ¦ n\u0430me ¦ \uff4eame ¦ na\u017fme ¦ \u212aey ¦ na\u200bme ¦ a\u2028b
    """),
    *("email ", " name"),
)


def user(dice: Dice, known: Known) -> bytes:
    """Return the body of POST /users or PUT /users/{id}."""
    members: list[Member] = [(b'"name"', fields.name(dice)), (b'"email"', fields.email(dice, known))]
    if dice.chance(65):
        members.append((b'"age"', fields.age(dice)))
    if dice.chance(4):
        members.pop(dice.whole(0, len(members) - 1))
    return _body(dice, [*members, *_of_logins(dice, known)])


def valid_user(dice: Dice) -> bytes:
    """Return a body that every service takes, so that there is something to refer to."""
    member_texts = {"name": f"User {dice.number}", "email": f"User{dice.number}@example.com", "age": dice.whole(0, 150)}
    return json.dumps(member_texts).encode()


def patch(dice: Dice, known: Known, target: KnownUser | None) -> bytes:
    """Return a merge patch; at times one that changes nothing."""
    if target is not None and dice.chance(20):
        same = [
            (b'"name"', fields.text(target.name)),
            (b'"email"', fields.text(target.email)),
            (b'"age"', _same_age(dice, target)),
        ]
        return _object(dice, same[: dice.whole(1, 3)])
    members: list[Member] = []
    if dice.chance(55):
        members.append((b'"name"', fields.name(dice)))
    if dice.chance(35):
        members.append((b'"email"', fields.email(dice, known)))
    if dice.chance(55):
        members.append((b'"age"', fields.age(dice)))
    return _body(dice, [*members, *_of_logins(dice, known)])


def _of_logins(dice: Dice, known: Known) -> list[Member]:
    """Return a password and a role, each at times. Passwords are rare, since each of them is hashed."""
    members: list[Member] = []
    if known.logins and dice.chance(5):
        members.append((b'"password"', fields.password(dice)))
    if known.logins and dice.chance(10):
        members.append((b'"role"', fields.role(dice)))
    return members


def replacement(dice: Dice, known: Known, target: KnownUser | None) -> bytes:
    """Return the body of a PUT; at times one that changes nothing."""
    if target is not None and dice.chance(20):
        same = {"name": f" {target.name}\u00a0", "email": target.email.upper(), "age": target.age}
        return json.dumps(same, ensure_ascii=dice.chance(50)).encode()
    return user(dice, known)


def profile(dice: Dice) -> bytes:
    members: list[Member] = []
    if dice.chance(70):
        members.append((b'"bio"', fields.free_text(dice, 500)))
    if dice.chance(70):
        members.append((b'"location"', fields.free_text(dice, 100)))
    if dice.chance(70):
        members.append((b'"website"', fields.website(dice)))
    return _body(dice, members)


def valid_registration(dice: Dice, step: int = 0) -> bytes:
    """Return a body that is taken everywhere; `step` tells apart those of one case."""
    email, password = f"r{dice.number}-{step}@example.com", f"password of {dice.number}"
    return json.dumps({"name": f"Registered {dice.number}", "email": email, "password": password}).encode()


def registration(dice: Dice, known: Known) -> bytes:
    members: list[Member] = [(b'"name"', fields.name(dice)), (b'"email"', fields.email(dice, known))]
    members.append((b'"password"', fields.password(dice)))
    if dice.chance(15):
        members.append(dice.among(((b'"role"', fields.role(dice)), (b'"age"', fields.age(dice)), (b'"id"', b"1"))))
    if dice.chance(8):
        members.pop(dice.whole(0, len(members) - 1))
    return _body(dice, members)


def login(dice: Dice) -> bytes:
    """Return the body of a login that fails: nobody has the address."""
    password = b'"not the password"' if dice.chance(30) else fields.password(dice, shortest=1)
    members: list[Member] = [(b'"email"', fields.email(dice, Known())), (b'"password"', password)]
    if dice.chance(8):
        members.pop(dice.whole(0, 1))
    if dice.chance(5):
        members.append((b'"name"', b'"Ada"'))
    return _body(dice, members)


def login_as(email: str, password: str) -> bytes:
    return json.dumps({"email": email, "password": password}, ensure_ascii=False).encode()


def refresh(dice: Dice, token: bytes) -> bytes:
    """Return the body of a refresh with this JSON text for the token, which is as it is in four of five."""
    if dice.chance(80):
        return _object(dice, [(b'"refresh_token"', token)])
    value = token if dice.chance(50) else fields.broken(dice)
    return _body(dice, [(b'"refresh_token"', value)] if dice.chance(85) else [])


def _same_age(dice: Dice, target: KnownUser) -> bytes:
    return b"null" if target.age is None else dice.among((b"%d", b"%d.0", b"%de0")) % target.age


def _body(dice: Dice, members: list[Member]) -> bytes:
    if dice.chance(10):
        for _ in range(dice.among((1, 1, 1, 2, 40))):
            members.append(
                (
                    fields.text(dice.among(UNKNOWN_KEYS) + dice.among(("", "", str(dice.whole(0, 99))))),
                    dice.among(fields.WRONG_TYPES),
                )
            )
    members = dice.shuffled(members) if dice.chance(30) else members
    if dice.chance(3):
        members = _with_repeated_key(dice, members)
    body = _object(dice, members)
    return dice.among(FAULTS)(dice, body) if dice.chance(12) else body


def _object(dice: Dice, members: list[Member]) -> bytes:
    comma, colon, start, end = dice.weighted(
        (80, (b",", b":", b"", b"")),
        (10, (b", ", b": ", b"", b"\n")),
        (5, (b"\r\n,\t", b"\n:  ", b" \t\r\n", b" \t\r\n")),
        (5, (b",", b" : ", b"\n\n", b"")),
    )
    inside = comma.join(key + colon + value for key, value in members)
    return start + b"{" + inside + b"}" + end


def _with_repeated_key(dice: Dice, members: list[Member]) -> list[Member]:
    key, value = dice.among(members) if members else (b'"x"', b"1")
    spelled = dice.among((key, b'"\\u%04x%s' % (key[1], key[2:])))
    inner = b'{"a":1,"b":2,"\\u0061":3}'
    return [*members, (spelled, dice.among((value, b"null", b'"other"')))] if dice.chance(75) else [*members, (b'"x"', inner)]


def _with_member(body: bytes, member: bytes) -> bytes:
    head, brace, tail = body.rpartition(b"}")
    return head + (b"," if head.strip() not in (b"", b"{") else b"") + member + brace + tail


def _not_an_object(dice: Dice, body: bytes) -> bytes:
    return dice.among(
        (b"[" + body + b"]", b"[]", b"null", b"1", b'"a"', b"true", b"[" * 40 + b"]" * 40, fields.text(body.decode("latin-1")))
    )


def _empty(dice: Dice, body: bytes) -> bytes:
    return dice.among((b"", b" ", b"\n\r\t ", b"{", b"}", b"{}", b"{ }", b"\0", b"{}{}", b"\xc2\xa0{}", b"{\xc2\xa0}", b"\x0c{}"))


def _truncated(dice: Dice, body: bytes) -> bytes:
    return body[: dice.whole(0, max(0, len(body) - 1))]


def _with_tail(dice: Dice, body: bytes) -> bytes:
    return body + dice.among(
        (b"x", b"{}", b",", b"}", b"]", b"\0", b"//", b" null", b"\n" + body, b"\xc2\xa0", b"\x1a", b"\x0b", b"\xef\xbb\xbf")
    )


def _other_encoding(dice: Dice, body: bytes) -> bytes:
    content = body.decode("utf-8", "replace")
    encoding = dice.among(("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "utf-7", "latin-1"))
    return content.encode(encoding, "replace")


def _bad_utf8(dice: Dice, body: bytes) -> bytes:
    at = dice.whole(0, len(body))
    return (
        body[:at]
        + dice.among((b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xed\xb0\x80", b"\xf5\x80\x80\x80", b"\xe2\x28\xa1", b"\x80"))
        + body[at:]
    )


def _deep(dice: Dice, body: bytes) -> bytes:
    # The body is the first level, and the innermost value is a number: 31 more are allowed.
    levels = dice.among((MAX_DEPTH - 2, MAX_DEPTH - 1, MAX_DEPTH - 1, MAX_DEPTH, MAX_DEPTH, MAX_DEPTH + 1, 200, 1000, 20_000))
    opening, closing = dice.among(((b"[", b"]"), (b'{"a":', b"}")))
    inside = dice.among((b"1", b'"\\u0000"', b"", b'"[{"')) if opening == b"[" else dice.among((b"1", b"{}", b'"}"'))
    return _with_member(body, dice.among((b'"x":', b'"age":')) + opening * levels + inside + closing * levels)


def _unclosed(dice: Dice, body: bytes) -> bytes:
    return b'{"x":' + dice.among((b"[", b'{"a":')) * dice.among((31, 100, 100_000))


def _one_byte_changed(dice: Dice, body: bytes) -> bytes:
    if not body:
        return body
    at = dice.whole(0, len(body) - 1)
    return body[:at] + bytes((dice.whole(0, 255),)) + body[at + 1 :]


def _forbidden_key(dice: Dice, body: bytes) -> bytes:
    return _with_member(body, dice.among(fields.FORBIDDEN_TEXT) + b":1")


def _nested_forbidden_text(dice: Dice, body: bytes) -> bytes:
    value = dice.among((*fields.FORBIDDEN_TEXT, *fields.NUMBERS, *fields.ILL_FORMED))
    return _with_member(body, b'"x":' + dice.among((b"[%s]", b'{"y":%s}', b"[[{},%s]]")) % value)


def _at_the_size_limit(dice: Dice, body: bytes) -> bytes:
    if not dice.chance(15):
        return _truncated(dice, body)
    size = MAX_BODY + dice.among((0, 0, 1, 4096))
    return dice.among((body.rstrip() + b" " * (size - len(body.rstrip())), b'{"x":"' + b"x" * (size - 8) + b'"}'))


FAULTS: tuple[Callable[[Dice, bytes], bytes], ...] = (
    _not_an_object,
    _empty,
    _truncated,
    _with_tail,
    _other_encoding,
    _bad_utf8,
    _deep,
    _unclosed,
    _one_byte_changed,
    _forbidden_key,
    _nested_forbidden_text,
    _at_the_size_limit,
)
