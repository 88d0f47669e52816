"""The application: wires settings, store, service and routes together, and does nothing else."""

{% if cookiecutter.database != 'memory' %}
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

{% endif %}
from fastapi import FastAPI

from .cors import CorsPolicy
from .http import operations, users
from .http.errors import ERROR_HANDLERS
from .http.middleware import RequestContext
from .service import UserService
from .settings import Settings
{% if cookiecutter.database == 'memory' %}
from .store.memory import MemoryUserStore
{% else %}
from .store.engine import dispose, make_engine
from .store.sql import SqlUserStore
{% endif %}


def create_app(settings: Settings) -> FastAPI:
    """Return the ASGI application. Its `state.shutting_down` tells /readyz that no new requests are wanted."""
{% if cookiecutter.database == 'memory' %}
    service = UserService(MemoryUserStore())
{% else %}
    engine = make_engine(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await dispose(engine)

{% endif %}
    app = FastAPI(
        # The contract is a file, and include_router would match each request twice.
        openapi_url=None,
        redirect_slashes=False,
        routes=[*users.router.routes, *operations.router.routes],
        exception_handlers=ERROR_HANDLERS,
{% if cookiecutter.database != 'memory' %}
        lifespan=lifespan,
{% endif %}
    )
    app.add_middleware(RequestContext, cors=CorsPolicy(settings.cors_allowed_origins))
    app.state.shutting_down = False
{% if cookiecutter.database == 'memory' %}
    app.state.make_service = lambda: service
{% else %}
    app.state.make_service = lambda: UserService(SqlUserStore(engine))
{% endif %}
    return app
