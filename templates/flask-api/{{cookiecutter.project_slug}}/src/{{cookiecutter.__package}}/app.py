"""The application: wires settings, store, service and routes together, and does nothing else."""

from flask import Flask

from .cors import CorsPolicy
from .http.errors import register_error_handlers
from .http.hooks import register_hooks
from .http.operations import operations_blueprint
from .http.users import users_blueprint
from .service import UserService
from .settings import Settings, load_settings
from .store.base import UserStore
{% if cookiecutter.database == 'memory' %}
from .store.memory import MemoryUserStore
{% else %}
from .store.engine import make_engine
from .store.sql import SqlUserStore
{% endif %}
from .telemetry import configure_logging


def create_app(settings: Settings, store: UserStore | None = None) -> Flask:
    """Return the WSGI application. It keeps users in `store`, or where the settings say when none is given.

    The store is in `app.extensions["store"]`; whoever made the application closes it.
    """
    app = Flask(__name__, static_folder=None)
    # An error is answered by our handlers whatever FLASK_DEBUG says.
    app.config.update(PROPAGATE_EXCEPTIONS=False, PROVIDE_AUTOMATIC_OPTIONS=False)
    app.url_map.strict_slashes = True
    app.url_map.merge_slashes = False
{% if cookiecutter.database == 'memory' %}
    store = store or MemoryUserStore()
{% else %}
    store = store or SqlUserStore(make_engine(settings))
{% endif %}
    app.extensions["store"] = store
    service = UserService(store)
    register_hooks(app, CorsPolicy(settings.cors_allowed_origins))
    register_error_handlers(app)
    app.register_blueprint(users_blueprint(service))
    app.register_blueprint(operations_blueprint(service))
    return app


def app_from_environment() -> Flask:
    """Return the application that the environment describes; what gunicorn's workers call."""
    settings = load_settings()
    configure_logging(settings.log_level)
    return create_app(settings)
