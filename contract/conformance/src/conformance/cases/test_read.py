"""GET /users/{id}."""

from typing import Any

import pytest

from conformance import values
from conformance.demands import (
    demand,
    demand_equal,
    demand_errors,
    demand_one_of,
    demand_problem,
    demand_some_errors,
    demand_status,
)
from conformance.service import Service

AREA = "read"

GREATEST_ID = 2**63 - 1
ID = "an id is an integer from 1 to 2^63 - 1"

BAD_IDS = [
    values.case(name, target)
    for name, target in {
        "0": "0",
        "-1": "-1",
        "1.5": "1.5",
        "0x1": "0x1",
        "letters": "abc",
        "2^63": str(2**63),
        "2^64 + 1": str(2**64 + 1),
        "100 digits": "9" * 100,
        "comma": "1,2",
        "the word null": "null",
    }.items()
]
# Other spellings of the number {}: refused, or taken for it. What cannot be decoded may be no path at all.
ODD_IDS = [
    values.case(name, target)
    for name, target in {
        "sign": "+{}",
        "leading zero": "0{}",
        "decimal": "{}.0",
        "exponent": "{}e0",
        "underscore": "0_{}",
        "space in front": "%20{}",
        "line feed behind": "{}%0A",
        "NUL behind": "{}%00",
        "Arabic digit": "%D9%A1",
        "full-width digit": "%EF%BC%91",
        "broken UTF-8": "%ff",
    }.items()
]

ROUTES = [
    ("GET", "/users/{}"),
    ("HEAD", "/users/{}"),
    ("PUT", "/users/{}"),
    ("PATCH", "/users/{}"),
    ("DELETE", "/users/{}"),
    ("GET", "/users/{}/profile"),
    ("HEAD", "/users/{}/profile"),
    ("PUT", "/users/{}/profile"),
]


def send(service: Service, method: str, target: str) -> Any:
    """Send a request that is valid but for its id."""
    data = {"PUT": {} if target.endswith("profile") else {"name": "Ada", "email": "ada@example.com"}, "PATCH": {}}
    return service.send(method, target, data=data.get(method))


@pytest.mark.section("openapi.yaml, getUser")
def test_answers_200(service: Service, path: str) -> None:
    demand_status(service.get(path), 200, "a user that exists is found")


@pytest.mark.section("openapi.yaml, getUser")
def test_answers_with_the_user(service: Service, user: dict[str, Any], path: str) -> None:
    answer = service.get(path)
    demand_equal(answer.data, user, "the user is the one that was created", answer)


@pytest.mark.section("RFC 3986 §6.2.2.2")
@pytest.mark.parametrize("form", ["/users/%3{}", "/%75sers/{}", "/user%73/%3{}"])
def test_escaped_path_is_the_same(service: Service, user: dict[str, Any], form: str) -> None:
    digits = str(user["id"])
    path = form.format(f"{digits[0]}{digits[1:]}")
    answer = service.get(path)
    demand_equal(answer.data, user, "a path whose letters and digits are percent-encoded is the same path", answer)


@pytest.mark.section("README.md, Fields and parameters")
@pytest.mark.parametrize("text", BAD_IDS)
def test_id_is_refused(service: Service, text: str) -> None:
    answer = service.get(f"/users/{text}")
    demand_errors(answer, ["id"], ID)


@pytest.mark.section("README.md, What is each framework's own")
@pytest.mark.parametrize("form", ODD_IDS)
def test_id_in_another_spelling(service: Service, user: dict[str, Any], form: str) -> None:
    answer = service.send("GET", f"/users/{form.format(user['id'])}", is_documented=False)
    demand_one_of(answer, {200, 400, 404}, "another spelling of an id is refused, or that id")
    is_right = answer.status != 200 or ("{}" in form and answer["id"] == user["id"]) or answer["id"] == 1
    demand(is_right, "another spelling of an id is that id", answer)


@pytest.mark.section("README.md, Fields and parameters")
@pytest.mark.parametrize(("method", "target"), ROUTES)
@pytest.mark.parametrize("text", ["0", "-1", str(2**63), "abc"])
def test_id_is_refused_by(service: Service, method: str, target: str, text: str) -> None:
    answer = send(service, method, target.format(text))
    if method == "HEAD":
        demand_status(answer, 400, ID)
    else:
        demand_errors(answer, ["id"], ID)


@pytest.mark.section("README.md, Conventions")
@pytest.mark.parametrize(("method", "target"), ROUTES)
def test_no_user_by(service: Service, method: str, target: str) -> None:
    answer = send(service, method, target.format(GREATEST_ID))
    if method == "HEAD":
        demand_status(answer, 404, "there is no user 2^63 - 1")
    else:
        demand_problem(answer, 404, "there is no user 2^63 - 1")


@pytest.mark.section("openapi.yaml, getUser expand")
def test_no_profile_without_expand(service: Service, path: str) -> None:
    service.put(f"{path}/profile", {"bio": "b"})
    answer = service.get(path)
    demand("profile" not in answer.data, "profile is there only where it was asked for", answer)


@pytest.mark.section("openapi.yaml, getUser expand")
def test_expand_embeds_the_profile(service: Service, path: str) -> None:
    profile = service.put(f"{path}/profile", {"bio": "b"})
    answer = service.get(f"{path}?expand=profile")
    demand_equal(answer["profile"], profile.data, "expand=profile embeds the profile", answer)


@pytest.mark.section("openapi.yaml, getUser expand")
def test_expand_embeds_null_where_there_is_no_profile(service: Service, path: str) -> None:
    answer = service.get(f"{path}?expand=profile")
    demand_equal(answer["profile"], None, "expand=profile embeds null where there is no profile", answer)


@pytest.mark.section("README.md, Fields and parameters")
@pytest.mark.parametrize("query", ["expand=Profile", "expand=profile,", "expand=user"])
def test_expand_is_refused(service: Service, path: str, query: str) -> None:
    answer = service.get(f"{path}?{query}")
    demand_errors(answer, ["expand"], "expand is `profile`")


@pytest.mark.section("README.md, What is each framework's own")
@pytest.mark.parametrize("query", ["expand=", "expand", "expand=profile&expand=profile"])
def test_odd_expand(service: Service, user: dict[str, Any], path: str, query: str) -> None:
    answer = service.get(f"{path}?{query}")
    demand_one_of(answer, {200, 400}, "an empty parameter or one that comes twice is refused, or read as one would")
    demand(answer.status == 400 or answer["id"] == user["id"], "it is the user in the path", answer)


@pytest.mark.section("README.md, Fields and parameters")
def test_id_and_expand_are_both_wrong(service: Service) -> None:
    answer = service.get("/users/0?expand=x")
    demand_some_errors(answer, ["id", "expand"], "what is wrong is named, and nothing else")


@pytest.mark.section("README.md, Fields and parameters")
@pytest.mark.parametrize("query", ["limit=abc", "cursor=abc&email=x", "x=1&x=2", "Expand=x", "&&=&", "%zz=%zz"])
def test_parameters_that_the_route_does_not_know_are_ignored(service: Service, path: str, query: str) -> None:
    demand_status(service.get(f"{path}?{query}"), 200, "parameters that a route does not know are ignored")
