"""A client of the application{% if cookiecutter.database != 'memory' %}, on a database that the tests have to themselves{% endif %}."""

{% if cookiecutter.auth == 'jwt' %}
import json
{% endif %}
{% if cookiecutter.database in ('postgresql', 'mysql') or cookiecutter.__uses_redis %}
import os
{% endif %}
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
{% if cookiecutter.database != 'memory' %}
from functools import partial
from pathlib import Path
{% elif cookiecutter.__uses_redis %}
from functools import partial
{% endif %}
{% if cookiecutter.database == 'memory' %}
from typing import Any
{% else %}
from typing import Any, TypeVar
{% endif %}
{% if cookiecutter.auth == 'jwt' or cookiecutter.database in ('postgresql', 'mysql') %}
from uuid import uuid4
{% endif %}

import httpx2
import pytest
{% if cookiecutter.auth == 'jwt' %}
from argon2 import PasswordHasher
{% endif %}
from flask import Flask
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
from {{ cookiecutter.__package }}.auth import service as logins_service
{% endif %}
{% if cookiecutter.database != 'memory' %}
from {{ cookiecutter.__package }}.core import db
from {{ cookiecutter.__package }}.core.db import Database, run_on_connection
from {{ cookiecutter.__package }}.core.models import Base
{% endif %}
{% if cookiecutter.database != 'memory' %}
from {{ cookiecutter.__package }}.migrations import change_schema
{% endif %}
from {{ cookiecutter.__package }}.settings import Settings
{% if cookiecutter.auth == 'jwt' %}
from {{ cookiecutter.__package }}.users.service import create_user
{% endif %}
{% if cookiecutter.database != 'memory' or cookiecutter.auth == 'jwt' %}

{% endif %}
{% if cookiecutter.database != 'memory' %}
T = TypeVar("T")
{% endif %}
{% if cookiecutter.auth == 'jwt' %}
SECRET = "a secret that only the tests know"
{% endif %}


def settings_of(**values: Any) -> Settings:
    """Return settings with these values, as the environment would give them."""
    return Settings(**values)


@pytest.fixture(autouse=True, scope="session")
def _environment_without_settings() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in (*Settings.model_fields, "secrets_dir"):
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
            environ["wsgi.input_terminated"] = True
            if "transfer-encoding" in request.headers:
                environ.pop("CONTENT_LENGTH", None)
            return self._app(environ, start_response)

        return httpx2.WSGITransport(app).handle_request(request)


class ServiceClient(httpx2.Client):
    """A client of an application."""

    def __init__(self, app: Flask) -> None:
        super().__init__(transport=_GunicornLike(app), base_url="http://service.test")
        self.app = app


MakeClient = Callable[..., AbstractContextManager[ServiceClient]]


{% if cookiecutter.auth == 'jwt' %}
@contextmanager
def _client(**settings: Any) -> Iterator[ServiceClient]:
    app = create_app(settings_of(**{"jwt_secret": SECRET, **settings}))
    with ServiceClient(app) as client:
        yield client
{% if cookiecutter.database != 'memory' %}
    db.close(app)
{% endif %}
{% if cookiecutter.__uses_redis %}
    logins_service.close(app)
{% endif %}
{% else %}
@contextmanager
def _client(**settings: Any) -> Iterator[ServiceClient]:
    app = create_app(settings_of(**settings))
    with ServiceClient(app) as client:
        yield client
{% if cookiecutter.database != 'memory' %}
    db.close(app)
{% endif %}
{% endif %}
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


def _execute(url: str, statement: str) -> None:
{% if cookiecutter.database == 'postgresql' %}
    def execute(connection: Connection) -> None:
        # PostgreSQL makes and drops databases outside of transactions only.
        connection.execution_options(reads=True).execute(text(statement))
{% else %}
    def execute(connection: Connection) -> None:
        connection.execute(text(statement))
{% endif %}

    run_on_connection(settings_of(database_url=url), execute)
{% endif %}


def with_connection(url: str, work: Callable[[Connection], T]) -> T:
    """Return what `work` makes of a connection to the database, and commit."""

    def commit(connection: Connection) -> T:
        result = work(connection)
        connection.commit()
        return result

    return run_on_connection(settings_of(database_url=url), commit)


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
def _database(_migrated_database: str) -> Iterator[Database]:
    """Keeps a connection open, over which tests delete what others have left in the database."""
    database = Database(settings_of(database_url=_migrated_database))
    yield database
    database.engine.dispose()


@pytest.fixture
def database(_migrated_database: str, _database: Database) -> str:
    """The URL of a database whose tables are empty."""
    with _database.open(reads=True) as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(table.delete())
    return _migrated_database
{% endif %}


{% if cookiecutter.__uses_redis %}
@pytest.fixture
def redis_url() -> str | None:
    """TEST_REDIS_URL, without what earlier tests have left there, or None where that is not set."""
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
    return partial(_client, redis_url=redis_url)
{% else %}
def make_client() -> MakeClient:
    """Makes a client of a new application with these settings."""
    return _client
{% endif %}


{% if cookiecutter.auth == 'jwt' %}
@pytest.fixture
def anonymous(make_client: MakeClient) -> Iterator[ServiceClient]:
    """A client that sends no access token."""
    with make_client() as client:
        yield client
{% else %}
@pytest.fixture
def client(make_client: MakeClient) -> Iterator[httpx2.Client]:
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
def _shared_client(_migrated_database: str) -> Iterator[ServiceClient]:
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
def anonymous(_shared_client: ServiceClient, database: str, redis_url: str | None) -> ServiceClient:
    """A client that sends no access token."""
    return _shared_client
{% elif cookiecutter.auth == 'jwt' %}
@pytest.fixture
def anonymous(_shared_client: ServiceClient, database: str) -> ServiceClient:
    """A client that sends no access token."""
    return _shared_client
{% else %}
@pytest.fixture
def client(_shared_client: ServiceClient, database: str) -> ServiceClient:
    """A client of an application without users."""
    return _shared_client
{% endif %}
{% endif %}
{% if cookiecutter.auth == 'jwt' %}


@pytest.fixture
def admin(anonymous: ServiceClient) -> dict[str, str]:
    """The headers of an admin of the anonymous's application."""
    values = {"name": "Administrator", "email": "admin@example.com", "role": "admin"}
    with anonymous.app.app_context():
        tokens = logins_service._new_pair(create_user(values), str(uuid4()))
{% if cookiecutter.database != 'memory' %}
        db.session.commit()
{% endif %}
    return {"Authorization": f"Bearer {tokens.access_token}"}


@pytest.fixture
def client(anonymous: ServiceClient, admin: dict[str, str]) -> Iterator[httpx2.Client]:
    """A client that an admin uses."""
    with ServiceClient(anonymous.app) as client:
        client.headers.update(admin)
        yield client
{% endif %}


@pytest.fixture(scope="session")
{% if cookiecutter.database == 'memory' %}
def running_service() -> Iterator[Service]:
    """A process of the service, for all tests that leave it as it is."""
    with Service({{ 'LOGIN_ATTEMPTS_PER_MINUTE="100000"' if cookiecutter.auth == 'jwt' }}) as service:
{% else %}
def running_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A process of the service with three workers, for all tests that leave it as it is."""
    folder = tmp_path_factory.mktemp("service")
{% if cookiecutter.auth == 'jwt' %}
    settings = {"WEB_CONCURRENCY": "3", "LOGIN_ATTEMPTS_PER_MINUTE": "100000"}
    with _new_database(folder) as url, Service(DATABASE_URL=url, **settings) as service:
{% else %}
    with _new_database(folder) as url, Service(DATABASE_URL=url, WEB_CONCURRENCY="3") as service:
{% endif %}
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
