"""The routes of users and profiles."""

{% if cookiecutter.auth == 'jwt' %}
from fastapi import APIRouter, Depends, Request, Response
{% else %}
from fastapi import APIRouter, Request, Response
{% endif %}

from ..schemas import expanded_user_document, page_document, profile_document, user_document
from ..users import entity_tag, none_match_hits
{% if cookiecutter.auth == 'jwt' %}
from .access import authenticate
{% endif %}
from .requests import (
    AcceptedVersions,
    ListQuery,
    ProfileBody,
    Service,
    UserBody,
    UserId,
    UserPatchBody,
    UserQuery,
)
from .responses import READ, json_response

{% if cookiecutter.auth == 'jwt' %}
router = APIRouter(dependencies=[Depends(authenticate)])
{% else %}
router = APIRouter()
{% endif %}


@router.api_route("/users", methods=READ)
async def list_users(query: ListQuery, service: Service) -> Response:
    page = await service.page(query.after, query.limit, query.email, query.expand_profile)
    headers = {} if page.next_after is None else {"Link": query.next_link(page.next_after)}
    return json_response(page_document(page), headers=headers)


@router.post("/users")
async def create_user(draft: UserBody, service: Service) -> Response:
    user = await service.create(draft)
    return json_response(user_document(user), 201, {"Location": f"/users/{user.id}"})


@router.api_route("/users/{id}", methods=READ)
async def get_user(query: UserQuery, request: Request, service: Service) -> Response:
    user_id, expand_profile = query
    if expand_profile:
        return json_response(expanded_user_document(*await service.get_with_profile(user_id)))
    user = await service.get(user_id)
    headers = {"ETag": entity_tag(user.version)}
    if none_match_hits(request.headers.getlist("if-none-match"), user.version):
        return Response(status_code=304, headers=headers)
    return json_response(user_document(user), headers=headers)


@router.put("/users/{id}")
async def replace_user(user_id: UserId, draft: UserBody, accepted: AcceptedVersions, service: Service) -> Response:
    return json_response(user_document(await service.replace(user_id, draft, accepted)))


@router.patch("/users/{id}")
async def patch_user(user_id: UserId, changes: UserPatchBody, accepted: AcceptedVersions, service: Service) -> Response:
    return json_response(user_document(await service.patch(user_id, changes, accepted)))


@router.delete("/users/{id}")
async def delete_user(user_id: UserId, accepted: AcceptedVersions, service: Service) -> Response:
    await service.delete(user_id, accepted)
    return Response(status_code=204)


@router.api_route("/users/{id}/profile", methods=READ)
async def get_profile(user_id: UserId, service: Service) -> Response:
    return json_response(profile_document(await service.profile(user_id)))


@router.put("/users/{id}/profile")
async def put_profile(user_id: UserId, draft: ProfileBody, service: Service) -> Response:
    return json_response(profile_document(await service.put_profile(user_id, draft)))
