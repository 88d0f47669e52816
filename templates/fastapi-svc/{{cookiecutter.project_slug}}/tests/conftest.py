"""A client of the application{% if cookiecutter.database != 'memory' %}, on a database that the tests have to themselves{% endif %}."""

{% if cookiecutter.auth == 'jwt' %}
import json
{% endif %}
{% if cookiecutter.database in ('postgresql', 'mysql') or cookiecutter.__uses_redis %}
import os
{% endif %}
{% if cookiecutter.database == 'memory' %}
from collections.abc import Callable, Iterator
{% if cookiecutter.__uses_redis %}
from functools import partial
{% endif %}
from typing import Any
{% else %}
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
{% endif %}
{% if cookiecutter.database in ('postgresql', 'mysql') or cookiecutter.auth == 'jwt' %}
from uuid import uuid4
{% endif %}

import pytest
{% if cookiecutter.database != 'memory' %}
from anyio.from_thread import start_blocking_portal
{% endif %}
{% if cookiecutter.auth == 'jwt' %}
from argon2 import PasswordHasher
from fastapi import FastAPI
{% endif %}
from fastapi.testclient import TestClient
{% if cookiecutter.auth == 'jwt' %}
from logins import PASSWORD
{% endif %}
from processes import Service
{% if cookiecutter.__uses_redis %}
from redis import Redis
{% endif %}
{% if cookiecutter.database == 'sqlite' %}
from sqlalchemy import Connection
{% elif cookiecutter.database != 'memory' %}
from sqlalchemy import Connection, make_url, text
{% endif %}

from {{ cookiecutter.__package }}.app import create_app
{% if cookiecutter.auth == 'jwt' %}
from {{ cookiecutter.__package }}.auth import passwords
from {{ cookiecutter.__package }}.auth.service import AuthService
{% endif %}
{% if cookiecutter.database != 'memory' %}
from {{ cookiecutter.__package }}.core.db import Database, run_on_connection
from {{ cookiecutter.__package }}.core.models import Base
{% endif %}
{% if cookiecutter.auth == 'jwt' %}
from {{ cookiecutter.__package }}.core.times import now
{% endif %}
{% if cookiecutter.database != 'memory' %}
from {{ cookiecutter.__package }}.migrations import change_schema
{% endif %}
from {{ cookiecutter.__package }}.settings import Settings
{% if cookiecutter.auth == 'jwt' %}
from {{ cookiecutter.__package }}.users.service import create_user
{% endif %}

{% if cookiecutter.database != 'memory' %}
T = TypeVar("T")
{% endif %}
MakeClient = Callable[..., TestClient]
{% if cookiecutter.auth == 'jwt' %}
# What the clients' applications sign tokens with.
SECRET = "a secret that only the tests know"
{% endif %}


def settings_of(**values: Any) -> Settings:
    """Return settings with these values, as the environment would give them."""
    return Settings(**values)


@pytest.fixture(autouse=True, scope="session")
def _environment_without_settings() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("secrets_dir", *Settings.model_fields):
            patch.delenv(name.upper(), raising=False)
        yield
{% if cookiecutter.auth == 'jwt' %}


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes passwords at the lowest cost that Argon2 has."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    cheap_hash = passwords._NOBODYS_HASH.replace("m=19456,t=2,p=1", "m=8,t=1,p=1")
    monkeypatch.setattr(passwords, "_NOBODYS_HASH", cheap_hash)
{% endif %}
{% if cookiecutter.database != 'memory' %}


def with_connection(url: str, work: Callable[[Connection], T]) -> T:
    """Return what `work` makes of a connection to the database, and commit."""

    def commit(connection: Connection) -> T:
        result = work(connection)
        connection.commit()
        return result

    return run_on_connection(settings_of(database_url=url), commit)


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


def _execute(url: str, statement: str) -> None:
{% if cookiecutter.database == 'postgresql' %}
    def execute(connection: Connection) -> None:
        # PostgreSQL makes and drops databases outside of transactions only.
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text(statement))
{% else %}
    def execute(connection: Connection) -> None:
        connection.execute(text(statement))
{% endif %}

    run_on_connection(settings_of(database_url=url), execute)
{% endif %}


@pytest.fixture
def empty_database(tmp_path: Path) -> Iterator[str]:
    """The URL of a database without tables."""
    with _new_database(tmp_path) as url:
        yield url


@pytest.fixture(scope="session")
def _migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with _new_database(tmp_path_factory.mktemp("database")) as url:
        change_schema(settings_of(database_url=url), "up")
        yield url


@pytest.fixture(scope="session")
def _delete_users(_migrated_database: str) -> Iterator[Callable[[], None]]:
    """Deletes what tests have left in the database, over a connection that stays open."""
    database = Database(settings_of(database_url=_migrated_database))

    async def delete() -> None:
        async with database.session(writes=True) as session:
            for table in reversed(Base.metadata.sorted_tables):
                await session.execute(table.delete())

    with start_blocking_portal() as portal:
        yield lambda: portal.call(delete)
        portal.call(database.close)


@pytest.fixture
def database(_migrated_database: str, _delete_users: Callable[[], None]) -> str:
    """The URL of a database whose tables are empty."""
    _delete_users()
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
{% if cookiecutter.auth == 'jwt' %}
def _client(**settings: Any) -> TestClient:
    app = create_app(settings_of(**{"jwt_secret": SECRET, **settings}))
    return TestClient(app, raise_server_exceptions=False, client=("127.0.0.1", 50_000))
{% else %}
def _client(**settings: Any) -> TestClient:
    return TestClient(create_app(settings_of(**settings)), raise_server_exceptions=False)
{% endif %}


@pytest.fixture
{% if cookiecutter.database == 'memory' %}
{% if cookiecutter.__uses_redis %}
def make_client(redis_url: str | None) -> MakeClient:
    """Makes a client of a new application with these settings."""
    return partial(_client, redis_url=redis_url)
{% else %}
def make_client() -> MakeClient:
    """Makes a client of a new application with these settings."""
    return _client
{% endif %}


{% if cookiecutter.auth == 'jwt' %}
@pytest.fixture
def anonymous(make_client: MakeClient) -> Iterator[TestClient]:
    """A client that sends no access token."""
    with make_client() as client:
        yield client
{% else %}
@pytest.fixture
def client(make_client: MakeClient) -> Iterator[TestClient]:
    with make_client() as client:
        yield client
{% endif %}
{% else %}
{% if cookiecutter.__uses_redis %}
def make_client(database: str, redis_url: str | None) -> MakeClient:
    """Makes a client of a new application with these settings."""
    return partial(_client, database_url=database, redis_url=redis_url)
{% else %}
def make_client(database: str) -> MakeClient:
    """Makes a client of a new application with these settings."""
    return partial(_client, database_url=database)
{% endif %}


@pytest.fixture(scope="session")
def _shared_client(_migrated_database: str) -> Iterator[TestClient]:
    """A client of the application that serves all tests which need no other settings."""
{% if cookiecutter.__uses_redis %}
    with _client(database_url=_migrated_database, redis_url=os.environ.get("TEST_REDIS_URL") or None) as client:
        yield client
{% else %}
    with _client(database_url=_migrated_database) as client:
        yield client
{% endif %}


{% if cookiecutter.__uses_redis %}
@pytest.fixture
def anonymous(_shared_client: TestClient, database: str, redis_url: str | None) -> TestClient:
    """A client that sends no access token."""
    return _shared_client
{% elif cookiecutter.auth == 'jwt' %}
@pytest.fixture
def anonymous(_shared_client: TestClient, database: str) -> TestClient:
    """A client that sends no access token."""
    return _shared_client
{% else %}
@pytest.fixture
def client(_shared_client: TestClient, database: str) -> TestClient:
    """A client of an application without users."""
    return _shared_client
{% endif %}
{% endif %}
{% if cookiecutter.auth == 'jwt' %}


@pytest.fixture
def admin(anonymous: TestClient) -> dict[str, str]:
    """The headers of an admin, made without the cost of a password."""
    assert isinstance(anonymous.app, FastAPI)
    assert anonymous.portal is not None
    return anonymous.portal.call(make_admin, anonymous.app)


async def make_admin(app: FastAPI) -> dict[str, str]:
    """Return the headers of a new admin of an application."""
    values = {"name": "Administrator", "email": "admin@example.com", "age": None, "role": "admin"}
    async with app.state.database.session(writes=True) as session:
        user = await create_user(session, values)
    auth: AuthService = app.state.auth
    pair, token = auth._new_pair(user, str(uuid4()))
    await auth._store.add_token(token, now())
    return {"Authorization": f"Bearer {pair.access_token}"}


@pytest.fixture
def client(anonymous: TestClient, admin: dict[str, str]) -> Iterator[TestClient]:
    """The client of an admin."""
    anonymous.headers.update(admin)
    yield anonymous
    del anonymous.headers["Authorization"]
{% endif %}


@pytest.fixture(scope="session")
{% if cookiecutter.database == 'memory' %}
def running_service() -> Iterator[Service]:
    """A process of the service, for all tests that leave it as it is."""
    with Service() as service:
{% else %}
def running_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A process of the service with two workers, for all tests that leave it as it is."""
    folder = tmp_path_factory.mktemp("service")
    with _new_database(folder) as url, Service(DATABASE_URL=url, WEB_CONCURRENCY="2") as service:
{% endif %}
        service.wait_until_it_listens()
        yield service
        service.terminate()
        assert service.exit_status() == 0
{% if cookiecutter.auth == 'jwt' %}
    log = json.dumps(service.log)
    assert "JWT_SECRET is not set" in log
    for secret in (PASSWORD, "@example.com", "argon2", "eyJ"):
        assert secret not in log
{% endif %}
