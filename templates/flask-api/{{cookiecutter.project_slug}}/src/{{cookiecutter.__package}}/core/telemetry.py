{# Made from templates/shared/python/src/{{cookiecutter.__package}}/core/telemetry.py by `make sync`: edit that. #}
"""Logs as one JSON object a line, and the request id that ties them to an answer."""

import json
import logging
import re
import sys
import uuid
from collections.abc import Sequence
from contextvars import ContextVar
from datetime import UTC, datetime

from .times import format_time

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

UNMATCHED = "unmatched"

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
# What every record has; of uvicorn's own also the message in colours.
_STANDARD = {*vars(logging.makeLogRecord({})), "color_message", "message"}
_logger = logging.getLogger(__name__)


class JsonFormatter(logging.Formatter):
    """Prints a record as JSON, with what a call has given as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": format_time(datetime.fromtimestamp(record.created, UTC)),
            "level": _level_name(record.levelno),
            "message": record.getMessage(),
        }
        current = request_id.get()
        if current is not None:
            line["request_id"] = current
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        extra = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        # What every line has comes first, and no extra takes its place.
        return json.dumps(line | extra | line, default=str)


def configure_logging(level: str) -> None:
    """Send the log records of this level (debug, info, warning or error) and above to standard output.

    From other packages they come from level info on: drivers write at level debug what they send to the database.
    """
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(handlers=[handler], level=max(_LEVELS[level], logging.INFO), force=True)
    logging.getLogger(__package__.partition(".")[0]).setLevel(_LEVELS[level])


def accept_request_id(values: Sequence[str]) -> str:
    """Return the id of a request: the X-Request-ID header when it came exactly once and is valid, else a new one."""
    if len(values) == 1 and _REQUEST_ID.fullmatch(values[0]):
        return values[0]
    return str(uuid.uuid4())


def log_request(method: str, route: str, status: int, seconds: float) -> None:
    """Log that a request was answered. `route` is the template of its path, or UNMATCHED."""
    duration = round(seconds * 1000, 3)
    _logger.info("request", extra={"method": method, "route": route, "status": status, "duration_ms": duration})


def _level_name(number: int) -> str:
    return next((name for name, level in reversed(_LEVELS.items()) if number >= level), "debug")
