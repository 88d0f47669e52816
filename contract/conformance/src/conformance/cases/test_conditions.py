"""ETag, If-None-Match and If-Match."""

from typing import Any

import pytest

from conformance import values
from conformance.demands import demand, demand_equal, demand_one_of, demand_problem, demand_status
from conformance.service import Answer, Headers, Service, unique_email

AREA = "conditions"

pytestmark = pytest.mark.section("README.md, Versions and conditions")

CHANGES = ["PUT", "PATCH", "DELETE"]

# Forms of a list of entity tags, with {} for the current version's number.
STRONG_MATCHES = [
    values.case("the tag", '"{}"'),
    values.case("*", "*"),
    values.case("first of a list", '"{}", "999"'),
    values.case("last of a list", '"999", "{}"'),
    values.case("list without spaces", '"999","{}","998"'),
    values.case("list with tabs", '"999"\t,\t"{}"'),
    values.case("list with a weak tag beside it", 'W/"{0}", "{0}"'),
]
WEAK_MATCHES = [
    values.case("weak tag", 'W/"{}"'),
    values.case("weak tag in a list", '"999", W/"{}"'),
]
NO_MATCHES = [
    values.case("other version", '"999"'),
    values.case("version 0", '"0"'),
    values.case("leading zero", '"0{}"'),
    values.case("space in the tag", '" {}"'),
    values.case("other tag", '"abc"'),
    values.case("beyond 64 bits", '"18446744073709551617"'),
]
# What is no list of entity tags, or an odd one, and names the current version all the same: any way of reading it will do.
ODD = [
    values.case("list with a comma behind", '"{}",'),
    values.case("list with a comma in front", ',"{}"'),
    values.case("list with an empty element", '"999", , "{}"'),
    values.case("list with a comma in a tag", '"a,b", "{}"'),
    values.case("list with a strange tag", '"!#~é", "{}"'),
    values.case("tag within a tag", '"a,{}"'),
    values.case("no quotes", "{}"),
    values.case("single quotes", "'{}'"),
    values.case("one quote", '"{}'),
    values.case("other quote", '{}"'),
    values.case("small w", 'w/"{}"'),
    values.case("W without a slash", 'W"{}"'),
    values.case("space after W/", 'W/ "{}"'),
    values.case("garbage behind the tag", '"{}", !?'),
    values.case("garbage in front of the tag", '!?, "{}"'),
    values.case("* in a list", '*, "{}"'),
    values.case("two tags without a comma", '"{}" "999"'),
    values.case("empty tag", '""'),
    values.case("commas alone", ", ,"),
]
# What names no version, and so must not let a change pass.
GARBAGE = [
    values.case("garbage", "!?"),
    values.case("a word", "abc"),
    values.case("another version without quotes", "999"),
    values.case("another version with one quote", '"999'),
]


def change(service: Service, method: str, user: dict[str, Any], headers: Headers) -> Answer:
    """Send a change that is valid but for its condition."""
    data: Any = {"PUT": {"name": "Changed", "email": user["email"]}, "PATCH": {"name": "Changed"}}.get(method)
    return service.send(method, f"/users/{user['id']}", data=data, headers=headers)


@pytest.mark.parametrize("changes", [0, 1, 2])
def test_etag_is_the_version(service: Service, path: str, changes: int) -> None:
    for number in range(changes):
        service.patch(path, {"age": number})
    answer = service.get(path)
    demand_equal(answer.headers.get("ETag"), f'"{changes + 1}"', "ETag is the version in double quotes", answer)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_etag_of_a_change_is_the_new_version(service: Service, path: str, method: str) -> None:
    target = "/users" if method == "POST" else path
    answer = service.send(method, target, data={"name": "Ada", "email": unique_email()})
    found = answer.headers.get("ETag", f'"{answer["version"]}"')
    demand_equal(found, f'"{answer["version"]}"', "an ETag, where there is one, is the version", answer)


@pytest.mark.parametrize("target", ["/users?email={}", "/users/{}/profile", "/users/{}?expand=profile"])
def test_etag_of_what_a_version_does_not_describe(service: Service, user: dict[str, Any], path: str, target: str) -> None:
    """The profile can change without the version, so such a tag would tell a client that it has what it has not."""
    service.put(f"{path}/profile", {})
    answer = service.get(target.format(user["email"] if "email" in target else user["id"]))
    demand(answer.headers.get("ETag") not in {'"1"', 'W/"1"'}, "the version is the ETag of the user alone", answer)


@pytest.mark.parametrize("form", STRONG_MATCHES + WEAK_MATCHES)
def test_if_none_match_matches(service: Service, path: str, form: str) -> None:
    answer = service.get(path, {"If-None-Match": form.format(1)})
    demand_status(answer, 304, "a list that holds the current tag, compared weakly, matches")


@pytest.mark.parametrize("form", NO_MATCHES + GARBAGE)
def test_if_none_match_does_not_match(service: Service, path: str, form: str) -> None:
    answer = service.get(path, {"If-None-Match": form.format(1)})
    demand_status(answer, 200, "a value that does not hold the current tag matches nothing")


@pytest.mark.parametrize("form", ODD)
def test_odd_if_none_match(service: Service, path: str, form: str) -> None:
    answer = service.get(path, {"If-None-Match": form.format(1)})
    demand_one_of(answer, {200, 304, 400}, "an odd list is read somehow")


def test_if_none_match_is_compared_with_the_current_version(service: Service, path: str) -> None:
    service.patch(path, {"age": 1})
    answer = service.get(path, {"If-None-Match": '"1"'})
    demand_status(answer, 200, "the tag of an earlier version no longer matches")


def test_if_none_match_in_two_lines(service: Service, path: str) -> None:
    answer = service.get(path, [("If-None-Match", '"999"'), ("If-None-Match", '"1"')])
    demand_one_of(answer, {200, 304}, "a list in two header lines is one list (RFC 9110 §5.3), or its first line counts")


def test_304_has_the_etag(service: Service, path: str) -> None:
    answer = service.get(path, {"If-None-Match": '"1"'})
    demand_equal((answer.status, answer.headers.get("ETag")), (304, '"1"'), "a 304 has the ETag", answer)


def test_304_has_no_body(service: Service, path: str) -> None:
    answer = service.get(path, {"If-None-Match": '"1"'})
    demand_equal((answer.status, answer.body), (304, b""), "a 304 has no body", answer)


def test_if_none_match_on_head(service: Service, path: str) -> None:
    answer = service.send("HEAD", path, headers={"If-None-Match": '"1"'})
    demand_status(answer, 304, "HEAD evaluates If-None-Match like GET")


@pytest.mark.parametrize("form", ['"1"', 'W/"1"'])
def test_version_is_no_tag_of_an_expanded_user(service: Service, path: str, form: str) -> None:
    answer = service.get(f"{path}?expand=profile", {"If-None-Match": form})
    demand_status(answer, 200, "the version does not describe an answer with the profile")


def test_if_none_match_on_no_user(service: Service) -> None:
    answer = service.get(f"/users/{2**63 - 1}", {"If-None-Match": "*"})
    demand_status(answer, 404, "a user that does not exist is 404 whatever the condition")


@pytest.mark.parametrize("method", CHANGES)
@pytest.mark.parametrize("form", STRONG_MATCHES)
def test_if_match_matches(service: Service, user: dict[str, Any], method: str, form: str) -> None:
    answer = change(service, method, user, {"If-Match": form.format(1)})
    demand_status(answer, 204 if method == "DELETE" else 200, "a list that holds the current tag, compared strongly, matches")


@pytest.mark.parametrize("method", CHANGES)
@pytest.mark.parametrize("form", [*WEAK_MATCHES, *NO_MATCHES])
def test_if_match_does_not_match(service: Service, user: dict[str, Any], method: str, form: str) -> None:
    answer = change(service, method, user, {"If-Match": form.format(1)})
    demand_problem(answer, 412, "a value that does not hold the current tag, compared strongly, matches nothing")


@pytest.mark.parametrize("method", CHANGES)
@pytest.mark.parametrize("form", GARBAGE)
def test_if_match_that_is_no_list_lets_nothing_pass(service: Service, user: dict[str, Any], method: str, form: str) -> None:
    answer = change(service, method, user, {"If-Match": form})
    demand_one_of(answer, {400, 412}, "a condition that names no version does not hold")
    read = service.get(f"/users/{user['id']}")
    demand_equal(read.data, user, "a change that is refused changes nothing", read)


@pytest.mark.parametrize("method", CHANGES)
@pytest.mark.parametrize("form", [*ODD, values.case("empty", "")])
def test_odd_if_match(service: Service, user: dict[str, Any], method: str, form: str) -> None:
    answer = change(service, method, user, {"If-Match": form.format(1)})
    demand_one_of(answer, {204 if method == "DELETE" else 200, 400, 412}, "an odd list is read somehow")


@pytest.mark.parametrize("method", CHANGES)
@pytest.mark.parametrize("lines", [('"999"', '"1"'), ('"1"', '"999"')], ids=["last", "first"])
def test_if_match_in_two_lines(service: Service, user: dict[str, Any], method: str, lines: tuple[str, str]) -> None:
    answer = change(service, method, user, [("If-Match", line) for line in lines])
    what = "a list in two header lines is one list (RFC 9110 §5.3), or its first line counts"
    demand_one_of(answer, {200, 204} if lines[0] == '"1"' else {200, 204, 412}, what)


@pytest.mark.parametrize("method", CHANGES)
def test_if_match_is_compared_with_the_current_version(service: Service, user: dict[str, Any], method: str) -> None:
    service.patch(f"/users/{user['id']}", {"age": 1})
    answer = change(service, method, user, {"If-Match": '"1"'})
    demand_problem(answer, 412, "the tag of an earlier version no longer matches")


@pytest.mark.parametrize("method", CHANGES)
def test_412_changes_nothing(service: Service, user: dict[str, Any], method: str) -> None:
    change(service, method, user, {"If-Match": '"999"'})
    answer = service.get(f"/users/{user['id']}")
    demand_equal(answer.data, user, "a change that is refused by 412 changes nothing", answer)


@pytest.mark.parametrize("method", CHANGES)
@pytest.mark.parametrize("form", ["*", '"1"'])
def test_if_match_on_no_user(service: Service, method: str, form: str) -> None:
    missing = {"id": 2**63 - 1, "email": unique_email()}
    answer = change(service, method, missing, {"If-Match": form})
    demand_problem(answer, 404, "there is no such user")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_if_match_on_a_change_that_changes_nothing(service: Service, user: dict[str, Any], method: str) -> None:
    data = {"name": user["name"], "email": user["email"]}
    answer = service.send(method, f"/users/{user['id']}", data=data, headers={"If-Match": '"999"'})
    demand_problem(answer, 412, "If-Match is looked at even where nothing would change")


@pytest.mark.section("openapi.yaml, putProfile")
def test_if_match_on_a_profile(service: Service, path: str) -> None:
    answer = service.put(f"{path}/profile", {"bio": "b"}, {"If-Match": '"999"'})
    demand_one_of(answer, {200, 412}, "a profile has no tag, so If-Match is passed over or does not hold")
