"""The server: how it listens, and how it ends."""

import logging
{% if cookiecutter.database != 'memory' %}
import os
{% endif %}
import sys
from types import FrameType

import uvicorn
from fastapi import FastAPI

from .app import create_app
from .listener import open_listener, url_of
from .protocol import StrictProtocol
from .settings import Settings
{% if cookiecutter.database != 'memory' %}
from .workers import Workers
{% endif %}

# Seconds. Longer than the 60 for which reverse proxies keep an idle connection: whoever sends requests has to be the
# one who closes, or a request could arrive as the connection ends.
_KEEP_ALIVE = 75

_logger = logging.getLogger(__name__)


class Server(uvicorn.Server):
{% if cookiecutter.database == 'memory' %}
    """Tells the application at once when it has to stop, and lets the process end with status 0 then."""

    def __init__(self, app: FastAPI, settings: Settings) -> None:
{% else %}
    """Tells the application at once when it has to stop, and lets the process end with status 0 then.

    With `parent`, the id of the process that started this one as a worker, it also stops when that is gone.
    """

    def __init__(self, app: FastAPI, settings: Settings, parent: int | None = None) -> None:
{% endif %}
        super().__init__(
            uvicorn.Config(
                app,
                loop="uvloop",
                http=StrictProtocol,
                ws="none",
                lifespan="on",
                # Else Uvicorn reads WEB_CONCURRENCY itself, and takes no empty one.
                workers=1,
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=_KEEP_ALIVE,
                timeout_graceful_shutdown=settings.shutdown_timeout,
            )
        )
        self._app = app
{% if cookiecutter.database != 'memory' %}
        self._parent = parent

    async def on_tick(self, counter: int) -> bool:
        if self._parent not in (None, os.getppid()):
            self._stop()
        return await super().on_tick(counter)
{% endif %}

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # Uvicorn's own method would also raise the signal again in the end, so that a clean stop looked like a death.
{% if cookiecutter.database == 'memory' %}
        self.force_exit = self.should_exit
        self._stop()
{% else %}
        # A worker gets the same signal from a terminal or from systemd as from its parent, and ends in peace.
        self.force_exit = self.should_exit and self._parent is None
        self._stop()
{% endif %}

    def _stop(self) -> None:
        self._app.state.shutting_down = True
        self.should_exit = True


def serve(settings: Settings) -> None:
    """Answer requests until a signal comes to stop, and those in flight are answered."""
    try:
        listener = open_listener(settings)
    except OSError as error:
        sys.exit(f"HOST and PORT cannot be listened on: {error.strerror or error}")
    _logger.info("listening on %s", url_of(listener))
{% if cookiecutter.database == 'memory' %}
    Server(create_app(settings), settings).run([listener])
{% else %}
    app = create_app(settings)
    if settings.web_concurrency == 1:
        Server(app, settings).run([listener])
        return
    parent = os.getpid()
    Workers(
        settings.web_concurrency,
        lambda: Server(app, settings, parent).run([listener]),
        listener,
        settings.shutdown_timeout,
    ).run()
{% endif %}
