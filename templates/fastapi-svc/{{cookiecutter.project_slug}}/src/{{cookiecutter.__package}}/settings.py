{# Made from templates/shared/python/src/{{cookiecutter.__package}}/settings.py by `make sync`: edit that. #}
"""The settings of the service, which come from environment variables, and from files that stand for them."""

import ipaddress
import os
import re
{% if cookiecutter.auth == 'jwt' %}
import secrets
{% endif %}
from pathlib import Path
from typing import Annotated, Any, Literal
{% if cookiecutter.database in ('postgresql', 'mysql') %}
from urllib.parse import parse_qsl, urlsplit
{% elif cookiecutter.__uses_redis %}
from urllib.parse import urlsplit
{% endif %}

{% if cookiecutter.auth == 'jwt' %}
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
{% endif %}
{% if cookiecutter.auth == 'jwt' or cookiecutter.database != 'memory' %}
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
{% else %}
from pydantic import BeforeValidator, Field, ValidationError
{% endif %}
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from pydantic_settings import SettingsError as NoJsonError
{% if cookiecutter.auth == 'jwt' %}

from .auth.keys import read_private_key, read_public_keys
{% endif %}

{% if cookiecutter.auth == 'jwt' %}
_SERVICE = "{{ cookiecutter.project_slug }}"
{% endif %}
# Elsewhere nothing may be missing that a developer's machine can do without.
_LENIENT = ("development", "test")
_HOST_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_ORIGIN = re.compile(r"https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
{% if cookiecutter.database != 'memory' %}
_SQLITE_URL = re.compile(r"sqlite:///(?!:memory:)[^?#]+")
{% endif %}
{% if cookiecutter.database == 'postgresql' %}
# What may follow the URL, in libpq's words. A host is the directory of a socket here; how long a connection may take to
# come is the service's own matter.
_DATABASE_OPTIONS = {
    "sslmode": re.compile("disable|allow|prefer|require|verify-ca|verify-full"),
    "sslrootcert": re.compile(".+"),
    "host": re.compile("/.+"),
    "application_name": re.compile(".+"),
    "channel_binding": re.compile("disable|prefer|require"),
    "connect_timeout": re.compile("[0-9]+"),
}
{% elif cookiecutter.database == 'mysql' %}
# How the connection is encrypted, in the words of MySQL's own client.
_DATABASE_OPTIONS = {
    "ssl-mode": re.compile("DISABLED|PREFERRED|REQUIRED|VERIFY_CA|VERIFY_IDENTITY"),
    "ssl-ca": re.compile(".+"),
}
{% endif %}


class SettingsError(Exception):
    """A setting is missing or bad. The text is one line that names the variable and shows no value."""


def read_secret(variable: str) -> str | None:
    """Return the text of the file in SECRETS_DIR that is named like the variable, or None where there is no text.

    Raises SettingsError where it cannot be read. pydantic-settings' own `secrets_dir` takes a directory that is missing
    for an empty one, and gives an error of several lines for a file that cannot be read.
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


def _host(value: str) -> str:
    if not _HOST_NAME.fullmatch(value):
        ipaddress.ip_address(value)
    return value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _origins(value: object) -> object:
    if not isinstance(value, str):
        return value
    origins = tuple(origin.strip() for origin in value.split(","))
    if origins != ("*",) and not all(_ORIGIN.fullmatch(origin) for origin in origins):
        raise ValueError("not a list of origins")
    return origins
{% if cookiecutter.database == 'sqlite' %}


def _database_url(value: SecretStr) -> SecretStr:
    if not _SQLITE_URL.fullmatch(value.get_secret_value()):
        raise ValueError("not a database URL")
    return value
{% elif cookiecutter.database != 'memory' %}


def _database_url(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if _SQLITE_URL.fullmatch(text):
        return value
    url = urlsplit(text)
    options = parse_qsl(url.query, keep_blank_values=True, strict_parsing=bool(url.query))
    if not (
{% if cookiecutter.database == 'postgresql' %}
        url.scheme in ("postgresql", "postgres")
{% else %}
        url.scheme == "mysql"
{% endif %}
{% if cookiecutter.database == 'postgresql' %}
        and (url.hostname or "host" in dict(options))
{% else %}
        and url.hostname
{% endif %}
        and url.port != 0
        and re.fullmatch(r"/[^/]+", url.path)
        and not url.fragment
    ):
        raise ValueError("not a database URL")
    for name, option in options:
        if name not in _DATABASE_OPTIONS or not _DATABASE_OPTIONS[name].fullmatch(option):
            raise SettingsError(f"DATABASE_URL has a bad {name}: it takes {', '.join(_DATABASE_OPTIONS)}")
{% if cookiecutter.database == 'postgresql' %}
    # The short name is what many hosts give; the driver knows the long one.
    return SecretStr(text.replace("postgres://", "postgresql://", 1))
{% else %}
    return value
{% endif %}
{% endif %}
{% if cookiecutter.auth == 'jwt' %}


def _secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not 32 <= len(text.encode()) <= 1024 or "," in text:
        raise ValueError("not a secret")
    return value


def _secrets(value: object) -> object:
    return tuple(value.split(",")) if isinstance(value, str) else value


def _private_key(value: object) -> object:
    return read_private_key(value) if isinstance(value, str) else value


def _public_keys(value: object) -> object:
    return read_public_keys(value) if isinstance(value, str) else value


def _networks(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(ipaddress.ip_network(network.strip(), strict=False) for network in value.split(","))


{% if cookiecutter.__uses_redis %}
def _redis_url(value: SecretStr) -> SecretStr:
    url = urlsplit(value.get_secret_value())
    is_server = url.scheme in ("redis", "rediss") and url.hostname and url.port != 0
    if not is_server or not re.fullmatch("(?:/[0-9]*)?", url.path) or url.query or url.fragment:
        raise ValueError("not the URL of a Redis")
    return value


{% endif %}
_Secret = Annotated[SecretStr, AfterValidator(_secret)]
_Printable = Annotated[str, Field(pattern="^[ -~]+$")]
{% endif %}


class Settings(BaseSettings):
    """What the service is told by its environment. A variable that is empty counts as unset.

    The description of a setting is what it must be.
    """

{% if cookiecutter.auth == 'jwt' %}
    model_config = SettingsConfigDict(
        frozen=True, env_ignore_empty=True, hide_input_in_errors=True, arbitrary_types_allowed=True
    )
{% else %}
    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, hide_input_in_errors=True)
{% endif %}

    app_env: Annotated[str, BeforeValidator(_lower)] = Field(
        default="development",
        pattern="^[A-Za-z0-9_-]{1,50}$",
        description="a name of letters, digits, - and _, such as development, test, staging or production",
    )
    host: Annotated[str, BeforeValidator(_host)] = Field(
        default="127.0.0.1", description="an address or host name to listen on"
    )
    port: int = Field(default=8000, ge=1, le=65535, description="an integer from 1 to 65535")
{% if cookiecutter.database != 'memory' %}
{% if cookiecutter.__template == 'flask-api' %}
    # A worker answers one request at a time and mostly waits for the database meanwhile.
    web_concurrency: int = Field(
        default=min(2 * (os.cpu_count() or 1) + 1, 9), ge=1, le=1000, description="a number of workers"
    )
{% else %}
    web_concurrency: int = Field(default=1, ge=1, le=1000, description="a number of workers")
{% endif %}
{% endif %}
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = Field(
        default="info", description="debug, info, warning or error"
    )
{% if cookiecutter.database == 'sqlite' %}
    database_url: Annotated[SecretStr, AfterValidator(_database_url)] = Field(
        default=SecretStr("sqlite:///users.db"),
        description="sqlite:///relative/path or sqlite:////absolute/path",
    )
{% elif cookiecutter.database == 'postgresql' %}
    database_url: Annotated[SecretStr, AfterValidator(_database_url)] = Field(
        default=SecretStr("sqlite:///users.db"),
        description="postgresql://user:password@host:port/name, which ?sslmode=…&sslrootcert=… may follow,"
        " or sqlite:///path",
    )
{% elif cookiecutter.database == 'mysql' %}
    database_url: Annotated[SecretStr, AfterValidator(_database_url)] = Field(
        default=SecretStr("sqlite:///users.db"),
        description="mysql://user:password@host:port/name, which ?ssl-mode=…&ssl-ca=… may follow, or sqlite:///path",
    )
{% endif %}
{% if cookiecutter.database != 'memory' %}
    database_pool_size: int = Field(default=10, ge=1, le=200, description="an integer from 1 to 200")
{% endif %}
    cors_allowed_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_origins)] = Field(
        default=(), description="* or origins such as https://app.example.com, separated by commas"
    )
    shutdown_timeout: int = Field(default=20, ge=1, le=300, description="an integer from 1 to 300")
{% if cookiecutter.auth == 'jwt' %}
    jwt_secret: _Secret = Field(
        default_factory=lambda: SecretStr(secrets.token_urlsafe()), description="32 to 1024 bytes without a comma"
    )
    jwt_previous_secrets: Annotated[tuple[_Secret, ...], NoDecode, BeforeValidator(_secrets)] = Field(
        default=(), description="secrets of 32 to 1024 bytes, separated by commas"
    )
    jwt_private_key: Annotated[EllipticCurvePrivateKey | None, NoDecode, BeforeValidator(_private_key)] = Field(
        default=None, repr=False, description="a P-256 private key in PEM"
    )
    jwt_previous_public_keys: Annotated[tuple[EllipticCurvePublicKey, ...], NoDecode, BeforeValidator(_public_keys)] = (
        Field(default=(), description="P-256 public keys in PEM, one after the other")
    )
    jwt_issuer: _Printable = Field(default=_SERVICE, max_length=200, description="1 to 200 printable ASCII characters")
    jwt_audience: _Printable = Field(
        default=_SERVICE, max_length=200, description="1 to 200 printable ASCII characters"
    )
    jwt_tenant: _Printable | None = Field(
        default=None, max_length=100, description="1 to 100 printable ASCII characters"
    )
    registration_enabled: bool = Field(default=True, description="true or false")
    login_attempts_per_minute: int = Field(default=20, ge=1, le=100_000, description="an integer from 1 to 100000")
    trusted_proxies: Annotated[
        tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...], NoDecode, BeforeValidator(_networks)
    ] = Field(default=(), description="addresses or networks, separated by commas")
{% if cookiecutter.__uses_redis %}
    redis_url: Annotated[SecretStr, AfterValidator(_redis_url)] | None = Field(
        default=None,
        description="redis://user:password@host:port/number or rediss://user:password@host:port/number",
    )
{% endif %}
{% if cookiecutter.database == 'memory' %}
    admin_email: str | None = Field(default=None, description="an e-mail address")
    admin_password: SecretStr | None = Field(default=None, description="a password")
{% endif %}

    @property
    def jwt_secret_is_random(self) -> bool:
        """Whether tokens are signed with a secret that nobody set, and that ends with the process."""
        return self.jwt_private_key is None and "jwt_secret" not in self.model_fields_set
{% endif %}
{% if cookiecutter.auth == 'jwt' or cookiecutter.database != 'memory' %}

    @model_validator(mode="after")
    def _require_what_production_needs(self) -> "Settings":
{% if cookiecutter.auth == 'jwt' %}
        required = [{% if cookiecutter.database != 'memory' %}"database_url"{% endif %}{% if cookiecutter.database != 'memory' and cookiecutter.__uses_redis %}, {% endif %}{% if cookiecutter.__uses_redis %}"redis_url"{% endif %}]
        if self.jwt_private_key is None:
            required.append("jwt_secret")
{% else %}
        required = ["database_url"]
{% endif %}
        missing = [name.upper() for name in required if name not in self.model_fields_set]
        if self.app_env not in _LENIENT and missing:
            raise SettingsError(f"{missing[0]} is required when APP_ENV is {self.app_env}")
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
        failure = error.errors(include_url=False, include_context=False, include_input=False)[0]
    except NoJsonError as error:
        # A list, say, that is not written as JSON. The text names the field and shows no value.
        raise SettingsError(str(error)) from None
    raise SettingsError(_explain(failure))


def _explain(failure: Any) -> str:
    """Return a line on a setting that Pydantic refuses."""
    message = failure["msg"].removeprefix("Value error, ")
    if not failure["loc"]:
        return str(message)
    name = str(failure["loc"][0])
    field = Settings.model_fields.get(name)
    if failure["type"] == "missing":
        return f"{name.upper()} is required"
    if field is None or field.description is None:
        return f"{name.upper()} is not valid: {message}"
    return f"{name.upper()} must be {field.description}"
