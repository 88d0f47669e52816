"""The settings, as the environment gives them."""

import os
import subprocess
import sys

import pytest

{% if cookiecutter.database == 'memory' %}
from {{ cookiecutter.__package }}.settings import SettingsError, load_settings
{% else %}
from {{ cookiecutter.__package }}.settings import (
    Settings,
    SettingsError,
    load_settings,
)
{% endif %}


def test_defaults() -> None:
    settings = load_settings()

    assert (settings.app_env, settings.host, settings.port) == ("development", "127.0.0.1", 8000)
    assert (settings.log_level, settings.cors_allowed_origins, settings.shutdown_timeout) == ("info", (), 20)
{% if cookiecutter.database != 'memory' %}
    assert (settings.database_url, settings.database_pool_size) == ("sqlite:///users.db", 10)
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
        ("LOG_LEVEL", "error", "log_level", "error"),
{% if cookiecutter.database != 'memory' %}
        ("DATABASE_URL", "sqlite:////var/lib/users.db", "database_url", "sqlite:////var/lib/users.db"),
        ("DATABASE_POOL_SIZE", "200", "database_pool_size", 200),
{% endif %}
{% if cookiecutter.database in ('postgresql', 'mysql') %}
        ("DATABASE_URL", "{{ cookiecutter.database }}://u:p@db:1/n", "database_url", "{{ cookiecutter.database }}://u:p@db:1/n"),
{% endif %}
        ("CORS_ALLOWED_ORIGINS", "*", "cors_allowed_origins", ("*",)),
        ("CORS_ALLOWED_ORIGINS", "https://a, http://b:81", "cors_allowed_origins", ("https://a", "http://b:81")),
        ("SHUTDOWN_TIMEOUT", "300", "shutdown_timeout", 300),
    ],
)
def test_value_is_read(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, attribute: str, expected: object
) -> None:
    monkeypatch.setenv(variable, value)

    assert getattr(load_settings(), attribute) == expected


@pytest.mark.parametrize(
    ("variable", "values", "rule"),
    [
        ("APP_ENV", ["staging", "Production"], "must be development, test or production"),
        ("HOST", ["a b", "http://x", "-"], "must be an address or host name to listen on"),
        ("PORT", ["0", "65536", "http", "8_000", " 80", "8000.0"], "must be an integer from 1 to 65535"),
        ("LOG_LEVEL", ["INFO", "trace"], "must be debug, info, warning or error"),
{% if cookiecutter.database == 'sqlite' %}
        (
            "DATABASE_URL",
            ["users.db", "sqlite://users.db", "sqlite:///:memory:", "sqlite:///a?b=c", "oracle://u:p@db/n"],
            "must be sqlite:///relative/path or sqlite:////absolute/path",
        ),
{% elif cookiecutter.database == 'postgresql' %}
        (
            "DATABASE_URL",
            ["users.db", "sqlite:///:memory:", "oracle://u:p@db/n", "postgresql://u:p@db", "postgresql://u:p@db:x/n"],
            "must be postgresql://user:password@host:port/name or sqlite:///path",
        ),
{% elif cookiecutter.database == 'mysql' %}
        (
            "DATABASE_URL",
            ["users.db", "sqlite:///:memory:", "oracle://u:p@db/n", "mysql://u:p@db", "mysql://u:p@db:x/n"],
            "must be mysql://user:password@host:port/name or sqlite:///path",
        ),
{% endif %}
{% if cookiecutter.database != 'memory' %}
        ("DATABASE_POOL_SIZE", ["0", "201"], "must be an integer from 1 to 200"),
{% endif %}
        (
            "CORS_ALLOWED_ORIGINS",
            ["*,https://a", "https://a/", "app.example.com", ","],
            "must be * or origins such as https://app.example.com, separated by commas",
        ),
        ("SHUTDOWN_TIMEOUT", ["0", "301", "-1"], "must be an integer from 1 to 300"),
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


def test_production_needs_a_database_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_ENV", "production")

    with pytest.raises(SettingsError, match=r"^DATABASE_URL is required when APP_ENV is production$"):
        load_settings()


def test_database_url_is_not_shown() -> None:
    assert "secret" not in repr(Settings(database_url="sqlite:///secret.db"))
{% endif %}


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
