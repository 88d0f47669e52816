"""Which check comes first."""

from typing import Any

import pytest

from conformance import demands, values
from conformance.demands import demand_errors, demand_problem
from conformance.service import JSON, MIB, Headers, Service, unique_email

AREA = "order"

pytestmark = pytest.mark.section("README.md, The order of the checks")

MISSING = f"/users/{2**63 - 1}"
NO_USER = f"User {2**63 - 1} does not exist."
STALE = {"If-Match": '"999"'}

CHANGES = ["PUT", "PATCH"]


@pytest.mark.parametrize("target", ["/nothing", "/users/0/", "/users/0/other"])
def test_path_comes_before_the_parameters(service: Service, target: str) -> None:
    demand_problem(service.get(f"{target}?limit=0"), 404, demands.NO_PATH, "the path is looked at before the parameters")


@pytest.mark.parametrize("target", ["/users/0", "/users/abc"])
def test_method_comes_before_the_parameters(service: Service, target: str) -> None:
    answer = service.post(target, {})
    demand_problem(answer, 405, "POST is not allowed here.", "the method is looked at before the parameters")


def test_path_comes_before_the_media_type(service: Service) -> None:
    answer = service.send("POST", "/nothing", body=b"x", content_type="text/plain")
    demand_problem(answer, 404, demands.NO_PATH, "the path is looked at before the media type")


def test_method_comes_before_the_media_type(service: Service) -> None:
    answer = service.send("PATCH", "/users", body=b"x", content_type="text/plain")
    demand_problem(answer, 405, "PATCH is not allowed here.", "the method is looked at before the media type")


@pytest.mark.parametrize(("method", "target"), [("PUT", "/users/0"), ("PATCH", "/users/0"), ("PUT", "/users/0/profile")])
@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"{}", "text/plain"), (b"{", JSON), (b'{"x":1}', JSON)],
    ids=["media type", "JSON", "fields"],
)
def test_parameters_come_before_the_body(service: Service, method: str, target: str, body: bytes, content_type: str) -> None:
    answer = service.send(method, target, body=body, content_type=content_type)
    demand_errors(answer, [("id", demands.ID)], "the parameters are looked at before the body")


@pytest.mark.parametrize(("method", "target"), [("PUT", ""), ("PATCH", ""), ("PUT", "/profile")])
@pytest.mark.parametrize("body", [b"{", b'{"x":1}'], ids=["JSON", "fields"])
def test_media_type_comes_before_the_body(service: Service, path: str, method: str, target: str, body: bytes) -> None:
    answer = service.send(method, path + target, body=body, content_type="text/plain")
    detail = demands.NOT_MERGE_PATCH if method == "PATCH" else demands.NOT_JSON
    demand_problem(answer, 415, detail, "the media type is looked at before the body")


@pytest.mark.parametrize(("method", "target"), [("PUT", ""), ("PATCH", ""), ("PUT", "/profile")])
def test_media_type_comes_before_the_user(service: Service, method: str, target: str) -> None:
    answer = service.send(method, MISSING + target, body=b"{}", content_type="text/plain")
    detail = demands.NOT_MERGE_PATCH if method == "PATCH" else demands.NOT_JSON
    demand_problem(answer, 415, detail, "the media type is looked at before the user")


@pytest.mark.parametrize(("method", "target"), [("PUT", ""), ("PATCH", ""), ("PUT", "/profile")])
def test_json_comes_before_the_user(service: Service, method: str, target: str) -> None:
    answer = service.send(method, MISSING + target, body=b"{", headers=STALE)
    demand_problem(answer, 400, demands.UNREADABLE, "the JSON is looked at before the user")


@pytest.mark.parametrize(("method", "target"), [("PATCH", ""), ("PUT", "/profile")])
def test_fields_come_before_the_user(service: Service, method: str, target: str) -> None:
    answer = service.send(method, MISSING + target, body=b'{"x":1}', headers=STALE)
    demand_errors(answer, [("/x", demands.UNKNOWN)], "the fields are looked at before the user")


@pytest.mark.parametrize("method", CHANGES)
def test_fields_come_before_if_match(service: Service, path: str, method: str) -> None:
    data = {"name": "Ada", "email": unique_email(), "age": 151}
    answer = service.send(method, path, data=data, headers=STALE)
    demand_errors(answer, [("/age", demands.AGE)], "the fields are looked at before If-Match")


@pytest.mark.parametrize("method", CHANGES)
@pytest.mark.parametrize("headers", [{}, STALE, {"If-Match": "*"}], ids=["no condition", "stale", "*"])
def test_user_comes_before_if_match_and_the_email(service: Service, user: dict[str, Any], method: str, headers: Headers) -> None:
    data = {"name": "Ada", "email": user["email"]}
    answer = service.send(method, MISSING, data=data, headers=headers)
    demand_problem(answer, 404, NO_USER, "that the user exists is looked at before If-Match and the e-mail")


@pytest.mark.parametrize("method", CHANGES)
def test_if_match_comes_before_the_email(service: Service, user: dict[str, Any], path: str, method: str) -> None:
    data = {"name": "Ada", "email": service.new_user()["email"]}
    answer = service.send(method, path, data=data, headers=STALE)
    demand_problem(answer, 412, demands.PRECONDITION_FAILED, "If-Match is looked at before the e-mail")


def test_fields_come_before_the_email(service: Service, user: dict[str, Any]) -> None:
    answer = service.post("/users", {"name": "", "email": user["email"]})
    demand_errors(answer, [("/name", demands.NAME)], "the fields are looked at before the e-mail's uniqueness")


@pytest.mark.parametrize(
    ("method", "target"),
    [
        values.case("path", "GET", "/nothing"),
        values.case("method", "DELETE", "/users"),
        values.case("parameters", "GET", "/users?limit=0"),
        values.case("user", "GET", MISSING),
    ],
)
def test_declared_length_comes_before_the(service: Service, method: str, target: str) -> None:
    answer = service.send_raw(method, target, {"Content-Length": str(MIB + 1)})
    demand_problem(answer, 413, demands.TOO_LARGE, "the declared length is looked at first")
