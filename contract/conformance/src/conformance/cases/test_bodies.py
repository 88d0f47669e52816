"""The media type and the size of bodies."""

from collections.abc import Iterator
from typing import Any

import pytest

from conformance.demands import demand, demand_one_of, demand_problem, demand_status
from conformance.service import JSON, MAX_BODY, Service, unique_email

AREA = "bodies"

MEDIA_TYPE = "README.md, Conventions: 415"
DECLARED = "README.md, Conventions: 413"
READ = DECLARED

CALLS = [("POST", "/users"), ("PUT", "/users/{}"), ("PATCH", "/users/{}"), ("PUT", "/users/{}/profile")]

TAKEN = [
    "application/json",
    "application/json; charset=utf-8",
    "application/json;charset=UTF-8",
    "Application/JSON",
    "APPLICATION/JSON; CHARSET=UTF-8",
]
REFUSED = [
    "text/plain",
    "text/json",
    "application/jsonx",
    "application/json5",
    "application/x-json",
    "application",
    "json",
    "*/*",
    "application/*",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain; application/json",
    "; application/json",
    "application /json",
]
# Types that one library takes for JSON and another does not.
ODD = [
    "application/json ;x=y",
    "application/json\t;x=y",
    "application/json;",
    "application/json; charset=latin-1",
    'application/json; profile="a;b,c"',
    "application/json charset=utf-8",
    "application/json, text/plain",
    "application/problem+json",
    "application/vnd.api+json",
]


def padded_user(size: int) -> bytes:
    """Return a valid user of so many bytes, most of them white space."""
    user = f'{{"name":"Ada","email":"{unique_email()}"}}'.encode()
    return user + b" " * (size - len(user))


def chunks(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), 65536):
        part = body[start : start + 65536]
        yield f"{len(part):x}\r\n".encode() + part + b"\r\n"
    yield b"0\r\n\r\n"


def data_for(method: str, target: str) -> Any:
    if target.endswith("profile"):
        return {"bio": "b"}
    return {"name": "Eve"} if method == "PATCH" else {"name": "Ada", "email": unique_email()}


@pytest.mark.section(MEDIA_TYPE)
@pytest.mark.parametrize(("method", "target"), CALLS)
@pytest.mark.parametrize("content_type", TAKEN)
def test_media_type_is_taken(service: Service, user: dict[str, Any], method: str, target: str, content_type: str) -> None:
    answer = service.send(method, target.format(user["id"]), data=data_for(method, target), content_type=content_type)
    demand_status(answer, 201 if method == "POST" else 200, "a body that is JSON by its type is taken")


@pytest.mark.section(MEDIA_TYPE)
@pytest.mark.parametrize(
    "content_type",
    ["application/merge-patch+json", "Application/Merge-Patch+JSON;charset=utf-8"],
)
def test_media_type_is_taken_by_patch(service: Service, path: str, content_type: str) -> None:
    answer = service.send("PATCH", path, data={"name": "Eve"}, content_type=content_type)
    demand_status(answer, 200, "PATCH takes application/merge-patch+json too")


@pytest.mark.section(MEDIA_TYPE)
@pytest.mark.parametrize(("method", "target"), CALLS)
@pytest.mark.parametrize("content_type", REFUSED)
def test_media_type_is_refused(service: Service, user: dict[str, Any], method: str, target: str, content_type: str) -> None:
    answer = service.send(method, target.format(user["id"]), data=data_for(method, target), content_type=content_type)
    demand_problem(answer, 415, "a body that is not JSON by its type is refused")


@pytest.mark.section(MEDIA_TYPE)
@pytest.mark.parametrize(("method", "target"), CALLS)
@pytest.mark.parametrize("content_type", ODD)
def test_odd_media_type(service: Service, user: dict[str, Any], method: str, target: str, content_type: str) -> None:
    answer = service.send(method, target.format(user["id"]), data=data_for(method, target), content_type=content_type)
    demand_one_of(answer, {201 if method == "POST" else 200, 415}, "an odd media type is taken for JSON, or refused")


@pytest.mark.section(MEDIA_TYPE)
@pytest.mark.parametrize(("method", "target"), [call for call in CALLS if call[0] != "PATCH"])
def test_merge_patch_elsewhere(service: Service, user: dict[str, Any], method: str, target: str) -> None:
    answer = service.send(
        method,
        target.format(user["id"]),
        data=data_for(method, target),
        content_type="application/merge-patch+json",
    )
    demand_one_of(answer, {201 if method == "POST" else 200, 415}, "a patch is JSON elsewhere, or refused")


@pytest.mark.section(MEDIA_TYPE)
@pytest.mark.parametrize(("method", "target"), CALLS)
@pytest.mark.parametrize("body", [True, False], ids=["with a body", "without a body"])
def test_no_media_type(service: Service, user: dict[str, Any], method: str, target: str, body: bool) -> None:
    data = data_for(method, target) if body else None
    answer = service.send(method, target.format(user["id"]), data=data, content_type="")
    if body:
        demand_problem(answer, 415, "a body without Content-Type is refused")
    else:
        demand_one_of(answer, {400, 415}, "a request without a body and its type is refused")


@pytest.mark.section(MEDIA_TYPE)
def test_empty_media_type(service: Service) -> None:
    answer = service.send("POST", "/users", body=b"{}", content_type="", headers={"Content-Type": ""})
    demand_problem(answer, 415, "an empty Content-Type is none of application/json")


@pytest.mark.section("README.md, Conventions: UTF-8")
def test_charset_parameter_spoils_nothing(service: Service) -> None:
    data = {"name": "Zoë", "email": unique_email()}
    answer = service.send("POST", "/users", data=data, content_type="application/json; charset=iso-8859-1")
    demand_one_of(answer, {201, 400, 415}, "a body is in UTF-8: another charset is passed over or refused")
    demand(answer.status != 201 or answer["name"] == "Zoë", "a body is in UTF-8, whatever charset is declared", answer)


@pytest.mark.section(DECLARED)
@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("POST", "/users"),
        ("PUT", "/users/{}"),
        ("PATCH", "/users/{}"),
        ("PUT", "/users/{}/profile"),
    ],
)
def test_declared_length_is_too_large(service: Service, user: dict[str, Any], method: str, target: str) -> None:
    headers = {"Content-Length": str(MAX_BODY + 1), "Content-Type": JSON}
    answer = service.send_raw(method, target.format(user["id"]), headers)
    demand_problem(answer, 413, "a declared length over the limit is refused before anything is read")


@pytest.mark.section(DECLARED)
@pytest.mark.parametrize(
    ("method", "target", "others"),
    [
        ("DELETE", f"/users/{2**63 - 1}", {404}),
        ("GET", "/users", {200}),
        ("GET", "/users/abc", {400}),
        ("GET", "/healthz", {200}),
        ("GET", "/readyz", {200}),
        ("GET", "/openapi.json", {200}),
        ("GET", "/docs", {200}),
        ("POST", "/nothing", {404}),
        ("DELETE", "/users", {405}),
        ("PUT", "/users/abc", {400}),
        ("PATCH", f"/users/{2**63 - 1}", {404}),
    ],
)
def test_declared_length_where_no_body_is_read(service: Service, method: str, target: str, others: set[int]) -> None:
    answer = service.send_raw(method, target, {"Content-Length": str(MAX_BODY + 1), "Content-Type": JSON})
    demand_one_of(answer, {413, *others}, "where no body is read, its length may be refused or passed over")


@pytest.mark.section(DECLARED)
@pytest.mark.parametrize("length", [2 * MAX_BODY, 2**31 + 1, 2**32 + 1, 10**12])
def test_declared_length_is_far_too_large(service: Service, length: int) -> None:
    answer = service.send_raw("POST", "/users", {"Content-Length": str(length), "Content-Type": JSON})
    demand_problem(answer, 413, "a declared length over the limit is refused")


@pytest.mark.section(DECLARED)
def test_too_large_and_of_another_type(service: Service) -> None:
    answer = service.send_raw("POST", "/users", {"Content-Length": str(MAX_BODY + 1), "Content-Type": "text/plain"})
    demand_one_of(answer, {413, 415}, "which of the two is found first is free")


@pytest.mark.section(DECLARED)
def test_declared_length_of_the_limit_is_taken(service: Service) -> None:
    answer = service.send("POST", "/users", body=padded_user(MAX_BODY))
    demand_status(answer, 201, "a body of exactly the limit is not over the limit")


@pytest.mark.section(READ)
def test_chunks_of_the_limit_are_taken(service: Service) -> None:
    headers = {"Transfer-Encoding": "chunked", "Content-Type": JSON}
    answer = service.send_raw("POST", "/users", headers, chunks(padded_user(MAX_BODY)))
    demand_status(answer, 201, "a body of exactly the limit is not over the limit")


@pytest.mark.section(READ)
@pytest.mark.parametrize(("method", "target"), CALLS)
@pytest.mark.parametrize("size", [MAX_BODY + 1, 2 * MAX_BODY], ids=["a byte", "twice"])
def test_chunks_are_too_large(service: Service, user: dict[str, Any], method: str, target: str, size: int) -> None:
    headers = {"Transfer-Encoding": "chunked", "Content-Type": JSON}
    answer = service.send_raw(method, target.format(user["id"]), headers, chunks(padded_user(size)))
    demand_problem(answer, 413, "a body that turns out to be over the limit is refused")


@pytest.mark.section(READ)
def test_chunks_are_too_large_and_of_another_type(service: Service) -> None:
    headers = {"Transfer-Encoding": "chunked", "Content-Type": "text/plain"}
    answer = service.send_raw("POST", "/users", headers, chunks(padded_user(MAX_BODY + 1)))
    demand_one_of(answer, {413, 415}, "which of the two is found first is free")


@pytest.mark.section(READ)
def test_size_comes_before_the_json(service: Service) -> None:
    headers = {"Transfer-Encoding": "chunked", "Content-Type": JSON}
    answer = service.send_raw("POST", "/users", headers, chunks(b"x" * (MAX_BODY + 1)))
    demand_problem(answer, 413, "the size is looked at before the JSON")


@pytest.mark.section(READ)
def test_small_chunks_are_taken(service: Service) -> None:
    headers = {"Transfer-Encoding": "chunked", "Content-Type": JSON}
    body = padded_user(100)
    parts = [*(f"1\r\n{chr(byte)}\r\n".encode() for byte in body), b"0\r\n\r\n"]
    answer = service.send_raw("POST", "/users", headers, parts)
    demand_status(answer, 201, "a chunked body is a body like any other")


@pytest.mark.section("README.md, What is each framework's own")
@pytest.mark.parametrize("content_type", ["", "text/plain", JSON], ids=["no type", "text/plain", "JSON"])
@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("HEAD", 200), ("DELETE", 204)])
def test_body_is_not_looked_at(service: Service, path: str, method: str, status: int, content_type: str) -> None:
    answer = service.send(method, path, body=b"\xff{", content_type=content_type)
    demand_status(answer, status, "a body on GET, HEAD or DELETE is not looked at")
