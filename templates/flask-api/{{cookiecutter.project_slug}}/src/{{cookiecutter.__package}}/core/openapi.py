"""The API's document, which is made from the routes, and how requests are read and answers printed by their models.

Of the extensions for Pydantic, spectree leaves Flask's own blueprints and decorators, and adds 25 µs to a request.
flask-openapi makes the schema of a query anew for each request (230 µs), and APIFlask brings marshmallow, webargs and
an authentication of its own.
"""

import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from flask import Flask, Request, Response, current_app, make_response
from pydantic import BaseModel, ValidationError
{% if cookiecutter.auth == 'jwt' %}
from spectree import SecurityScheme, SecuritySchemeData, SpecTree
from spectree.models import SecureType
{% else %}
from spectree import SpecTree
{% endif %}
from spectree.plugins.base import Context
from spectree.plugins.flask_plugin import FlaskPlugin
from spectree.plugins.werkzeug_utils import flask_response_unpack
from spectree.utils import is_list_item
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from .errors import Invalid
from .json_body import JSON, MERGE_PATCH
from .problems import MEDIA_TYPE, Problem, field_errors

_TEMPLATE = "#/components/schemas/{model}"


class _Plugin(FlaskPlugin):
    """Reads requests strictly, and tells all that is wrong with one at once."""

    def request_validation(
        self, request: Request, query: Any, json: Any, form: Any, headers: Any, cookies: Any
    ) -> None:
        failures: list[dict[str, Any]] = []
        # Of a parameter that comes twice the last one counts, where the model has no list.
        parameters = {
            name: values if is_list_item(name, query) else values[-1] for name, values in request.args.lists()
        }
        values = {
            "query": _validated(query, "query", parameters, failures) if query else None,
            "json": _validated(json, "body", _body(request), failures) if json else None,
        }
        if failures:
            raise Invalid(field_errors(failures))
        request.context = Context(**values, form=None, headers=None, cookies=None)  # type: ignore[attr-defined]

    def validate_response(self, resp: Any, resp_model: Any, skip_validation: bool, force_resp_serialize: bool) -> Any:
        # A view may return an entity: the model says what of it is printed, and one that does not fit is a 500.
        payload, status, headers = flask_response_unpack(resp)
        model = resp_model.find_model(status) if resp_model else None
        if model is not None and not isinstance(payload, (BaseModel, Response)):
            payload = model.model_validate(payload)
        if isinstance(payload, BaseModel):
            payload = Response(payload.model_dump_json(), mimetype="application/json")
        return make_response(payload, status, headers), None


def _validated(model: type[BaseModel], place: str, value: object, failures: list[dict[str, Any]]) -> BaseModel | None:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        failures += [{**failure, "loc": (place, *failure["loc"])} for failure in found]
        return None


def _body(request: Request) -> object:
    """Return the JSON value in the body; raise where its media type, its size or its text is not right."""
    accepted = MERGE_PATCH if request.method == "PATCH" else JSON
    if request.mimetype not in accepted:
        raise UnsupportedMediaType(f"The body must be {' or '.join(accepted)}.")
    if len(request.get_data()) < (request.content_length or 0):
        raise BadRequest("The body did not arrive whole.")
    return request.get_json(force=True)


class _SpecTree(SpecTree):
    """Refuses what `_Plugin` does not read."""

    def validate(self, *models: Any, **options: Any) -> Callable[..., Callable[..., Any]]:
        decorate = super().validate(*models, **options)

        def decorate_and_check(view: Callable[..., Any]) -> Callable[..., Any]:
            validated: Callable[..., Any] = decorate(view)
            for name in ("form", "headers", "cookies"):
                if getattr(self.get_function_metadata(validated), name):
                    raise TypeError(f"{view.__qualname__} asks for `{name}`: read it from flask.request.{name}")
            return validated

        return decorate_and_check


api = _SpecTree(
    backend=_Plugin,
    mode="strict",
    title={{ cookiecutter.__project_name_python }},
    description={{ cookiecutter.__description_python }},
    version="1.0.0",
    validation_error_status=400,
    validation_error_model=Problem,
    naming_strategy=lambda model: re.sub(r"\W+(?:Union\W+)?", "_", model.__name__).strip("_"),
    nested_naming_strategy=lambda _, child: child,
{% if cookiecutter.auth == 'jwt' %}
    security_schemes=[
        SecurityScheme("accessToken", SecuritySchemeData(SecureType.HTTP, scheme="bearer", bearer_format="JWT"))
    ],
{% endif %}
)


def document() -> dict[str, Any]:
    """Return the current application's document: what spectree makes, and what follows from the routes besides."""
    app = current_app
    if "document" not in app.extensions:
        app.extensions["document"] = _complete(app, deepcopy(api.spec))
    made: dict[str, Any] = app.extensions["document"]
    return made


def _complete(app: Flask, spec: dict[str, Any]) -> dict[str, Any]:
    problem = Problem.model_json_schema(ref_template=_TEMPLATE, mode="serialization")
    spec["components"]["schemas"] |= {**problem.pop("$defs"), "Problem": problem}
    for rule in app.url_map.iter_rules():
        path, _ = api.backend.parse_path(rule, None)
        for method, operation in spec["paths"].get(path, {}).items():
            if method.upper() in (rule.methods or ()):
                _complete_operation(method, operation, getattr(app.view_functions[rule.endpoint], "openapi", {}))
    return spec


def _complete_operation(method: str, operation: dict[str, Any], stated: dict[str, Any]) -> None:
    """Add what the path, the method and the body imply, and what a decorator has `stated` in the view's `openapi`."""
    operation |= {name: value for name, value in stated.items() if name != "responses"}
    parameters, responses = operation["parameters"], operation["responses"]
    responses |= stated.get("responses", {})
    in_path = [parameter for parameter in parameters if parameter["in"] == "path"]
    for parameter in in_path:
        # A place in a path that says nothing else is an entity's id.
        if parameter["schema"] == {"type": "string"}:
            parameter["schema"] = {"type": "integer", "format": "int64", "minimum": 1, "maximum": 2**63 - 1}
    body = operation.get("requestBody")
    if not parameters and not body:
        responses.pop("400", None)
    if in_path:
        responses.setdefault("404", {"description": "There is no such thing"})
    if body:
        responses["415"] = {"description": "The body is of another media type"}
        if method == "patch":
            body["content"] |= dict.fromkeys(MERGE_PATCH, body["content"][JSON[0]])
    for status, name in (("304", "If-None-Match"), ("412", "If-Match")):
        if status in responses:
            parameters.append({"name": name, "in": "header", "required": False, "schema": {"type": "string"}})
    for status in responses:
        if status >= "400":
            responses[status] = _problem(responses[status]["description"])
    responses["default"] = _problem("Any other problem")


def _problem(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": _TEMPLATE.format(model="Problem")}}},
    }
