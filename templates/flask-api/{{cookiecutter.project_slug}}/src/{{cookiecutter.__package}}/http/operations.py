"""The routes for those who run the service: health, readiness and documentation."""

import json
from collections.abc import Callable
from functools import partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from flask import Blueprint, Response

from .. import shutdown
from ..problems import shutting_down
from .responses import json_response

_STATIC = Path(__file__).parent.parent / "static"
_SWAGGER_UI = files("flask_swagger_ui") / "dist"
_DOCUMENTATION = {
    "/docs": (_STATIC / "docs.html", "text/html; charset=utf-8"),
    "/docs/docs.js": (_STATIC / "docs.js", "text/javascript; charset=utf-8"),
    "/docs/swagger-ui-bundle.js": (_SWAGGER_UI / "swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    "/docs/swagger-ui.css": (_SWAGGER_UI / "swagger-ui.css", "text/css; charset=utf-8"),
}
_OPENAPI = json.loads((_STATIC / "openapi.json").read_bytes())


def operations_blueprint({{ '*checks' if cookiecutter.__uses_redis else 'check_readiness' }}: Callable[[], None]) -> Blueprint:
    blueprint = Blueprint("operations", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return json_response({"status": "ok"})

    @blueprint.get("/readyz")
    def readyz() -> Response:
        if shutdown.has_begun():
            raise shutting_down()
{% if cookiecutter.__uses_redis %}
        for check in checks:
            check()
{% else %}
        check_readiness()
{% endif %}
        return json_response({"status": "ok"})

    @blueprint.get("/openapi.json")
    def openapi() -> Response:
        return json_response(_OPENAPI)

    for path, (file, media_type) in _DOCUMENTATION.items():
        view = partial(_file, file, media_type)
        blueprint.add_url_rule(path, endpoint=path.replace(".", "_"), view_func=view)

    return blueprint


def _file(file: Traversable, media_type: str) -> Response:
    return Response(file.read_bytes(), content_type=media_type)
