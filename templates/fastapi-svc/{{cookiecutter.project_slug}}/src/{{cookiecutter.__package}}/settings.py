"""The settings of the service, which come from environment variables alone."""

import ipaddress
import re
from typing import Annotated, Literal
{% if cookiecutter.database in ('postgresql', 'mysql') %}
from urllib.parse import urlsplit
{% endif %}

{% if cookiecutter.database == 'memory' %}
from pydantic import BeforeValidator, Field, ValidationError
{% else %}
from pydantic import BeforeValidator, Field, ValidationError, model_validator
{% endif %}
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_RULES = {
    "APP_ENV": "must be development, test or production",
    "HOST": "must be an address or host name to listen on",
    "PORT": "must be an integer from 1 to 65535",
    "LOG_LEVEL": "must be debug, info, warning or error",
{% if cookiecutter.database == 'sqlite' %}
    "DATABASE_URL": "must be sqlite:///relative/path or sqlite:////absolute/path",
{% elif cookiecutter.database != 'memory' %}
    "DATABASE_URL": "must be {{ cookiecutter.database }}://user:password@host:port/name or sqlite:///path",
{% endif %}
{% if cookiecutter.database != 'memory' %}
    "DATABASE_POOL_SIZE": "must be an integer from 1 to 200",
{% endif %}
    "CORS_ALLOWED_ORIGINS": "must be * or origins such as https://app.example.com, separated by commas",
    "SHUTDOWN_TIMEOUT": "must be an integer from 1 to 300",
}
_HOST_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_ORIGIN = re.compile(r"https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
{% if cookiecutter.database != 'memory' %}
_SQLITE_URL = re.compile(r"sqlite:///(?!:memory:)[^?#]+")
{% endif %}


class SettingsError(Exception):
    """A setting is missing or bad. The text is one line that names the variable and shows no value."""


def _digits(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"[0-9]+", value):
        raise ValueError("not a whole number")
    return value


def _host(value: str) -> str:
    if not _HOST_NAME.fullmatch(value):
        ipaddress.ip_address(value)
    return value


def _origins(value: object) -> object:
    if not isinstance(value, str):
        return value
    origins = tuple(origin.strip() for origin in value.split(","))
    if origins != ("*",) and not all(_ORIGIN.fullmatch(origin) for origin in origins):
        raise ValueError("not a list of origins")
    return origins
{% if cookiecutter.database == 'sqlite' %}


def _database_url(value: str) -> str:
    if not _SQLITE_URL.fullmatch(value):
        raise ValueError("not a database URL")
    return value
{% elif cookiecutter.database != 'memory' %}


def _database_url(value: str) -> str:
    if _SQLITE_URL.fullmatch(value):
        return value
    url = urlsplit(value)
    is_server = url.scheme == "{{ cookiecutter.database }}" and url.hostname and url.port != 0
    if not is_server or not re.fullmatch(r"/[^/]+", url.path) or url.query or url.fragment:
        raise ValueError("not a database URL")
    return value
{% endif %}


class Settings(BaseSettings):
    """What the service is told by its environment. A variable that is empty counts as unset."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, hide_input_in_errors=True)

    app_env: Literal["development", "test", "production"] = "development"
    host: Annotated[str, BeforeValidator(_host)] = "127.0.0.1"
    port: Annotated[int, BeforeValidator(_digits), Field(ge=1, le=65535)] = 8000
    log_level: Literal["debug", "info", "warning", "error"] = "info"
{% if cookiecutter.database != 'memory' %}
    database_url: Annotated[str, BeforeValidator(_database_url), Field(repr=False)] = "sqlite:///users.db"
    database_pool_size: Annotated[int, BeforeValidator(_digits), Field(ge=1, le=200)] = 10
{% endif %}
    cors_allowed_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_origins)] = ()
    shutdown_timeout: Annotated[int, BeforeValidator(_digits), Field(ge=1, le=300)] = 20
{% if cookiecutter.database != 'memory' %}

    @model_validator(mode="after")
    def _name_the_production_database(self) -> "Settings":
        if self.app_env == "production" and "database_url" not in self.model_fields_set:
            raise SettingsError("DATABASE_URL is required when APP_ENV is production")
        return self
{% endif %}


def load_settings() -> Settings:
    """Read the settings from the environment; raise SettingsError where one is missing or bad."""
    try:
        return Settings()
    except ValidationError as error:
        variable = str(error.errors()[0]["loc"][0]).upper()
    raise SettingsError(f"{variable} {_RULES[variable]}")
