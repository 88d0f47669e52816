"""How gunicorn serves: its settings, under gunicorn's own names."""

import gc
{% if cookiecutter.database != 'memory' %}
import logging
{% endif %}
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

{% if cookiecutter.__uses_redis %}
from .auth import service as logins
{% endif %}
from .core import {% if cookiecutter.database != 'memory' %}db, {% endif %}shutdown
from .core.telemetry import configure_logging
from .gunicorn_worker import RootLogger, Worker
{% if cookiecutter.database != 'memory' %}
from .migrations import SchemaError, change_schema
{% endif %}
from .settings import SettingsError, load_settings

try:
    _settings = load_settings()
except SettingsError as error:
    sys.exit(str(error))
configure_logging(_settings.log_level)

wsgi_app = f"{__package__}.app:create_app()"
bind = f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"
{% if cookiecutter.database == 'memory' %}
worker_class = Worker
# Imported before the fork, so that what is wrong with it ends the start.
preload_app = True
{% else %}
# Measured behind nginx: three processes of four threads answer 0.79 to 0.97 times the requests of five such workers,
# with kept connections 0.94 to 1.05 times, and the slowest hundredth takes 1.3 to 3.1 times as long.
worker_class = Worker
{% if cookiecutter.__sessions == 'sql' %}
# Imported once and shared by the workers, as is a random JWT_SECRET: five take 0.66 of the memory. Connections are made
# after the fork, when a request needs one.
{% else %}
# Imported once and shared by the workers: five take 0.66 of the memory. Connections are made after the fork, when a
# request needs one.
{% endif %}
preload_app = True
# Workers are not replaced after so many requests: 200,000 left the memory of one as it was.
max_requests = 0
{% endif %}
{% if cookiecutter.database == 'memory' %}
# The users live in the memory of one process, so a second one would answer with other users.
workers = 1
threads = 16
{% else %}
workers = _settings.web_concurrency
{% endif %}
graceful_timeout = _settings.shutdown_timeout
# Seconds until a worker without a sign of life is killed: twice what a proxy should wait for an answer.
timeout = 30

# The service writes its own line for each request.
accesslog = None
logger_class = RootLogger

limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 8190
# By default gunicorn lets a client on this machine set SCRIPT_NAME and PATH_INFO.
forwarder_headers = ""

# Gunicorn would make a socket in the home directory, which may be read-only.
control_socket_disable = True
# A heartbeat file on a slow disk would look like a worker that hangs.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 # nosec B108


def when_ready(server: Any) -> None:
    """Prepare the fork, and have a second SIGTERM end the service at once; gunicorn itself would ignore it."""
    # What is loaded stays: workers that looked through it for garbage would copy it, and took twice as long to end.
    gc.freeze()

    def terminate(number: int, frame: FrameType | None) -> None:
        server.signal(signal.SIGQUIT if shutdown.has_begun() else number, frame)
        shutdown.begin()

    signal.signal(signal.SIGTERM, terminate)
{% if cookiecutter.database != 'memory' %}


def on_starting(_: Any) -> None:
    """Migrate once, before there are workers."""
    try:
        schema = change_schema(_settings, "up")
    except SchemaError as error:
        sys.exit(str(error))
    logging.getLogger(__name__).info("the database's schema is at %s", schema)
{% endif %}
{% if cookiecutter.database != 'memory' or cookiecutter.__uses_redis %}


def worker_exit(_: Any, worker: Any) -> None:
{% if cookiecutter.database != 'memory' %}
    db.close(worker.wsgi)
{% endif %}
{% if cookiecutter.__uses_redis %}
    logins.close(worker.wsgi)
{% endif %}
{% endif %}
