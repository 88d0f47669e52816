"""The routes for those who run the service: health, readiness and documentation."""

from typing import Literal

from fastapi import FastAPI, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel

{% if cookiecutter.auth == 'jwt' %}
from .auth.guard import Router, anyone
{% endif %}
from .core.errors import Busy
from .core.openapi import problems
{% if cookiecutter.auth == 'jwt' %}
from .core.web import OpenMount
{% else %}
from .core.web import OpenMount, Router
{% endif %}

{% if cookiecutter.auth == 'jwt' %}
router = Router(tags=["operations"], dependencies=[anyone])
{% else %}
router = Router(tags=["operations"])
{% endif %}


class Health(BaseModel):
    """All is well."""

    status: Literal["ok"]


@router.get("/healthz")
async def healthz() -> Health:
    """Tell that the process lives."""
    return Health(status="ok")


@router.get("/readyz", responses=problems(503))
async def readyz(request: Request) -> Health:
    """Tell whether requests can be answered now."""
    if request.app.state.shutting_down:
        raise Busy("The service is shutting down.")
    await request.app.state.database.ping()
{% if cookiecutter.__uses_redis %}
    await request.app.state.auth.ping()
{% endif %}
    return Health(status="ok")


@router.get("/openapi.json", include_in_schema=False)
async def document(request: Request) -> Response:
    return JSONResponse(request.app.openapi())


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> Response:
    return get_swagger_ui_html(
        openapi_url="openapi.json",
        title=request.app.title,
        swagger_js_url="docs/assets/swagger-ui-bundle.js",
        swagger_css_url="docs/assets/swagger-ui.css",
        swagger_favicon_url="data:,",
    )


def serve_docs(app: FastAPI) -> None:
    """Serve what the page under /docs needs, so that it calls no other host."""
    app.router.routes.append(OpenMount("/docs/assets", StaticFiles(packages=[("fastapi_swagger", "resources")])))
