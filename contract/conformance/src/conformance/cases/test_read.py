"""GET /users/{id}."""

from typing import Any

import pytest

from conformance import demands, values
from conformance.demands import demand, demand_equal, demand_errors, demand_problem, demand_status
from conformance.service import Service

AREA = "read"

GREATEST_ID = 2**63 - 1

BAD_IDS = [
    values.case(name, target)
    for name, target in {
        "0": "0",
        "-1": "-1",
        "+1": "+1",
        "leading zero": "01",
        "1.0": "1.0",
        "1e1": "1e1",
        "0x1": "0x1",
        "1_0": "1_0",
        "letters": "abc",
        "2^63": str(2**63),
        "2^64 + 1": str(2**64 + 1),
        "100 digits": "9" * 100,
        "space in front": "%201",
        "line feed behind": "1%0A",
        "Arabic digit": "%D9%A1",
        "full-width digit": "%EF%BC%91",
        "broken UTF-8": "%ff",
        "comma": "1,2",
        "the word null": "null",
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


@pytest.mark.section("README.md, Validation messages")
@pytest.mark.parametrize("text", BAD_IDS)
def test_id_is_refused(service: Service, text: str) -> None:
    answer = service.get(f"/users/{text}")
    demand_errors(answer, [("id", demands.ID)], "an id is decimal digits without a sign or leading zeros, 1 to 2^63 - 1")


@pytest.mark.section("README.md, Validation messages")
@pytest.mark.parametrize(("method", "target"), ROUTES)
@pytest.mark.parametrize("text", ["0", "01", str(2**63), "1%0A"])
def test_id_is_refused_by(service: Service, method: str, target: str, text: str) -> None:
    answer = send(service, method, target.format(text))
    if method == "HEAD":
        demand_status(answer, 400, "an id is decimal digits without a sign or leading zeros, 1 to 2^63 - 1")
    else:
        demand_errors(answer, [("id", demands.ID)], "an id is decimal digits without a sign or leading zeros, 1 to 2^63 - 1")


@pytest.mark.section("README.md, Problem details")
@pytest.mark.parametrize(("method", "target"), ROUTES)
def test_no_user_by(service: Service, method: str, target: str) -> None:
    answer = send(service, method, target.format(GREATEST_ID))
    if method == "HEAD":
        demand_status(answer, 404, "there is no user 2^63 - 1")
    else:
        demand_problem(answer, 404, f"User {GREATEST_ID} does not exist.", "there is no user 2^63 - 1")


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


@pytest.mark.section("README.md, Validation messages")
@pytest.mark.parametrize("query", ["expand=", "expand", "expand=Profile", "expand=profile,", "expand=profile&expand=profile"])
def test_expand_is_refused(service: Service, path: str, query: str) -> None:
    answer = service.get(f"{path}?{query}")
    demand_errors(answer, [("expand", demands.EXPAND)], "expand is `profile`, once")


@pytest.mark.section("README.md, Validation messages")
def test_id_and_expand_are_refused_together(service: Service) -> None:
    answer = service.get("/users/0?expand=x")
    wanted = [("id", demands.ID), ("expand", demands.EXPAND)]
    demand_errors(answer, wanted, "all wrong parameters come in one answer, id first")


@pytest.mark.section("README.md, Validation messages")
@pytest.mark.parametrize("query", ["limit=abc", "cursor=abc&email=x", "x=1&x=2", "Expand=x", "&&=&", "%zz=%zz"])
def test_parameters_that_the_route_does_not_know_are_ignored(service: Service, path: str, query: str) -> None:
    demand_status(service.get(f"{path}?{query}"), 200, "parameters that a route does not know are ignored")
