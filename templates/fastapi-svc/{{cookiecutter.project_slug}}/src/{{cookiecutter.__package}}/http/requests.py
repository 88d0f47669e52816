"""What the routes take from a request, as dependencies.

FastAPI resolves the dependencies of a route in the order of its parameters, and the first that raises a problem ends
the request. Parameters therefore go before the body, as the contract orders its checks.
"""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Request
from starlette.requests import ClientDisconnect

from ..json_body import JSON, MERGE_PATCH, decode_object, require_media_type
{% if cookiecutter.auth == 'jwt' %}
from ..policy import Action, require_access, require_role
{% endif %}
from ..problems import MAX_BODY_BYTES, body_too_large, unreadable_body
from ..schemas import (
    PageQuery,
    parse_page_query,
    parse_profile,
    parse_user,
    parse_user_id,
    parse_user_patch,
    parse_user_query,
)
from ..service import UserService
{% if cookiecutter.auth == 'jwt' %}
from ..users import ProfileDraft, User, UserChanges, UserDraft, parse_if_match
from .access import CurrentCaller, RequestServices, action
{% else %}
from ..users import ProfileDraft, UserChanges, UserDraft, parse_if_match
{% endif %}


async def read_object(request: Request, accepted: Sequence[str]) -> dict[str, object]:
    """Return the JSON object in the body; raise the problem where its media type, size or text is not right."""
    require_media_type(request.headers.get("content-type"), accepted)
    raw = bytearray()
    try:
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > MAX_BODY_BYTES:
                raise body_too_large()
    except ClientDisconnect:
        raise unreadable_body() from None
    return decode_object(bytes(raw))


{% if cookiecutter.auth == 'jwt' %}
async def _service(services: RequestServices) -> UserService:
    return services.users
{% else %}
async def _service(request: Request) -> UserService:
    service: UserService = request.app.state.make_service()
    return service
{% endif %}


async def _list_query(request: Request) -> PageQuery:
    return parse_page_query(request.scope["query_string"])


{% if cookiecutter.auth == 'jwt' %}
async def _user_id(id: str, request: Request, caller: CurrentCaller) -> int:
    user_id = parse_user_id(id)
    require_access(action(request), caller.user, user_id)
    return user_id


async def _user_query(id: str, request: Request, caller: CurrentCaller) -> tuple[int, bool]:
    user_id, expand_profile = parse_user_query(id, request.scope["query_string"])
    require_access(action(request), caller.user, user_id)
    return user_id, expand_profile
{% else %}
async def _user_id(id: str) -> int:
    return parse_user_id(id)


async def _user_query(id: str, request: Request) -> tuple[int, bool]:
    return parse_user_query(id, request.scope["query_string"])
{% endif %}


async def _accepted_versions(request: Request) -> frozenset[int] | None:
    return parse_if_match(request.headers.getlist("if-match"))


{% if cookiecutter.auth == 'jwt' %}
async def _user_body(request: Request, caller: CurrentCaller) -> UserDraft:
    return parse_user(await _read_user_object(request, JSON, caller.user))


async def _user_patch_body(request: Request, caller: CurrentCaller) -> UserChanges:
    return parse_user_patch(await _read_user_object(request, MERGE_PATCH, caller.user))


async def _read_user_object(request: Request, accepted: Sequence[str], caller: User) -> dict[str, object]:
    """As `read_object`; raise NotAllowed where the body has a role that the caller may not choose."""
    body = await read_object(request, accepted)
    if "role" in body:
        require_role(Action.CHOOSE_ROLE, caller)
    return body
{% else %}
async def _user_body(request: Request) -> UserDraft:
    return parse_user(await read_object(request, JSON))


async def _user_patch_body(request: Request) -> UserChanges:
    return parse_user_patch(await read_object(request, MERGE_PATCH))
{% endif %}


async def _profile_body(request: Request) -> ProfileDraft:
    return parse_profile(await read_object(request, JSON))


Service = Annotated[UserService, Depends(_service)]
ListQuery = Annotated[PageQuery, Depends(_list_query)]
UserId = Annotated[int, Depends(_user_id)]
UserQuery = Annotated[tuple[int, bool], Depends(_user_query)]
AcceptedVersions = Annotated[frozenset[int] | None, Depends(_accepted_versions)]
UserBody = Annotated[UserDraft, Depends(_user_body)]
UserPatchBody = Annotated[UserChanges, Depends(_user_patch_body)]
ProfileBody = Annotated[ProfileDraft, Depends(_profile_body)]
