"""What a user and a profile are, the errors about them, and how versions and pages are named."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
{% if cookiecutter.auth == 'jwt' %}
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal, TypedDict

Role = Literal["user", "admin"]

{% else %}
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypedDict

{% endif %}
_CURSOR = re.compile(r"after:([1-9][0-9]{0,18})")
_ENTITY_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_ENTITY_TAGS = re.compile(rf"[ \t,]*{_ENTITY_TAG.pattern}(?:[ \t]*,[ \t,]*{_ENTITY_TAG.pattern})*[ \t,]*")
_VERSION_TAG = re.compile(r'"([1-9][0-9]{0,18})"')


{% if cookiecutter.auth == 'jwt' %}
@dataclass(frozen=True, slots=True)
class UserDraft:
    """The values of a user that a client chooses, valid and normalised.

    Where `role` or `password` is None it stays as it is; a new user then has the role `user`, and no password.
    """

    name: str
    email: str
    age: int | None
    role: Role | None = None
    password: str | None = field(default=None, repr=False)
{% else %}
@dataclass(frozen=True, slots=True)
class UserDraft:
    """The values of a user that a client chooses, valid and normalised."""

    name: str
    email: str
    age: int | None
{% endif %}


class UserChanges(TypedDict, total=False):
    """New values for some of a user's fields, valid and normalised."""

    name: str
    email: str
    age: int | None
{% if cookiecutter.auth == 'jwt' %}
    role: Role
    password: str
{% endif %}


@dataclass(frozen=True, slots=True)
class User:
{% if cookiecutter.auth == 'jwt' %}
    """A user as it is stored. `version` starts at 1 and grows by 1 with each change.

    `session_epoch` starts at 1 and grows by 1 whenever the user's sessions end all at once. Without a
    `password_hash` the user cannot log in.
    """

    id: int
    name: str
    email: str
    age: int | None
    role: Role
    created_at: datetime
    updated_at: datetime
    version: int
    session_epoch: int = 1
    password_hash: str | None = field(default=None, repr=False)

    @property
    def draft(self) -> UserDraft:
        return UserDraft(self.name, self.email, self.age, self.role)

    def changed(self, draft: UserDraft, password_hash: str | None, at: datetime) -> "User":
        """Return the next version of the user. A new role or a new password ends the sessions."""
        role = draft.role or self.role
        ends_sessions = role != self.role or password_hash is not None
        return replace(
            self,
            name=draft.name,
            email=draft.email,
            age=draft.age,
            role=role,
            updated_at=at,
            version=self.version + 1,
            session_epoch=self.session_epoch + ends_sessions,
            password_hash=password_hash or self.password_hash,
        )
{% else %}
    """A user as it is stored. `version` starts at 1 and grows by 1 with each change."""

    id: int
    name: str
    email: str
    age: int | None
    created_at: datetime
    updated_at: datetime
    version: int

    @property
    def draft(self) -> UserDraft:
        return UserDraft(self.name, self.email, self.age)
{% endif %}


@dataclass(frozen=True, slots=True)
class ProfileDraft:
    """The values of a profile that a client chooses."""

    bio: str
    location: str
    website: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile as it is stored."""

    user_id: int
    bio: str
    location: str
    website: str
    updated_at: datetime

    @property
    def draft(self) -> ProfileDraft:
        return ProfileDraft(self.bio, self.location, self.website)


@dataclass(frozen=True, slots=True)
class Page:
    """Users by ascending id. `next_after` is the id that the next page follows, or None on the last page.

    `profiles` holds the profiles by user id where they were asked for.
    """

    users: Sequence[User]
    next_after: int | None
    profiles: Mapping[int, Profile] | None


class UserNotFound(Exception):
    """There is no user with this id."""

    def __init__(self, user_id: int) -> None:
        super().__init__(user_id)
        self.user_id = user_id


class ProfileNotFound(Exception):
    """This user has no profile."""

    def __init__(self, user_id: int) -> None:
        super().__init__(user_id)
        self.user_id = user_id


class EmailTaken(Exception):
    """Another user has this e-mail address."""


class VersionMismatch(Exception):
    """The user is not at a version that the caller accepts."""


class StoreUnavailable(Exception):
    """The place where users are kept does not answer, or not in time."""


def now() -> datetime:
    """Return the time in UTC, cut to whole milliseconds."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def format_time(moment: datetime) -> str:
    """Return a UTC time as RFC 3339 with milliseconds, such as 2026-01-31T09:30:00.000Z."""
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def encode_cursor(after: int) -> str:
    """Return the cursor of the page that follows the user with this id."""
    return base64.urlsafe_b64encode(f"after:{after}".encode()).rstrip(b"=").decode()


def decode_cursor(cursor: str) -> int | None:
    """Return the id after which the page starts, or None when encode_cursor did not make the cursor."""
    try:
        plain = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars="-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    match = _CURSOR.fullmatch(plain)
    after = int(match[1]) if match else 0
    return after if 0 < after < 2**63 and encode_cursor(after) == cursor else None


def parse_if_match(values: Sequence[str]) -> frozenset[int] | None:
    """Return the versions that If-Match accepts, or None when it accepts every version (RFC 9110 §13.1.1).

    `values` are the header's field lines, none when it was not sent.
    """
    if not values or _joined(values) == "*":
        return None
    return frozenset(int(match[1]) for tag in _entity_tags(values) if (match := _VERSION_TAG.fullmatch(tag)))


def none_match_hits(values: Sequence[str], version: int) -> bool:
    """Return whether If-None-Match names this version, so that the answer is 304 (RFC 9110 §13.1.2)."""
    if _joined(values) == "*":
        return True
    return entity_tag(version) in (tag.removeprefix("W/") for tag in _entity_tags(values))


def entity_tag(version: int) -> str:
    """Return the ETag of a user at this version."""
    return f'"{version}"'


def _joined(values: Sequence[str]) -> str:
    return ",".join(values).strip(" \t")


def _entity_tags(values: Sequence[str]) -> list[str]:
    """Return the tags of a list, or none at all when it is not one."""
    joined = _joined(values)
    return _ENTITY_TAG.findall(joined) if _ENTITY_TAGS.fullmatch(joined) else []
