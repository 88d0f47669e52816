"""The command line of the service."""

import argparse
import os
{% if cookiecutter.database != 'memory' %}
import re
{% endif %}
import sys
from collections.abc import Sequence
{% if cookiecutter.__sessions == 'sql' %}
from contextlib import closing
{% endif %}
{% if cookiecutter.database != 'memory' %}
from typing import Literal
{% endif %}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; where a setting is bad, end the process with one line on standard error."""
    parser = argparse.ArgumentParser(
        prog="{{ cookiecutter.project_slug }}",
        description="Manages users and their profiles over HTTP.",
    )
    commands = parser.add_subparsers(dest="command", metavar="command")
    commands.add_parser("serve", help="answer requests (the default)")
    commands.add_parser("healthcheck", help="ask the service on this machine whether it is ready")
{% if cookiecutter.database != 'memory' %}
    migrate = commands.add_parser("migrate", help="change the database's schema, or show its version")
    migrate.add_argument("action", nargs="?", choices=("up", "down", "status"), default="up")
{% if cookiecutter.auth == 'jwt' %}
    admin = commands.add_parser("create-admin", help="make a user who is an admin; ADMIN_PASSWORD holds the password")
    admin.add_argument("email", metavar="EMAIL")
{% endif %}
{% endif %}
    options = parser.parse_args(arguments)
    if options.command == "healthcheck":
        _healthcheck()
{% if cookiecutter.database != 'memory' %}
    elif options.command == "migrate":
        _migrate(options.action)
{% if cookiecutter.auth == 'jwt' %}
    elif options.command == "create-admin":
        _create_admin(options.email)
{% endif %}
{% endif %}
    else:
        _serve()


def _serve() -> None:
    """Become gunicorn, so that it gets the signals. It checks the settings itself."""
{% if cookiecutter.database != 'memory' %}
    if not re.fullmatch("[1-9][0-9]*", os.environ.get("WEB_CONCURRENCY") or "1"):
        sys.exit("WEB_CONCURRENCY must be a number of workers")
{% endif %}
    command = [sys.executable, "-m", "gunicorn", "--config", f"python:{__package__}.gunicorn_config"]
    os.execv(sys.executable, command)  # noqa: S606 # nosec B606


def _healthcheck() -> None:
    # Imported here, since `serve` starts the faster for it.
    from .healthcheck import NotReady, check_readiness
    from .settings import SettingsError, load_settings

    try:
        check_readiness(load_settings())
    except (SettingsError, NotReady) as error:
        sys.exit(str(error))
    print("ready")
{% if cookiecutter.database != 'memory' %}


def _migrate(action: Literal["up", "down", "status"]) -> None:
    from .schema import SchemaError, change_schema
    from .settings import SettingsError, load_settings

    try:
        print(change_schema(load_settings(), action))
    except (SettingsError, SchemaError) as error:
        sys.exit(str(error))
{% if cookiecutter.auth == 'jwt' %}


def _create_admin(email: str) -> None:
    from .admin import AdminError, admin_draft, read_password
    from .hashing import PasswordHashing
    from .schema import SchemaError, change_schema
    from .service import UserService
    from .settings import SettingsError, load_settings
    from .store.database import Database
    from .store.engine import make_engine
    from .store.sql import SqlUserStore
    from .users import EmailTaken

    try:
        settings = load_settings()
        draft = admin_draft(email, read_password())
        change_schema(settings, "up")
        with closing(SqlUserStore(Database(make_engine(settings)))) as store:
            admin = UserService(store, PasswordHashing(workers=1)).create(draft)
    except (SettingsError, AdminError, SchemaError) as error:
        sys.exit(str(error))
    except EmailTaken:
        sys.exit("the e-mail address of the admin is already taken")
    print(f"user {admin.id} is an admin")
{% endif %}
{% endif %}


if __name__ == "__main__":
    main()
