"""The application: one line for each feature."""

{% if cookiecutter.auth == 'jwt' %}
import logging
import os
{% if cookiecutter.database == 'memory' %}
import sys
{% endif %}

{% endif %}
from flask import Flask

from . import health
{% if cookiecutter.auth == 'jwt' %}
from .auth import guard
from .auth import routes as auth
from .auth import service as logins
{% endif %}
{% if cookiecutter.__sessions == 'memory' %}
from .auth.admin import AdminError, admin_values
{% endif %}
from .core import db, web
from .core.telemetry import configure_logging
from .settings import Settings, load_settings
from .users import routes as users
{% if cookiecutter.__sessions == 'memory' %}
from .users.service import create_user
{% endif %}
{% if cookiecutter.auth == 'jwt' %}

_logger = logging.getLogger(__name__)
{% endif %}


def create_app(settings: Settings | None = None) -> Flask:
    """Return the WSGI application: with these settings, or with those of the environment, and then its log as well.

    Raises SettingsError where the environment's are bad{% if cookiecutter.auth == 'jwt' %}, and RuntimeError where a route does not state who may call it{% endif %}.
    """
    if settings is None:
        settings = load_settings()
        configure_logging(settings.log_level)
{% if cookiecutter.auth == 'jwt' %}
        if settings.jwt_secret_is_random:
            _logger.warning("JWT_SECRET is not set: tokens are signed with a random one, and end with the service")
            # Flask's reloader starts the service anew with this environment, and who is logged in stays so.
            os.environ["JWT_SECRET"] = settings.jwt_secret.get_secret_value()
{% endif %}
    app = web.make_flask(__name__, settings)
    app.extensions["settings"] = settings
    db.init_app(app, settings)
{% if cookiecutter.auth == 'jwt' %}
    logins.init_app(app, settings)
    guard.init_app(app)
{% endif %}
    app.register_blueprint(health.bp)
    app.register_blueprint(users.bp)
{% if cookiecutter.auth == 'jwt' %}
    app.register_blueprint(auth.bp)
    guard.require_rules(app)
{% endif %}
{% if cookiecutter.__sessions == 'memory' %}
    if settings.admin_email and settings.admin_password:
        _make_admin(app, settings.admin_email, settings.admin_password.get_secret_value())
{% endif %}
    return app
{% if cookiecutter.__sessions == 'memory' %}


def _make_admin(app: Flask, email: str, password: str) -> None:
    """Make the admin whom the settings name, or end the process with one line where there cannot be such a one."""
    try:
        values = admin_values(email, password)
    except AdminError as error:
        sys.exit(str(error))
    with app.app_context():
        create_user(values.model_dump(exclude_unset=True))
{% endif %}
