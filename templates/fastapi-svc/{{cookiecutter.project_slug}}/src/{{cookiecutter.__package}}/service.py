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
    Those that take a password raise TooManyLogins where many others wait to be hashed.
    """

    def __init__(self, store: UserStore, hashing: PasswordHashing) -> None:
        self._store = store
        self._hashing = hashing
{% else %}
    """

    def __init__(self, store: UserStore) -> None:
        self._store = store
{% endif %}

    async def ready(self) -> None:
        """Return if users can be read and written now."""
        await self._store.ping()

    async def page(self, after: int, limit: int, email: str | None, with_profiles: bool) -> Page:
        """Return at most `limit` users whose id is greater than `after`, only the one with this e-mail if given."""
        users = await self._store.page(after, limit + 1, email)
        shown = users[:limit]
        return Page(
            users=shown,
            next_after=shown[-1].id if len(users) > limit else None,
            profiles=await self._store.profiles([user.id for user in shown]) if with_profiles else None,
        )

    async def create(self, draft: UserDraft) -> User:
        """Return the new user; raise EmailTaken."""
{% if cookiecutter.auth == 'jwt' %}
        password_hash = None if draft.password is None else await self._hashing.hash(draft.password)
        return await self._store.insert(draft, password_hash, now())
{% else %}
        return await self._store.insert(draft, now())
{% endif %}

    async def get(self, user_id: int) -> User:
        return await self._store.get(user_id)

    async def get_with_profile(self, user_id: int) -> tuple[User, Profile | None]:
        """Return the user together with the profile, if there is one."""
        return await self._store.get(user_id), await self._store.profile(user_id)

    async def replace(self, user_id: int, draft: UserDraft, accepted: frozenset[int] | None) -> User:
        """Return the user with new values; raise VersionMismatch or EmailTaken."""
{% if cookiecutter.auth == 'jwt' %}
        return await self._change(user_id, accepted, lambda user: replace(draft, role=draft.role or user.role))
{% else %}
        return await self._change(user_id, accepted, lambda _: draft)
{% endif %}

    async def patch(self, user_id: int, changes: UserChanges, accepted: frozenset[int] | None) -> User:
        """Return the user with some new values; raise VersionMismatch or EmailTaken."""
        return await self._change(user_id, accepted, lambda user: replace(user.draft, **changes))

    async def delete(self, user_id: int, accepted: frozenset[int] | None) -> None:
        """Delete the user together with the profile; raise VersionMismatch."""
        if accepted is None:
            if not await self._store.delete(user_id, None):
                raise UserNotFound(user_id)
            return
        while True:
            user = await self._at_accepted_version(user_id, accepted)
            if await self._store.delete(user_id, user.version):
                return

    async def profile(self, user_id: int) -> Profile:
        """Return the user's profile; raise ProfileNotFound."""
        profile = await self._store.profile(user_id)
        if profile is None:
            raise ProfileNotFound((await self._store.get(user_id)).id)
        return profile

    async def put_profile(self, user_id: int, draft: ProfileDraft) -> Profile:
        """Return the user's profile, made or changed; one that stays as it is keeps its time."""
        stored = await self._store.profile(user_id)
        if stored is not None and stored.draft == draft:
            return stored
        profile = Profile(user_id, draft.bio, draft.location, draft.website, now())
        await self._store.put_profile(profile)
        return profile

    async def _change(self, user_id: int, accepted: frozenset[int] | None, change: Callable[[User], UserDraft]) -> User:
        """Compare and swap: a lost race starts again from the read, so that no change is overwritten unseen."""
{% if cookiecutter.auth == 'jwt' %}
        password_hash = None
        while True:
            user = await self._at_accepted_version(user_id, accepted)
            draft = change(user)
            if draft == user.draft:
                return user
            if draft.password is not None and password_hash is None:
                password_hash = await self._hashing.hash(draft.password)
            changed = await self._store.replace(user, draft, password_hash, now())
{% else %}
        while True:
            user = await self._at_accepted_version(user_id, accepted)
            draft = change(user)
            if draft == user.draft:
                return user
            changed = await self._store.replace(user, draft, now())
{% endif %}
            if changed is not None:
                return changed

    async def _at_accepted_version(self, user_id: int, accepted: frozenset[int] | None) -> User:
        user = await self._store.get(user_id)
        if accepted is not None and user.version not in accepted:
            raise VersionMismatch
        return user
