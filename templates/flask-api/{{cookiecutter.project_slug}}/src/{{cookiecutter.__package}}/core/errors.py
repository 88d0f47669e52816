{# Made from templates/shared/python/src/{{cookiecutter.__package}}/core/errors.py by `make sync`: edit that. #}
"""The errors that a client is told about. Each has its status, so that all become answers in one place."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
{% if cookiecutter.auth == 'jwt' %}
from math import ceil
{% endif %}


class ApiError(Exception):
    """An error with an answer of its own: problem details (RFC 9457) with this status and these headers."""

    status = 500
    headers: Mapping[str, str] = {}

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Invalid(ApiError):
    """What was sent is not valid. Each error has a `message`, and a `pointer` (RFC 6901) or the `parameter`."""

    status = 400

    def __init__(self, errors: Sequence[Mapping[str, str]] = (), detail: str = "The request is not valid.") -> None:
        super().__init__(detail)
        self.errors = errors


{% if cookiecutter.auth == 'jwt' %}
class Unauthenticated(ApiError):
    """Nobody is known to call. `challenge` tells how to authenticate (RFC 6750 §3)."""

    status = 401

    def __init__(self, detail: str, challenge: str = "Bearer") -> None:
        super().__init__(detail)
        self.headers = {"WWW-Authenticate": challenge}


{% endif %}
class Forbidden(ApiError):
    """It is known who calls, and they may not do this."""

    status = 403

    def __init__(self, detail: str = "You may not do this.") -> None:
        super().__init__(detail)


class NotFound(ApiError):
    """There is no such thing: `NotFound("Order", 7)`."""

    status = 404

    def __init__(self, kind: str, identity: object) -> None:
        super().__init__(f"{kind} {identity} does not exist.")


class Conflict(ApiError):
    """It does not go together with what is there."""

    status = 409


class Duplicate(Conflict):
    """Another row has this value already. `constraint` is the name of the unique constraint or index."""

    def __init__(self, constraint: str, detail: str = "Something with these values is there already.") -> None:
        super().__init__(detail)
        self.constraint = constraint


class MissingReference(Conflict):
    """A row refers to one that is not there (any more), or one that others refer to was to be deleted."""

    def __init__(self, constraint: str) -> None:
        super().__init__("Something that this refers to does not exist, or is still referred to.")
        self.constraint = constraint


class VersionMismatch(ApiError):
    """It is not at a version that the client accepts, or no longer at the one that was read."""

    status = 412

    def __init__(self) -> None:
        super().__init__("It is no longer at that version.")


{% if cookiecutter.auth == 'jwt' %}
class TooManyRequests(ApiError):
    """This client has to wait. `retry_after` is in seconds."""

    status = 429

    def __init__(self, retry_after: float) -> None:
        super().__init__("Too many attempts; try again later.")
        self.headers = {"Retry-After": str(max(1, ceil(retry_after)))}


{% endif %}
class Unavailable(ApiError):
    """Something that the service needs does not answer, or not in time: `Unavailable("The database")`."""

    status = 503

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is not available.")


class Busy(ApiError):
    """More is under way than can be done in time."""

    status = 503
    headers: Mapping[str, str] = {"Retry-After": "1"}


class Contention(Busy):
    """Others change the same rows at this moment. What failed may be tried again from its start."""

    def __init__(self) -> None:
        super().__init__("Others change the same thing; try again.")


@contextmanager
def duplicates(**details: str) -> Iterator[None]:
    """Say what a Duplicate of each constraint means: `with duplicates(uq_users_email="The address is taken."):`"""
    try:
        yield
    except Duplicate as error:
        if error.constraint not in details:
            raise
        raise Duplicate(error.constraint, details[error.constraint]) from error
