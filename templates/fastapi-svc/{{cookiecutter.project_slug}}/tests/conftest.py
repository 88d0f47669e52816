"""A client of the application{% if cookiecutter.database != 'memory' %}, on a database that the tests have to themselves{% endif %}."""

{% if cookiecutter.database != 'memory' %}
import asyncio
{% endif %}
{% if cookiecutter.database in ('postgresql', 'mysql') %}
import os
{% endif %}
{% if cookiecutter.database == 'memory' %}
from collections.abc import Callable, Iterator
from typing import Any
{% else %}
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
{% endif %}
{% if cookiecutter.database in ('postgresql', 'mysql') %}
from uuid import uuid4
{% endif %}

import pytest
from fastapi.testclient import TestClient
{% if cookiecutter.database == 'sqlite' %}
from sqlalchemy import Connection, text
{% elif cookiecutter.database != 'memory' %}
from sqlalchemy import Connection, make_url, text
{% endif %}

from {{ cookiecutter.__package }}.app import create_app
{% if cookiecutter.database != 'memory' %}
from {{ cookiecutter.__package }}.schema import change_schema
{% endif %}
from {{ cookiecutter.__package }}.settings import Settings
{% if cookiecutter.database == 'sqlite' %}
from {{ cookiecutter.__package }}.store.engine import make_migration_engine
{% elif cookiecutter.database != 'memory' %}
from {{ cookiecutter.__package }}.store.engine import make_engine, make_migration_engine
{% endif %}

{% if cookiecutter.database != 'memory' %}
T = TypeVar("T")
{% endif %}
MakeClient = Callable[..., TestClient]


@pytest.fixture(autouse=True)
def _environment_without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
{% if cookiecutter.database != 'memory' %}


def with_connection(url: str, work: Callable[[Connection], T]) -> T:
    """Return what `work` makes of a connection to the database, and commit."""

    async def run() -> T:
        engine = make_migration_engine(Settings(database_url=url))
        try:
            async with engine.begin() as connection:
                return await connection.run_sync(work)
        finally:
            await engine.dispose()

    return asyncio.run(run())


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
    asyncio.run(_execute(server, f"CREATE DATABASE {name}"))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        asyncio.run(_execute(server, f"DROP DATABASE {name}"))


async def _execute(url: str, statement: str) -> None:
{% if cookiecutter.database == 'postgresql' %}
    # PostgreSQL makes and drops databases outside of transactions only.
{% endif %}
    engine = make_engine(Settings(database_url=url))
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()
{% endif %}


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
    with_connection(_migrated_database, lambda connection: connection.execute(text("DELETE FROM users")))
    return _migrated_database
{% endif %}


@pytest.fixture
{% if cookiecutter.database == 'memory' %}
def make_client() -> MakeClient:
    """Makes a client of a new application with these settings."""

    def make(**settings: Any) -> TestClient:
        return TestClient(create_app(Settings(**settings)), raise_server_exceptions=False)
{% else %}
def make_client(database: str) -> MakeClient:
    """Makes a client of a new application with these settings."""

    def make(**settings: Any) -> TestClient:
        app = create_app(Settings(**{"database_url": database, **settings}))
        return TestClient(app, raise_server_exceptions=False)
{% endif %}

    return make


@pytest.fixture
def client(make_client: MakeClient) -> Iterator[TestClient]:
    with make_client() as client:
        yield client
