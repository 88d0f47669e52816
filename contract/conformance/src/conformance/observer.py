"""Holds every answer that the service gives during a run against the contract's OpenAPI document."""

import json
import re
from collections.abc import Iterator, Set
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from conformance.demands import TITLES
from conformance.service import Answer

_URI = "urn:contract"
_ABSENT = object()

# What HTTP itself adds to an answer, and what a framework may add that tells no client anything wrong.
_OTHER_HEADERS = {
    "accept-ranges",
    "connection",
    "content-length",
    "content-type",
    "date",
    "etag",
    "keep-alive",
    "server",
    "transfer-encoding",
    "vary",
}

STATUS = "the status is one that the document lists for the operation"
HEADERS_THERE = "the headers that the document requires are there, each once and of the right form"
HEADERS_KNOWN = "no header comes that the document does not know"
MEDIA_TYPE = "the media type is the document's"
BODY = "the body is as the document's schema wants it"
UTF8 = "JSON is in UTF-8"
PROBLEM = "a problem's status, title, instance and request_id fit its answer"
COMMON_HEADERS = "X-Content-Type-Options, Cache-Control and X-Request-ID are there"
NO_VERSION = "Server and X-Powered-By show no version"

CHECKS = (
    STATUS,
    HEADERS_THERE,
    HEADERS_KNOWN,
    MEDIA_TYPE,
    BODY,
    UTF8,
    PROBLEM,
    COMMON_HEADERS,
    NO_VERSION,
)


def load_document(*options: str) -> dict[str, Any]:
    """Return the contract's OpenAPI document for a service with these options, such as `auth`.

    It is that of the package, or in a checkout that of the folder `contract`.
    """
    packaged = Path(__file__).with_name("openapi.yaml")
    source = packaged if packaged.exists() else Path(__file__).parents[3] / "openapi.yaml"
    document: dict[str, Any] = _choose(yaml.safe_load(source.read_text(encoding="utf-8")), set(options))
    return document


def _choose(part: Any, options: Set[str]) -> Any:
    """Return what a part of the document is for a service with these options; the document's head has the rules."""
    if isinstance(part, list):
        return [chosen for item in part if (chosen := _choose(item, options)) is not _ABSENT]
    if not isinstance(part, dict):
        return part
    if "x-when" in part and not _holds(part["x-when"], options):
        return _choose(part.get("x-else", _ABSENT), options)
    if "x-value" in part:
        return _choose(part["x-value"], options)
    chosen_parts = {name: _choose(value, options) for name, value in part.items() if name != "x-when"}
    return {name: chosen for name, chosen in chosen_parts.items() if chosen is not _ABSENT}


def _holds(condition: str, options: Set[str]) -> bool:
    word, _, option = condition.rpartition(" ")
    return (option in options) == (word != "not")


def errors_by_schema(document: dict[str, Any], schema: str, instance: Any) -> Iterator[ValidationError]:
    """Yield what is wrong with a value by one of the document's schemas."""
    registry: Any = Registry().with_resource(_URI, DRAFT202012.create_resource(document))
    errors: Iterator[ValidationError] = _Validator(
        {"$ref": f"{_URI}#/components/schemas/{schema}"}, registry=registry
    ).iter_errors(instance)
    return errors


class Observer:
    """Collects what is wrong with the answers that it is shown, each fault once for an operation and a status."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._registry: Any = Registry().with_resource(_URI, DRAFT202012.create_resource(document))
        self._validators: dict[str, Any] = {}
        self._faults: dict[str, dict[str, str]] = {check: {} for check in CHECKS}
        self._seen = 0
        self._routes = [
            (re.compile(re.sub(r"\{\w+\}", "[^/]+", template)), template, methods)
            for template, methods in document["paths"].items()
        ]

    @property
    def seen(self) -> int:
        """How many answers were shown."""
        return self._seen

    def faults(self, check: str) -> list[str]:
        """Return what was found wrong, each time with the first exchange that showed it."""
        return list(self._faults[check].values())

    def observe(self, answer: Answer) -> None:
        self._seen += 1
        template, methods = self._route(unquote(answer.path))
        for check, fault in self._find(answer, methods):
            key = f"{answer.method} {template} {answer.status} {fault}"
            if key not in self._faults[check]:
                self._faults[check][key] = f"{fault}\n{answer.describe()}"

    def _route(self, path: str) -> tuple[str, dict[str, Any]]:
        for pattern, template, methods in self._routes:
            if pattern.fullmatch(path):
                return template, methods
        return "unmatched", {}

    def _find(self, answer: Answer, methods: dict[str, Any]) -> Iterator[tuple[str, str]]:
        yield from _common_faults(answer)
        if answer.media_type.endswith("json") and answer.method != "HEAD":
            yield from _encoding_faults(answer)
        # An asset of the page is nobody's API, and neither is what a case says to be odd.
        if not answer.is_documented:
            return
        response = self._response(answer, methods)
        if response is None:
            yield STATUS, f"status {answer.status} is not documented"
            return
        yield from self._header_faults(answer, response)
        if answer.method != "HEAD":
            yield from self._body_faults(answer, response)

    def _response(self, answer: Answer, methods: dict[str, Any]) -> dict[str, Any] | None:
        components = self._document["components"]["responses"]
        operation = methods.get("get" if answer.method == "HEAD" else answer.method.lower())
        if answer.status == 413:
            found = components["ContentTooLarge"]
        elif not methods:
            found = components["NotFound"] if answer.status == 404 else None
        elif operation is None:
            found = components["MethodNotAllowed"] if answer.status == 405 else None
        else:
            found = operation["responses"].get(str(answer.status))
        resolved: dict[str, Any] | None = self._resolve(found) if found else None
        return resolved

    def _resolve(self, node: Any) -> Any:
        while isinstance(node, dict) and "$ref" in node:
            target: Any = self._document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def _header_faults(self, answer: Answer, response: dict[str, Any]) -> Iterator[tuple[str, str]]:
        known = {name.lower(): self._resolve(header) for name, header in response["headers"].items()}
        for name, header in known.items():
            values = answer.headers.get_list(name)
            if not values and header.get("required"):
                yield HEADERS_THERE, f"{name} is missing"
            if len(values) > 1:
                yield HEADERS_THERE, f"{name} comes {len(values)} times"
            is_number = self._resolve(header["schema"]).get("type") == "integer"
            for value in values:
                # A header is text, which stands for a number where the document says so.
                read = int(value) if is_number and re.fullmatch("[0-9]+", value) else value
                for error in self._errors(header["schema"], read):
                    yield HEADERS_THERE, f"{name}: {error.message}"
        others = {name.lower() for name in answer.headers} - known.keys() - _OTHER_HEADERS
        for name in sorted(others) if answer.media_type != "text/html" else []:
            yield HEADERS_KNOWN, f"{name} is not documented"

    def _body_faults(self, answer: Answer, response: dict[str, Any]) -> Iterator[tuple[str, str]]:
        content = response.get("content")
        if content is None:
            if answer.body:
                yield BODY, "there is a body"
            return
        media_type, media = next(iter(content.items()))
        if answer.media_type != media_type:
            yield MEDIA_TYPE, f"the media type is {answer.media_type!r} instead of {media_type!r}"
        if media_type.startswith("text/"):
            data: Any = answer.body.decode("utf-8", "replace")
        else:
            try:
                data = json.loads(answer.body)
            except ValueError as not_json:
                yield BODY, f"the body is not JSON: {not_json}"
                return
        for error in self._errors(media["schema"], data):
            where = "/".join(str(part) for part in error.absolute_path)
            yield BODY, f"/{where}: {error.message[:200]}"

    def _errors(self, schema: Any, instance: Any) -> Iterator[ValidationError]:
        key = schema.get("$ref") or json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            self._validators[key] = _Validator(_absolute(schema), registry=self._registry)
        found: Iterator[ValidationError] = self._validators[key].iter_errors(instance)
        return found


def _common_faults(answer: Answer) -> Iterator[tuple[str, str]]:
    headers = answer.headers
    if headers.get_list("X-Content-Type-Options") != ["nosniff"]:
        yield COMMON_HEADERS, "X-Content-Type-Options is not nosniff, once"
    if headers.get_list("Cache-Control") != ["no-store"]:
        yield COMMON_HEADERS, "Cache-Control is not no-store, once"
    if len(headers.get_list("X-Request-ID")) != 1:
        yield COMMON_HEADERS, "X-Request-ID is not there once"
    for name in ("Server", "X-Powered-By"):
        if re.search(r"[0-9]", headers.get(name, "")):
            yield NO_VERSION, f"{name} is {headers[name]!r}"


def _encoding_faults(answer: Answer) -> Iterator[tuple[str, str]]:
    try:
        data = json.loads(answer.body.decode("utf-8"))
    except ValueError as error:
        yield UTF8, f"the body is not JSON in UTF-8: {error}"
        return
    if answer.status >= 400 and isinstance(data, dict):
        yield from _problem_faults(answer, data)


def _problem_faults(answer: Answer, problem: dict[str, Any]) -> Iterator[tuple[str, str]]:
    wanted = {
        "status": answer.status,
        "title": TITLES.get(answer.status),
        "instance": unquote(answer.path),
        "request_id": answer.headers.get("X-Request-ID"),
    }
    found = problem | {"instance": unquote(str(problem.get("instance")))}
    for name, value in wanted.items():
        if found.get(name) != value:
            yield PROBLEM, f"{name} is not that of the answer"


def _absolute(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            key: f"{_URI}{value}" if key == "$ref" and value.startswith("#") else _absolute(value) for key, value in node.items()
        }
    return [_absolute(item) for item in node] if isinstance(node, list) else node


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[ValidationError]:
    # JSON Schema's `$` is ECMAScript's: the end of the text. Python's also stands before a final newline.
    exact = pattern[:-1] + r"\Z" if pattern.endswith("$") else pattern
    if isinstance(instance, str) and not re.search(exact, instance):
        yield ValidationError(f"{instance[:100]!r} does not match {pattern[:100]!r}")


_Validator: Any = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]
