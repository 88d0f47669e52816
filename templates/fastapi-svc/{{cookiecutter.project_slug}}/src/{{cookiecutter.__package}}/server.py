"""The server process."""

import signal
from types import FrameType

import uvicorn
from fastapi import FastAPI

from .app import create_app
from .http.protocol import StrictProtocol
from .settings import Settings


class Server(uvicorn.Server):
    """Tells the application at once when it has to stop, and lets the process end with status 0 then."""

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=settings.host,
                port=settings.port,
                loop="uvloop",
                http=StrictProtocol,
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=settings.shutdown_timeout,
            )
        )
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._app.state.shutting_down = True
        # Uvicorn's own method would also raise the signal again in the end, so that a clean stop looked like a death.
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def serve(settings: Settings) -> None:
    """Answer requests until a signal comes to stop, and those in flight are answered."""
    Server(create_app(settings), settings).run()
