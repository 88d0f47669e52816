"""The command line of the service."""

import argparse
{% if cookiecutter.database != 'memory' %}
import logging
{% endif %}
import sys
from collections.abc import Sequence

{% if cookiecutter.database != 'memory' %}
from .schema import SchemaError, change_schema
{% endif %}
from .server import serve
from .settings import SettingsError, load_settings
from .telemetry import configure_logging


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; where a setting is bad, end the process with one line on standard error."""
    parser = argparse.ArgumentParser(
        prog="{{ cookiecutter.project_slug }}",
        description="Manages users and their profiles.",
    )
    commands = parser.add_subparsers(dest="command", metavar="command")
    commands.add_parser("serve", help="answer requests (the default)")
{% if cookiecutter.database == 'memory' %}
    parser.parse_args(arguments)
    try:
        settings = load_settings()
    except SettingsError as error:
        sys.exit(str(error))
    configure_logging(settings.log_level)
    serve(settings)
{% else %}
    migrate = commands.add_parser("migrate", help="change the database's schema, or show its version")
    migrate.add_argument("action", nargs="?", choices=("up", "down", "status"), default="up")
    options = parser.parse_args(arguments)
    try:
        settings = load_settings()
        if options.command == "migrate":
            print(change_schema(settings, options.action))
            return
        configure_logging(settings.log_level)
        logging.getLogger(__name__).info("the database's schema is at %s", change_schema(settings, "up"))
    except (SettingsError, SchemaError) as error:
        sys.exit(str(error))
    serve(settings)
{% endif %}


if __name__ == "__main__":
    main()
