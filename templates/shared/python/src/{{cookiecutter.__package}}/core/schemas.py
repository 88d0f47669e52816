"""What the bodies of requests and answers are made of."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer

from .times import format_time, in_utc

# str.strip() would also take U+001C to U+001F, which are control characters and not White_Space.
WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))

# The default of a member of a merge patch; `model_fields_set` tells one that was not sent from one that is null.
UNSET: Any = None


class Body(BaseModel):
    """The body of a request. A member that is not declared is an error."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Answer(BaseModel):
    """The body of an answer, which is read off an entity's attributes."""

    model_config = ConfigDict(from_attributes=True, hide_input_in_errors=True)


def trim(value: object) -> object:
    """Return a text without the white space around it, and anything else as it is."""
    return value.strip(WHITE_SPACE) if isinstance(value, str) else value


# A time in a body. It needs its offset, and is kept as it will be printed: in UTC, in whole milliseconds.
Moment = Annotated[AwareDatetime, AfterValidator(in_utc)]
# A time in an answer.
Timestamp = Annotated[
    datetime,
    PlainSerializer(format_time, return_type=str),
    Field(json_schema_extra={"format": "date-time"}),
]
EntityId = Annotated[int, Field(ge=1, le=2**63 - 1)]
Version = Annotated[int, Field(ge=1, le=2**63 - 1)]
# Text of any kind. NUL is what no database can keep.
Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]


class EntityRead(Answer):
    """What every entity tells of itself. Derive from it to add what yours tells."""

    id: EntityId
    created_at: Timestamp
    updated_at: Timestamp
    version: Version
