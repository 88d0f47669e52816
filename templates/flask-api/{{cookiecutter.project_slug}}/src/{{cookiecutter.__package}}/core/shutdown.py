"""Whether this process has been told to end. A plain flag, since it is set inside a signal handler."""

_begun = False


def begin() -> None:
    """Have /readyz answer that the service is shutting down."""
    global _begun
    _begun = True


def has_begun() -> bool:
    return _begun
