"""The application: puts settings, the database and the features together, and does nothing else."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from . import health
{% if cookiecutter.auth == 'jwt' %}
from .auth import routes as auth
{% if cookiecutter.database == 'memory' %}
from .auth.first_admin import create_first_admin
{% endif %}
from .auth.guard import GuardedRoute
from .auth.service import AuthService
{% endif %}
from .core.db import Database
from .core.edge import surround
from .core.openapi import describe
from .core.telemetry import configure_logging
{% if cookiecutter.auth == 'jwt' %}
from .core.web import OwnRoutesOnly, require_own_routes
{% else %}
from .core.web import OwnRoutesOnly, Route, require_own_routes
{% endif %}
from .settings import Settings, load_settings
from .users import routes as users


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application, with the settings of the environment where none are given.

    Its `state.shutting_down` tells /readyz that no new requests are wanted.
    """
    settings = settings or load_settings()
    database = Database(settings)
{% if cookiecutter.auth == 'jwt' %}
    auth_service = AuthService(settings, database)
{% endif %}

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if not logging.getLogger().handlers:
            # Uvicorn itself was started, which configures its own log alone.
            configure_logging(settings.log_level)
{% if cookiecutter.auth == 'jwt' %}
        require_own_routes(app, GuardedRoute)
{% else %}
        require_own_routes(app, Route)
{% endif %}
{% if cookiecutter.__sessions == 'memory' %}
        await create_first_admin(settings, auth_service, database)
{% endif %}
        yield
{% if cookiecutter.__uses_redis %}
        await auth_service.close()
{% endif %}
        await database.close()

    app = FastAPI(
        title={{ cookiecutter.__project_name_python }},
        description={{ cookiecutter.__description_python }},
        version="1.0.0",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.settings = settings
    app.state.database = database
{% if cookiecutter.auth == 'jwt' %}
    app.state.auth = auth_service
    app.router.route_class = GuardedRoute
    app.add_middleware(OwnRoutesOnly, route_class=GuardedRoute)
{% else %}
    app.router.route_class = Route
    app.add_middleware(OwnRoutesOnly, route_class=Route)
{% endif %}
    app.state.shutting_down = False

    # The features: one line for each.
    app.include_router(users.router)
{% if cookiecutter.auth == 'jwt' %}
    app.include_router(auth.router)
{% endif %}
    app.include_router(health.router)

    health.serve_docs(app)
    describe(app)
    # Middleware of your own belongs here, before `surround`: its answers then get the id, the log line and the headers.
    surround(app, settings.cors_allowed_origins)
    return app
