"""The routes for those who run the service and those who write its clients: health, readiness and documentation."""

from functools import partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort

{% if cookiecutter.__uses_redis %}
from .auth import service as auth_service
{% endif %}
{% if cookiecutter.auth == 'jwt' %}
from .auth.guard import anyone
{% endif %}
from .core import {% if cookiecutter.database != 'memory' %}db, {% endif %}shutdown
from .core.openapi import document

_STATIC = Path(__file__).parent / "static"
_SWAGGER_UI = files("flask_swagger_ui") / "dist"
_DOCUMENTATION = {
    "/docs": (_STATIC / "docs.html", "text/html; charset=utf-8"),
    "/docs/docs.js": (_STATIC / "docs.js", "text/javascript; charset=utf-8"),
    "/docs/swagger-ui-bundle.js": (_SWAGGER_UI / "swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    "/docs/swagger-ui.css": (_SWAGGER_UI / "swagger-ui.css", "text/css; charset=utf-8"),
}

bp = Blueprint("health", __name__)


@bp.get("/healthz")
{% if cookiecutter.auth == 'jwt' %}
@anyone
{% endif %}
def healthz() -> dict[str, str]:
    return {"status": "ok"}


@bp.get("/readyz")
{% if cookiecutter.auth == 'jwt' %}
@anyone
{% endif %}
def readyz() -> dict[str, str]:
    if shutdown.has_begun():
        abort(503, "The service is shutting down.")
{% if cookiecutter.database != 'memory' %}
    db.ping()
{% endif %}
{% if cookiecutter.__uses_redis %}
    auth_service.ping()
{% endif %}
    return {"status": "ok"}


@bp.get("/openapi.json")
{% if cookiecutter.auth == 'jwt' %}
@anyone
{% endif %}
def openapi() -> dict[str, Any]:
    return document()


def _file(file: Traversable, media_type: str) -> Response:
    return Response(file.read_bytes(), content_type=media_type)


for _path, (_content, _media_type) in _DOCUMENTATION.items():
    _view = partial(_file, _content, _media_type)
{% if cookiecutter.auth == 'jwt' %}
    bp.add_url_rule(_path, endpoint=_path.replace(".", "_"), view_func=anyone(_view))
{% else %}
    bp.add_url_rule(_path, endpoint=_path.replace(".", "_"), view_func=_view)
{% endif %}
