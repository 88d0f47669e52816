"""The command line of the service."""

import argparse
{% if cookiecutter.__sessions == 'sql' %}
import asyncio
{% endif %}
{% if cookiecutter.database != 'memory' or cookiecutter.auth == 'jwt' %}
import logging
{% endif %}
{% if cookiecutter.database != 'memory' %}
import os
import re
{% endif %}
import sys
from collections.abc import Sequence

{% if cookiecutter.__sessions == 'sql' %}
from .admin import AdminError, admin_draft, read_password
{% elif cookiecutter.auth == 'jwt' %}
from .admin import AdminError, admin_draft
{% endif %}
from .healthcheck import NotReady, check_readiness
{% if cookiecutter.database != 'memory' %}
from .schema import SchemaError, change_schema
{% endif %}
from .server import serve
{% if cookiecutter.__sessions == 'sql' %}
from .settings import Settings, SettingsError, load_settings
{% else %}
from .settings import SettingsError, load_settings
{% endif %}
from .telemetry import configure_logging
{% if cookiecutter.__sessions == 'sql' %}
from .users import EmailTaken, StoreUnavailable
from .wiring import Wiring
{% endif %}
{% if cookiecutter.auth == 'jwt' %}

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
{% if cookiecutter.database == 'memory' %}
    options = parser.parse_args(arguments)
    try:
        settings = load_settings()
        if options.command == "healthcheck":
            check_readiness(settings)
            print("ready")
            return
{% if cookiecutter.auth == 'jwt' %}
        if settings.admin_email and settings.admin_password:
            # Made as the service starts, when it is too late to say what is wrong.
            admin_draft(settings.admin_email, settings.admin_password)
    except (SettingsError, NotReady, AdminError) as error:
        sys.exit(str(error))
    configure_logging(settings.log_level)
    if settings.jwt_secret_is_random:
        _logger.warning("JWT_SECRET is not set: tokens are signed with a random one, and end with the service")
{% else %}
    except (SettingsError, NotReady) as error:
        sys.exit(str(error))
    configure_logging(settings.log_level)
{% endif %}
    serve(settings)
{% else %}
    migrate = commands.add_parser("migrate", help="change the database's schema, or show its version")
    migrate.add_argument("action", nargs="?", choices=("up", "down", "status"), default="up")
{% if cookiecutter.auth == 'jwt' %}
    create_admin = commands.add_parser("create-admin", help="make a user with the role admin")
    create_admin.add_argument("email", help="the e-mail address; the password comes from ADMIN_PASSWORD or a prompt")
{% endif %}
    options = parser.parse_args(arguments)
    try:
        settings = load_settings()
        if options.command == "healthcheck":
            check_readiness(settings)
            print("ready")
            return
        if options.command == "migrate":
            print(change_schema(settings, options.action))
            return
{% if cookiecutter.auth == 'jwt' %}
        if options.command == "create-admin":
            print(f"user {_create_admin(settings, options.email)} is an admin")
            return
        workers = _number_of_workers()
        configure_logging(settings.log_level)
        _logger.info("the database's schema is at %s", change_schema(settings, "up"))
    except (SettingsError, NotReady, SchemaError, AdminError) as error:
        sys.exit(str(error))
    if settings.jwt_secret_is_random:
        _logger.warning("JWT_SECRET is not set: tokens are signed with a random one, and end with the service")
{% else %}
        workers = _number_of_workers()
        configure_logging(settings.log_level)
        logging.getLogger(__name__).info("the database's schema is at %s", change_schema(settings, "up"))
    except (SettingsError, NotReady, SchemaError) as error:
        sys.exit(str(error))
{% endif %}
    serve(settings, workers)


def _number_of_workers() -> int:
    number = os.environ.get("WEB_CONCURRENCY") or "1"
    if not re.fullmatch("[1-9][0-9]*", number):
        raise SettingsError("WEB_CONCURRENCY must be a number of workers")
    return int(number)
{% endif %}
{% if cookiecutter.__sessions == 'sql' %}


def _create_admin(settings: Settings, email: str) -> int:
    """Return the id of a new admin; raise AdminError or SchemaError."""
    draft = admin_draft(email, read_password())
    change_schema(settings, "up")

    async def create() -> int:
        wiring = Wiring(settings)
        try:
            return (await wiring.services().users.create(draft)).id
        finally:
            await wiring.close()

    try:
        return asyncio.run(create())
    except EmailTaken:
        raise AdminError("the e-mail address of the admin is already taken") from None
    except StoreUnavailable:
        raise AdminError("the database is not available") from None
{% endif %}


if __name__ == "__main__":
    main()
