"""The routes for those who run the service: health, readiness and documentation."""

import json
from importlib.resources import files

from fastapi import APIRouter, Request, Response

from ..json_body import encode
from ..problems import shutting_down
{% if not cookiecutter.__uses_redis %}
from .requests import Service
{% endif %}
from .responses import READ, json_response

_STATIC = files(__package__.rpartition(".")[0]) / "static"
_SWAGGER_UI = files("fastapi_swagger") / "resources"
_OPENAPI = encode(json.loads((_STATIC / "openapi.json").read_bytes()))
_DOCS = (_STATIC / "docs.html").read_bytes()
_DOCS_SCRIPT = (_STATIC / "docs.js").read_bytes()
_SWAGGER_UI_SCRIPT = (_SWAGGER_UI / "swagger-ui-bundle.js").read_bytes()
_SWAGGER_UI_STYLE = (_SWAGGER_UI / "swagger-ui.css").read_bytes()

router = APIRouter()


@router.api_route("/healthz", methods=READ)
async def healthz() -> Response:
    return json_response({"status": "ok"})


@router.api_route("/readyz", methods=READ)
{% if cookiecutter.__uses_redis %}
async def readyz(request: Request) -> Response:
    if request.app.state.shutting_down:
        raise shutting_down()
    await request.app.state.wiring.ready()
{% else %}
async def readyz(request: Request, service: Service) -> Response:
    if request.app.state.shutting_down:
        raise shutting_down()
    await service.ready()
{% endif %}
    return json_response({"status": "ok"})


@router.api_route("/openapi.json", methods=READ)
async def openapi() -> Response:
    return Response(_OPENAPI, media_type="application/json")


@router.api_route("/docs", methods=READ)
async def docs() -> Response:
    return Response(_DOCS, media_type="text/html")


@router.api_route("/docs/docs.js", methods=READ)
async def docs_script() -> Response:
    return Response(_DOCS_SCRIPT, media_type="text/javascript")


@router.api_route("/docs/swagger-ui-bundle.js", methods=READ)
async def swagger_ui_script() -> Response:
    return Response(_SWAGGER_UI_SCRIPT, media_type="text/javascript")


@router.api_route("/docs/swagger-ui.css", methods=READ)
async def swagger_ui_style() -> Response:
    return Response(_SWAGGER_UI_STYLE, media_type="text/css")
