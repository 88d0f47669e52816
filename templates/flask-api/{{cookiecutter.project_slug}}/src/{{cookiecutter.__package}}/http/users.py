"""The routes of users and profiles."""

from flask import Blueprint, Response, request
from flask.views import MethodView

from ..json_body import JSON, MERGE_PATCH
from ..schemas import (
    expanded_user_document,
    page_document,
    parse_page_query,
    parse_profile,
    parse_user,
    parse_user_id,
    parse_user_patch,
    parse_user_query,
    profile_document,
    user_document,
)
from ..service import UserService
from ..users import entity_tag, none_match_hits, parse_if_match
from .responses import empty_response, json_response, read_object


def users_blueprint(service: UserService) -> Blueprint:
    blueprint = Blueprint("users", __name__)
    blueprint.add_url_rule("/users", view_func=UsersView.as_view("users", service))
    blueprint.add_url_rule("/users/<id>", view_func=UserView.as_view("user", service))
    blueprint.add_url_rule("/users/<id>/profile", view_func=ProfileView.as_view("profile", service))
    return blueprint


class _View(MethodView):
    init_every_request = False

    def __init__(self, service: UserService) -> None:
        self._service = service


class UsersView(_View):
    def get(self) -> Response:
        query = parse_page_query(request.query_string)
        page = self._service.page(query.after, query.limit, query.email, query.expand_profile)
        headers = {} if page.next_after is None else {"Link": query.next_link(page.next_after)}
        return json_response(page_document(page), headers=headers)

    def post(self) -> Response:
        user = self._service.create(parse_user(read_object(JSON)))
        return json_response(user_document(user), 201, {"Location": f"/users/{user.id}"})


class UserView(_View):
    def get(self, id: str) -> Response:
        user_id, expand_profile = parse_user_query(id, request.query_string)
        if expand_profile:
            return json_response(expanded_user_document(*self._service.get_with_profile(user_id)))
        user = self._service.get(user_id)
        headers = {"ETag": entity_tag(user.version)}
        if none_match_hits(request.headers.getlist("If-None-Match"), user.version):
            return empty_response(304, headers)
        return json_response(user_document(user), headers=headers)

    def put(self, id: str) -> Response:
        user_id = parse_user_id(id)
        draft = parse_user(read_object(JSON))
        return json_response(user_document(self._service.replace(user_id, draft, _accepted_versions())))

    def patch(self, id: str) -> Response:
        user_id = parse_user_id(id)
        changes = parse_user_patch(read_object(MERGE_PATCH))
        return json_response(user_document(self._service.patch(user_id, changes, _accepted_versions())))

    def delete(self, id: str) -> Response:
        self._service.delete(parse_user_id(id), _accepted_versions())
        return empty_response(204)


class ProfileView(_View):
    def get(self, id: str) -> Response:
        return json_response(profile_document(self._service.profile(parse_user_id(id))))

    def put(self, id: str) -> Response:
        user_id = parse_user_id(id)
        draft = parse_profile(read_object(JSON))
        return json_response(profile_document(self._service.put_profile(user_id, draft)))


def _accepted_versions() -> frozenset[int] | None:
    return parse_if_match(request.headers.getlist("If-Match"))
