"""The server process."""

import signal
from types import FrameType

import uvicorn
from fastapi import FastAPI

from .app import create_app
from .settings import Settings


class Server(uvicorn.Server):
    """Tells the application at once when it has to stop, and ends with status 0 then."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._app.state.shutting_down = True
        # Uvicorn's own method would also raise the signal again at the end, and so turn a clean stop into a death.
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def serve(settings: Settings) -> None:
    """Answer requests until a SIGTERM or SIGINT comes and those in flight are done."""
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=settings.shutdown_timeout,
    )
    Server(config, app).run()
