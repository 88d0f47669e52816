"""A client of the application, on a database that the tests have to themselves."""

{% if cookiecutter.database in ('postgresql', 'mysql') %}
import os
{% endif %}
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
{% if cookiecutter.database != 'memory' %}
from pathlib import Path
{% endif %}
{% if cookiecutter.database == 'memory' %}
from typing import Any
{% else %}
from typing import Any, TypeVar
{% endif %}
{% if cookiecutter.database in ('postgresql', 'mysql') %}
from uuid import uuid4
{% endif %}

import httpx2
import pytest
{% if cookiecutter.database == 'memory' %}
from flask import Flask
{% elif cookiecutter.database == 'sqlite' %}
from flask import Flask
from sqlalchemy import Connection, text
{% else %}
from flask import Flask
from sqlalchemy import Connection, make_url, text
{% endif %}

from {{ cookiecutter.__package }}.app import create_app
{% if cookiecutter.database != 'memory' %}
from {{ cookiecutter.__package }}.schema import change_schema
{% endif %}
from {{ cookiecutter.__package }}.settings import Settings
{% if cookiecutter.database != 'memory' %}
from {{ cookiecutter.__package }}.store.engine import make_engine, make_migration_engine
{% endif %}

MakeClient = Callable[..., AbstractContextManager[httpx2.Client]]
{% if cookiecutter.database != 'memory' %}
T = TypeVar("T")
{% endif %}


@pytest.fixture(autouse=True, scope="session")
def _environment_without_settings() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in Settings.model_fields:
            patch.delenv(name.upper(), raising=False)
        yield


class _GunicornLike(httpx2.BaseTransport):
    """Hands requests to the application with the environment that gunicorn would make."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        def app(environ: dict[str, Any], start_response: Any) -> Any:
            environ["RAW_URI"] = request.url.raw_path.decode()
            for name in request.headers:
                if name not in ("content-type", "content-length"):
                    environ["HTTP_" + name.upper().replace("-", "_")] = ",".join(request.headers.get_list(name))
            if "transfer-encoding" in request.headers:
                environ.pop("CONTENT_LENGTH", None)
            return self._app(environ, start_response)

        return httpx2.WSGITransport(app).handle_request(request)


def _client(settings: Settings) -> Iterator[httpx2.Client]:
    app = create_app(settings)
    with httpx2.Client(transport=_GunicornLike(app), base_url="http://service.test") as client:
        yield client
    app.extensions["store"].close()
{% if cookiecutter.database != 'memory' %}


@contextmanager
{% if cookiecutter.database == 'sqlite' %}
def _new_database(folder: Path) -> Iterator[str]:
    """The URL of a database without tables."""
    yield f"sqlite:///{folder}/users.db"
{% else %}
def _new_database(folder: Path) -> Iterator[str]:
    """The URL of a database without tables: one of its own on TEST_DATABASE_URL's server, or an SQLite file."""
    server = os.environ.get("TEST_DATABASE_URL")
    if not server:
        yield f"sqlite:///{folder}/users.db"
        return
    name = f"test_{uuid4().hex}"
    _execute(server, f"CREATE DATABASE {name}")
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        _execute(server, f"DROP DATABASE {name}")
{% endif %}


def _execute(url: str, statement: str) -> None:
    engine = make_engine(Settings(database_url=url))
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def with_connection(url: str, work: Callable[[Connection], T]) -> T:
    """Return what `work` makes of a connection to the database, and commit."""
    with make_migration_engine(Settings(database_url=url)).begin() as connection:
        return work(connection)


@pytest.fixture
def empty_database(tmp_path: Path) -> Iterator[str]:
    """The URL of a database without tables."""
    with _new_database(tmp_path) as url:
        yield url


@pytest.fixture(scope="session")
def _migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with _new_database(tmp_path_factory.mktemp("database")) as url:
        change_schema(Settings(database_url=url), "up")
        yield url


@pytest.fixture
def database(_migrated_database: str) -> str:
    """The URL of a database without users."""
    _execute(_migrated_database, "DELETE FROM users")
    return _migrated_database
{% endif %}


@pytest.fixture
{% if cookiecutter.database == 'memory' %}
def make_client() -> MakeClient:
    """Makes a client of a new application with these settings."""

    @contextmanager
    def make(**settings: Any) -> Iterator[httpx2.Client]:
        yield from _client(Settings(**settings))
{% else %}
def make_client(database: str) -> MakeClient:
    """Makes a client of a new application with these settings."""

    @contextmanager
    def make(**settings: Any) -> Iterator[httpx2.Client]:
        yield from _client(Settings(**{"database_url": database, **settings}))
{% endif %}

    return make


@pytest.fixture
def client(make_client: MakeClient) -> Iterator[httpx2.Client]:
    with make_client() as client:
        yield client
