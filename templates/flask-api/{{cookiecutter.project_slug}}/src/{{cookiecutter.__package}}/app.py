"""The application: wires settings, store, service and routes together, and does nothing else."""

{% if cookiecutter.auth == 'jwt' %}
import logging
{% if cookiecutter.database == 'memory' %}
import sys
{% endif %}

{% endif %}
from flask import Flask

{% if cookiecutter.__sessions == 'memory' %}
from .admin import AdminError, admin_draft
{% endif %}
from .cors import CorsPolicy
{% if cookiecutter.auth == 'jwt' %}
from .hashing import PasswordHashing
from .http.auth import auth_blueprint, session_blueprint
{% endif %}
from .http.errors import register_error_handlers
from .http.hooks import register_hooks
from .http.operations import operations_blueprint
from .http.users import users_blueprint
from .service import UserService
{% if cookiecutter.auth == 'jwt' %}
from .sessions import SessionService
{% endif %}
from .settings import Settings, load_settings
{% if cookiecutter.database == 'memory' %}
from .store.memory import MemoryUserStore
{% if cookiecutter.auth == 'jwt' %}
from .store.memory_sessions import MemorySessions
{% endif %}
{% else %}
from .store.database import Database
from .store.engine import make_engine
{% endif %}
{% if cookiecutter.__uses_redis %}
from .store.redis_sessions import RedisSessions
{% endif %}
{% if cookiecutter.database != 'memory' %}
from .store.sql import SqlUserStore
{% if cookiecutter.auth == 'jwt' %}
from .store.sql_sessions import SqlSessions
{% endif %}
{% endif %}
from .telemetry import configure_logging
{% if cookiecutter.auth == 'jwt' %}

_logger = logging.getLogger(__name__)
{% endif %}


{% if cookiecutter.auth == 'none' %}
{% if cookiecutter.database in ('postgresql', 'mysql') %}
def create_app(settings: Settings, workers: int = 1) -> Flask:
    """Return the WSGI application, with which so many workers may be forked.

    Whoever made it closes its `extensions["store"]`.
    """
    app = _make_flask()
    store = SqlUserStore(Database(make_engine(settings), workers))
{% else %}
def create_app(settings: Settings) -> Flask:
    """Return the WSGI application. Whoever made it closes its `extensions["store"]`."""
    app = _make_flask()
{% if cookiecutter.database == 'memory' %}
    store = MemoryUserStore()
{% else %}
    store = SqlUserStore(Database(make_engine(settings)))
{% endif %}
{% endif %}
    app.extensions["store"] = store
    service = UserService(store)
    register_hooks(app, CorsPolicy(settings.cors_allowed_origins))
    register_error_handlers(app)
    app.register_blueprint(users_blueprint(service))
    app.register_blueprint(operations_blueprint(service.ready))
    return app


{% if cookiecutter.database in ('postgresql', 'mysql') %}
def app_from_environment(workers: int) -> Flask:
    """Return the application that the environment describes; what gunicorn calls before it forks its workers."""
    settings = load_settings()
    configure_logging(settings.log_level)
    return create_app(settings, workers)
{% else %}
def app_from_environment() -> Flask:
    """Return the application that the environment describes; what gunicorn calls before it forks its workers."""
    settings = load_settings()
    configure_logging(settings.log_level)
    return create_app(settings)
{% endif %}
{% else %}
{% if cookiecutter.database == 'memory' %}
def create_app(settings: Settings) -> Flask:
    """Return the WSGI application; raise AdminError where the settings name an admin who cannot be.

    Whoever made it closes its `extensions["store"]`{% if cookiecutter.__uses_redis %}, and `extensions["redis"]` where it has one{% endif %}.
    """
    app = _make_flask()
    store = MemoryUserStore()
    kept = MemorySessions()
    hashing = PasswordHashing()
{% else %}
def create_app(settings: Settings, workers: int = 1) -> Flask:
    """Return the WSGI application, with which so many workers may be forked.

    Whoever made it closes its `extensions["store"]`{% if cookiecutter.__uses_redis %}, and `extensions["redis"]` where it has one{% endif %}.
    """
    app = _make_flask()
    database = Database(make_engine(settings){{ ', workers' if cookiecutter.database != 'sqlite' }})
    store = SqlUserStore(database)
    kept = SqlSessions(database)
    hashing = PasswordHashing(workers)
{% endif %}
    app.extensions["store"] = store
    service = UserService(store, hashing)
{% if cookiecutter.__uses_redis %}
    checks = [service.ready]
    shared: {{ 'MemorySessions' if cookiecutter.database == 'memory' else 'SqlSessions' }} | RedisSessions = kept
    if settings.redis_url is not None:
        shared = RedisSessions(settings.redis_url)
        app.extensions["redis"] = shared
        checks.append(shared.ping)
    sessions = SessionService(service, store, kept, shared, shared, hashing, settings)
{% else %}
    sessions = SessionService(service, store, kept, kept, kept, hashing, settings)
{% endif %}
{% if cookiecutter.database == 'memory' %}
    if settings.admin_email and settings.admin_password:
        service.create(admin_draft(settings.admin_email, settings.admin_password))
{% endif %}
    register_hooks(app, CorsPolicy(settings.cors_allowed_origins))
    register_error_handlers(app)
    app.register_blueprint(users_blueprint(service, sessions))
    app.register_blueprint(auth_blueprint(sessions, settings))
    app.register_blueprint(session_blueprint(sessions, settings))
    app.register_blueprint(operations_blueprint({{ '*checks' if cookiecutter.__uses_redis else 'service.ready' }}))
    return app


{% if cookiecutter.database == 'memory' %}
def app_from_environment() -> Flask:
    """Return the application that the environment describes; what gunicorn calls."""
{% else %}
def app_from_environment(workers: int) -> Flask:
    """Return the application that the environment describes; what gunicorn calls before it forks its workers."""
{% endif %}
    settings = load_settings()
    configure_logging(settings.log_level)
    if settings.jwt_secret_is_random:
        _logger.warning("JWT_SECRET is not set: tokens are signed with a random one, and end with the service")
{% if cookiecutter.database == 'memory' %}
    try:
        return create_app(settings)
    except AdminError as error:
        sys.exit(str(error))
{% else %}
    return create_app(settings, workers)
{% endif %}
{% endif %}


def _make_flask() -> Flask:
    app = Flask(__name__, static_folder=None)
    # An error is answered by our handlers whatever FLASK_DEBUG says.
    app.config.update(PROPAGATE_EXCEPTIONS=False, PROVIDE_AUTOMATIC_OPTIONS=False)
    app.url_map.strict_slashes = True
    app.url_map.merge_slashes = False
    return app
