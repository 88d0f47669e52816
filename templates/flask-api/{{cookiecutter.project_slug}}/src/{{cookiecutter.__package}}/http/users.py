"""The routes of users and profiles."""

from flask import Blueprint, Response, request

from ..json_body import JSON, MERGE_PATCH
from ..schemas import (
    expanded_user_document,
    page_document,
    parse_page_query,
    parse_profile,
    parse_user,
{% if cookiecutter.auth != 'jwt' %}
    parse_user_id,
{% endif %}
    parse_user_patch,
    parse_user_query,
    profile_document,
    user_document,
)
from ..service import UserService
{% if cookiecutter.auth == 'jwt' %}
from ..sessions import SessionService
{% endif %}
from ..users import entity_tag, none_match_hits, parse_if_match
{% if cookiecutter.auth == 'jwt' %}
from .access import parse_user_id, protect, read_user_object, require_access
{% endif %}
from .responses import empty_response, json_response, read_object


{% if cookiecutter.auth == 'jwt' %}
def users_blueprint(service: UserService, sessions: SessionService) -> Blueprint:
    routes = _Routes(service)
    blueprint = Blueprint("users", __name__)
    protect(blueprint, sessions)
{% else %}
def users_blueprint(service: UserService) -> Blueprint:
    routes = _Routes(service)
    blueprint = Blueprint("users", __name__)
{% endif %}
    blueprint.get("/users")(routes.list_users)
    blueprint.post("/users")(routes.create_user)
    blueprint.get("/users/<id>")(routes.get_user)
    blueprint.put("/users/<id>")(routes.replace_user)
    blueprint.patch("/users/<id>")(routes.patch_user)
    blueprint.delete("/users/<id>")(routes.delete_user)
    blueprint.get("/users/<id>/profile")(routes.get_profile)
    blueprint.put("/users/<id>/profile")(routes.put_profile)
    return blueprint


class _Routes:
    def __init__(self, service: UserService) -> None:
        self._service = service

    def list_users(self) -> Response:
        query = parse_page_query(request.query_string)
        page = self._service.page(query.after, query.limit, query.email, query.expand_profile)
        headers = {} if page.next_after is None else {"Link": query.next_link(page.next_after)}
        return json_response(page_document(page), headers=headers)

    def create_user(self) -> Response:
        user = self._service.create(parse_user(read_object(JSON)))
        return json_response(user_document(user), 201, {"Location": f"/users/{user.id}"})

    def get_user(self, id: str) -> Response:
        user_id, expand_profile = parse_user_query(id, request.query_string)
{% if cookiecutter.auth == 'jwt' %}
        require_access(user_id)
{% endif %}
        if expand_profile:
            return json_response(expanded_user_document(*self._service.get_with_profile(user_id)))
        user = self._service.get(user_id)
        headers = {"ETag": entity_tag(user.version)}
        if none_match_hits(request.headers.getlist("If-None-Match"), user.version):
            return empty_response(304, headers)
        return json_response(user_document(user), headers=headers)

    def replace_user(self, id: str) -> Response:
        user_id = parse_user_id(id)
        draft = parse_user({{ 'read_user_object' if cookiecutter.auth == 'jwt' else 'read_object' }}(JSON))
        return json_response(user_document(self._service.replace(user_id, draft, _accepted_versions())))

    def patch_user(self, id: str) -> Response:
        user_id = parse_user_id(id)
        changes = parse_user_patch({{ 'read_user_object' if cookiecutter.auth == 'jwt' else 'read_object' }}(MERGE_PATCH))
        return json_response(user_document(self._service.patch(user_id, changes, _accepted_versions())))

    def delete_user(self, id: str) -> Response:
        self._service.delete(parse_user_id(id), _accepted_versions())
        return empty_response(204)

    def get_profile(self, id: str) -> Response:
        return json_response(profile_document(self._service.profile(parse_user_id(id))))

    def put_profile(self, id: str) -> Response:
        user_id = parse_user_id(id)
        draft = parse_profile(read_object(JSON))
        return json_response(profile_document(self._service.put_profile(user_id, draft)))


def _accepted_versions() -> frozenset[int] | None:
    return parse_if_match(request.headers.getlist("If-Match"))
