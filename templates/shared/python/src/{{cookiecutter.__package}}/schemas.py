"""The shapes of requests and answers: read with the contract's messages, printed in its order."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
{% if cookiecutter.auth == 'jwt' %}
from typing import Annotated, TypeVar, cast, get_args
{% else %}
from typing import Annotated, TypeVar, cast
{% endif %}
from urllib.parse import parse_qsl, quote

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError
from pydantic_core import PydanticCustomError

{% if cookiecutter.auth == 'jwt' %}
from .auth import ACCESS_TOKEN_LIFETIME, TokenPair
from .passwords import is_common
{% endif %}
from .problems import invalid
from .users import (
    Page,
    Profile,
    ProfileDraft,
{% if cookiecutter.auth == 'jwt' %}
    Role,
{% endif %}
    User,
    UserChanges,
    UserDraft,
    decode_cursor,
    encode_cursor,
    format_time,
)

DEFAULT_LIMIT = 20
{% if cookiecutter.auth == 'jwt' %}
# RFC 6750
_SCHEME = "Bearer"
{% endif %}
EMAIL_RULE = "must be a valid e-mail address of at most 254 characters"

# str.strip() would also take U+001C to U+001F, which are control characters and not White_Space.
_WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# https://html.spec.whatwg.org/#valid-e-mail-address
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@"
    r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
)
_WEBSITE = re.compile(
    r"[Hh][Tt][Tt][Pp][Ss]?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?"
    r"(?:[/?#][!#-;=?-\[\]_a-z~]*)?"
)
_ID = re.compile(r"[1-9][0-9]{0,18}")
_LIMIT = re.compile(r"[1-9][0-9]?|100")


def normalise_email(text: str) -> str | None:
    """Return an address as it is stored and compared, or None where it is not valid."""
    address = text.strip(_WHITE_SPACE)
    # Only a single character turns into an ASCII one under NFC, so a longer text cannot become valid.
    if len(address) > 254:
        return None
    address = unicodedata.normalize("NFC", address)
    return address.lower() if _EMAIL.fullmatch(address) else None


def _name(value: object) -> str:
    name = value.strip(_WHITE_SPACE) if isinstance(value, str) else ""
    if not 1 <= len(name) <= 100 or _CONTROL.search(name):
        raise PydanticCustomError("name", "must be 1 to 100 characters without control characters")
    return name


def _email(value: object) -> str:
    address = normalise_email(value) if isinstance(value, str) else None
    if address is None:
        raise PydanticCustomError("email", EMAIL_RULE)
    return address


def _age(value: object) -> int | None:
    if value is None:
        return None
    is_bool = isinstance(value, bool)
    if isinstance(value, int | Decimal) and not is_bool and 0 <= value <= 150 and value == int(value):
        return int(value)
    raise PydanticCustomError("age", "must be an integer from 0 to 150 or null")


def _bio(value: object) -> str:
    if isinstance(value, str) and len(value) <= 500:
        return value
    raise PydanticCustomError("bio", "must be a string of at most 500 characters")


def _location(value: object) -> str:
    if isinstance(value, str) and len(value) <= 100:
        return value
    raise PydanticCustomError("location", "must be a string of at most 100 characters")


def _website(value: object) -> str:
    if isinstance(value, str) and len(value) <= 200 and (value == "" or _WEBSITE.fullmatch(value)):
        return value
    raise PydanticCustomError("website", "must be empty or an absolute http(s) URL of at most 200 characters")


{% if cookiecutter.auth == 'jwt' %}
def _password(value: object) -> str:
    if not isinstance(value, str) or not 12 <= len(value) <= 128:
        raise PydanticCustomError("password", "must be 12 to 128 characters")
    if is_common(value):
        raise PydanticCustomError("password", "is too common")
    return value


def _given_password(value: object) -> str:
    if isinstance(value, str) and 1 <= len(value) <= 128:
        return value
    raise PydanticCustomError("password", "must be 1 to 128 characters")


def _role(value: object) -> Role:
    if isinstance(value, str) and value in get_args(Role):
        return cast(Role, value)
    raise PydanticCustomError("role", "must be user or admin")


def _refresh_token(value: object) -> str:
    if isinstance(value, str):
        return value
    raise PydanticCustomError("refresh_token", "must be a string")


{% endif %}
_Name = Annotated[str, PlainValidator(_name)]
_Email = Annotated[str, PlainValidator(_email)]
_Age = Annotated[int | None, PlainValidator(_age)]
{% if cookiecutter.auth == 'jwt' %}
_Password = Annotated[str, PlainValidator(_password)]
{% endif %}


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class _UserBody(_Body):
    name: _Name
    email: _Email
    age: _Age = None
{% if cookiecutter.auth == 'jwt' %}
    password: Annotated[str | None, PlainValidator(_password)] = None
    role: Annotated[Role | None, PlainValidator(_role)] = None
{% endif %}


class _UserPatchBody(_Body):
    """A merge patch: None is a value here, so an absent field is told by `model_fields_set`."""

    name: _Name = Field(default="")
    email: _Email = Field(default="")
    age: _Age = None
{% if cookiecutter.auth == 'jwt' %}
    password: _Password = Field(default="")
    role: Annotated[Role, PlainValidator(_role)] = Field(default="user")
{% endif %}


class _ProfileBody(_Body):
    bio: Annotated[str, PlainValidator(_bio)] = ""
    location: Annotated[str, PlainValidator(_location)] = ""
    website: Annotated[str, PlainValidator(_website)] = ""
{% if cookiecutter.auth == 'jwt' %}


class _RegistrationBody(_Body):
    name: _Name
    email: _Email
    password: _Password


class _LoginBody(_Body):
    email: _Email
    password: Annotated[str, PlainValidator(_given_password)]


class _RefreshBody(_Body):
    refresh_token: Annotated[str, PlainValidator(_refresh_token)]
{% endif %}


_BodyT = TypeVar("_BodyT", bound=_Body)


def parse_user(body: dict[str, object]) -> UserDraft:
    """Read the body of POST /users or PUT /users/{id}; raise the 400 problem with every field that is wrong."""
    user = _validate(_UserBody, body)
{% if cookiecutter.auth == 'jwt' %}
    return UserDraft(user.name, user.email, user.age, user.role, user.password)
{% else %}
    return UserDraft(user.name, user.email, user.age)
{% endif %}


def parse_user_patch(body: dict[str, object]) -> UserChanges:
    """Read a merge patch of a user (RFC 7396); raise the 400 problem with every field that is wrong."""
    return cast(UserChanges, _validate(_UserPatchBody, body).model_dump(exclude_unset=True))


def parse_profile(body: dict[str, object]) -> ProfileDraft:
    """Read the body of PUT /users/{id}/profile; raise the 400 problem with every field that is wrong."""
    profile = _validate(_ProfileBody, body)
    return ProfileDraft(profile.bio, profile.location, profile.website)
{% if cookiecutter.auth == 'jwt' %}


def parse_registration(body: dict[str, object]) -> UserDraft:
    """Read the body of POST /auth/register; raise the 400 problem with every field that is wrong."""
    user = _validate(_RegistrationBody, body)
    return UserDraft(user.name, user.email, None, password=user.password)


def parse_login(body: dict[str, object]) -> tuple[str, str]:
    """Return e-mail address and password of POST /auth/login; raise the 400 problem with every field that is wrong."""
    login = _validate(_LoginBody, body)
    return login.email, login.password


def parse_refresh(body: dict[str, object]) -> str:
    """Return the token in the body of POST /auth/refresh; raise the 400 problem with every field that is wrong."""
    return _validate(_RefreshBody, body).refresh_token
{% endif %}


def _validate(model: type[_BodyT], body: dict[str, object]) -> _BodyT:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        failures = error.errors(include_url=False, include_context=False, include_input=False)
    known, unknown = [], []
    for failure in failures:
        field = str(failure["loc"][0])
        match failure["type"]:
            case "extra_forbidden":
                unknown.append((field, "is not a known field"))
            case "missing":
                known.append((field, "is required"))
            case _:
                known.append((field, failure["msg"]))
    raise invalid([{"pointer": _pointer(field), "message": message} for field, message in known + sorted(unknown)])


def _pointer(field: str) -> str:
    """Return the JSON pointer to a member of the body (RFC 6901)."""
    return "/" + field.replace("~", "~0").replace("/", "~1")


@dataclass(frozen=True, slots=True)
class PageQuery:
    """The parameters of GET /users. `sent` holds those that came, as a further page repeats them."""

    limit: int
    after: int
    email: str | None
    expand_profile: bool
    sent: Mapping[str, str]

    def next_link(self, after: int) -> str:
        """Return the Link header that leads to the page after this id (RFC 8288)."""
        parameters = {**self.sent, "cursor": encode_cursor(after)}
        ordered = [name for name in ("limit", "cursor", "email", "expand") if name in parameters]
        query = "&".join(f"{name}={quote(parameters[name], safe='')}" for name in ordered)
        return f'</users?{query}>; rel="next"'


def parse_user_id(raw_id: str) -> int:
    """Read the id in a path; raise the 400 problem where it is not one."""
    user_id = _id(raw_id)
    if user_id is None:
        raise invalid([_ID_ERROR])
    return user_id


def parse_user_query(raw_id: str, query: bytes) -> tuple[int, bool]:
    """Read the parameters of GET /users/{id}: the id, and whether the profile is asked for."""
    user_id = _id(raw_id)
    expand = _parameters(query).get("expand", [])
    errors = [_ID_ERROR] if user_id is None else []
    if expand not in ([], ["profile"]):
        errors.append(_EXPAND_ERROR)
    if user_id is None or errors:
        raise invalid(errors)
    return user_id, bool(expand)


def parse_page_query(query: bytes) -> PageQuery:
    """Read the query of GET /users as it was sent; raise the 400 problem with every parameter that is wrong."""
    given = _parameters(query)
    limit, cursor, email, expand = (given.get(name, []) for name in ("limit", "cursor", "email", "expand"))
    after = decode_cursor(cursor[0]) if cursor else 0
    address = normalise_email(email[0]) if email else None
    errors = []
    if limit and (len(limit) > 1 or not _LIMIT.fullmatch(limit[0])):
        errors.append({"parameter": "limit", "message": "must be an integer from 1 to 100"})
    if after is None or len(cursor) > 1:
        errors.append({"parameter": "cursor", "message": "is not a cursor of this service"})
    if email and (len(email) > 1 or address is None):
        errors.append({"parameter": "email", "message": EMAIL_RULE})
    if expand not in ([], ["profile"]):
        errors.append(_EXPAND_ERROR)
    if after is None or errors:
        raise invalid(errors)
    sent = {"limit": limit, "email": [address] if address else [], "expand": expand}
    return PageQuery(
        limit=int(limit[0]) if limit else DEFAULT_LIMIT,
        after=after,
        email=address,
        expand_profile=bool(expand),
        sent={name: values[0] for name, values in sent.items() if values},
    )


_ID_ERROR = {"parameter": "id", "message": "must be a positive integer"}
_EXPAND_ERROR = {"parameter": "expand", "message": "must be profile"}


def _id(raw_id: str) -> int | None:
    user_id = int(raw_id) if _ID.fullmatch(raw_id) else 0
    return user_id if 0 < user_id < 2**63 else None


def _parameters(query: bytes) -> dict[str, list[str]]:
    parameters: dict[str, list[str]] = {}
    for name, value in parse_qsl(query.decode("utf-8", "replace"), keep_blank_values=True):
        parameters.setdefault(name, []).append(value)
    return parameters


def user_document(user: User) -> dict[str, object]:
    return {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "age": user.age,
{% if cookiecutter.auth == 'jwt' %}
        "role": user.role,
{% endif %}
        "created_at": format_time(user.created_at),
        "updated_at": format_time(user.updated_at),
        "version": user.version,
    }


def expanded_user_document(user: User, profile: Profile | None) -> dict[str, object]:
    return user_document(user) | {"profile": profile and profile_document(profile)}


def profile_document(profile: Profile) -> dict[str, object]:
    return {
        "user_id": profile.user_id,
        "bio": profile.bio,
        "location": profile.location,
        "website": profile.website,
        "updated_at": format_time(profile.updated_at),
    }


def page_document(page: Page) -> dict[str, object]:
    profiles = page.profiles
    return {
        "items": [
            user_document(user) if profiles is None else expanded_user_document(user, profiles.get(user.id))
            for user in page.users
        ],
        "next_cursor": None if page.next_after is None else encode_cursor(page.next_after),
    }
{% if cookiecutter.auth == 'jwt' %}


def token_document(pair: TokenPair) -> dict[str, object]:
    return {
        "access_token": pair.access_token,
        "token_type": _SCHEME,
        "expires_in": int(ACCESS_TOKEN_LIFETIME.total_seconds()),
        "refresh_token": pair.refresh_token,
    }
{% endif %}
