"""Both OpenAPI documents, that of services with logins and without: valid, whole, and nothing in them that they do not use.

What each service serves says the same as the contract's, in meaning.
"""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tests.support import document as documents
from tests.support import matrix, services
from tools import openapi

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
# 405 is the answer to a method that a path does not have, so no operation can refer to it.
UNUSED = {"#/components/responses/MethodNotAllowed"}
FOR_ANYONE = {"register", "login", "refresh", "getKeys", "getHealth", "getReadiness", "getOpenApi", "getDocs"}
OF_LOGINS = ("/auth/", "/.well-known/", "role", "password", "token", "401", "403", "429")

both = pytest.mark.parametrize("auth", openapi.PRESENT)


def mappings(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every mapping of a document."""
    if isinstance(node, dict):
        yield node
    if isinstance(node, dict | list):
        for part in node.values() if isinstance(node, dict) else node:
            yield from mappings(part)


def references(document: dict[str, Any]) -> set[str]:
    return {mapping["$ref"] for mapping in mappings(document) if "$ref" in mapping}


def components(document: dict[str, Any]) -> set[str]:
    return {
        f"#/components/{kind}/{name}"
        for kind, group in document["components"].items()
        for name in group
        if kind != "securitySchemes"
    }


def component(document: dict[str, Any], reference: str) -> dict[str, Any]:
    _, _, kind, name = reference.split("/")
    found: dict[str, Any] = document["components"][kind][name]
    return found


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {path[method]["operationId"]: path[method] for path in document["paths"].values() for method in METHODS & path.keys()}


@both
def test_it_is_valid(auth: str) -> None:
    OpenAPIV31SpecValidator(openapi.document(auth)).validate()


@both
def test_every_reference_leads_to_a_component(auth: str) -> None:
    document = openapi.document(auth)
    assert references(document) <= components(document)


@both
def test_every_component_is_used(auth: str) -> None:
    document = openapi.document(auth)
    assert components(document) - references(document) == UNUSED


@both
def test_every_example_is_valid_and_in_order(auth: str) -> None:
    document = openapi.document(auth)
    registry: Any = Registry().with_resource("urn:document", DRAFT202012.create_resource(document))
    for content in (mapping for mapping in mappings(document) if mapping.keys() >= {"schema", "examples"}):
        schema = content["schema"]["$ref"]
        for example in content["examples"].values():
            value = component(document, example["$ref"])["value"]
            Draft202012Validator({"$ref": f"urn:document{schema}"}, registry=registry).validate(value)
            assert list(value) == [name for name in component(document, schema)["properties"] if name in value]


def test_the_password_of_an_example_is_not_common() -> None:
    common = (openapi.SOURCE.parent / "common-passwords.txt").read_text(encoding="utf-8").splitlines()
    examples = openapi.document("jwt")["components"]["examples"].values()
    passwords = {example["value"]["password"] for example in examples if "password" in example["value"]}
    assert passwords
    assert passwords.isdisjoint(common)


@both
def test_every_link_leads_to_an_operation(auth: str) -> None:
    document = openapi.document(auth)
    links = document["components"]["links"].values()
    assert {link["operationId"] for link in links} <= operations(document).keys()


@both
def test_every_tag_is_used(auth: str) -> None:
    document = openapi.document(auth)
    used = {tag for operation in operations(document).values() for tag in operation["tags"]}
    assert [tag["name"] for tag in document["tags"] if tag["name"] not in used] == []


@both
def test_nothing_is_left_of_the_choosing(auth: str) -> None:
    names = {name for mapping in mappings(openapi.document(auth)) for name in mapping}
    assert names & {"x-when", "x-value", "x-else"} == set()


def test_a_service_without_logins_says_nothing_of_them() -> None:
    document = json.dumps(openapi.document("none")).lower()
    assert [word for word in OF_LOGINS if word in document] == []
    assert "security" not in document


def test_every_operation_says_who_may() -> None:
    document = openapi.document("jwt")
    open_to_anyone = {name for name, operation in operations(document).items() if operation["security"] == []}
    assert open_to_anyone == FOR_ANYONE
    for name in operations(document).keys() - FOR_ANYONE:
        operation = operations(document)[name]
        assert operation["security"] == [{"accessToken": []}]
        assert operation["responses"]["401"] == {"$ref": "#/components/responses/Unauthorized"}, name


def test_a_part_is_chosen_by_its_condition() -> None:
    source = {"kept": {"x-when": "auth", "a": 1}, "dropped": {"x-when": "not auth", "a": 1}, "always": {"a": 1}}
    assert openapi.choose(source, {"auth"}) == {"kept": {"a": 1}, "always": {"a": 1}}
    assert openapi.choose(source, set()) == {"dropped": {"a": 1}, "always": {"a": 1}}


def test_a_value_is_chosen_by_its_condition() -> None:
    source = {
        "enum": ["a", {"x-when": "auth", "x-value": "b"}, "c"],
        "text": {"x-when": "auth", "x-value": "with", "x-else": "without"},
        "list": {"x-when": "auth", "x-value": []},
    }
    assert openapi.choose(source, {"auth"}) == {"enum": ["a", "b", "c"], "text": "with", "list": []}
    assert openapi.choose(source, set()) == {"enum": ["a", "c"], "text": "without"}


@both
@pytest.mark.parametrize("template", matrix.SERVICES)
def test_a_service_serves_what_the_contract_says(template: str, auth: str, projects: services.Projects, tmp_path: Path) -> None:
    project = projects.get(template, "sqlite", auth=auth)
    with (
        services.fresh_store("sqlite", tmp_path) as store,
        services.running(project, store | (services.WITH_LOGINS if auth == "jwt" else {})) as service,
    ):
        served = documents.served(service.url)
    assert documents.differences(served, auth) == []


@both
def test_the_contract_does_not_differ_from_itself(auth: str) -> None:
    assert documents.differences(openapi.document(auth), auth) == []


def _user(document: Any) -> Any:
    return document["components"]["schemas"]["NewUser"]


def _operation(document: Any, path: str, method: str) -> Any:
    return document["paths"][path][method]


ALIKE: dict[str, Callable[[Any], object]] = {
    "3.0": lambda d: d.update(openapi="3.0.3"),
    "nullable": lambda d: d["components"]["schemas"]["Age"].update(type="integer", nullable=True),
    "anyOf with null": lambda d: d["components"]["schemas"].update(
        Age={"anyOf": [{"type": "integer", "minimum": 0, "maximum": 150}, {"type": "null"}]}
    ),
    "exclusive limits": lambda d: (
        d["components"]["schemas"]["UserId"].update(minimum=None)
        or d["components"]["schemas"].update(UserId={"type": "integer", "exclusiveMinimum": 0})
    ),
    "an enum of one": lambda d: d["components"]["schemas"].update(
        Health={"type": "object", "required": ["status"], "properties": {"status": {"enum": ["ok"], "type": "string"}}}
    ),
    "another name of a parameter in the path": lambda d: d["paths"].update({"/users/{user_id}": d["paths"].pop("/users/{id}")}),
    "other words": lambda d: _operation(d, "/users", "get").update(operationId="list_users_users_get", summary="Users"),
    "HEAD beside GET": lambda d: d["paths"]["/users"].update(head=_operation(d, "/users", "get")),
}
UNLIKE: dict[str, tuple[Callable[[Any], object], str]] = {
    "a path": (lambda d: d["paths"].pop("/auth/me"), "/auth/me is missing"),
    "a path more": (lambda d: d["paths"].update({"/orders": {}}), "/orders is not in the contract"),
    "a method": (lambda d: d["paths"]["/users"].pop("post"), "POST /users is missing"),
    "a status": (
        lambda d: _operation(d, "/users", "post")["responses"].update({"422": {"description": "x"}}),
        "POST /users: statuses 422 are not in the contract",
    ),
    "no status": (
        lambda d: _operation(d, "/users", "post")["responses"].pop("409"),
        "POST /users: statuses 409 are missing",
    ),
    "a parameter": (
        lambda d: _operation(d, "/users", "get")["parameters"].pop(0),
        "GET /users: query parameter limit is missing",
    ),
    "a limit of a parameter": (
        lambda d: d["components"]["parameters"]["Limit"]["schema"].update(maximum=1000),
        "GET /users: query parameter limit /: maximum is 1000 instead of 100",
    ),
    "a property": (
        lambda d: _user(d)["properties"].update(nickname={"type": "string"}),
        "POST /users: request body /nickname is not in the contract",
    ),
    "what is required": (
        lambda d: _user(d)["required"].remove("email"),
        "POST /users: request body /: required are name instead of email, name",
    ),
    "open to any property": (
        lambda d: _user(d).pop("additionalProperties"),
        "POST /users: request body /: additionalProperties is not false",
    ),
    "a limit of a field": (
        lambda d: d["components"]["schemas"]["NewPassword"].pop("minLength"),
        "POST /users: request body /password: minLength is None instead of 12",
    ),
    "a type": (
        lambda d: d["components"]["schemas"]["Age"].update(type="integer"),
        "POST /users: request body /age: type is integer instead of integer, null",
    ),
    "values": (
        lambda d: d["components"]["schemas"]["Role"]["enum"].append("root"),
        'POST /users: request body /role: values are "admin", "root", "user" instead of "admin", "user"',
    ),
    "no security": (
        lambda d: _operation(d, "/users", "get").pop("security"),
        "GET /users: it needs a bearer token",
    ),
    "a member of an answer": (
        lambda d: d["components"]["schemas"]["User"]["properties"].update(password_hash={"type": "string"}),
        "GET /auth/me: 200: answer /password_hash is not in the contract",
    ),
    "a media type": (
        lambda d: d["components"]["requestBodies"]["UserPatch"]["content"].pop("application/merge-patch+json"),
        "PATCH /users/{}: the request body is application/json instead of application/json, application/merge-patch+json",
    ),
}


@pytest.mark.parametrize("form", ALIKE)
def test_another_form_is_no_difference(form: str) -> None:
    other = copy.deepcopy(openapi.document("jwt"))
    ALIKE[form](other)
    assert documents.differences(other, "jwt") == []


@pytest.mark.parametrize("meaning", UNLIKE)
def test_another_meaning_is_a_difference(meaning: str) -> None:
    other = copy.deepcopy(openapi.document("jwt"))
    change, told = UNLIKE[meaning]
    change(other)
    assert told in documents.differences(other, "jwt")
