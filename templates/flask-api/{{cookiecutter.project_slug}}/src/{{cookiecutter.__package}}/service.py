"""The rules: what may change, and from which version. Knows no framework and no SQL."""

from collections.abc import Callable
from dataclasses import replace

{% if cookiecutter.auth == 'jwt' %}
from .hashing import PasswordHashing
{% endif %}
from .store.base import UserStore
from .users import (
    Page,
    Profile,
    ProfileDraft,
    ProfileNotFound,
    User,
    UserChanges,
    UserDraft,
    UserNotFound,
    VersionMismatch,
    now,
)


class UserService:
    """Manages users and their profiles.

    `accepted` is the set of versions that a caller is willing to change, or None for any. Every method raises
    StoreUnavailable where the store does not answer, and UserNotFound where the user that it names does not exist.
{% if cookiecutter.auth == 'jwt' %}
    Those that set a password raise TooManyLogins where too many are hashed already.
{% endif %}
    """

{% if cookiecutter.auth == 'jwt' %}
    def __init__(self, store: UserStore, hashing: PasswordHashing) -> None:
        self._store = store
        self._hashing = hashing
{% else %}
    def __init__(self, store: UserStore) -> None:
        self._store = store
{% endif %}

    def ready(self) -> None:
        """Return if users can be read and written now."""
        self._store.ping()

    def page(self, after: int, limit: int, email: str | None, with_profiles: bool) -> Page:
        """Return at most `limit` users whose id is greater than `after`, only the one with this e-mail if given."""
        users = self._store.page(after, limit + 1, email)
        shown = users[:limit]
        return Page(
            users=shown,
            next_after=shown[-1].id if len(users) > limit else None,
            profiles=self._store.profiles([user.id for user in shown]) if with_profiles else None,
        )

    def create(self, draft: UserDraft) -> User:
        """Return the new user; raise EmailTaken."""
{% if cookiecutter.auth == 'jwt' %}
        password_hash = None if draft.password is None else self._hashing.hash(draft.password)
        return self._store.insert(draft, password_hash, now())
{% else %}
        return self._store.insert(draft, now())
{% endif %}

    def get(self, user_id: int) -> User:
        return self._store.get(user_id)

    def get_with_profile(self, user_id: int) -> tuple[User, Profile | None]:
        """Return the user together with the profile, if there is one."""
        return self._store.get(user_id), self._store.profile(user_id)

    def replace(self, user_id: int, draft: UserDraft, accepted: frozenset[int] | None) -> User:
        """Return the user with new values; raise VersionMismatch or EmailTaken."""
{% if cookiecutter.auth == 'jwt' %}
        return self._change(user_id, accepted, lambda user: replace(draft, role=draft.role or user.role))
{% else %}
        return self._change(user_id, accepted, lambda _: draft)
{% endif %}

    def patch(self, user_id: int, changes: UserChanges, accepted: frozenset[int] | None) -> User:
        """Return the user with some new values; raise VersionMismatch or EmailTaken."""
        return self._change(user_id, accepted, lambda user: replace(user.draft, **changes))

    def delete(self, user_id: int, accepted: frozenset[int] | None) -> None:
        """Delete the user together with the profile; raise VersionMismatch."""
        if accepted is None:
            if not self._store.delete(user_id, None):
                raise UserNotFound(user_id)
            return
        while True:
            user = self._at_accepted_version(user_id, accepted)
            if self._store.delete(user_id, user.version):
                return

    def profile(self, user_id: int) -> Profile:
        """Return the user's profile; raise ProfileNotFound."""
        profile = self._store.profile(user_id)
        if profile is None:
            raise ProfileNotFound(self._store.get(user_id).id)
        return profile

    def put_profile(self, user_id: int, draft: ProfileDraft) -> Profile:
        """Return the user's profile, made or changed; one that stays as it is keeps its time."""
        stored = self._store.profile(user_id)
        if stored is not None and stored.draft == draft:
            return stored
        profile = Profile(user_id, draft.bio, draft.location, draft.website, now())
        self._store.put_profile(profile)
        return profile

    def _change(self, user_id: int, accepted: frozenset[int] | None, change: Callable[[User], UserDraft]) -> User:
        """Compare and swap: a lost race starts again from the read, so that no change is overwritten unseen."""
{% if cookiecutter.auth == 'jwt' %}
        password_hash = None
{% endif %}
        while True:
            user = self._at_accepted_version(user_id, accepted)
            draft = change(user)
            if draft == user.draft:
                return user
{% if cookiecutter.auth == 'jwt' %}
            if draft.password is not None and password_hash is None:
                password_hash = self._hashing.hash(draft.password)
            changed = self._store.replace(user, draft, password_hash, now())
{% else %}
            changed = self._store.replace(user, draft, now())
{% endif %}
            if changed is not None:
                return changed

    def _at_accepted_version(self, user_id: int, accepted: frozenset[int] | None) -> User:
        user = self._store.get(user_id)
        if accepted is not None and user.version not in accepted:
            raise VersionMismatch
        return user
