"""A client of the application, on a database that the tests have to themselves."""

{% if cookiecutter.database in ('postgresql', 'mysql') or cookiecutter.__uses_redis %}
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
{% if cookiecutter.auth == 'jwt' or cookiecutter.database in ('postgresql', 'mysql') %}
from uuid import uuid4
{% endif %}

import httpx2
import pytest
from flask import Flask
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
{% if cookiecutter.database != 'memory' %}
from {{ cookiecutter.__package }}.store.engine import make_engine, make_migration_engine
{% endif %}
{% if cookiecutter.auth == 'jwt' %}
from {{ cookiecutter.__package }}.tokens import AccessTokens
from {{ cookiecutter.__package }}.users import Role, UserDraft, now
{% endif %}

{% if cookiecutter.auth == 'none' %}
MakeClient = Callable[..., AbstractContextManager[httpx2.Client]]
{% endif %}
{% if cookiecutter.database != 'memory' %}
T = TypeVar("T")
{% endif %}
{% if cookiecutter.auth == 'jwt' %}
SECRET = "a secret that only the tests know"
{% endif %}


@pytest.fixture(autouse=True, scope="session")
def _environment_without_settings() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in (*Settings.model_fields, "secrets_dir"):
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


{% if cookiecutter.auth == 'jwt' %}
class ServiceClient(httpx2.Client):
    """A client of an application."""

    def __init__(self, app: Flask) -> None:
        super().__init__(transport=_GunicornLike(app), base_url="http://service.test")
        self.app = app


MakeClient = Callable[..., AbstractContextManager[ServiceClient]]


def _client(settings: Settings) -> Iterator[ServiceClient]:
    app = create_app(settings)
    with ServiceClient(app) as client:
        yield client
    app.extensions["store"].close()
{% if cookiecutter.__uses_redis %}
    if "redis" in app.extensions:
        app.extensions["redis"].close()
{% endif %}
{% else %}
def _client(settings: Settings) -> Iterator[httpx2.Client]:
    app = create_app(settings)
    with httpx2.Client(transport=_GunicornLike(app), base_url="http://service.test") as client:
        yield client
    app.extensions["store"].close()
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
{% if cookiecutter.auth == 'jwt' %}

    def empty(connection: Connection) -> None:
        for table in ("users", "revocations", "login_attempts"):
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608

    with_connection(_migrated_database, empty)
{% else %}
    _execute(_migrated_database, "DELETE FROM users")
{% endif %}
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
def make_client({{ 'redis_url: str | None' if cookiecutter.__uses_redis }}) -> MakeClient:
{% else %}
def make_client(database: str{{ ', redis_url: str | None' if cookiecutter.__uses_redis }}) -> MakeClient:
{% endif %}
    """Makes a client of a new application with these settings."""
{% if cookiecutter.database == 'memory' and cookiecutter.auth == 'none' %}

    @contextmanager
    def make(**settings: Any) -> Iterator[httpx2.Client]:
        yield from _client(Settings(**settings))
{% elif cookiecutter.auth == 'none' %}

    @contextmanager
    def make(**settings: Any) -> Iterator[httpx2.Client]:
        yield from _client(Settings(**{"database_url": database, **settings}))
{% else %}
    own = {
{% if cookiecutter.database != 'memory' %}
        "database_url": database,
{% endif %}
        "jwt_secret": SECRET,
{% if cookiecutter.__uses_redis %}
        "redis_url": redis_url,
{% endif %}
    }

    @contextmanager
    def make(**settings: Any) -> Iterator[ServiceClient]:
        yield from _client(Settings(**{**own, **settings}))
{% endif %}

    return make


{% if cookiecutter.auth == 'jwt' %}
def authorization(user_id: int, role: Role) -> dict[str, str]:
    """Return the headers of a user whose sessions have never been ended."""
    token = AccessTokens(Settings(jwt_secret=SECRET)).issue(user_id, role, 1, str(uuid4()), now())
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def visitor(make_client: MakeClient) -> Iterator[ServiceClient]:
    """A client that has not logged in."""
    with make_client() as client:
        yield client


@pytest.fixture
def admin(visitor: ServiceClient) -> dict[str, str]:
    """The headers of an admin of the visitor's application."""
    draft = UserDraft("Administrator", "admin@example.com", None, "admin")
    user = visitor.app.extensions["store"].insert(draft, None, now())
    return authorization(user.id, "admin")


@pytest.fixture
def client(visitor: ServiceClient, admin: dict[str, str]) -> Iterator[httpx2.Client]:
    """A client that an admin uses."""
    with ServiceClient(visitor.app) as client:
        client.headers.update(admin)
        yield client
{% else %}
@pytest.fixture
def client(make_client: MakeClient) -> Iterator[httpx2.Client]:
    with make_client() as client:
        yield client
{% endif %}
