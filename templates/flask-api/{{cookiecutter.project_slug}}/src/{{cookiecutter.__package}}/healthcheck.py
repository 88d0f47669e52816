{# Made from templates/shared/python/src/{{cookiecutter.__package}}/healthcheck.py by `make sync`: edit that. #}
"""Asks the service on this machine whether it is ready, where no other program is there to ask."""

import json
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address

from .settings import Settings

# Seconds.
TIMEOUT = 5


class NotReady(Exception):
    """The service is not ready, or does not answer. The text is one line that says why."""


def check_readiness(settings: Settings) -> None:
    """Return where the service that has these settings is ready; raise NotReady where it is not."""
    host = _reachable(settings.host)
    connection = HTTPConnection(host, settings.port, timeout=TIMEOUT)
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        body = response.read()
    except (OSError, HTTPException):
        raise NotReady(f"not ready: no answer from {host} on port {settings.port}") from None
    finally:
        connection.close()
    if response.status != 200:
        raise NotReady(f"not ready: {_detail(body) or f'the answer has status {response.status}'}")


def _reachable(host: str) -> str:
    """Return the loopback address for one that stands for all addresses of the machine."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not address.is_unspecified:
        return host
    return "127.0.0.1" if address.version == 4 else "::1"


def _detail(body: bytes) -> str | None:
    try:
        problem = json.loads(body)
    except ValueError:
        return None
    return str(problem["detail"]) if isinstance(problem, dict) and "detail" in problem else None
