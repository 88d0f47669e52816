"""Values at the edges of what the contract takes, as pytest parameters: by name, what is sent and what is stored."""

from collections.abc import Iterable
from typing import Any

import pytest

from conformance.service import unique_token

# Unicode's property White_Space, which Python's str.strip() does not keep to: it also takes U+001C to U+001F.
WHITE_SPACE = (
    *range(0x09, 0x0E),
    0x20,
    0x85,
    0xA0,
    0x1680,
    *range(0x2000, 0x200B),
    0x2028,
    0x2029,
    0x202F,
    0x205F,
    0x3000,
)


def case(name: str, *values: Any, marks: Any = ()) -> Any:
    return pytest.param(*values, id=name, marks=marks)


def code_point(number: int) -> str:
    return f"U+{number:04X}"


NAMES = [
    case("1 character", "A", "A"),
    case("100 characters", "a" * 100, "a" * 100),
    case("100 characters outside the BMP", "😀" * 100, "😀" * 100),
    case("100 combining characters", "e\u0301" * 50, "e\u0301" * 50),
    case("100 characters and white space around them", " " * 10 + "a" * 100 + "\n" * 10, "a" * 100),
    case("a decomposed character is kept", "Zoe\u0308", "Zoe\u0308"),
    case("white space inside is kept", "Ada  \u3000 Lovelace", "Ada  \u3000 Lovelace"),
    case("U+2028 inside is kept", "a\u2028b", "a\u2028b"),
    case("U+200B is no white space", "\u200b", "\u200b"),
    case("U+FEFF is no white space", "\ufeffA\ufeff", "\ufeffA\ufeff"),
    case("U+180E is no white space", "\u180eA", "\u180eA"),
    case("U+00AD is no control character", "a\u00adb", "a\u00adb"),
    case("U+202E is no control character", "a\u202eb", "a\u202eb"),
    case("U+FFFF", "a\uffffb", "a\uffffb"),
    case("U+10FFFF", "a\U0010ffffb", "a\U0010ffffb"),
    case("quotes, backslashes and markup", "\"'\\</b>&;--", "\"'\\</b>&;--"),
]

BAD_NAMES = [
    case("empty", ""),
    case("white space alone", " \t\u3000\u2028"),
    case("101 characters", "a" * 101),
    case("500,000 characters", "a" * 500_000),
    case("101 characters outside the BMP", "😀" * 101),
    case("101 characters with combining ones", "e\u0301" * 50 + "e"),
    *[
        case(f"{code_point(number)} inside", f"a{chr(number)}b")
        for number in (0x01, 0x08, 0x09, 0x0A, 0x0D, 0x1B, 0x1F, 0x7F, 0x80, 0x85, 0x9F)
    ],
    *[case(f"{code_point(number)} in front is not trimmed", f"{chr(number)}Ada") for number in (0x1C, 0x1D, 0x1E, 0x1F)],
    case("U+001F at the end is not trimmed", "Ada\x1f"),
    case("null", None),
    case("number", 1),
    case("true", True),
    case("array", ["Ada"]),
    case("object", {"first": "Ada"}),
]


def email_of(length: int) -> str:
    """Return a unique address of so many characters."""
    domain = f"{unique_token()}.example"
    return "x" * (length - len(domain) - 1) + "@" + domain


def emails() -> Iterable[tuple[str, str, str]]:
    """Yield a name, an address that is sent and the address that it is stored as."""
    token = unique_token()
    domain = f"{token}.example"
    yield "plain", f"ada@{domain}", f"ada@{domain}"
    yield "capitals are lower-cased", f"ADA.B@{domain.upper()}", f"ada.b@{domain}"
    yield "every special character", f"!#$%&'*+/=?^_`{{|}}~.-@{domain}", f"!#$%&'*+/=?^_`{{|}}~.-@{domain}"
    yield "dots everywhere in the local part", f".a..b.@{domain}", f".a..b.@{domain}"
    yield "domain without a dot", f"{token}@b", f"{token}@b"
    yield "domain of digits", f"{token}@1.2", f"{token}@1.2"
    yield "hyphens in the domain", f"a@x--y.{domain}", f"a@x--y.{domain}"
    yield "label of 63 characters", f"a@{'l' * 63}.{domain}", f"a@{'l' * 63}.{domain}"
    longest = email_of(254)
    yield "254 characters", longest, longest
    longest = email_of(254)
    yield "254 characters and white space around them", f"  {longest}\n", longest
    yield "Kelvin sign is K in NFC", f"\u212aelvin@{domain}", f"kelvin@{domain}"
    yield "U+1FEF is ` in NFC", f"a\u1fef@{domain}", f"a`@{domain}"


EMAILS = [case(name, sent, stored) for name, sent, stored in emails()]

BAD_EMAILS = [
    case("empty", ""),
    case("white space alone", " \u3000"),
    case("255 characters", email_of(255)),
    case("500,000 characters", "a" * 500_000),
    case("500,000 characters in labels", "a@" + "a." * 250_000),
    case("no @", "ada.example.com"),
    case("nothing before @", "@example.com"),
    case("nothing after @", "ada@"),
    case("two @", "ada@b@example.com"),
    case("space inside", "a da@example.com"),
    case("line feed inside", "ada\n@example.com"),
    case("underscore in the domain", "ada@exa_mple.com"),
    case("hyphen first in a label", "ada@-example.com"),
    case("hyphen last in a label", "ada@example-.com"),
    case("hyphen last in the domain", "ada@example.com-"),
    case("empty label", "ada@example..com"),
    case("dot first in the domain", "ada@.example.com"),
    case("dot last in the domain", "ada@example.com."),
    case("label of 64 characters", f"ada@{'l' * 64}.com"),
    case("last label of 64 characters", f"ada@example.{'l' * 64}"),
    case("quoted local part", '"ada"@example.com'),
    case("address literal", "ada@[127.0.0.1]"),
    case("comment", "ada(x)@example.com"),
    case("display name", "Ada <ada@example.com>"),
    case("comma", "ada@example.com,b@example.com"),
    case("é in the local part", "adé@example.com"),
    case("é in the domain", "ada@exémple.com"),
    case("decomposed é", "ade\u0301@example.com"),
    case("full-width letter is another letter in NFC", "\uff41da@example.com"),
    case("İ is no ASCII letter", "\u0130da@example.com"),
    case("long s is no ASCII letter", "\u017fda@example.com"),
    case("U+037E is ; in NFC", "a\u037e@example.com"),
    case("U+001F in front is not trimmed", "\x1fada@example.com"),
    case("U+200B at the end is not trimmed", "ada@example.com\u200b"),
    case("null", None),
    case("number", 1),
    case("array", ["ada@example.com"]),
    case("object", {"address": "ada@example.com"}),
]

# As JSON text, since the contract is about the number that the text stands for.
AGES = [
    case("0", "0", 0),
    case("150", "150", 150),
    case("30", "30", 30),
    case("null", "null", None),
]
# Other spellings of whole numbers, or of numbers that are whole to a parser that keeps 64 bits: taken for them, or refused.
ODD_AGES = [
    case("30.0", "30.0", 30),
    case("3e1", "3e1", 30),
    case("3E+1", "3E+1", 30),
    case("300e-1", "300e-1", 30),
    case("1.5e2", "1.5e2", 150),
    case("-0", "-0", 0),
    case("-0.0", "-0.0", 0),
    case("0e400", "0e400", 0),
    case("0e99999999999999999999", "0e99999999999999999999", 0),
    case("30 and 5,000 zeros", "30." + "0" * 5000, 30),
    case("3e402 behind 400 zeros", "0." + "0" * 400 + "3e402", 30),
    case("1e-99999999999999999999", "1e-99999999999999999999", 0),
    case("1e-400", "1e-400", 0),
    case("30 and a tiny bit", "30.00000000000000000000000001", 30),
    case("150 and a tiny bit", "150.00000000000000000000000001", 150),
]

BAD_AGES = [
    case("-1", "-1"),
    case("151", "151"),
    case("1.5", "1.5"),
    case("1e-1", "1e-1"),
    case("1.505e2", "1.505e2"),
    case("2^64 + 30", "18446744073709551646"),
    case("2^32 + 30", "4294967326"),
    case("true", "true"),
    case("false", "false"),
    case('"30"', '"30"'),
    case('""', '""'),
    case("[30]", "[30]"),
    case("{}", "{}"),
]
# What a parser may refuse as a whole, without a word of the field.
UNREADABLE_AGES = [
    case("1e400", "1e400"),
    case("-1e400", "-1e400"),
    case("1e999999999", "1e999999999"),
    case("1e99999999999999999999", "1e99999999999999999999"),
    case("5,000 digits", "9" * 5000),
    case("500,000 digits", "9" * 500_000),
]

BIOS = [
    case("empty", ""),
    case("500 characters", "b" * 500),
    case("500 characters outside the BMP", "😀" * 500),
    case("white space is kept", "  b\u3000\n"),
    case("control characters are kept", "\x01\t\r\n\x1b\x7f\x85"),
]
BAD_BIOS = [
    case("501 characters", "b" * 501),
    case("501 characters outside the BMP", "😀" * 501),
    case("501 characters with white space", "b" * 500 + " "),
    case("null", None),
    case("number", 1),
    case("array", []),
]

PLACES = [
    case("empty", ""),
    case("100 characters", "p" * 100),
    case("100 characters outside the BMP", "😀" * 100),
    case("white space is kept", "\u00a0p "),
    case("control characters are kept", "a\x1fb\x7f"),
]
BAD_PLACES = [
    case("101 characters", "p" * 101),
    case("101 characters outside the BMP", "😀" * 101),
    case("101 characters with white space", "p" * 100 + " "),
    case("null", None),
    case("true", True),
    case("object", {}),
]

WEBSITES = [
    case(value or "empty", value)
    for value in (
        "",
        "http://a",
        "https://example.com",
        "HTTPS://EXAMPLE.COM/",
        "hTtP://example.com",
        "http://a.b-c.d/",
        "http://a..b",
        "http://192.0.2.1/",
        "http://example.com:8",
        "http://example.com:65536/",
        "http://example.com?q",
        "http://example.com#f",
        "https://example.com/a/b;c=1,2?q=%C3%A9&r=!$'()*+@:~_-.[]#f",
    )
] + [case("200 characters", "https://example.com/" + "a" * 180)]

BAD_WEBSITES = [
    case("201 characters", "https://example.com/" + "a" * 181),
    case("no scheme", "example.com"),
    case("no host", "https://"),
    case("no host before a path", "https:///a"),
    case("one slash", "https:/example.com"),
    case("relative", "//example.com"),
    case("ftp", "ftp://example.com"),
    case("javascript", "javascript:alert(1)"),
    case("httpss", "httpss://example.com"),
    case("user information", "https://ada@example.com"),
    case("user information with a password", "https://ada:secret@example.com/"),
    case("hyphen first in the host", "https://-example.com"),
    case("hyphen last in the host", "https://example-/"),
    case("dot last in the host", "https://example.com./"),
    case("underscore in the host", "https://exa_mple.com"),
    case("é in the host", "https://exémple.com"),
    case("address literal of IPv6", "https://[::1]/"),
    case("empty port", "https://example.com:/"),
    case("port of 6 digits", "https://example.com:123456"),
    case("port of letters", "https://example.com:http"),
    case("space in front", " https://example.com"),
    case("space at the end", "https://example.com/ "),
    case("line feed at the end", "https://example.com/\n"),
    case("line feed after the host", "https://example.com\n"),
    case("space in the path", "https://example.com/a b"),
    case("é in the path", "https://example.com/é"),
    *[case(f"{character} in the path", f"https://example.com/{character}") for character in '"<>\\^`{|}'],
    case("U+007F in the path", "https://example.com/\x7f"),
    case("null", None),
    case("number", 1),
]

# The ones that a method of its own could get wrong; the rest is tried on POST alone.
EDGES = {
    "1 character",
    "100 characters outside the BMP",
    "254 characters and white space around them",
    "capitals are lower-cased",
    "0",
    "150",
    "101 characters",
    "101 characters outside the BMP",
    "U+007F inside",
    "empty",
    "255 characters",
    "no @",
    "-1",
    "151",
    "1.5",
    "true",
    '"30"',
    "number",
}


def edges(cases: list[Any]) -> list[Any]:
    """Return those of the cases that are tried on every method."""
    return [case for case in cases if case.id in EDGES]
