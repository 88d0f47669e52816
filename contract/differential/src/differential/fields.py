"""JSON texts for each field: valid, at every edge, of wrong types, and ill-formed."""

import json

from differential.case import Dice, Known, choices

WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
NEARLY_WHITE_SPACE = "\u200b\u200d\u2060\ufeff\u180e\x1c\x1d\x1e\x1f\x00\x08\x7f\x84\x86\x9f\xad"
WORDS = choices("""
    Ada ¦ Zoë ¦ 山田 ¦ O'Neil ¦ A\u030a ¦ e\u0301 ¦ Müller-Lüdenscheidt ¦ <b>&amp;</b> ¦ 🙂 ¦ \u2028 ¦ q"\\/
    ¦ \U0001d49c\U0001d4ed\U0001d4ea ¦ İı
""")


def _json_texts(table: str) -> tuple[bytes, ...]:
    return tuple(choice.encode("latin-1") for choice in choices(table))


WRONG_TYPES = _json_texts('null ¦ true ¦ false ¦ 0 ¦ 1 ¦ 30 ¦ [] ¦ {} ¦ [""] ¦ {"a":1} ¦ "" ¦ "30" ¦ " "')
# None of them is a JSON text, so the whole body is unreadable.
ILL_FORMED = (
    *_json_texts(r"""
    01 ¦ -01 ¦ +1 ¦ .5 ¦ 1. ¦ - ¦ --1 ¦ 0x10 ¦ 1e ¦ 1e+ ¦ 1_000 ¦ NaN ¦ Infinity ¦ -Infinity ¦ True ¦ nul ¦ undefined ¦ 'a'
    ¦ "a ¦ "\x41" ¦ "\u12" ¦ "\u123g"
    ¦ "\" ¦ "\a" ¦ [1,] ¦ {"a":1,} ¦ {a:1} ¦ [1 2] ¦ ¦ /**/1 ¦ "a" "b"
"""),
    *(b'"\t"', b'"\n"', b'"\0"', b'"\x1f"'),
)
# All of them parse as JSON somewhere, and the contract refuses each: NUL, lone surrogates, bytes that are not UTF-8.
FORBIDDEN_TEXT = (
    *_json_texts(r"""
    "\u0000" ¦ "a\u0000b" ¦ "\ud800" ¦ "\udc00" ¦ "\udc00\ud800" ¦ "\ud83d\ud83d\ude00" ¦ "\uD83Dx"
"""),
    *_json_texts("""
    "\xff" ¦ "\xc0\x80" ¦ "\xed\xa0\x80" ¦ "\xf4\x90\x80\x80" ¦ "\xe2\x82" ¦ "\xf8\x88\x80\x80\x80" ¦ "\x80" ¦ "\xc3("
"""),
)
NUMBERS = _json_texts(f"""
    30 ¦ 30.0 ¦ 3e1 ¦ 3E+1 ¦ 300e-1 ¦ 0.3e2 ¦ 1.5e2 ¦ 15e1 ¦ 0 ¦ -0 ¦ 0.0 ¦ -0.0 ¦ 0.0e0 ¦ 0e5 ¦ 0e-5 ¦ 0e400 ¦ 0e-400
    ¦ 0e999999999999999999999
    ¦ -1 ¦ 1 ¦ 149 ¦ 150 ¦ 150.0 ¦ 151 ¦ 1e2 ¦ 1e3 ¦ 0.1 ¦ 30.5 ¦ 150.5 ¦ -0.5 ¦ 149.99999999999999999999
    ¦ 150.00000000000000000001
    ¦ 30.00000000000000000000000000000000000001 ¦ 1e400 ¦ -1e400 ¦ 1e-400 ¦ -1e-400 ¦ 1e999999999999999999999
    ¦ 1e-999999999999999999999
    ¦ 286 ¦ 65566 ¦ 2147483648 ¦ 4294967326 ¦ 9007199254740993 ¦ 9223372036854775808 ¦ 18446744073709551616
    ¦ 30.{"0" * 400} ¦ 30{"0" * 400}e-400 ¦ {"9" * 5000} ¦ -{"9" * 5000} ¦ 1{"0" * 5000} ¦ 0.{"0" * 5000}3e5002
""")
# {u} is unique, {U} in upper case; {a64}, {l63} and {l64} are that long.
EMAILS_VALID = (
    *choices("""
        {u}@a ¦ {u}@a.b.c ¦ {u}@1.2 ¦ {u}@0 ¦ {u}.@x.org ¦ .{u}@x.org ¦ {u}..a@x.org ¦ -{u}@x.org
        ¦ {u}!#$%&'*+/=?^_`{{|}}~-@x.org ¦ {u}@x--y.org
        ¦ {u}@{l63}.org ¦ {u}@{l63}.{l63} ¦ {u}{a64}@x.org ¦ {U}@X.ORG ¦ {u}\u212a@x.org ¦ {u}@\u212a.org ¦ {u}\u1fef@x.org
        ¦ {u}@xn--bcher-kva.example
    """),
    *(" {u}@x.org ", "\u3000{u}@x.org\x85", "\n{u}@x.org\n"),
)
EMAILS_INVALID = (
    *choices("""
        ¦ @ ¦ a ¦ a@ ¦ @b ¦ a@b@c ¦ a b@c ¦ a@b c ¦ a@-b ¦ a@b- ¦ a@b..c ¦ a@.b ¦ a@b. ¦ a@b_c ¦ a@[1.2.3.4] ¦ "a"@b
        ¦ a@{l64} ¦ a@x.{l64}.org
        ¦ a,b@x.org ¦ a@x.org,b@x.org ¦ <a@x.org> ¦ mailto:a@x.org ¦ a\\@x.org ¦ a(b)@x.org ¦ a\n@x.org ¦ a@x.org\nb
        ¦ a@x.org\0 ¦ \x1fa@x.org
        ¦ ü@x.org ¦ a@ü.org ¦ A\u0308@x.org ¦ a@x.org\u0308 ¦ \uff51@x.org ¦ \u017f@x.org ¦ a@\u017f.org ¦ İ@x.org
        ¦ a@x\u3002org ¦ 🙂@x.org
        ¦ a\u200b@x.org ¦ \ufeffa@x.org ¦ a@x.org\u200b
    """),
    " ",
)
WEBSITES_VALID = choices(f"""
    ¦ http://a ¦ https://example.com ¦ HTTPS://Example.COM/ ¦ hTTp://a-b.c:1 ¦ http://1.2.3.4:65535/x ¦ http://a:99999
    ¦ http://a:0 ¦ http://a?x=y&z
    ¦ http://a#f ¦ http://a/%zz%20[]@!$&'()*+,;=:~._-/?# ¦ http://a..b ¦ http://a.-b ¦ https://a/{"x" * 190}
""")
WEBSITES_INVALID = (
    *choices(rf"""
        a ¦ http: ¦ http:// ¦ http:///x ¦ ftp://a ¦ //a ¦ http:a ¦ http://a b ¦ http://-a ¦ http://a- ¦ http://a.
        ¦ http://u@a ¦ http://u:p@a ¦ http://a:
        ¦ http://a:123456 ¦ http://a:b ¦ http://[::1] ¦ http://ü ¦ http://a/ü ¦ http://a/" ¦ http://a/< ¦ http://a/>
        ¦ http://a/\ ¦ http://a/^ ¦ http://a/`
        ¦ http://a/{{ ¦ http://a/| ¦ http://a_b ¦ javascript:alert(1) ¦ https://a/{"x" * 191} ¦ https://a/{"🙂" * 100}
    """),
    *(" ", "http://a/ ", " http://a", "http://a\n", "http://a\t", "http://\u017f", "http\u212a://a"),
)
# Lines of contract/common-passwords.txt, in other cases too; and texts that are nearly such a line.
COMMON_PASSWORDS = choices("""
    123456789012 ¦ 1qaz2wsx3edc ¦ 1QAZ2WSX3EDC ¦ administrator ¦ Administrator1! ¦ CORRECT HORSE BATTERY STAPLE
""")
NEARLY_COMMON_PASSWORDS = (
    *choices("""
        adm\u0131nistrator ¦ ADM\u0130NISTRATOR ¦ admini\u017ftrator ¦ correct horse battery\u00a0staple ¦ administrator-
        ¦ \uff41dministrator
    """),
    *("administrator ", " administrator", "administrator\n"),
)
NO_ROLES = choices("""
    Admin ¦ USER ¦ administrator ¦ root ¦ ¦ user,admin ¦ us\u0435r ¦ \uff55ser ¦ user\n ¦ admin\x1f
""")


def text(value: str) -> bytes:
    """Return a text as JSON, with what must be escaped escaped."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def escaped(dice: Dice, value: str) -> bytes:
    """Return a text as JSON in one of its spellings."""
    if dice.chance(70):
        return text(value)
    if dice.chance(50):
        return json.dumps(value).encode()
    upper_case = "".join(f"\\u{unit:04X}" for unit in _utf16(value))
    return f'"{upper_case}"'.encode()


def _utf16(value: str) -> list[int]:
    raw = value.encode("utf-16-be", "surrogatepass")
    return [raw[at] << 8 | raw[at + 1] for at in range(0, len(raw), 2)]


def broken(dice: Dice) -> bytes:
    return dice.weighted((70, dice.among(WRONG_TYPES)), (15, dice.among(FORBIDDEN_TEXT)), (15, dice.among(ILL_FORMED)))


def name(dice: Dice) -> bytes:
    words = " ".join(dice.among(WORDS) for _ in range(dice.whole(1, 3)))
    kind = dice.weighted(
        (55, "valid"), (12, "trimmed"), (10, "length"), (8, "inside"), (5, "nearly"), (3, "blank"), (7, "broken")
    )
    match kind:
        case "valid":
            return escaped(dice, words)
        case "trimmed":
            return escaped(dice, dice.among(WHITE_SPACE) + words + dice.among(WHITE_SPACE) * dice.whole(0, 3))
        case "length":
            padding = dice.among(("", "  ", "\u3000" * 60))
            return escaped(dice, padding + dice.among("aé名🙂\u0301") * dice.among((1, 99, 100, 101, 200, 2000)) + padding)
        case "inside":
            return escaped(dice, f"a{dice.among(WHITE_SPACE + NEARLY_WHITE_SPACE)}b")
        case "nearly":
            odd = dice.among(NEARLY_WHITE_SPACE + "\ufffd\ufffe\uffff\U0010ffff\ue000\u202e")
            return escaped(dice, dice.among((odd, odd + "a", "a" + odd)))
        case "blank":
            return escaped(dice, "".join(dice.among(WHITE_SPACE) for _ in range(dice.whole(0, 4))))
    return broken(dice)


def email_text(dice: Dice, known: Known) -> str:
    """Return an address: mostly valid and new, at times one that is taken."""
    unique = f"u{dice.number}"
    kind = dice.weighted((55, "new"), (17, "odd"), (12, "taken"), (11, "invalid"), (5, "length"))
    if kind == "taken" and known.users:
        taken = dice.among(list(known.users.values())).email
        return dice.among((taken, taken.upper(), f" {taken}\u2003", taken.capitalize()))
    if kind == "length":
        length = dice.among((253, 254, 255, 256))
        return dice.among(("", " ")) + unique.ljust(length - 6, "l") + "@x.org"
    pattern = dice.among(EMAILS_VALID if kind == "odd" else EMAILS_INVALID) if kind in ("odd", "invalid") else "{u}@example.com"
    return pattern.format(u=unique, U=unique.upper(), l63="l" * 63, l64="l" * 64, a64="a" * 64)


def email(dice: Dice, known: Known) -> bytes:
    return broken(dice) if dice.chance(5) else escaped(dice, email_text(dice, known))


def age(dice: Dice) -> bytes:
    kind = dice.weighted((50, "valid"), (35, "number"), (8, "null"), (7, "broken"))
    match kind:
        case "valid":
            return b"%d" % dice.whole(0, 150)
        case "number":
            return dice.among(NUMBERS)
        case "null":
            return b"null"
    return broken(dice)


def free_text(dice: Dice, limit: int) -> bytes:
    """Return the text of a profile, which is neither trimmed nor freed of control characters."""
    kind = dice.weighted((50, "valid"), (20, "length"), (20, "odd"), (10, "broken"))
    match kind:
        case "valid":
            return escaped(dice, " ".join(dice.among(WORDS) for _ in range(dice.whole(0, 5))))
        case "length":
            return escaped(dice, dice.among("aé名🙂") * dice.among((limit - 1, limit, limit + 1, 2 * limit)))
        case "odd":
            return escaped(dice, dice.among(WHITE_SPACE + NEARLY_WHITE_SPACE + "\U0010ffff\uffff") * dice.whole(1, 3))
    return broken(dice)


def website(dice: Dice) -> bytes:
    kind = dice.weighted((55, "valid"), (38, "invalid"), (7, "broken"))
    if kind == "broken":
        return broken(dice)
    return escaped(dice, dice.among(WEBSITES_VALID if kind == "valid" else WEBSITES_INVALID))


def role(dice: Dice) -> bytes:
    kind = dice.weighted((45, "user"), (30, "admin"), (12, "none"), (13, "broken"))
    match kind:
        case "none":
            return escaped(dice, dice.among((*NO_ROLES, " admin", "admin ")))
        case "broken":
            return broken(dice)
    return escaped(dice, kind)


def password(dice: Dice, shortest: int = 12) -> bytes:
    """Return a password; `shortest` code points are allowed."""
    kind = dice.weighted((40, "valid"), (20, "length"), (8, "odd"), (12, "common"), (8, "nearly"), (12, "broken"))
    match kind:
        case "valid":
            return escaped(dice, f"{dice.among(WORDS)} and {dice.number}")
        case "length":
            return escaped(dice, dice.among("aé名🙂\u0301 ") * dice.among((0, shortest - 1, shortest, 128, 129, 400)))
        case "odd":
            odd = dice.among(WHITE_SPACE + NEARLY_WHITE_SPACE.replace("\0", "") + "\U0010ffff\uffff")
            return escaped(dice, odd * dice.whole(1, 3) + "long enough" + odd)
        case "common":
            return escaped(dice, dice.among(COMMON_PASSWORDS))
        case "nearly":
            return escaped(dice, dice.among(NEARLY_COMMON_PASSWORDS))
    return broken(dice)
