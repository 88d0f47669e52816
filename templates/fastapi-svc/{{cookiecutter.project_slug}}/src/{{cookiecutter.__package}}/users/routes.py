"""The routes of users and profiles."""

from typing import Annotated

{% if cookiecutter.auth == 'jwt' %}
from fastapi import Query, Response

from ..auth.guard import Auth, CurrentUser, Router, may_choose_role, owner_or_admin, requires
from ..core.conditions import IfMatch, IfNoneMatch
from ..core.db import Session
from ..core.openapi import NOT_MODIFIED, problems
from ..core.pages import Page, next_link
{% else %}
from fastapi import Path, Query, Response

from ..core.conditions import IfMatch, IfNoneMatch
from ..core.db import Session
from ..core.openapi import NOT_MODIFIED, problems
from ..core.pages import Page, next_link
from ..core.schemas import EntityId
from ..core.web import Router
{% endif %}
from . import service
from .models import Profile, User
from .schemas import (
    Expand,
    ProfileRead,
    ProfileUpdate,
    UserCreate,
    UserPatch,
    UserQuery,
    UserRead,
    UserUpdate,
    UserWithProfile,
)

router = Router(prefix="/users", tags=["users"])


class UserPage(Page[UserRead | UserWithProfile]):
    """A page of users."""


{% if cookiecutter.auth == 'jwt' %}
UserId = Annotated[int, owner_or_admin()]


@router.get("", dependencies=[requires("admin")])
{% else %}
UserId = Annotated[EntityId, Path(alias="id")]


@router.get("")
{% endif %}
async def list_users(query: Annotated[UserQuery, Query()], session: Session, response: Response) -> UserPage:
    """List users, the oldest first."""
    users = await service.list_users(session, query)
    if users.next_after is not None:
        response.headers["Link"] = next_link("/users", query, users.next_after)
    kind = UserWithProfile if query.expand else UserRead
    return UserPage(items=[kind.model_validate(user) for user in users.items], next_cursor=users.next_cursor)


{% if cookiecutter.auth == 'jwt' %}
@router.post("", status_code=201, response_model=UserRead, responses=problems(409), dependencies=[requires("admin")])
async def create_user(values: UserCreate, session: Session, auth: Auth, response: Response) -> User:
    """Make a user."""
    password_hash = None if values.password is None else await auth.hashing.hash(values.password)
    user = await service.create_user(session, values.model_dump(exclude={"password"}), password_hash)
{% else %}
@router.post("", status_code=201, response_model=UserRead, responses=problems(409))
async def create_user(values: UserCreate, session: Session, response: Response) -> User:
    """Make a user."""
    user = await service.create_user(session, values.model_dump())
{% endif %}
    response.headers["Location"] = f"/users/{user.id}"
    return user


@router.get("/{id}", responses=problems(404) | NOT_MODIFIED)
async def get_user(
    user_id: UserId, current: IfNoneMatch, session: Session, expand: Expand | None = None
) -> UserRead | UserWithProfile:
    """Read a user."""
    if expand:
        return UserWithProfile.model_validate(await service.get_user_with_profile(session, user_id))
    user = await service.get_user(session, user_id)
    current.tell(user.version)
    return UserRead.model_validate(user)


@router.put("/{id}", response_model=UserRead, responses=problems(404, 409, 412))
{% if cookiecutter.auth == 'jwt' %}
async def replace_user(
    user_id: UserId, values: UserUpdate, accepted: IfMatch, user: CurrentUser, session: Session, auth: Auth
) -> User:
    """Replace the values of a user. Without role or password these stay as they are."""
    may_choose_role(user, values.model_fields_set)
    password_hash = None if values.password is None else await auth.hashing.hash(values.password)
    changes = {"age": None} | values.model_dump(exclude_unset=True, exclude={"password"})
    return await service.update_user(session, user_id, accepted, changes, password_hash)
{% else %}
async def replace_user(user_id: UserId, values: UserUpdate, accepted: IfMatch, session: Session) -> User:
    """Replace the values of a user."""
    return await service.update_user(session, user_id, accepted, values.model_dump())
{% endif %}


@router.patch("/{id}", response_model=UserRead, responses=problems(404, 409, 412))
{% if cookiecutter.auth == 'jwt' %}
async def patch_user(
    user_id: UserId, values: UserPatch, accepted: IfMatch, user: CurrentUser, session: Session, auth: Auth
) -> User:
    """Change some of a user's values, by a JSON merge patch."""
    may_choose_role(user, values.model_fields_set)
    password_hash = None if values.password is None else await auth.hashing.hash(values.password)
    changes = values.model_dump(exclude_unset=True, exclude={"password"})
    return await service.update_user(session, user_id, accepted, changes, password_hash)
{% else %}
async def patch_user(user_id: UserId, values: UserPatch, accepted: IfMatch, session: Session) -> User:
    """Change some of a user's values, by a JSON merge patch."""
    return await service.update_user(session, user_id, accepted, values.model_dump(exclude_unset=True))
{% endif %}


{% if cookiecutter.auth == 'jwt' %}
@router.delete("/{id}", status_code=204, responses=problems(404, 412), dependencies=[requires("admin")])
{% else %}
@router.delete("/{id}", status_code=204, responses=problems(404, 412))
{% endif %}
async def delete_user(user_id: UserId, accepted: IfMatch, session: Session) -> None:
    """Delete a user together with the profile."""
    await service.delete_user(session, user_id, accepted)


@router.get("/{id}/profile", response_model=ProfileRead, responses=problems(404))
async def get_profile(user_id: UserId, session: Session) -> Profile:
    """Read a user's profile."""
    return await service.get_profile(session, user_id)


@router.put("/{id}/profile", response_model=ProfileRead, responses=problems(404))
async def put_profile(user_id: UserId, values: ProfileUpdate, session: Session) -> Profile:
    """Make or replace a user's profile."""
    return await service.put_profile(session, user_id, values.model_dump())
