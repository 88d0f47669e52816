"""The application: wires settings, store, service and routes together, and does nothing else."""

{% if cookiecutter.database != 'memory' or cookiecutter.auth == 'jwt' %}
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

{% endif %}
from fastapi import FastAPI

from .cors import CorsPolicy
{% if cookiecutter.auth == 'jwt' %}
from .http import auth, operations, users
{% else %}
from .http import operations, users
{% endif %}
from .http.errors import ERROR_HANDLERS
from .http.middleware import RequestContext
{% if cookiecutter.auth == 'jwt' %}
from .settings import Settings
from .wiring import Wiring
{% else %}
from .service import UserService
from .settings import Settings
{% if cookiecutter.database == 'memory' %}
from .store.memory import MemoryUserStore
{% else %}
from .store.database import Database
from .store.engine import dispose, make_engine
from .store.sql import SqlUserStore
{% endif %}
{% endif %}


{% if cookiecutter.__sessions == 'sql' %}
def create_app(settings: Settings, workers: int = 1) -> FastAPI:
    """Return the ASGI application, with which so many workers may be forked.

    Its `state.shutting_down` tells /readyz that no new requests are wanted.
    """
    wiring = Wiring(settings, workers)
{% else %}
def create_app(settings: Settings) -> FastAPI:
    """Return the ASGI application. Its `state.shutting_down` tells /readyz that no new requests are wanted."""
{% endif %}
{% if cookiecutter.__sessions == 'memory' %}
    wiring = Wiring(settings)
{% endif %}
{% if cookiecutter.auth == 'jwt' %}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
{% if cookiecutter.database == 'memory' %}
        await wiring.start()
{% endif %}
        yield
{% if cookiecutter.database != 'memory' or cookiecutter.__uses_redis %}
        await wiring.close()
{% endif %}

{% elif cookiecutter.database == 'memory' %}
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
{% if cookiecutter.auth == 'jwt' %}
        routes=[*users.router.routes, *auth.router.routes, *operations.router.routes],
{% else %}
        routes=[*users.router.routes, *operations.router.routes],
{% endif %}
        exception_handlers=ERROR_HANDLERS,
{% if cookiecutter.database != 'memory' or cookiecutter.auth == 'jwt' %}
        lifespan=lifespan,
{% endif %}
    )
    app.add_middleware(RequestContext, cors=CorsPolicy(settings.cors_allowed_origins))
    app.state.shutting_down = False
{% if cookiecutter.auth == 'jwt' %}
    app.state.wiring = wiring
    app.state.trusted_proxies = settings.trusted_proxies
{% elif cookiecutter.database == 'memory' %}
    app.state.make_service = lambda: service
{% else %}
    app.state.make_service = lambda: UserService(SqlUserStore(Database(engine)))
{% endif %}
    return app
