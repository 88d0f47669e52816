"""Both OpenAPI documents, that of services with logins and without: valid, whole, and nothing in them that they do not use."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

import openapi

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
    document = openapi.as_json(openapi.document("none")).lower()
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
