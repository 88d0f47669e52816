"""The socket that the service listens on."""

import os
import socket

from .settings import Settings

# The first one that systemd hands over (sd_listen_fds(3)).
_HANDED_OVER = 3
# Connections that may wait while every worker is busy. The kernel allows 4096 at most, unless it is told otherwise.
_BACKLOG = 2048


def open_listener(settings: Settings) -> socket.socket:
    """Return the socket that systemd handed over, or else a new one of HOST and PORT; raise OSError."""
    if os.environ.get("LISTEN_FDS") == "1" and os.environ.get("LISTEN_PID") == str(os.getpid()):
        return socket.socket(fileno=_HANDED_OVER)
    address = (settings.host, settings.port)
    if ":" in settings.host:
        return socket.create_server(address, family=socket.AF_INET6, backlog=_BACKLOG, dualstack_ipv6=True)
    return socket.create_server(address, backlog=_BACKLOG)


def url_of(listener: socket.socket) -> str:
    """Return where the service is to be reached."""
    address = listener.getsockname()
    if isinstance(address, str):
        return f"unix:{address}"
    host, port = address[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
