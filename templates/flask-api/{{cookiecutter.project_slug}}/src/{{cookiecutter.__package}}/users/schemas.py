{# Made from templates/shared/python/src/{{cookiecutter.__package}}/users/schemas.py by `make sync`: edit that. #}
"""The shapes of users and profiles in requests and answers."""

import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

{% if cookiecutter.auth == 'jwt' %}
from ..auth.passwords import NewPassword
{% endif %}
from ..core.pages import PageQuery
from ..core.schemas import UNSET, Answer, Body, EntityId, EntityRead, Text, Timestamp, trim
{% if cookiecutter.auth == 'jwt' %}
from .models import Role
{% endif %}


def _to_nfc(value: object) -> object:
    """Bring a text to NFC, in which equal addresses are equal texts."""
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


# One line. The constraints stand before what trims, so that they are those of what is left.
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$"), BeforeValidator(trim)]
# https://html.spec.whatwg.org/#valid-e-mail-address. It is stored and compared in lower case.
Email = Annotated[
    str,
    Field(
        max_length=254,
        pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
        r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$",
    ),
    AfterValidator(str.lower),
    BeforeValidator(_to_nfc),
    BeforeValidator(trim),
]
Age = Annotated[int, Field(ge=0, le=150, strict=True)] | None
Website = Annotated[
    str,
    Field(
        max_length=200,
        pattern=r"^(?:[Hh][Tt][Tt][Pp][Ss]?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?"
        r"(?:[/?#][!#-;=?-\[\]_a-z~]*)?)?$",
    ),
]
Expand = Literal["profile"]


class UserUpdate(Body):
    """The values of a user that PUT replaces."""

    name: Name
    email: Email
    age: Age = None
{% if cookiecutter.auth == 'jwt' %}
    password: NewPassword = Field(default=UNSET, repr=False)
    role: Role = Field(default=UNSET)
{% endif %}


class UserCreate(UserUpdate):
    """The values of a new user."""
{% if cookiecutter.auth == 'jwt' %}

    role: Role = "user"
{% endif %}


class UserPatch(Body):
    """The values of a user that are to change: a JSON merge patch (RFC 7396). Those that are not sent stay."""

    name: Name = Field(default=UNSET)
    email: Email = Field(default=UNSET)
    age: Age = None
{% if cookiecutter.auth == 'jwt' %}
    password: NewPassword = Field(default=UNSET, repr=False)
    role: Role = Field(default=UNSET)
{% endif %}


class ProfileUpdate(Body):
    """The values of a profile."""

    bio: Annotated[Text, Field(max_length=500)] = ""
    location: Annotated[Text, Field(max_length=100)] = ""
    website: Website = ""


class ProfileRead(Answer):
    """What a user tells about themselves."""

    user_id: EntityId
    bio: str
    location: str
    website: str
    updated_at: Timestamp


class UserRead(EntityRead):
    """A user."""

    name: str
    email: str
    age: int | None
{% if cookiecutter.auth == 'jwt' %}
    role: Role
{% endif %}


class UserWithProfile(UserRead):
    """A user with the profile, which is null where there is none."""

    profile: ProfileRead | None


class UserQuery(PageQuery):
    """The parameters of the list of users."""

    email: Email | None = None
    expand: Expand | None = None
