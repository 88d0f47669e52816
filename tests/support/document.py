"""Does a service's OpenAPI document say what contract/openapi.yaml says? Compared in meaning, whatever wrote it.

`python -m tests.support.document http://127.0.0.1:8000 --auth jwt` prints where they differ, and ends with 1 where they do.

Paths, methods, parameters, bodies, statuses, schemas and who needs a token have to agree. Free are names of operations and
components, words, examples, and the form: 3.0 or 3.1, `$ref` or written out, `anyOf` with null or a list of types, `const`
or an `enum` of one. In answers a service may leave out limits and `additionalProperties`, which bind it and no client.
"""

import argparse
import http.client
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tools import openapi

Document = Mapping[str, Any]
METHODS = ("get", "put", "post", "delete", "patch")
# They concern every operation alike, so a service need not repeat them at each.
GENERAL_STATUSES = {"413", "500", "503"}
# Operations that are not of the API's own matter, and a header that every request may have.
MAY_BE_LEFT_OUT = {"/docs", "/openapi.json", "/healthz", "/readyz"}
MAY_BE_THERE = {"/metrics"}
OPTIONAL_HEADERS = {"x-request-id"}
LIMITS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")
# What a 64-bit integer and a body of the greatest size bound by themselves.
NO_LIMITS = {("maximum", 2**63 - 1), ("maxLength", 1 << 20), ("maxItems", 1 << 18)}


def served(url: str) -> Document:
    """Return the document that a service serves."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
    try:
        connection.request("GET", f"{address.path.rstrip('/')}/openapi.json")
        document: Document = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return document


def differences(document: Document, auth: str) -> list[str]:
    """Return where a document differs from the contract's for a service with this option, each in one line."""
    return list(_Comparison(openapi.document(auth), document).every())


@dataclass(frozen=True)
class _Side:
    """One of the two documents."""

    document: Document

    def resolved(self, node: Any) -> dict[str, Any]:
        """Return a mapping without `$ref`; what stands beside it counts too."""
        while isinstance(node, Mapping) and "$ref" in node:
            target: Any = self.document
            for part in str(node["$ref"]).removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = {**target, **{name: value for name, value in node.items() if name != "$ref"}}
        return dict(node or {})

    def paths(self) -> dict[str, dict[str, Any]]:
        """Return the paths by their form, in which a parameter has no name."""
        return {re.sub(r"\{[^}]*\}", "{}", path): self.resolved(item) for path, item in self.document["paths"].items()}

    def shape(self, schema: Any) -> dict[str, Any]:
        """Return what a schema says in one form: `types`, `enum`, limits, `properties`, `required`, `closed`, `items`."""
        node = self.resolved(schema)
        parts = [self.shape(part) for part in node.get("allOf", [])]
        options = [self.shape(part) for key in ("anyOf", "oneOf") for part in node.get(key, [])]
        own = self._own_shape(node)
        for part in [*parts, *([_either(options)] if options else [])]:
            own = _both(own, part)
        return own

    def _own_shape(self, node: Mapping[str, Any]) -> dict[str, Any]:
        shape: dict[str, Any] = {}
        kinds = node.get("type")
        if kinds is not None:
            shape["types"] = {*(kinds if isinstance(kinds, list) else [kinds])} | ({"null"} if node.get("nullable") else set())
        values = [node["const"]] if "const" in node else node.get("enum")
        if values is not None:
            shape["enum"] = {json.dumps(value) for value in values if value is not None}
            shape.setdefault("types", {_type_of(value) for value in values})
        shape |= {name: node[name] for name in LIMITS if name in node and (name, node[name]) not in NO_LIMITS}
        for exclusive, limit, step in (("exclusiveMinimum", "minimum", 1), ("exclusiveMaximum", "maximum", -1)):
            bound: Any = node.get(exclusive)
            # A flag beside the limit in 3.0, the limit itself in 3.1.
            if bound is True and limit in shape:
                shape[limit] += step
            elif type(bound) in (int, float) and (limit, bound + step) not in NO_LIMITS:
                shape[limit] = int(bound) + step
        if "pattern" in node:
            shape["pattern"] = node["pattern"]
        if "properties" in node or node.get("type") == "object":
            shape["properties"] = {name: self.shape(value) for name, value in node.get("properties", {}).items()}
            shape["required"] = set(node.get("required", []))
            shape["closed"] = node.get("additionalProperties") is False or node.get("unevaluatedProperties") is False
        if "items" in node:
            shape["items"] = self.shape(node["items"])
        return shape

    def needs_token(self, operation: Mapping[str, Any]) -> bool:
        """Say whether an operation wants a bearer token."""
        demands = operation.get("security", self.document.get("security", []))
        schemes = {
            name: self.resolved(scheme) for name, scheme in self.document.get("components", {}).get("securitySchemes", {}).items()
        }
        named = [schemes.get(name, {}) for demand in demands for name in demand]
        return {} not in demands and any(
            scheme.get("type") == "http" and str(scheme.get("scheme")).lower() == "bearer" for scheme in named
        )


class _Comparison:
    """The contract's document beside another one."""

    def __init__(self, wanted: Document, found: Document) -> None:
        self._wanted, self._found = _Side(wanted), _Side(found)

    def every(self) -> Iterator[str]:
        if not re.match(r"3\.[012]\.", str(self._found.document.get("openapi"))):
            yield f"openapi is {self._found.document.get('openapi')} instead of 3.0 or 3.1"
        wanted, found = self._wanted.paths(), self._found.paths()
        for path in sorted(wanted.keys() - found.keys() - MAY_BE_LEFT_OUT):
            yield f"{path} is missing"
        for path in sorted(found.keys() - wanted.keys() - MAY_BE_THERE):
            yield f"{path} is not in the contract"
        for path in sorted(wanted.keys() & found.keys()):
            yield from self._path(path, wanted[path], found[path])

    def _path(self, path: str, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
        for method in METHODS:
            name = f"{method.upper()} {path}"
            if (method in wanted) != (method in found):
                yield f"{name} is {'missing' if method in wanted else 'not in the contract'}"
            elif method in wanted:
                shared = ({"parameters": item.get("parameters", [])} for item in (wanted, found))
                for difference in self._operation(path, wanted[method], found[method], *shared):
                    yield f"{name}: {difference}"

    def _operation(
        self,
        path: str,
        wanted: Mapping[str, Any],
        found: Mapping[str, Any],
        of_path: Mapping[str, Any],
        of_found_path: Mapping[str, Any],
    ) -> Iterator[str]:
        if self._wanted.needs_token(wanted) != self._found.needs_token(found):
            yield "it needs a bearer token" if self._wanted.needs_token(wanted) else "it needs no bearer token"
        yield from self._parameters(
            _parameters(self._wanted, [*of_path["parameters"], *wanted.get("parameters", [])]),
            _parameters(self._found, [*of_found_path["parameters"], *found.get("parameters", [])]),
        )
        yield from self._body(self._wanted.resolved(wanted.get("requestBody")), self._found.resolved(found.get("requestBody")))
        statuses, others = wanted["responses"], {str(status): value for status, value in found["responses"].items()}
        if missing := statuses.keys() - others.keys() - GENERAL_STATUSES:
            yield f"statuses {', '.join(sorted(missing))} are missing"
        if more := others.keys() - statuses.keys() - {"default"} - GENERAL_STATUSES:
            yield f"statuses {', '.join(sorted(more))} are not in the contract"
        for status in sorted(statuses.keys() & others.keys()):
            # What is only at times in an answer stands where it can be: a profile that was asked for, wrong fields.
            whole = status == "400" or any(self._wanted.resolved(p)["name"] == "expand" for p in wanted.get("parameters", []))
            for difference in self._response(path, statuses[status], others[status], whole=whole):
                yield f"{status}: {difference}"

    def _parameters(self, wanted: Mapping[Any, Any], found: Mapping[Any, Any]) -> Iterator[str]:
        for where, name in sorted(wanted.keys() ^ found.keys()):
            if name not in OPTIONAL_HEADERS:
                yield f"{where} parameter {name} is {'missing' if (where, name) in wanted else 'not in the contract'}"
        for key in sorted(wanted.keys() & found.keys()):
            one, other = wanted[key], found[key]
            name = f"{key[0]} parameter {key[1]}"
            if bool(one.get("required")) != bool(other.get("required")):
                yield f"{name} is {'' if one.get('required') else 'not '}required"
            if key[0] == "header":
                continue
            schema, other_schema = one["schema"], other["schema"]
            shape, other_shape = self._wanted.shape(schema), self._found.shape(other_schema)
            # A parameter that is absent is not null, whatever a library writes.
            if "types" in other_shape and not one.get("required"):
                other_shape = other_shape | {"types": other_shape["types"] - {"null"}}
            yield from (f"{name}{difference}" for difference in _differences(shape, other_shape, "", in_request=True))
            default, other_default = (
                side.resolved(part).get("default") for side, part in ((self._wanted, schema), (self._found, other_schema))
            )
            if default != other_default:
                yield f"{name}: default is {other_default} instead of {default}"

    def _body(self, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
        if bool(wanted) != bool(found):
            yield f"a request body is {'missing' if wanted else 'not in the contract'}"
            return
        if not wanted:
            return
        if not found.get("required"):
            yield "the request body is required"
        content, other = _by_media_type(wanted), _by_media_type(found)
        if content.keys() != other.keys():
            yield f"the request body is {', '.join(sorted(other))} instead of {', '.join(sorted(content))}"
        for media_type in sorted(content.keys() & other.keys()):
            shapes = self._wanted.shape(content[media_type]["schema"]), self._found.shape(other[media_type].get("schema"))
            for difference in _differences(*shapes, "", in_request=True):
                yield f"request body{difference}"

    def _response(self, path: str, wanted: Any, found: Any, *, whole: bool) -> Iterator[str]:
        content, other = (
            _by_media_type(side.resolved(response)) for side, response in ((self._wanted, wanted), (self._found, found))
        )
        if content.keys() != other.keys():
            yield f"the answer is {', '.join(sorted(other)) or 'empty'} instead of {', '.join(sorted(content)) or 'empty'}"
        for media_type in sorted((content.keys() & other.keys()) - {"text/html"}):
            if path == "/openapi.json":
                continue
            shape, other_shape = (
                self._wanted.shape(content[media_type]["schema"]),
                self._found.shape(other[media_type].get("schema")),
            )
            if not whole and "properties" in shape:
                named = shape["required"] | other_shape.get("properties", {}).keys()
                shape["properties"] = {name: value for name, value in shape["properties"].items() if name in named}
            for difference in _differences(shape, other_shape, "", in_request=False):
                yield f"answer{difference}"


def _parameters(side: _Side, parameters: Sequence[Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return parameters by their place and name; those of the path have none, and stand in their order."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    numbers = iter(range(1, 100))
    for parameter in map(side.resolved, parameters):
        where = parameter["in"]
        name = f"{next(numbers)}" if where == "path" else parameter["name"]
        found[where, name.lower() if where == "header" else name] = parameter
    return found


def _by_media_type(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a body can be by its media types, without their parameters."""
    return {media_type.partition(";")[0].strip(): content for media_type, content in body.get("content", {}).items()}


def _differences(wanted: Mapping[str, Any], found: Mapping[str, Any], where: str, *, in_request: bool) -> Iterator[str]:
    at = where or "/"
    types, other_types = wanted.get("types"), found.get("types")
    # Text and values that are listed are of one type all the same.
    if types != other_types:
        yield f" {at}: type is {_listed(other_types)} instead of {_listed(types)}"
        return
    if in_request:
        yield from (f" {at}: {difference}" for difference in _limits(wanted, found))
    values, others = wanted.get("enum"), found.get("enum")
    # A service may say of its answers that there are fewer, or nothing.
    is_free = not in_request and (others is None or values is None or others <= values)
    if values != others and not is_free:
        yield f" {at}: values are {_listed(others)} instead of {_listed(values)}"
    if "properties" in wanted:
        yield from _object_differences(wanted, found, where, in_request=in_request)
    if "items" in wanted:
        if "items" in found:
            yield from _differences(wanted["items"], found["items"], f"{where}/*", in_request=in_request)
        else:
            yield f" {at}: items are missing"


def _object_differences(wanted: Mapping[str, Any], found: Mapping[str, Any], where: str, *, in_request: bool) -> Iterator[str]:
    at = where or "/"
    properties, other = wanted["properties"], found.get("properties", {})
    for name in sorted(properties.keys() ^ other.keys()):
        yield f" {where}/{name} is {'missing' if name in properties else 'not in the contract'}"
    if wanted["required"] != found.get("required", set()):
        yield f" {at}: required are {_listed(found.get('required'))} instead of {_listed(wanted['required'])}"
    if in_request and wanted["closed"] and not found.get("closed"):
        yield f" {at}: additionalProperties is not false"
    for name in sorted(properties.keys() & other.keys()):
        yield from _differences(properties[name], other[name], f"{where}/{name}", in_request=in_request)


def _limits(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
    # Where the length counts after trimming, the contract has a pattern, and a service what its library can say.
    counts_otherwise = "pattern" in wanted and "maxLength" not in wanted
    for name in LIMITS:
        if counts_otherwise and name in {"minLength", "maxLength"}:
            continue
        if wanted.get(name) != found.get(name) and not (name == "minLength" and found.get(name) == 0):
            yield f"{name} is {found.get(name)} instead of {wanted.get(name)}"


def _both(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return the shape of a value that fits both."""
    merged = one | other
    if "types" in one and "types" in other:
        merged["types"] = one["types"] & other["types"]
    if "properties" in one and "properties" in other:
        merged["properties"] = one["properties"] | other["properties"]
        merged["required"] = one["required"] | other["required"]
        merged["closed"] = one["closed"] or other["closed"]
    return merged


def _either(options: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the shape of a value that fits one of some: what is required is what all require."""
    merged: dict[str, Any] = {}
    kinds = [option for option in options if option.get("types") != {"null"}]
    for option in kinds:
        objects = "properties" in merged and "properties" in option
        properties: dict[str, Any] = {}
        if objects:
            one, other = merged["properties"], option["properties"]
            properties = one | other | {name: _either([one[name], other[name]]) for name in one.keys() & other.keys()}
        required = merged.get("required", set()) & option.get("required", set())
        enum = merged["enum"] | option["enum"] if "enum" in merged and "enum" in option else None
        merged = merged | option | {"types": merged.get("types", set()) | option.get("types", set())}
        if objects:
            merged |= {"properties": properties, "required": required}
        if enum is not None:
            merged["enum"] = enum
    if len(kinds) < len(options):
        merged["types"] = merged.get("types", set()) | {"null"}
    return merged


def _type_of(value: object) -> str:
    names = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null", list: "array", dict: "object"}
    return names[type(value)]


def _listed(values: Any) -> str:
    return ", ".join(sorted(map(str, values or []))) or "nothing"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.support.document", description=__doc__.partition("\n")[0])
    parser.add_argument("url", metavar="URL", help="where the service is, or a file that holds its document")
    parser.add_argument("--auth", choices=["none", "jwt"], default="none", help="the service's option of that name (none)")
    given = parser.parse_args(arguments)
    is_file = "://" not in given.url
    document = json.loads(Path(given.url).read_text(encoding="utf-8")) if is_file else served(given.url)
    found = differences(document, given.auth)
    print("\n".join(found) or "the document says what the contract says")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
