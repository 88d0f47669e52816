{# Made from templates/shared/python/src/{{cookiecutter.__package}}/core/problems.py by `make sync`: edit that. #}
"""Problem details (RFC 9457): the body of every answer that tells of an error."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, WithJsonSchema

from .errors import ApiError, Invalid

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 20

# Up to version 3.12 Python calls these by the names that they had before RFC 9110.
_TITLES = {413: "Content Too Large", 414: "URI Too Long", 422: "Unprocessable Content"}
_DETAILS = {
    404: "There is nothing at this path.",
    405: "This method is not allowed here.",
    413: "The body is too large.",
    500: "Something went wrong; the request_id finds it in the log.",
}


# A text that is left out where there is none.
_Absent = Annotated[str | None, WithJsonSchema({"type": "string"})]


class FieldError(BaseModel):
    """What is wrong with one member of the body (`pointer`, RFC 6901), or with one `parameter`."""

    model_config = ConfigDict(extra="forbid")

    message: str
    pointer: _Absent = None
    parameter: _Absent = None


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    model_config = ConfigDict(extra="forbid")

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    errors: list[FieldError] = []

    def body(self) -> bytes:
        """Return the problem as JSON."""
        return self.model_dump_json(exclude_none=True, exclude=None if self.errors else {"errors"}).encode()


def make_problem(
    status: int,
    detail: str | None,
    *,
    instance: str,
    request_id: str,
    errors: Iterable[Mapping[str, str]] = (),
) -> Problem:
    """Return the problem of a status. `instance` is the path of the request as it was sent."""
    return Problem(
        type="about:blank",
        title=reason(status),
        status=status,
        detail=detail or _DETAILS.get(status) or reason(status),
        instance=instance,
        request_id=request_id,
        errors=[FieldError(**error) for error in list(errors)[:MAX_ERRORS]],
    )


def problem_of(error: ApiError, *, instance: str, request_id: str) -> Problem:
    """Return the problem that tells a client about an error."""
    errors = error.errors if isinstance(error, Invalid) else ()
    return make_problem(error.status, error.detail, instance=instance, request_id=request_id, errors=errors)


def field_errors(failures: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return Pydantic's errors as those of a problem. Where they belong stands first in `loc`: body, query, path, …"""
    return [_field_error(failure["loc"], str(failure["msg"])) for failure in failures][:MAX_ERRORS]


def _field_error(location: Sequence[str | int], message: str) -> dict[str, str]:
    place, *names = location or ("body",)
    if place == "body":
        return {"pointer": pointer(names), "message": message}
    return {"parameter": ".".join(map(str, names)), "message": message}


def pointer(names: Iterable[str | int]) -> str:
    """Return the JSON pointer to a member of the body (RFC 6901)."""
    return "".join("/" + str(name).replace("~", "~0").replace("/", "~1") for name in names)


def reason(status: int) -> str:
    """Return the reason phrase of a status (RFC 9110 §15), which is also the title of a problem."""
    try:
        return _TITLES.get(status) or HTTPStatus(status).phrase
    except ValueError:
        return "Error"
