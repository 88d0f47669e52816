"""The command line of the service. Each command imports what it needs itself, so that the others start the faster."""

import argparse
{% if cookiecutter.__sessions == 'sql' %}
import asyncio
{% endif %}
import gc
{% if cookiecutter.database != 'memory' or cookiecutter.auth == 'jwt' %}
import logging
{% endif %}
import sys
from collections.abc import Sequence
{% if cookiecutter.database != 'memory' %}
from typing import Literal
{% endif %}

from .settings import SettingsError, load_settings
{% if cookiecutter.database != 'memory' or cookiecutter.auth == 'jwt' %}

_logger = logging.getLogger(__name__)
{% endif %}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; where a setting is bad, end the process with one line on standard error."""
    parser = argparse.ArgumentParser(
        prog="{{ cookiecutter.project_slug }}",
        description="Manages users and their profiles.",
    )
    commands = parser.add_subparsers(dest="command", metavar="command")
    commands.add_parser("serve", help="answer requests (the default)")
    commands.add_parser("healthcheck", help="ask the service on this machine whether it is ready")
{% if cookiecutter.database != 'memory' %}
    migrate = commands.add_parser("migrate", help="change the database's schema, or show its version")
    migrate.add_argument("action", nargs="?", choices=("up", "down", "status"), default="up")
    migration = commands.add_parser("migration", help="make an empty migration of your own")
    migration.add_argument("name", help="what it changes, such as orders")
{% if cookiecutter.auth == 'jwt' %}
    create_admin = commands.add_parser("create-admin", help="make a user with the role admin")
    create_admin.add_argument("email", help="the e-mail address; the password comes from ADMIN_PASSWORD or a prompt")
{% endif %}
{% endif %}
    options = parser.parse_args(arguments)
    try:
        if options.command == "healthcheck":
            _healthcheck()
{% if cookiecutter.database != 'memory' %}
        elif options.command == "migrate":
            _migrate(options.action)
        elif options.command == "migration":
            _migration(options.name)
{% if cookiecutter.auth == 'jwt' %}
        elif options.command == "create-admin":
            _create_admin(options.email)
{% endif %}
{% endif %}
        else:
            _serve()
    except SettingsError as error:
        sys.exit(str(error))


def _serve() -> None:
    settings = load_settings()
{% if cookiecutter.database != 'memory' %}
    # What is loaded stays. To look through it for garbage took a third of the time of a start and a stop, and workers
    # would copy it.
    gc.disable()
    from .core.telemetry import configure_logging
    from .migrations import SchemaError, change_schema
    from .server import serve
{% else %}
    # What is loaded stays. To look through it for garbage took a third of the time of a start and a stop.
    gc.disable()
{% if cookiecutter.auth == 'jwt' %}
    from .auth.admin import AdminError, admin_values
{% endif %}
    from .core.telemetry import configure_logging
    from .server import serve
{% endif %}

    gc.freeze()
    gc.enable()
{% if cookiecutter.__sessions == 'memory' %}
    try:
        if settings.admin_email and settings.admin_password:
            # Made as the service starts, when it is too late to say what is wrong.
            admin_values(settings.admin_email, settings.admin_password.get_secret_value())
    except AdminError as error:
        sys.exit(str(error))
{% endif %}
    configure_logging(settings.log_level)
{% if cookiecutter.database != 'memory' %}
    try:
        _logger.info("the database's schema is at %s", change_schema(settings, "up"))
    except SchemaError as error:
        sys.exit(str(error))
{% endif %}
{% if cookiecutter.auth == 'jwt' %}
    if settings.jwt_secret_is_random:
        _logger.warning("JWT_SECRET is not set: tokens are signed with a random one, and end with the service")
{% endif %}
    serve(settings)


def _healthcheck() -> None:
    from .healthcheck import NotReady, check_readiness

    try:
        check_readiness(load_settings())
    except NotReady as error:
        sys.exit(str(error))
    print("ready")
{% if cookiecutter.database != 'memory' %}


def _migrate(action: Literal["up", "down", "status"]) -> None:
    from .migrations import SchemaError, change_schema

    try:
        print(change_schema(load_settings(), action))
    except SchemaError as error:
        sys.exit(str(error))


def _migration(name: str) -> None:
    from .migrations import new_migration

    print(new_migration(name))
{% endif %}
{% if cookiecutter.__sessions == 'sql' %}


def _create_admin(email: str) -> None:
    from .app import create_app
    from .auth.admin import AdminError, admin_values, read_password
    from .auth.passwords import hash_password
    from .core.errors import Duplicate, Unavailable
    from .migrations import SchemaError, change_schema
    from .users.service import create_user

    async def create() -> int:
        # The application knows the tables of every feature, to which that of users may be related.
        database = create_app(settings).state.database
        try:
            async with database.session(writes=True) as session:
                return (await create_user(session, values.model_dump(exclude={"password"}), password_hash)).id
        finally:
            await database.close()

    try:
        settings = load_settings()
        values = admin_values(email, read_password())
        password_hash = hash_password(values.password)
        change_schema(settings, "up")
        user_id = asyncio.run(create())
    except (AdminError, SchemaError) as error:
        sys.exit(str(error))
    except Duplicate:
        sys.exit("the e-mail address of the admin is already taken")
    except Unavailable:
        sys.exit("the database is not available")
    print(f"user {user_id} is an admin")
{% endif %}


if __name__ == "__main__":
    main()
