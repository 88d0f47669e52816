"""The settings, as the environment gives them."""

import os
import subprocess
import sys
{% if cookiecutter.auth == 'jwt' %}
from ipaddress import ip_network
{% endif %}
from pathlib import Path
from typing import Any, Self

import pytest
{% if cookiecutter.auth == 'jwt' %}
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, EllipticCurve, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
{% endif %}
from pydantic import SecretStr, model_validator

from {{ cookiecutter.__package }}.settings import (
    Settings,
    SettingsError,
    load_settings,
)


{% if cookiecutter.auth == 'jwt' %}
def private_key(curve: EllipticCurve, private_format: PrivateFormat) -> str:
    """Return a new private key in PEM."""
    return generate_private_key(curve).private_bytes(Encoding.PEM, private_format, NoEncryption()).decode()


PRIVATE_KEY = private_key(SECP256R1(), PrivateFormat.PKCS8)
P384_PRIVATE_KEY = private_key(SECP384R1(), PrivateFormat.PKCS8)


{% endif %}
def shown(value: Any) -> Any:
    """Return a value without the cover of a secret."""
    if isinstance(value, tuple):
        return tuple(map(shown, value))
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def test_defaults() -> None:
    settings = load_settings()

    assert (settings.app_env, settings.host, settings.port) == ("development", "127.0.0.1", 8000)
    assert (settings.log_level, settings.cors_allowed_origins, settings.shutdown_timeout) == ("info", (), 20)
{% if cookiecutter.database != 'memory' %}
    assert (shown(settings.database_url), settings.database_pool_size) == ("sqlite:///users.db", 10)
{% endif %}


def test_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "")

    assert load_settings().port == 8000


@pytest.mark.parametrize(
    ("variable", "value", "attribute", "expected"),
    [
        ("APP_ENV", "test", "app_env", "test"),
        ("HOST", "::", "host", "::"),
        ("HOST", "users.internal", "host", "users.internal"),
        ("PORT", "65535", "port", 65535),
        ("APP_ENV", "Development", "app_env", "development"),
        ("LOG_LEVEL", "error", "log_level", "error"),
        ("LOG_LEVEL", "INFO", "log_level", "info"),
{% if cookiecutter.database != 'memory' %}
        ("DATABASE_URL", "sqlite:////var/lib/users.db", "database_url", "sqlite:////var/lib/users.db"),
        ("DATABASE_POOL_SIZE", "200", "database_pool_size", 200),
{% endif %}
{% if cookiecutter.database in ('postgresql', 'mysql') %}
        ("DATABASE_URL", "{{ cookiecutter.database }}://u:p@db:1/n", "database_url", "{{ cookiecutter.database }}://u:p@db:1/n"),
{% endif %}
{% if cookiecutter.database == 'postgresql' %}
        ("DATABASE_URL", "postgres://u:p@db/n", "database_url", "postgresql://u:p@db/n"),
        (
            "DATABASE_URL",
            "postgresql://u:p@db/n?sslmode=verify-full&sslrootcert=/etc/ca.pem",
            "database_url",
            "postgresql://u:p@db/n?sslmode=verify-full&sslrootcert=/etc/ca.pem",
        ),
        (
            "DATABASE_URL",
            "postgres://u:p@db/n?sslmode=require&channel_binding=require&connect_timeout=9&application_name=users",
            "database_url",
            "postgresql://u:p@db/n?sslmode=require&channel_binding=require&connect_timeout=9&application_name=users",
        ),
        ("DATABASE_URL", "postgresql://u@/n?host=/run/pg", "database_url", "postgresql://u@/n?host=/run/pg"),
{% elif cookiecutter.database == 'mysql' %}
        ("DATABASE_URL", "mysql://u:p@db/n?ssl-mode=REQUIRED", "database_url", "mysql://u:p@db/n?ssl-mode=REQUIRED"),
{% endif %}
        ("CORS_ALLOWED_ORIGINS", "*", "cors_allowed_origins", ("*",)),
        ("CORS_ALLOWED_ORIGINS", "https://a, http://b:81", "cors_allowed_origins", ("https://a", "http://b:81")),
        ("SHUTDOWN_TIMEOUT", "300", "shutdown_timeout", 300),
{% if cookiecutter.auth == 'jwt' %}
        ("JWT_SECRET", 16 * "é", "jwt_secret", 16 * "é"),
        ("JWT_PREVIOUS_SECRETS", f"{32 * 'a'},{32 * 'b'}", "jwt_previous_secrets", (32 * "a", 32 * "b")),
        ("JWT_ISSUER", "https://users.example.com", "jwt_issuer", "https://users.example.com"),
        ("JWT_AUDIENCE", 200 * "a", "jwt_audience", 200 * "a"),
        ("JWT_TENANT", "acme", "jwt_tenant", "acme"),
        ("REGISTRATION_ENABLED", "false", "registration_enabled", False),
        ("LOGIN_ATTEMPTS_PER_MINUTE", "100000", "login_attempts_per_minute", 100_000),
        ("TRUSTED_PROXIES", "10.0.0.0/8, ::1", "trusted_proxies", (ip_network("10.0.0.0/8"), ip_network("::1"))),
{% endif %}
{% if cookiecutter.__uses_redis %}
        ("REDIS_URL", "rediss://u:p@redis:6380/15", "redis_url", "rediss://u:p@redis:6380/15"),
{% endif %}
    ],
)
def test_value_is_read(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, attribute: str, expected: object
) -> None:
    monkeypatch.setenv(variable, value)

    assert shown(getattr(load_settings(), attribute)) == expected


@pytest.mark.parametrize(
    ("variable", "values", "rule"),
    [
        (
            "APP_ENV",
            ["my environment", "é"],
            "must be a name of letters, digits, - and _, such as development, test, staging or production",
        ),
        ("HOST", ["a b", "http://x", "-"], "must be an address or host name to listen on"),
        ("PORT", ["0", "65536", "http", "80.5"], "must be an integer from 1 to 65535"),
        ("LOG_LEVEL", ["trace", "warn"], "must be debug, info, warning or error"),
{% if cookiecutter.database == 'sqlite' %}
        (
            "DATABASE_URL",
            ["users.db", "sqlite://users.db", "sqlite:///:memory:", "sqlite:///a?b=c", "oracle://u:p@db/n"],
            "must be sqlite:///relative/path or sqlite:////absolute/path",
        ),
{% elif cookiecutter.database == 'postgresql' %}
        (
            "DATABASE_URL",
            [
                "users.db",
                "sqlite:///:memory:",
                "oracle://u:p@db/n",
                "postgresql://u:p@db",
                "postgresql://u:p@db:x/n",
                "postgresql://u:p?a=b@db/n",
            ],
            "must be postgresql://user:password@host:port/name, which ?sslmode=…&sslrootcert=… may follow,"
            " or sqlite:///path",
        ),
{% elif cookiecutter.database == 'mysql' %}
        (
            "DATABASE_URL",
            [
                "users.db",
                "sqlite:///:memory:",
                "oracle://u:p@db/n",
                "mysql://u:p@db",
                "mysql://u:p@db:x/n",
                "mysql://u:p?a=b@db/n",
            ],
            "must be mysql://user:password@host:port/name, which ?ssl-mode=…&ssl-ca=… may follow, or sqlite:///path",
        ),
{% endif %}
{% if cookiecutter.database != 'memory' %}
        ("WEB_CONCURRENCY", ["many", "0", "-1", "1.5"], "must be a number of workers"),
        ("DATABASE_POOL_SIZE", ["0", "201"], "must be an integer from 1 to 200"),
{% endif %}
        (
            "CORS_ALLOWED_ORIGINS",
            ["*,https://a", "https://a/", "app.example.com", ","],
            "must be * or origins such as https://app.example.com, separated by commas",
        ),
        ("SHUTDOWN_TIMEOUT", ["0", "301", "-1"], "must be an integer from 1 to 300"),
{% if cookiecutter.auth == 'jwt' %}
        ("JWT_SECRET", [31 * "a", 1025 * "a", f"{32 * 'a'},"], "must be 32 to 1024 bytes without a comma"),
        (
            "JWT_PREVIOUS_SECRETS",
            [f"{32 * 'a'},", f"{32 * 'a'},short"],
            "must be secrets of 32 to 1024 bytes, separated by commas",
        ),
        ("JWT_PRIVATE_KEY", ["key", P384_PRIVATE_KEY], "must be a P-256 private key in PEM"),
        ("JWT_PREVIOUS_PUBLIC_KEYS", ["key", PRIVATE_KEY], "must be P-256 public keys in PEM, one after the other"),
        ("JWT_ISSUER", ["é", 201 * "a"], "must be 1 to 200 printable ASCII characters"),
        ("JWT_AUDIENCE", ["a\tb", 201 * "a"], "must be 1 to 200 printable ASCII characters"),
        ("JWT_TENANT", ["a\nb", 101 * "a"], "must be 1 to 100 printable ASCII characters"),
        ("REGISTRATION_ENABLED", ["maybe", "2"], "must be true or false"),
        ("LOGIN_ATTEMPTS_PER_MINUTE", ["0", "100001"], "must be an integer from 1 to 100000"),
        ("TRUSTED_PROXIES", ["proxy", "10.0.0.0/33", "::1,"], "must be addresses or networks, separated by commas"),
{% endif %}
{% if cookiecutter.__uses_redis %}
        (
            "REDIS_URL",
            ["redis", "redis://", "http://redis:6379", "redis://redis:0", "redis://redis/one", "redis://redis?db=1"],
            "must be redis://user:password@host:port/number or rediss://user:password@host:port/number",
        ),
{% endif %}
    ],
)
def test_bad_value_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, variable: str, values: list[str], rule: str
) -> None:
    for value in values:
        monkeypatch.setenv(variable, value)
        with pytest.raises(SettingsError) as refused:
            load_settings()
        assert str(refused.value) == f"{variable} {rule}"
{% if cookiecutter.database != 'memory' %}


@pytest.mark.parametrize("app_env", ["Production", "staging", "prod", "my-stage_2"])
def test_production_needs_a_database_url(monkeypatch: pytest.MonkeyPatch, app_env: str) -> None:
    monkeypatch.setenv("APP_ENV", app_env)

    with pytest.raises(SettingsError, match=f"^DATABASE_URL is required when APP_ENV is {app_env.lower()}$"):
        load_settings()


{% if cookiecutter.database in ('postgresql', 'mysql') %}
@pytest.mark.parametrize("parameter", ["{{ 'sslmode' if cookiecutter.database == 'postgresql' else 'ssl-mode' }}=maybe", "other=maybe"])
def test_bad_parameter_of_the_database_url_is_named(monkeypatch: pytest.MonkeyPatch, parameter: str) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{{ cookiecutter.database }}://u:p@db/n?{parameter}")

    with pytest.raises(SettingsError, match=f"^DATABASE_URL has a bad {parameter.partition('=')[0]}: it takes [^=]+$"):
        load_settings()


{% endif %}
def test_database_url_is_not_shown() -> None:
    assert "hidden" not in repr(Settings(database_url=SecretStr("sqlite:///hidden.db")))
{% endif %}


{% if cookiecutter.auth == 'jwt' %}
@pytest.mark.parametrize("pem", [PRIVATE_KEY, private_key(SECP256R1(), PrivateFormat.TraditionalOpenSSL)])
@pytest.mark.parametrize("line_break", ["\n", "\\n"])
def test_private_key(monkeypatch: pytest.MonkeyPatch, pem: str, line_break: str) -> None:
    monkeypatch.setenv("JWT_PRIVATE_KEY", pem.replace("\n", line_break))

    settings = load_settings()

    assert settings.jwt_private_key is not None
    assert not settings.jwt_secret_is_random


def test_previous_public_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [generate_private_key(SECP256R1()).public_key() for _ in range(2)]
    pem = [key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode() for key in keys]
    monkeypatch.setenv("JWT_PREVIOUS_PUBLIC_KEYS", "".join(pem).replace("\n", "\\n"))

    assert list(load_settings().jwt_previous_public_keys) == keys


def test_secret_is_random_where_nobody_sets_it() -> None:
    first, second = load_settings(), load_settings()

    assert first.jwt_secret_is_random
    assert first.jwt_secret != second.jwt_secret
    assert len(first.jwt_secret.get_secret_value()) >= 32


def test_production_needs_what_is_random_or_local_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_ENV", "production")
    required = {
{% if cookiecutter.database != 'memory' %}
        "DATABASE_URL": "sqlite:///users.db",
{% endif %}
{% if cookiecutter.__uses_redis %}
        "REDIS_URL": "redis://redis",
{% endif %}
        "JWT_SECRET": 32 * "x",
    }

    for variable, value in required.items():
        with pytest.raises(SettingsError, match=f"^{variable} is required when APP_ENV is production$"):
            load_settings()
        monkeypatch.setenv(variable, value)

    assert load_settings().app_env == "production"
    monkeypatch.delenv("JWT_SECRET")
    monkeypatch.setenv("JWT_PRIVATE_KEY", PRIVATE_KEY)
    assert load_settings().app_env == "production"


def test_secrets_are_not_shown() -> None:
    settings = Settings(
        jwt_secret=SecretStr("the secret of today and of tomorrow"),
        jwt_previous_secrets=(SecretStr("the secret of yesterday or before it"),),
{% if cookiecutter.__uses_redis %}
        redis_url=SecretStr("redis://:secret@redis"),
{% endif %}
    )

    assert "secret of" not in repr(settings)
{% if cookiecutter.__uses_redis %}
    assert ":secret@" not in repr(settings)
{% endif %}


{% endif %}
@pytest.fixture
def secrets_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory, in which files stand for variables."""
    monkeypatch.setenv("SECRETS_DIR", str(tmp_path))
    return tmp_path


def test_file_stands_for_a_variable(secrets_dir: Path) -> None:
    (secrets_dir / "PORT").write_text("\n 8080\t\n")
    (secrets_dir / "CORS_ALLOWED_ORIGINS").write_text("https://a, http://b:81\n")
{% if cookiecutter.auth == 'jwt' %}
    (secrets_dir / "JWT_PRIVATE_KEY").write_text(PRIVATE_KEY)
{% endif %}

    settings = load_settings()

    assert (settings.port, settings.cors_allowed_origins) == (8080, ("https://a", "http://b:81"))
{% if cookiecutter.auth == 'jwt' %}
    assert settings.jwt_private_key is not None
{% endif %}


def test_variable_wins_over_its_file(secrets_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (secrets_dir / "PORT").write_text("8080")
    (secrets_dir / "LOG_LEVEL").write_text("debug")
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.setenv("LOG_LEVEL", "")

    settings = load_settings()

    assert (settings.port, settings.log_level) == (9000, "debug")


def test_files_that_do_not_count(secrets_dir: Path) -> None:
    (secrets_dir / "PORT").write_text(" \n")
    (secrets_dir / "log_level").write_text("debug")
    (secrets_dir / "PASSWORD_OF_ANOTHER").write_bytes(b"\xff")

    settings = load_settings()

    assert (settings.port, settings.log_level) == (8000, "info")


def test_value_of_a_file_is_not_shown(secrets_dir: Path) -> None:
    (secrets_dir / "PORT").write_text("secret")

    with pytest.raises(SettingsError, match=r"^PORT must be an integer from 1 to 65535$"):
        load_settings()
{% if cookiecutter.database != 'memory' or cookiecutter.auth == 'jwt' %}


def test_production_takes_what_it_needs_from_files(secrets_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_ENV", "production")
{% if cookiecutter.database != 'memory' %}
    (secrets_dir / "DATABASE_URL").write_text("sqlite:////data/users.db\n")
{% endif %}
{% if cookiecutter.__uses_redis %}
    (secrets_dir / "REDIS_URL").write_text("redis://redis\n")
{% endif %}
{% if cookiecutter.auth == 'jwt' %}
    (secrets_dir / "JWT_SECRET").write_text(32 * "x" + "\n")
{% endif %}

    settings = load_settings()

{% if cookiecutter.database != 'memory' %}
    assert shown(settings.database_url) == "sqlite:////data/users.db"
{% endif %}
{% if cookiecutter.auth == 'jwt' %}
    assert (shown(settings.jwt_secret), settings.jwt_secret_is_random) == (32 * "x", False)
{% endif %}
{% endif %}


@pytest.mark.parametrize("name", ["missing", "file", "unreadable", "binary"])
def test_secrets_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "unreadable/PORT").mkdir(parents=True)
    (tmp_path / "binary").mkdir()
    (tmp_path / "binary/PORT").write_bytes(b"\xff")
    monkeypatch.setenv("SECRETS_DIR", str(tmp_path / name))

    with pytest.raises(SettingsError, match=r"^SECRETS_DIR must be a directory whose files can be read$"):
        load_settings()


class OwnSettings(Settings):
    mail_host: str
    mail_port: int = 25
    mail_to: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.mail_port == 26:
            raise ValueError("MAIL_PORT must not be 26")
        return self


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({}, "MAIL_HOST is required"),
        ({"MAIL_HOST": "mail", "MAIL_PORT": "x"}, "MAIL_PORT is not valid: Input should be a valid integer"),
        ({"MAIL_HOST": "mail", "MAIL_PORT": "26"}, "MAIL_PORT must not be 26"),
        ({"MAIL_HOST": "mail", "MAIL_TO": "a,b"}, 'error parsing value for field "mail_to"'),
    ],
)
def test_setting_of_ones_own_that_is_bad(monkeypatch: pytest.MonkeyPatch, values: dict[str, str], line: str) -> None:
    monkeypatch.setattr("{{ cookiecutter.__package }}.settings.Settings", OwnSettings)
    for variable, value in values.items():
        monkeypatch.setenv(variable, value)

    with pytest.raises(SettingsError, match=f"^{line}[^\n]*$"):
        load_settings()


def test_bad_setting_stops_the_start() -> None:
    command = [sys.executable, "-m", "{{ cookiecutter.__package }}", "serve"]

    ended = subprocess.run(
        command,
        env={**os.environ, "PORT": "70000"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "PORT must be an integer from 1 to 65535\n"
