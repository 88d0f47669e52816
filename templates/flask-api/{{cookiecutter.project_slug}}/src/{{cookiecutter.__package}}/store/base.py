"""What the service needs of a place that keeps users."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from ..users import Profile, User, UserDraft


class UserStore(Protocol):
    """Keeps users and profiles. Safe for use by several threads; every method may raise StoreUnavailable."""

    def ping(self) -> None:
        """Return if the store can be read now."""

    def get(self, user_id: int) -> User:
        """Return a user; raise UserNotFound."""

    def page(self, after: int, limit: int, email: str | None) -> list[User]:
        """Return at most `limit` users by ascending id, all greater than `after`, at a cost that `after` does not
        change; only the one with this e-mail address if it is given."""

{% if cookiecutter.auth == 'jwt' %}
    def insert(self, draft: UserDraft, password_hash: str | None, at: datetime) -> User:
{% else %}
    def insert(self, draft: UserDraft, at: datetime) -> User:
{% endif %}
        """Return a new user with an id that was never used; raise EmailTaken."""

{% if cookiecutter.auth == 'jwt' %}
    def replace(self, user: User, draft: UserDraft, password_hash: str | None, at: datetime) -> User | None:
        """Return the changed user, or None where it is no longer at the version of `user`; raise EmailTaken.

        Without a `password_hash` the password stays as it is.
        """
{% else %}
    def replace(self, user: User, draft: UserDraft, at: datetime) -> User | None:
        """Return the changed user, or None where it is no longer at the version of `user`; raise EmailTaken."""
{% endif %}

    def delete(self, user_id: int, version: int | None) -> bool:
        """Delete a user and the profile; return whether the user was there, and at this version if one is given."""

    def profile(self, user_id: int) -> Profile | None:
        """Return a profile, or None where there is none."""

    def profiles(self, user_ids: Sequence[int]) -> dict[int, Profile]:
        """Return the profiles of these users by user id, all in one read."""

    def put_profile(self, profile: Profile) -> None:
        """Make or replace a profile; raise UserNotFound."""

    def close(self) -> None:
        """Let go of what the store holds."""
