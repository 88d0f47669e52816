"""Which bodies can be read."""

import json
from typing import Any

import pytest

from conformance import demands, values
from conformance.demands import demand_equal, demand_errors, demand_problem, demand_status
from conformance.service import Service, unique_email

AREA = "JSON"

pytestmark = pytest.mark.section("README.md, Problem details: unreadable body")

NAME = b'"name":"Ada"'


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
    "byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": "{}".encode("utf-16"),
    "UTF-16 without a mark": '{"name":"Ada"}'.encode("utf-16-le"),
    "UTF-32": "{}".encode("utf-32-be"),
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
    "key twice": b'{"name":"Ada","name":"Ada"}',
    "key twice with other values": b'{"name":"Ada","email":"a@b","name":null}',
    "unknown key twice": b'{"x":1,"x":1}',
    "empty key twice": b'{"":1,"":1}',
    "key twice, once escaped": rb'{"name":"Ada","n\u0061me":"Ada"}',
    "key twice at depth": b'{"x":{"y":1,"y":2}}',
    "key twice in an array": b'{"x":[{"a":1},{"a":1,"b":2,"a":3}]}',
    "objects 33 deep": nested(33),
    "arrays 33 deep": nested(33, "[]"),
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


@pytest.mark.parametrize("body", [values.case(name, body) for name, body in UNREADABLE.items()])
def test_is_unreadable(service: Service, body: bytes) -> None:
    answer = service.send("POST", "/users", body=body)
    demand_problem(answer, 400, demands.UNREADABLE, "this is not one JSON object as the contract wants it")


@pytest.mark.parametrize("body", [values.case(name, body) for name, body in READABLE.items()])
def test_is_readable(service: Service, body: bytes) -> None:
    answer = service.send("POST", "/users", body=body)
    wanted = [("/name", demands.REQUIRED), ("/email", demands.REQUIRED), ("/x", demands.UNKNOWN)]
    demand_errors(answer, wanted, "this is one JSON object, so its fields are looked at")


@pytest.mark.parametrize(("method", "target"), [("PUT", "/users/{}"), ("PATCH", "/users/{}"), ("PUT", "/users/{}/profile")])
@pytest.mark.parametrize(
    "body",
    [
        values.case(name, UNREADABLE[name])
        for name in ("nothing", "array", "null", "NaN", "key twice at depth", "0xFF", "objects 33 deep", "NUL escaped")
    ],
)
def test_is_unreadable_for(service: Service, user: dict[str, Any], method: str, target: str, body: bytes) -> None:
    answer = service.send(method, target.format(user["id"]), body=body)
    demand_problem(answer, 400, demands.UNREADABLE, "this is not one JSON object as the contract wants it")


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
