"""What the routes take from a request, as dependencies.

FastAPI resolves the dependencies of a route in the order of its parameters, and the first that raises a problem ends
the request. Parameters therefore go before the body, as the contract orders its checks.
"""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Request
from starlette.requests import ClientDisconnect

from ..json_body import JSON, MERGE_PATCH, decode_object, require_media_type
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
from ..users import ProfileDraft, UserChanges, UserDraft, parse_if_match


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


async def _service(request: Request) -> UserService:
    service: UserService = request.app.state.make_service()
    return service


async def _list_query(request: Request) -> PageQuery:
    return parse_page_query(request.scope["query_string"])


async def _user_id(id: str) -> int:
    return parse_user_id(id)


async def _user_query(id: str, request: Request) -> tuple[int, bool]:
    return parse_user_query(id, request.scope["query_string"])


async def _accepted_versions(request: Request) -> frozenset[int] | None:
    return parse_if_match(request.headers.getlist("if-match"))


async def _user_body(request: Request) -> UserDraft:
    return parse_user(await read_object(request, JSON))


async def _user_patch_body(request: Request) -> UserChanges:
    return parse_user_patch(await read_object(request, MERGE_PATCH))


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
