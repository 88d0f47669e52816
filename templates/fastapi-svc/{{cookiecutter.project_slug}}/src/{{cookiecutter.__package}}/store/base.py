"""What the service needs of a place that keeps users."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from ..users import Profile, User, UserDraft


class UserStore(Protocol):
    """Keeps users and profiles. Each method happens wholly or not at all, and may raise StoreUnavailable."""

    async def ping(self) -> None:
        """Return if the store can be read now."""

    async def get(self, user_id: int) -> User:
        """Return a user; raise UserNotFound."""

    async def page(self, after: int, limit: int, email: str | None) -> list[User]:
        """Return at most `limit` users by ascending id, all greater than `after`, at a cost that `after` does not
        change; only the one with this e-mail address if it is given."""

{% if cookiecutter.auth == 'jwt' %}
    async def insert(self, draft: UserDraft, password_hash: str | None, at: datetime) -> User:
        """Return a new user with an id that was never used; raise EmailTaken."""

    async def replace(self, user: User, draft: UserDraft, password_hash: str | None, at: datetime) -> User | None:
{% else %}
    async def insert(self, draft: UserDraft, at: datetime) -> User:
        """Return a new user with an id that was never used; raise EmailTaken."""

    async def replace(self, user: User, draft: UserDraft, at: datetime) -> User | None:
{% endif %}
        """Return the changed user, or None where it is no longer at the version of `user`; raise EmailTaken."""

    async def delete(self, user_id: int, version: int | None) -> bool:
        """Delete a user and the profile; return whether the user was there, and at this version if one is given."""

    async def profile(self, user_id: int) -> Profile | None:
        """Return a profile, or None where there is none."""

    async def profiles(self, user_ids: Sequence[int]) -> dict[int, Profile]:
        """Return the profiles of these users by user id, all in one read."""

    async def put_profile(self, profile: Profile) -> None:
        """Make or replace a profile; raise UserNotFound."""
