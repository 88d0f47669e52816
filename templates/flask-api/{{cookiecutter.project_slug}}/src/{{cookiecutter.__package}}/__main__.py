"""The command line of the service: its own commands beside Flask's `run`, `routes` and `shell`."""

import os
import sys
from collections.abc import Sequence
{% if cookiecutter.database != 'memory' %}
from typing import TYPE_CHECKING, Literal
{% else %}
from typing import TYPE_CHECKING
{% endif %}

import click
from flask.cli import FlaskGroup

if TYPE_CHECKING:
    from flask import Flask


def _create_app() -> "Flask":
    # Imported by the commands that need it: `serve` starts the faster for it.
    from .app import create_app
    from .settings import SettingsError

    try:
        return create_app()
    except SettingsError as error:
        sys.exit(str(error))


@click.group(cls=FlaskGroup, create_app=_create_app, invoke_without_command=True)
@click.pass_context
def cli(context: click.Context) -> None:
    """Manages users and their profiles over HTTP."""
    if context.invoked_subcommand is None:
        context.invoke(serve)


@cli.command(with_appcontext=False)
def serve() -> None:
    """Answer requests (the default)."""
    if os.environ.get("WEB_CONCURRENCY") == "":
        # Unset, as for all settings. Gunicorn would take it for a number.
        del os.environ["WEB_CONCURRENCY"]
    # It becomes Gunicorn, which so gets the signals, and checks the settings itself.
    command = [sys.executable, "-m", "gunicorn", "--config", f"python:{__package__}.gunicorn_config"]
    os.execv(sys.executable, command)  # noqa: S606 # nosec B606


@cli.command(with_appcontext=False)
def healthcheck() -> None:
    """Ask the service on this machine whether it is ready."""
    from .healthcheck import NotReady, check_readiness
    from .settings import SettingsError, load_settings

    try:
        check_readiness(load_settings())
    except (SettingsError, NotReady) as error:
        sys.exit(str(error))
    click.echo("ready")
{% if cookiecutter.database != 'memory' %}


@cli.command(with_appcontext=False)
@click.argument("action", type=click.Choice(["up", "down", "status"]), default="up")
def migrate(action: Literal["up", "down", "status"]) -> None:
    """Change the database's schema, or show its version."""
    from .migrations import SchemaError, change_schema
    from .settings import SettingsError, load_settings

    try:
        click.echo(change_schema(load_settings(), action))
    except (SettingsError, SchemaError) as error:
        sys.exit(str(error))


@cli.command(with_appcontext=False)
@click.argument("name")
def migration(name: str) -> None:
    """Make an empty migration of your own."""
    from .migrations import new_migration

    click.echo(new_migration(name))
{% endif %}
{% if cookiecutter.__sessions == 'sql' %}


@cli.command("create-admin", with_appcontext=False)
@click.argument("email")
def create_admin(email: str) -> None:
    """Make a user who is an admin; ADMIN_PASSWORD holds the password."""
    from .app import create_app
    from .auth.admin import AdminError, admin_values, read_password
    from .core.db import close, session
    from .core.errors import Duplicate
    from .migrations import SchemaError, change_schema
    from .settings import SettingsError, load_settings
    from .users import service

    try:
        settings = load_settings()
        values = admin_values(email, read_password())
        change_schema(settings, "up")
        app = create_app(settings)
        try:
            with app.app_context():
                admin = service.create_user(values.model_dump(exclude_unset=True))
                session.commit()
        finally:
            close(app)
    except (SettingsError, AdminError, SchemaError) as error:
        sys.exit(str(error))
    except Duplicate:
        sys.exit("the e-mail address of the admin is already taken")
    click.echo(f"user {admin.id} is an admin")
{% endif %}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; where it fails, end the process with its status, or with one line on standard error."""
    try:
        cli.main(arguments, prog_name="{{ cookiecutter.project_slug }}")
    except SystemExit as end:
        # Click also ends the process after a command that went well, and those who call this go on.
        if end.code:
            raise


if __name__ == "__main__":
    main()
