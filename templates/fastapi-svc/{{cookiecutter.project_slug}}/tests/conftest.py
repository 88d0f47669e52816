"""A client of the application{% if cookiecutter.database != 'memory' %}, on a database that the tests have to themselves{% endif %}."""

{% if cookiecutter.database != 'memory' %}
import asyncio
{% endif %}
{% if cookiecutter.database in ('postgresql', 'mysql') or cookiecutter.__uses_redis %}
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
{% if cookiecutter.database in ('postgresql', 'mysql') or cookiecutter.auth == 'jwt' %}
from uuid import uuid4
{% endif %}

import pytest
{% if cookiecutter.auth == 'jwt' %}
from fastapi import FastAPI
{% endif %}
from fastapi.testclient import TestClient
{% if cookiecutter.__uses_redis %}
from redis import Redis
{% endif %}
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
{% if cookiecutter.auth == 'jwt' %}
from {{ cookiecutter.__package }}.tokens import AccessTokens
from {{ cookiecutter.__package }}.users import Role, UserDraft, now
{% endif %}

{% if cookiecutter.database != 'memory' %}
T = TypeVar("T")
{% endif %}
MakeClient = Callable[..., TestClient]
{% if cookiecutter.auth == 'jwt' %}
# What the clients' applications sign tokens with.
SECRET = "a secret that only the tests know"
{% endif %}


@pytest.fixture(autouse=True)
def _environment_without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("secrets_dir", *Settings.model_fields):
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
{% if cookiecutter.auth == 'jwt' %}

    def empty(connection: Connection) -> None:
        connection.execute(text("DELETE FROM users"))
        connection.execute(text("DELETE FROM revocations"))
        connection.execute(text("DELETE FROM login_attempts"))

    with_connection(_migrated_database, empty)
{% else %}
    with_connection(_migrated_database, lambda connection: connection.execute(text("DELETE FROM users")))
{% endif %}
    return _migrated_database
{% endif %}


{% if cookiecutter.__uses_redis %}
@pytest.fixture
def redis_url() -> str | None:
    """The URL of TEST_REDIS_URL's database, without keys of the service, or None where there is no such server."""
    url = os.environ.get("TEST_REDIS_URL")
    if not url:
        return None
    with Redis.from_url(url) as redis:
        for key in redis.scan_iter("{{ cookiecutter.project_slug }}:*"):
            redis.delete(key)
    return url


{% endif %}
@pytest.fixture
{% if cookiecutter.database == 'memory' %}
{% if cookiecutter.__uses_redis %}
def make_client(redis_url: str | None) -> MakeClient:
    """Makes a client of a new application with these settings."""

    def make(**settings: Any) -> TestClient:
        app = create_app(Settings(**{"redis_url": redis_url, "jwt_secret": SECRET, **settings}))
        return TestClient(app, raise_server_exceptions=False, client=("127.0.0.1", 50_000))
{% elif cookiecutter.auth == 'jwt' %}
def make_client() -> MakeClient:
    """Makes a client of a new application with these settings."""

    def make(**settings: Any) -> TestClient:
        app = create_app(Settings(**{"jwt_secret": SECRET, **settings}))
        return TestClient(app, raise_server_exceptions=False, client=("127.0.0.1", 50_000))
{% else %}
def make_client() -> MakeClient:
    """Makes a client of a new application with these settings."""

    def make(**settings: Any) -> TestClient:
        return TestClient(create_app(Settings(**settings)), raise_server_exceptions=False)
{% endif %}
{% else %}
{% if cookiecutter.__uses_redis %}
def make_client(database: str, redis_url: str | None) -> MakeClient:
    """Makes a client of a new application with these settings."""

    def make(**settings: Any) -> TestClient:
        defaults = {"database_url": database, "redis_url": redis_url, "jwt_secret": SECRET}
        app = create_app(Settings(**{**defaults, **settings}))
        return TestClient(app, raise_server_exceptions=False, client=("127.0.0.1", 50_000))
{% elif cookiecutter.auth == 'jwt' %}
def make_client(database: str) -> MakeClient:
    """Makes a client of a new application with these settings."""

    def make(**settings: Any) -> TestClient:
        app = create_app(Settings(**{"database_url": database, "jwt_secret": SECRET, **settings}))
        return TestClient(app, raise_server_exceptions=False, client=("127.0.0.1", 50_000))
{% else %}
def make_client(database: str) -> MakeClient:
    """Makes a client of a new application with these settings."""

    def make(**settings: Any) -> TestClient:
        app = create_app(Settings(**{"database_url": database, **settings}))
        return TestClient(app, raise_server_exceptions=False)
{% endif %}
{% endif %}

    return make


{% if cookiecutter.auth == 'jwt' %}
@pytest.fixture
def visitor(make_client: MakeClient) -> Iterator[TestClient]:
    """A client that sends no access token."""
    with make_client() as client:
        yield client


@pytest.fixture
def admin(visitor: TestClient) -> dict[str, str]:
    """The headers of an admin, made without the cost of a password."""
    assert isinstance(visitor.app, FastAPI)
    assert visitor.portal is not None
    draft = UserDraft("Administrator", "admin@example.com", None, "admin")
    return authorization(visitor.portal.call(visitor.app.state.wiring.services().users.create, draft).id, "admin")


@pytest.fixture
def client(visitor: TestClient, admin: dict[str, str]) -> TestClient:
    """The client of an admin."""
    visitor.headers.update(admin)
    return visitor


def authorization(user_id: int, role: Role) -> dict[str, str]:
    """Return the headers of a user whose sessions have never ended."""
    token = AccessTokens(Settings(jwt_secret=SECRET)).issue(user_id, role, 1, str(uuid4()), now())
    return {"Authorization": f"Bearer {token}"}
{% else %}
@pytest.fixture
def client(make_client: MakeClient) -> Iterator[TestClient]:
    with make_client() as client:
        yield client
{% endif %}
