"""The routes for those who run the service: health, readiness and documentation."""

import json
from importlib.resources import files

from fastapi import APIRouter, Request, Response

from ..json_body import encode
from ..problems import no_route, shutting_down
from .requests import Service
from .responses import READ, json_response

_STATIC = files(__package__.rpartition(".")[0]) / "static"
_SWAGGER_UI = files("fastapi_swagger") / "resources"
_OPENAPI = encode(json.loads((_STATIC / "openapi.json").read_bytes()))
_DOCS = (_STATIC / "docs.html").read_bytes()
_ASSETS = {
    "docs.js": ((_STATIC / "docs.js").read_bytes(), "text/javascript"),
    "swagger-ui-bundle.js": ((_SWAGGER_UI / "swagger-ui-bundle.js").read_bytes(), "text/javascript"),
    "swagger-ui.css": ((_SWAGGER_UI / "swagger-ui.css").read_bytes(), "text/css"),
}

router = APIRouter()


@router.api_route("/healthz", methods=READ)
async def healthz() -> Response:
    return json_response({"status": "ok"})


@router.api_route("/readyz", methods=READ)
async def readyz(request: Request, service: Service) -> Response:
    if request.app.state.shutting_down:
        raise shutting_down()
    await service.ready()
    return json_response({"status": "ok"})


@router.api_route("/openapi.json", methods=READ)
async def openapi() -> Response:
    return Response(_OPENAPI, media_type="application/json")


@router.api_route("/docs", methods=READ)
async def docs() -> Response:
    return Response(_DOCS, media_type="text/html")


@router.api_route("/docs/{asset}", methods=READ)
async def docs_asset(asset: str) -> Response:
    if asset not in _ASSETS:
        raise no_route()
    content, media_type = _ASSETS[asset]
    return Response(content, media_type=media_type)
