{% if cookiecutter.database in ('postgresql', 'mysql') %}
import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4
{% elif cookiecutter.database == 'sqlite' %}
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol
{% else %}
from collections.abc import Iterator
from typing import Any, Protocol
{% endif %}

import pytest
from fastapi.testclient import TestClient
{% if cookiecutter.database in ('postgresql', 'mysql') %}
from sqlalchemy import make_url, text
{% endif %}

from {{ cookiecutter.__package }}.app import create_app
{% if cookiecutter.database != 'memory' %}
from {{ cookiecutter.__package }}.schema import change_schema
{% endif %}
from {{ cookiecutter.__package }}.settings import Settings
{% if cookiecutter.database in ('postgresql', 'mysql') %}
from {{ cookiecutter.__package }}.store.engine import make_engine
{% endif %}


class MakeClient(Protocol):
    def __call__(self, **settings: Any) -> TestClient: ...
{% if cookiecutter.database in ('postgresql', 'mysql') %}


@pytest.fixture
def empty_database(tmp_path: Path) -> Iterator[str]:
    """The URL of a database of its own without tables: on the server of TEST_DATABASE_URL, or an SQLite file."""
    server = os.environ.get("TEST_DATABASE_URL")
    if not server:
        yield f"sqlite:///{tmp_path}/users.db"
        return
    name = f"test_{uuid4().hex}"
    asyncio.run(_execute(server, f"CREATE DATABASE {name}"))
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    asyncio.run(_execute(server, f"DROP DATABASE {name}"))


async def _execute(url: str, statement: str) -> None:
    engine = make_engine(Settings(database_url=url))
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()
{% elif cookiecutter.database == 'sqlite' %}


@pytest.fixture
def empty_database(tmp_path: Path) -> str:
    """The URL of a database of its own without tables."""
    return f"sqlite:///{tmp_path}/users.db"
{% endif %}
{% if cookiecutter.database != 'memory' %}


@pytest.fixture
def database(empty_database: str) -> str:
    """The URL of a database of its own without users."""
    change_schema(Settings(database_url=empty_database), "up")
    return empty_database
{% endif %}


@pytest.fixture
{% if cookiecutter.database == 'memory' %}
def make_client() -> MakeClient:
    """Makes a client of a new application, with the settings that are given."""

    def make(**settings: Any) -> TestClient:
        app = create_app(Settings(**{"app_env": "test", **settings}))
{% else %}
def make_client(database: str) -> MakeClient:
    """Makes a client of a new application, with the settings that are given."""

    def make(**settings: Any) -> TestClient:
        app = create_app(Settings(**{"app_env": "test", "database_url": database, **settings}))
{% endif %}
        return TestClient(app, raise_server_exceptions=False)

    return make


@pytest.fixture
def client(make_client: MakeClient) -> Iterator[TestClient]:
    with make_client() as client:
        yield client
