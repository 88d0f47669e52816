"""Which bodies can be read."""

import json
from typing import Any

import pytest

from conformance import values
from conformance.demands import demand, demand_equal, demand_one_of, demand_problem, demand_some_errors, demand_status
from conformance.service import Service, unique_email

AREA = "JSON"

pytestmark = pytest.mark.section("README.md, Bodies")

NAME = b'"name":"Ada"'
NAME_BODY = b"{" + NAME + b"}"


def nested(depth: int, kind: str = "{}") -> bytes:
    """Return an object of that depth in all, with the nesting under the unknown field `x`."""
    inner = depth - 1
    if kind == "{}":
        return b'{"x":' + b'{"y":' * (inner - 1) + b"{}" + b"}" * (inner - 1) + b"}"
    return b'{"x":' + b"[" * inner + b"]" * inner + b"}"


UNREADABLE = {
    "nothing": b"",
    "white space alone": b" \n",
    "cut off": b'{"name":"Ada"',
    "cut off in a string": b'{"name":"Ada',
    "array": b"[]",
    "array of an object": b'[{"name":"Ada"}]',
    "string": b'"Ada"',
    "number": b"1",
    "null": b"null",
    "true": b"true",
    "two documents": b"{}{}",
    "two documents in two lines": b"{}\n{}",
    "text behind": b"{}x",
    "NUL behind": b"{}\x00",
    "comma behind": b"{},",
    "closing brace too many": b"{}}",
    "trailing comma in an object": b'{"name":"Ada",}',
    "trailing comma in an array": b'{"x":[1,]}',
    "leading comma": b'{,"name":"Ada"}',
    "two commas": b'{"name":"Ada",,"x":1}',
    "no comma": b'{"name":"Ada" "x":1}',
    "no colon": b'{"name" "Ada"}',
    "no value": b'{"name":}',
    "no key": b'{:"Ada"}',
    "key without quotes": b'{name:"Ada"}',
    "number as a key": b'{1:"Ada"}',
    "single quotes": b"{'name':'Ada'}",
    "line comment": b'{"name":"Ada"}//',
    "block comment": b'{/**/"name":"Ada"}',
    "hash comment": b'{"name":"Ada"}#',
    "True": b'{"x":True}',
    "undefined": b'{"x":undefined}',
    "NaN": b'{"age":NaN}',
    "Infinity": b'{"age":Infinity}',
    "-Infinity": b'{"age":-Infinity}',
    "nan": b'{"x":nan}',
    "01": b'{"age":01}',
    "-01": b'{"age":-01}',
    "+1": b'{"age":+1}',
    "1.": b'{"age":1.}',
    ".5": b'{"age":.5}',
    "-": b'{"age":-}',
    "- 1": b'{"age":- 1}',
    "1e": b'{"age":1e}',
    "1e+": b'{"age":1e+}',
    "0x10": b'{"age":0x10}',
    "1_0": b'{"age":1_0}',
    "Arabic digit": '{"age":\u0663}'.encode(),
    "line feed in a string": b'{"name":"A\nda"}',
    "tab in a string": b'{"name":"A\tda"}',
    "U+0001 in a string": b'{"name":"A\x01da"}',
    "U+001F in a string": b'{"name":"A\x1fda"}',
    "NUL in a string": b'{"name":"A\x00da"}',
    r"\x41": rb'{"name":"\x41"}',
    r"\'": rb'{"name":"\'"}',
    r"\U0041": rb'{"name":"\U0041"}',
    r"\u12": rb'{"name":"\u12"}',
    r"\u12G4": rb'{"name":"\u12G4"}',
    r"\u+123": rb'{"name":"\u+123"}',
    r"\u 123": rb'{"name":"\u 123"}',
    r"\u1_23": rb'{"name":"\u1_23"}',
    r"\ at the end": b'{"name":"Ada\\"}',
    "form feed outside a string": b'{\x0c"name":"Ada"}',
    "vertical tab outside a string": b'{\x0b"name":"Ada"}',
    "U+00A0 outside a string": '{\u00a0"name":"Ada"}'.encode(),
    "U+0085 outside a string": "{}\u0085".encode(),
    "Latin-1": '{"name":"é"}'.encode("latin-1"),
    "lone continuation byte": b'{"name":"\x80"}',
    "cut off sequence": b'{"name":"\xe2\x82"}',
    "overlong slash": b'{"name":"\xc0\xaf"}',
    "overlong NUL": b'{"name":"\xc0\x80"}',
    "surrogate in UTF-8": b'{"name":"\xed\xa0\x80"}',
    "surrogate pair in UTF-8": b'{"name":"\xed\xa0\xbd\xed\xb8\x80"}',
    "beyond U+10FFFF": b'{"name":"\xf4\x90\x80\x80"}',
    "0xFF": b'{"name":"\xff"}',
    "bad UTF-8 in a key": b'{"\xff":1}',
    "bad UTF-8 in an unknown field": b'{"x":{"y":["\xff"]}}',
    "NUL escaped": rb'{"name":"A\u0000da"}',
    "NUL escaped in a key": rb'{"\u0000":1}',
    "NUL escaped at depth": rb'{"x":[{"y":"\u0000"}]}',
    "NUL escaped in a key at depth": rb'{"x":[{"y\u0000":1}]}',
    "high surrogate alone": rb'{"name":"\ud83d"}',
    "low surrogate alone": rb'{"name":"\ude00"}',
    "surrogates in the wrong order": rb'{"name":"\ude00\ud83d"}',
    "high surrogate twice": rb'{"name":"\ud83d\ud83d\ude00"}',
    "high surrogate before a letter": rb'{"name":"\ud83dA"}',
    "high surrogate before an escape": rb'{"name":"\ud83d\n"}',
    "high surrogate before U+E000": rb'{"name":"\ud83d\ue000"}',
    "surrogate alone in capitals": rb'{"name":"\uDFFF"}',
    "surrogate alone in a key": rb'{"\ud83d":1}',
    "surrogate alone at depth": rb'{"x":[["\udc00"]]}',
    "objects 100,000 deep": nested(100_000),
    "arrays 100,000 deep": nested(100_000, "[]"),
    "never closed": b'{"x":' + b"[" * 100_000,
}

READABLE = {
    "white space around it": b' \t\r\n{ "x" : 1 } \n',
    "objects 32 deep": nested(32),
    "arrays 32 deep": nested(32, "[]"),
    "brackets in a string are no nesting": b'{"x":"' + b"[{" * 100 + b'"}',
    "many arrays side by side": b'{"x":[' + b"[]," * 1000 + b"[]]}",
    "the same key in two objects": b'{"x":[{"a":1},{"a":1}]}',
    "the same key at two depths": b'{"x":{"x":{"x":1}}}',
    "number of 5,000 digits": b'{"x":' + b"9" * 5000 + b"}",
    "number of 5,000 decimals": b'{"x":0.' + b"1" * 5000 + b"}",
    "1e400": b'{"x":1e400}',
    "-0.0E-0": b'{"x":-0.0E-0}',
    "exponent of 30 digits": b'{"x":1e' + b"9" * 30 + b"}",
    "every escape": rb'{"x":"\"\\\/\b\f\n\r\t\u00e9\u00E9"}',
    "surrogate pair": rb'{"x":"\ud83d\ude00"}',
    "surrogate pair in capitals": rb'{"x":"\uD83D\uDE00"}',
    "escaped backslash before u0000": rb'{"x":"\\u0000"}',
    "escaped backslash before ud83d": rb'{"x":"\\ud83d"}',
    "U+FFFD itself": '{"x":"\ufffd"}'.encode(),
    "U+FEFF in a string": '{"x":"\ufeff"}'.encode(),
    "U+2028 in a string": '{"x":"\u2028"}'.encode(),
    "U+007F in a string": b'{"x":"\x7f"}',
    "noncharacter": '{"x":"\uffff\U0010ffff"}'.encode(),
    "empty key": b'{"x":{"":1}}',
}


# Those with a number beyond what a parser may keep are readable all the same, or refused as a whole.
READABLE_FIELDS = {name: body for name, body in READABLE.items() if "5,000 digits" not in name and "exponent" not in name}
# What JSON's grammar takes and a parser may refuse all the same, or take in a way of its own.
ODD = {
    "key twice": b'{"name":"Ada","name":"Ada"}',
    "key twice with other values": b'{"name":"Eve","name":"Ada"}',
    "key twice, once escaped": rb'{"name":"Eve","n\u0061me":"Ada"}',
    "byte order mark": b'\xef\xbb\xbf{"name":"Ada"}',
}


def whole(body: bytes) -> bytes:
    """Return a body that lacks nothing that a new user needs, so that nothing else can be the reason for a refusal."""
    mark, brace, rest = body.partition(b"{")
    if not brace or b'"email"' in body:
        return body
    own = b'"email":' + json.dumps(unique_email()).encode() + (b"" if b'"n' in body else b',"name":"Ada"')
    return mark + brace + own + (b"," if rest.strip()[:1] not in (b"}", b"") else b"") + rest


@pytest.mark.parametrize("body", [values.case(name, body) for name, body in UNREADABLE.items()])
def test_is_unreadable(service: Service, body: bytes) -> None:
    answer = service.send("POST", "/users", body=whole(body))
    demand_problem(answer, 400, "this is not one JSON object that can be stored")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32-be"])
def test_other_encodings(service: Service, encoding: str) -> None:
    answer = service.send("POST", "/users", body=whole(NAME_BODY).decode().encode(encoding))
    demand_one_of(answer, {201, 400}, "a body is in UTF-8, and a parser may know another one by its look")
    demand(answer.status == 400 or answer["name"] == "Ada", "a body that is taken is read as it is", answer)


@pytest.mark.parametrize("body", [values.case(name, body) for name, body in ODD.items()])
def test_odd_body_is_refused_or_the_last_counts(service: Service, body: bytes) -> None:
    answer = service.send("POST", "/users", body=whole(body))
    demand_one_of(answer, {201, 400}, "what is legal but odd is refused, or the last value counts")
    demand(answer.status == 400 or answer["name"] == "Ada", "the last value of a key counts", answer)


@pytest.mark.parametrize("body", [values.case(name, body) for name, body in READABLE.items()])
def test_is_readable(service: Service, body: bytes) -> None:
    answer = service.send("POST", "/users", body=body)
    demand_problem(answer, 400, "this is one JSON object without a user")


@pytest.mark.parametrize("body", [values.case(name, body) for name, body in READABLE_FIELDS.items()])
def test_unknown_field_is_named(service: Service, body: bytes) -> None:
    answer = service.send("POST", "/users", body=body)
    demand_some_errors(answer, ["/name", "/email", "/x"], "this is one JSON object, so its fields are looked at")


@pytest.mark.parametrize(("method", "target"), [("PUT", "/users/{}"), ("PATCH", "/users/{}"), ("PUT", "/users/{}/profile")])
@pytest.mark.parametrize(
    "body",
    [
        values.case(name, UNREADABLE[name])
        for name in ("nothing", "array", "null", "NaN", "0xFF", "objects 100,000 deep", "NUL escaped", "high surrogate alone")
    ],
)
def test_is_unreadable_for(service: Service, user: dict[str, Any], method: str, target: str, body: bytes) -> None:
    sent = body.replace(b'"name"', b'"bio"') if target.endswith("profile") else whole(body)
    answer = service.send(method, target.format(user["id"]), body=sent)
    demand_problem(answer, 400, "this is not one JSON object that can be stored")
    read = service.get(f"/users/{user['id']}")
    demand_equal(read.data, user, "a body that is refused changes nothing", read)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        values.case("é escaped", r"\u00e9", "é"),
        values.case("é escaped in capitals", r"\u00E9", "é"),
        values.case("surrogate pair", r"\ud83d\ude00", "😀"),
        values.case("slash escaped", r"a\/b", "a/b"),
        values.case("quote and backslash", r"\"\\", '"\\'),
        values.case("escaped backslash before u0000", r"\\u0000", r"\u0000"),
        values.case("white space escaped is trimmed", r"\u3000A\u0085", "A"),
    ],
)
def test_escape_stands_for(service: Service, text: str, name: str) -> None:
    answer = service.send("POST", "/users", body=f'{{"name":"{text}","email":"{unique_email()}"}}'.encode())
    demand_equal(answer["name"], name, "an escape stands for its character", answer)


def test_escaped_key_is_the_key(service: Service) -> None:
    body = rb'{"n\u0061me":"Ada","\u0065mail":' + json.dumps(unique_email()).encode() + b"}"
    demand_status(service.send("POST", "/users", body=body), 201, "an escaped key is the key that it stands for")


def test_order_of_the_members_is_free(service: Service) -> None:
    body = b'{"age":1,"email":' + json.dumps(unique_email()).encode() + b"," + NAME + b"}"
    demand_status(service.send("POST", "/users", body=body), 201, "the members of a request come in any order")
