"""The media type and the size of bodies."""

from collections.abc import Iterator
from typing import Any

import pytest

from conformance import demands
from conformance.demands import demand_equal, demand_problem, demand_status
from conformance.service import JSON, MIB, Service, unique_email

AREA = "bodies"

MEDIA_TYPE = "README.md, The order of the checks: 5"
DECLARED = "README.md, The order of the checks: 1"
READ = "README.md, The order of the checks: 6"

CALLS = [("POST", "/users"), ("PUT", "/users/{}"), ("PATCH", "/users/{}"), ("PUT", "/users/{}/profile")]

TAKEN = [
    "application/json",
    "application/json; charset=utf-8",
    "application/json;charset=UTF-8",
    "application/json ;x=y",
    "application/json\t;x=y",
    "application/json;",
    "application/json; charset=latin-1",
    'application/json; profile="a;b,c"',
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
    "application/problem+json",
    "application/vnd.api+json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json, text/plain",
    "text/plain; application/json",
    "; application/json",
    "application /json",
    "application/json charset=utf-8",
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
    demand_status(answer, 201 if method == "POST" else 200, "what stands before the `;` is application/json")


@pytest.mark.section(MEDIA_TYPE)
@pytest.mark.parametrize(
    "content_type",
    ["application/merge-patch+json", "Application/Merge-Patch+JSON;charset=utf-8", "application/merge-patch+json ; x=y"],
)
def test_media_type_is_taken_by_patch(service: Service, path: str, content_type: str) -> None:
    answer = service.send("PATCH", path, data={"name": "Eve"}, content_type=content_type)
    demand_status(answer, 200, "PATCH takes application/merge-patch+json too")


@pytest.mark.section(MEDIA_TYPE)
@pytest.mark.parametrize(("method", "target"), CALLS)
@pytest.mark.parametrize("content_type", REFUSED)
def test_media_type_is_refused(service: Service, user: dict[str, Any], method: str, target: str, content_type: str) -> None:
    answer = service.send(method, target.format(user["id"]), data=data_for(method, target), content_type=content_type)
    detail = demands.NOT_MERGE_PATCH if method == "PATCH" else demands.NOT_JSON
    demand_problem(answer, 415, detail, "what stands before the `;` is another media type")


@pytest.mark.section(MEDIA_TYPE)
@pytest.mark.parametrize(("method", "target"), [call for call in CALLS if call[0] != "PATCH"])
def test_merge_patch_is_for_patch_alone(service: Service, user: dict[str, Any], method: str, target: str) -> None:
    answer = service.send(
        method,
        target.format(user["id"]),
        data=data_for(method, target),
        content_type="application/merge-patch+json",
    )
    demand_problem(answer, 415, demands.NOT_JSON, "application/merge-patch+json is for PATCH alone")


@pytest.mark.section(MEDIA_TYPE)
@pytest.mark.parametrize(("method", "target"), CALLS)
@pytest.mark.parametrize("body", [True, False], ids=["with a body", "without a body"])
def test_no_media_type(service: Service, user: dict[str, Any], method: str, target: str, body: bool) -> None:
    data = data_for(method, target) if body else None
    answer = service.send(method, target.format(user["id"]), data=data, content_type="")
    detail = demands.NOT_MERGE_PATCH if method == "PATCH" else demands.NOT_JSON
    demand_problem(answer, 415, detail, "a request without Content-Type is refused")


@pytest.mark.section(MEDIA_TYPE)
def test_empty_media_type(service: Service) -> None:
    answer = service.send("POST", "/users", body=b"{}", content_type="", headers={"Content-Type": ""})
    demand_problem(answer, 415, demands.NOT_JSON, "an empty Content-Type is none of application/json")


@pytest.mark.section("README.md, Encoding")
def test_charset_parameter_is_ignored(service: Service) -> None:
    data = {"name": "Zoë", "email": unique_email()}
    answer = service.send("POST", "/users", data=data, content_type="application/json; charset=iso-8859-1")
    demand_equal(answer["name"], "Zoë", "a body is in UTF-8, whatever charset is declared", answer)


@pytest.mark.section(DECLARED)
@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("POST", "/users"),
        ("PUT", "/users/1"),
        ("PATCH", "/users/1"),
        ("DELETE", "/users/1"),
        ("PUT", "/users/1/profile"),
        ("GET", "/users"),
        ("GET", "/users/abc"),
        ("GET", "/users/1/profile"),
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/openapi.json"),
        ("GET", "/docs"),
        ("POST", "/nothing"),
        ("POST", "/users/"),
        ("DELETE", "/users"),
        ("OPTIONS", "/users"),
    ],
)
def test_declared_length_is_too_large(service: Service, method: str, target: str) -> None:
    headers = {"Content-Length": str(MIB + 1), "Content-Type": JSON}
    answer = service.send_raw(method, target, headers)
    demand_problem(answer, 413, demands.TOO_LARGE, "a declared length over 1 MiB is refused whatever the path")


@pytest.mark.section(DECLARED)
@pytest.mark.parametrize("length", [2 * MIB, 2**31 + 1, 2**32 + 1, 10**12])
def test_declared_length_is_far_too_large(service: Service, length: int) -> None:
    answer = service.send_raw("POST", "/users", {"Content-Length": str(length), "Content-Type": JSON})
    demand_problem(answer, 413, demands.TOO_LARGE, "a declared length over 1 MiB is refused")


@pytest.mark.section(DECLARED)
def test_too_large_comes_before_the_media_type(service: Service) -> None:
    answer = service.send_raw("POST", "/users", {"Content-Length": str(MIB + 1), "Content-Type": "text/plain"})
    demand_problem(answer, 413, demands.TOO_LARGE, "the declared length is looked at first")


@pytest.mark.section(DECLARED)
def test_declared_length_of_1_mib_is_taken(service: Service) -> None:
    answer = service.send("POST", "/users", body=padded_user(MIB))
    demand_status(answer, 201, "a body of exactly 1 MiB is not over 1 MiB")


@pytest.mark.section(READ)
def test_chunks_of_1_mib_are_taken(service: Service) -> None:
    headers = {"Transfer-Encoding": "chunked", "Content-Type": JSON}
    answer = service.send_raw("POST", "/users", headers, chunks(padded_user(MIB)))
    demand_status(answer, 201, "a body of exactly 1 MiB is not over 1 MiB")


@pytest.mark.section(READ)
@pytest.mark.parametrize(("method", "target"), CALLS)
@pytest.mark.parametrize("size", [MIB + 1, 2 * MIB], ids=["1 MiB + 1", "2 MiB"])
def test_chunks_are_too_large(service: Service, user: dict[str, Any], method: str, target: str, size: int) -> None:
    headers = {"Transfer-Encoding": "chunked", "Content-Type": JSON}
    answer = service.send_raw(method, target.format(user["id"]), headers, chunks(padded_user(size)))
    demand_problem(answer, 413, demands.TOO_LARGE, "a body that turns out to be over 1 MiB is refused")


@pytest.mark.section(READ)
def test_media_type_comes_before_the_size_as_it_is_read(service: Service) -> None:
    headers = {"Transfer-Encoding": "chunked", "Content-Type": "text/plain"}
    answer = service.send_raw("POST", "/users", headers, chunks(padded_user(MIB + 1)))
    demand_problem(answer, 415, demands.NOT_JSON, "the media type is looked at before the body is read")


@pytest.mark.section(READ)
def test_size_comes_before_the_json(service: Service) -> None:
    headers = {"Transfer-Encoding": "chunked", "Content-Type": JSON}
    answer = service.send_raw("POST", "/users", headers, chunks(b"x" * (MIB + 1)))
    demand_problem(answer, 413, demands.TOO_LARGE, "the size is looked at before the JSON")


@pytest.mark.section(READ)
def test_small_chunks_are_taken(service: Service) -> None:
    headers = {"Transfer-Encoding": "chunked", "Content-Type": JSON}
    body = padded_user(100)
    parts = [*(f"1\r\n{chr(byte)}\r\n".encode() for byte in body), b"0\r\n\r\n"]
    answer = service.send_raw("POST", "/users", headers, parts)
    demand_status(answer, 201, "a chunked body is a body like any other")


@pytest.mark.section("README.md, The order of the checks")
@pytest.mark.parametrize("content_type", ["", "text/plain", JSON], ids=["no type", "text/plain", "JSON"])
@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("HEAD", 200), ("DELETE", 204)])
def test_body_is_not_looked_at(service: Service, path: str, method: str, status: int, content_type: str) -> None:
    answer = service.send(method, path, body=b"\xff{", content_type=content_type)
    demand_status(answer, status, "a body on GET, HEAD or DELETE is not looked at")
