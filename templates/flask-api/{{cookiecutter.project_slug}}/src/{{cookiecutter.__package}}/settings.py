"""The settings of the service, which come from environment variables, and from files that stand for them."""

import ipaddress
import os
import re
{% if cookiecutter.auth == 'jwt' %}
import secrets
{% endif %}
from pathlib import Path
from typing import Annotated, Any, Literal
{% if cookiecutter.database in ('postgresql', 'mysql') or cookiecutter.__uses_redis %}
from urllib.parse import urlsplit
{% endif %}

{% if cookiecutter.auth == 'jwt' %}
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from pydantic import BeforeValidator, Field, ValidationError, model_validator
{% elif cookiecutter.database == 'memory' %}
from pydantic import BeforeValidator, Field, ValidationError
{% else %}
from pydantic import BeforeValidator, Field, ValidationError, model_validator
{% endif %}
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
{% if cookiecutter.auth == 'jwt' %}

from .keys import read_private_key, read_public_keys
{% endif %}

{% if cookiecutter.auth == 'jwt' %}
_LONG_ENOUGH = "must be 32 to 1024 bytes without a comma"
{% endif %}
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
{% if cookiecutter.auth == 'jwt' %}
    "JWT_SECRET": _LONG_ENOUGH,
    "JWT_PREVIOUS_SECRETS": "must be secrets of 32 to 1024 bytes, separated by commas",
    "JWT_PRIVATE_KEY": "must be a P-256 private key in PEM",
    "JWT_PREVIOUS_PUBLIC_KEYS": "must be P-256 public keys in PEM, one after the other",
    "JWT_ISSUER": "must be 1 to 200 printable ASCII characters",
    "JWT_AUDIENCE": "must be 1 to 200 printable ASCII characters",
    "JWT_TENANT": "must be 1 to 100 printable ASCII characters",
    "REGISTRATION_ENABLED": "must be true or false",
    "LOGIN_ATTEMPTS_PER_MINUTE": "must be an integer from 1 to 100000",
    "TRUSTED_PROXIES": "must be addresses or networks, separated by commas",
{% if cookiecutter.__uses_redis %}
    "REDIS_URL": "must be redis://user:password@host:port/number or rediss://user:password@host:port/number",
{% endif %}
{% endif %}
}
{% if cookiecutter.auth == 'jwt' %}
_SERVICE = "{{ cookiecutter.project_slug }}"
{% endif %}
_HOST_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_ORIGIN = re.compile(r"https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
{% if cookiecutter.database != 'memory' %}
_SQLITE_URL = re.compile(r"sqlite:///(?!:memory:)[^?#]+")
{% endif %}


class SettingsError(Exception):
    """A setting is missing or bad. The text is one line that names the variable and shows no value."""


def read_secret(variable: str) -> str | None:
    """Return the text of the file in SECRETS_DIR that is named like the variable, or None where there is no text.

    Raises SettingsError where it cannot be read.
    """
    directory = os.environ.get("SECRETS_DIR")
    if not directory:
        return None
    path = Path(directory, variable)
    try:
        # Listed, since a directory that is missing must not pass for one without the file.
        text = path.read_bytes().decode() if path in Path(directory).iterdir() else ""
    except (OSError, UnicodeDecodeError):
        raise SettingsError("SECRETS_DIR must be a directory whose files can be read") from None
    return text.strip() or None


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


{% if cookiecutter.auth == 'jwt' %}
def _secret(value: str) -> str:
    if not 32 <= len(value.encode()) <= 1024 or "," in value:
        raise ValueError("not a secret")
    return value


def _secrets(value: object) -> object:
    return tuple(map(_secret, value.split(","))) if isinstance(value, str) else value


def _private_key(value: object) -> object:
    return read_private_key(value) if isinstance(value, str) else value


def _public_keys(value: object) -> object:
    return read_public_keys(value) if isinstance(value, str) else value


def _printable(value: str) -> str:
    if not re.fullmatch("[ -~]+", value):
        raise ValueError("not printable ASCII")
    return value


def _true_or_false(value: object) -> object:
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _networks(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(ipaddress.ip_network(network.strip(), strict=False) for network in value.split(","))


{% if cookiecutter.__uses_redis %}
def _redis_url(value: str) -> str:
    url = urlsplit(value)
    is_server = url.scheme in ("redis", "rediss") and url.hostname and url.port != 0
    if not is_server or not re.fullmatch("(?:/[0-9]*)?", url.path) or url.query or url.fragment:
        raise ValueError("not the URL of a Redis")
    return value


{% endif %}
{% endif %}
class Settings(BaseSettings):
    """What the service is told by its environment. A variable that is empty counts as unset."""

{% if cookiecutter.auth == 'jwt' %}
    model_config = SettingsConfigDict(
        frozen=True, env_ignore_empty=True, hide_input_in_errors=True, arbitrary_types_allowed=True
    )
{% else %}
    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, hide_input_in_errors=True)
{% endif %}

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
{% if cookiecutter.auth == 'jwt' %}
    jwt_secret: Annotated[str, BeforeValidator(_secret)] = Field(default_factory=secrets.token_urlsafe, repr=False)
    jwt_previous_secrets: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_secrets), Field(repr=False)] = ()
    jwt_private_key: Annotated[
        EllipticCurvePrivateKey | None, NoDecode, BeforeValidator(_private_key), Field(repr=False)
    ] = None
    jwt_previous_public_keys: Annotated[
        tuple[EllipticCurvePublicKey, ...], NoDecode, BeforeValidator(_public_keys)
    ] = ()
    jwt_issuer: Annotated[str, BeforeValidator(_printable), Field(max_length=200)] = _SERVICE
    jwt_audience: Annotated[str, BeforeValidator(_printable), Field(max_length=200)] = _SERVICE
    jwt_tenant: Annotated[str, BeforeValidator(_printable), Field(max_length=100)] | None = None
    registration_enabled: Annotated[bool, Field(strict=True), BeforeValidator(_true_or_false)] = True
    login_attempts_per_minute: Annotated[int, BeforeValidator(_digits), Field(ge=1, le=100_000)] = 20
    trusted_proxies: Annotated[
        tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...], NoDecode, BeforeValidator(_networks)
    ] = ()
{% if cookiecutter.__uses_redis %}
    redis_url: Annotated[str, BeforeValidator(_redis_url)] | None = Field(default=None, repr=False)
{% endif %}
{% if cookiecutter.database == 'memory' %}
    admin_email: str | None = None
    admin_password: Annotated[str | None, Field(repr=False)] = None
{% endif %}

    @property
    def jwt_secret_is_random(self) -> bool:
        """Whether tokens are signed with a secret that nobody set, and that ends with the process."""
        return self.jwt_private_key is None and "jwt_secret" not in self.model_fields_set

    @model_validator(mode="after")
    def _name_what_production_needs(self) -> "Settings":
        required = [{% if cookiecutter.database != 'memory' %}"database_url"{% endif %}{% if cookiecutter.database != 'memory' and cookiecutter.__uses_redis %}, {% endif %}{% if cookiecutter.__uses_redis %}"redis_url"{% endif %}]
        if self.jwt_private_key is None:
            required.append("jwt_secret")
        missing = [name.upper() for name in required if name not in self.model_fields_set]
        if self.app_env == "production" and missing:
            raise SettingsError(f"{missing[0]} is required when APP_ENV is production")
        return self
{% elif cookiecutter.database != 'memory' %}

    @model_validator(mode="after")
    def _name_the_production_database(self) -> "Settings":
        if self.app_env == "production" and "database_url" not in self.model_fields_set:
            raise SettingsError("DATABASE_URL is required when APP_ENV is production")
        return self
{% endif %}


def load_settings() -> Settings:
    """Read the settings from the environment; raise SettingsError where one is missing or bad."""
    files: dict[str, Any] = {
        name: text
        for name in Settings.model_fields
        if not os.environ.get(name.upper()) and (text := read_secret(name.upper()))
    }
    try:
        return Settings(**files)
    except ValidationError as error:
        variable = str(error.errors()[0]["loc"][0]).upper()
    raise SettingsError(f"{variable} {_RULES[variable]}")
