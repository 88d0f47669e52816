"""The routes of users and profiles."""

from flask import Blueprint
from pydantic import BaseModel, RootModel
from spectree import Response

{% if cookiecutter.auth == 'jwt' %}
from ..auth.guard import current_user, owner_or_admin, requires
{% endif %}
from ..core.entities import delete_entity
{% if cookiecutter.auth == 'jwt' %}
from ..core.errors import Forbidden
{% endif %}
from ..core.openapi import api
from ..core.pages import Page
{% if cookiecutter.auth == 'jwt' %}
from ..core.web import entity_id, etag, if_match, link_to_next
{% else %}
from ..core.web import entity_id, etag, if_match, link_to_next, loaded
{% endif %}
from . import service
from .models import User
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

bp = Blueprint("users", __name__, url_prefix="/users")


class ExpandQuery(BaseModel):
    """What else to show."""

    expand: Expand | None = None


class UserAnswer(RootModel[UserWithProfile | UserRead]):
    """A user. `profile` is there where it was asked for."""


class UserPage(Page[UserWithProfile | UserRead]):
    """A page of users."""


def load_user(id: str) -> User:
    """Return the user whom a path names; raise Invalid{{ ', Forbidden' if cookiecutter.auth == 'jwt' }} or NotFound."""
    user_id = entity_id(id)
{% if cookiecutter.auth == 'jwt' %}
    if user_id == current_user.id:
        return current_user
    if current_user.role != "admin":
        # Nobody learns from the answer who exists.
        raise Forbidden
{% endif %}
    return service.get_user(user_id)


@bp.get("")
{% if cookiecutter.auth == 'jwt' %}
@requires("admin")
{% endif %}
@api.validate(resp=Response(HTTP_200=UserPage), tags=["Users"])
def list_users(query: UserQuery) -> tuple[Page[UserWithProfile] | Page[UserRead], dict[str, str]]:
    """List users

    Oldest first. While there are more, `next_cursor` and the `Link` header lead to the next page.
    """
    found = service.list_users(query)
    shown = Page[UserWithProfile] if query.expand else Page[UserRead]
    return shown.model_validate(found), link_to_next("/users", query, found)


@bp.post("")
{% if cookiecutter.auth == 'jwt' %}
@requires("admin")
{% endif %}
@api.validate(resp=Response("HTTP_409", HTTP_201=UserRead), tags=["Users"])
def create_user(json: UserCreate) -> tuple[User, int, dict[str, str]]:
    """Create a user"""
    user = service.create_user(json.model_dump(exclude_unset=True))
    return user, 201, {"Location": f"/users/{user.id}"}


@bp.get("/<id>")
@{{ 'owner_or_admin' if cookiecutter.auth == 'jwt' else 'loaded' }}(load_user)
@api.validate(resp=Response("HTTP_304", HTTP_200=UserAnswer), tags=["Users"])
def get_user(user: User, query: ExpandQuery) -> UserRead | tuple[UserRead, dict[str, str]]:
    """Get a user"""
    if query.expand:
        # The profile does not count in the user's version.
        return UserWithProfile.model_validate(service.with_profile(user))
    return UserRead.model_validate(user), etag(user)


@bp.put("/<id>")
@{{ 'owner_or_admin' if cookiecutter.auth == 'jwt' else 'loaded' }}(load_user)
@api.validate(resp=Response("HTTP_409", "HTTP_412", HTTP_200=UserRead), tags=["Users"])
def replace_user(user: User, json: UserUpdate) -> User:
    """Replace a user"""
{% if cookiecutter.auth == 'jwt' %}
    _require_admin_for_role(json)
{% endif %}
    values = {"age": None} | json.model_dump(exclude_unset=True)
    return service.update_user(user.id, values, if_match())


@bp.patch("/<id>")
@{{ 'owner_or_admin' if cookiecutter.auth == 'jwt' else 'loaded' }}(load_user)
@api.validate(resp=Response("HTTP_409", "HTTP_412", HTTP_200=UserRead), tags=["Users"])
def patch_user(user: User, json: UserPatch) -> User:
    """Change a user

    With a JSON merge patch (RFC 7396): what is not sent stays.
    """
{% if cookiecutter.auth == 'jwt' %}
    _require_admin_for_role(json)
{% endif %}
    return service.update_user(user.id, json.model_dump(exclude_unset=True), if_match())


@bp.delete("/<id>")
{% if cookiecutter.auth == 'jwt' %}
@requires("admin")
{% endif %}
@api.validate(resp=Response("HTTP_204", "HTTP_412"), tags=["Users"])
def delete_user(id: str) -> tuple[str, int]:
    """Delete a user"""
    delete_entity(User, entity_id(id), if_match())
    return "", 204


@bp.get("/<id>/profile")
@{{ 'owner_or_admin' if cookiecutter.auth == 'jwt' else 'loaded' }}(load_user)
@api.validate(resp=Response(HTTP_200=ProfileRead), tags=["Profiles"])
def get_profile(user: User) -> ProfileRead:
    """Get a profile"""
    return ProfileRead.model_validate(service.get_profile(user))


@bp.put("/<id>/profile")
@{{ 'owner_or_admin' if cookiecutter.auth == 'jwt' else 'loaded' }}(load_user)
@api.validate(resp=Response(HTTP_200=ProfileRead), tags=["Profiles"])
def put_profile(user: User, json: ProfileUpdate) -> ProfileRead:
    """Replace a profile

    It is made by the first call.
    """
    return ProfileRead.model_validate(service.put_profile(user.id, json.model_dump()))
{% if cookiecutter.auth == 'jwt' %}


def _require_admin_for_role(changes: UserUpdate | UserPatch) -> None:
    if "role" in changes.model_fields_set and current_user.role != "admin":
        raise Forbidden
{% endif %}
