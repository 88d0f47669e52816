"""The routes for those who run the service: health, readiness and documentation."""

import json
from importlib.resources import files
from pathlib import Path

from flask import Blueprint, Response

from .. import shutdown
from ..problems import no_route, shutting_down
from ..service import UserService
from .responses import json_response

_STATIC = Path(__file__).parent.parent / "static"
_SWAGGER_UI = files("flask_swagger_ui") / "dist"
_ASSETS = {
    "docs.js": (_STATIC, "text/javascript; charset=utf-8"),
    "swagger-ui-bundle.js": (_SWAGGER_UI, "text/javascript; charset=utf-8"),
    "swagger-ui.css": (_SWAGGER_UI, "text/css; charset=utf-8"),
}
_OPENAPI = json.loads((_STATIC / "openapi.json").read_bytes())


def operations_blueprint(service: UserService) -> Blueprint:
    blueprint = Blueprint("operations", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return json_response({"status": "ok"})

    @blueprint.get("/readyz")
    def readyz() -> Response:
        if shutdown.has_begun():
            raise shutting_down()
        service.ready()
        return json_response({"status": "ok"})

    @blueprint.get("/openapi.json")
    def openapi() -> Response:
        return json_response(_OPENAPI)

    @blueprint.get("/docs")
    def docs() -> Response:
        return Response((_STATIC / "docs.html").read_bytes(), content_type="text/html; charset=utf-8")

    @blueprint.get("/docs/<asset>")
    def docs_asset(asset: str) -> Response:
        if asset not in _ASSETS:
            raise no_route()
        folder, media_type = _ASSETS[asset]
        return Response((folder / asset).read_bytes(), content_type=media_type)

    return blueprint
