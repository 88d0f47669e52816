{# Made from templates/shared/python/src/{{cookiecutter.__package}}/core/pages.py by `make sync`: edit that. #}
"""Pages of a list by ascending id. A page starts after an id, so that its cost does not grow with its number."""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

T = TypeVar("T")

_CURSOR = re.compile(r"after:([1-9][0-9]{0,18})")


def encode_cursor(after: int) -> str:
    """Return the cursor of the page that follows the entity with this id."""
    return base64.urlsafe_b64encode(f"after:{after}".encode()).rstrip(b"=").decode()


def decode_cursor(cursor: object) -> int:
    """Return the id after which the page starts; raise PydanticCustomError where encode_cursor did not make it."""
    try:
        text = str(cursor)
        plain = base64.b64decode(text + "=" * (-len(text) % 4), altchars="-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        plain = ""
    match = _CURSOR.fullmatch(plain)
    after = int(match[1]) if match else 0
    if not 0 < after < 2**63 or encode_cursor(after) != cursor:
        raise PydanticCustomError("cursor", "is not a cursor of this service")
    return after


Cursor = Annotated[
    int,
    BeforeValidator(decode_cursor),
    WithJsonSchema({"type": "string", "minLength": 10, "maxLength": 34, "description": "An opaque place in the list."}),
]


class PageQuery(BaseModel):
    """The parameters of a list. Derive from it to add filters."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Cursor | None = None

    @property
    def after(self) -> int:
        """The id that the page follows."""
        return self.cursor or 0


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """Entities by ascending id. `next_after` is the id that the next page follows, or None on the last page."""

    items: Sequence[T]
    next_after: int | None

    @property
    def next_cursor(self) -> str | None:
        return None if self.next_after is None else encode_cursor(self.next_after)


def cut(found: Sequence[T], limit: int) -> Slice[T]:
    """Return a page of what a query found that asked for one entity more than fits, to see whether there is more."""
    items = found[:limit]
    last: Any = items[-1] if len(found) > limit else None
    return Slice(items, None if last is None else last.id)


class Page(BaseModel, Generic[T]):
    """A page of a list. `next_cursor` leads to the next one, and is null on the last."""

    model_config = ConfigDict(from_attributes=True)

    items: Annotated[list[T], Field(max_length=100)]
    next_cursor: str | None


def next_link(path: str, query: PageQuery, after: int) -> str:
    """Return the Link header that leads to the page after this id, with the other parameters as sent (RFC 8288)."""
    sent = query.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True, exclude={"cursor"})
    return f'<{path}?{urlencode(sent | {"cursor": encode_cursor(after)}, doseq=True)}>; rel="next"'
