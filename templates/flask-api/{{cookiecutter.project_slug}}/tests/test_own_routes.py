"""Routes of one's own, written as Flask people write them, get right answers."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from conftest import MakeClient
from flask import Blueprint, Flask, abort, request
from pydantic import BaseModel
from spectree import Response
from werkzeug.exceptions import HTTPException

{% if cookiecutter.auth == 'jwt' %}
from {{ cookiecutter.__package }}.auth.guard import anyone
{% endif %}
{% if cookiecutter.auth == 'none' %}
from {{ cookiecutter.__package }}.core.entities import by_id
{% endif %}
from {{ cookiecutter.__package }}.core.openapi import api
from {{ cookiecutter.__package }}.core.telemetry import request_id
{% if cookiecutter.auth == 'none' %}
from {{ cookiecutter.__package }}.core.web import loaded
from {{ cookiecutter.__package }}.users.models import User
{% endif %}


class Thing(BaseModel):
    name: str
    sizes: list[int] = []


class Sizes(BaseModel):
    size: int
    colour: list[str] = []


class Unpaid(HTTPException):
    code = 402
    description = "Pay first."


@pytest.fixture
def client(make_client: MakeClient) -> Iterator[httpx2.Client]:
    bp = Blueprint("things", __name__, url_prefix="/things")

    @bp.get("/refused/<int:status>")
{% if cookiecutter.auth == 'jwt' %}
    @anyone
{% endif %}
    def refuse(status: int) -> str:
        abort(status, "Already paid")

    @bp.get("/described")
{% if cookiecutter.auth == 'jwt' %}
    @anyone
{% endif %}
    def describe() -> str:
        abort(409, {"paid": 1})

    @bp.get("/missing")
{% if cookiecutter.auth == 'jwt' %}
    @anyone
{% endif %}
    def miss() -> str:
        abort(404)

    @bp.post("")
{% if cookiecutter.auth == 'jwt' %}
    @anyone
{% endif %}
    @api.validate(resp=Response(HTTP_200=Thing))
    def create(json: Thing) -> Thing:
        return json

    @bp.get("")
{% if cookiecutter.auth == 'jwt' %}
    @anyone
{% endif %}
    @api.validate()
    def read(query: Sizes) -> dict[str, Any]:
        return query.model_dump()

    @bp.post("/plain")
{% if cookiecutter.auth == 'jwt' %}
    @anyone
{% endif %}
    def plain() -> Any:
        return {"sent": request.get_json()}

    @bp.get("/broken")
{% if cookiecutter.auth == 'jwt' %}
    @anyone
{% endif %}
    def broken() -> str:
        raise LookupError("secret")

    @bp.get("/unreachable")
{% if cookiecutter.auth == 'jwt' %}
    @anyone
{% endif %}
    def unreachable() -> str:
        raise ConnectionRefusedError("the mail server is down")

    @bp.post("/large")
{% if cookiecutter.auth == 'jwt' %}
    @anyone
{% endif %}
    def large() -> dict[str, int]:
        request.max_content_length = 3_000_000
        return {"length": len(request.get_json())}

    @bp.get("/unpaid")
{% if cookiecutter.auth == 'jwt' %}
    @anyone
{% endif %}
    def unpaid() -> str:
        raise Unpaid

    @bp.get("/cached")
{% if cookiecutter.auth == 'jwt' %}
    @anyone
{% endif %}
    def cached() -> tuple[str, dict[str, str]]:
        return "", {"Cache-Control": "max-age=60"}

    @bp.get("/stream")
{% if cookiecutter.auth == 'jwt' %}
    @anyone
{% endif %}
    def stream() -> Iterator[str]:
        for _ in range(2):
            yield f"{request_id.get()},"

    @bp.get("/answer")
{% if cookiecutter.auth == 'jwt' %}
    @anyone
{% endif %}
    def answer() -> tuple[dict[str, int], int]:
        return {"a": 1}, 418

    with make_client(cors_allowed_origins=("https://app.example.com",)) as client:
        app: Flask = client.app
        app.register_blueprint(bp)
        yield client


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 503])
def test_abort_keeps_its_status_and_description(client: httpx2.Client, status: int) -> None:
    response = client.get(f"/things/refused/{status}", headers={"Origin": "https://app.example.com"})

    problem = response.json()
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert (problem["status"], problem["detail"]) == (status, "Already paid")
    assert response.headers["access-control-allow-origin"] == "https://app.example.com"


def test_error_of_ones_own_keeps_its_words(client: httpx2.Client) -> None:
    response = client.get("/things/unpaid")

    assert (response.status_code, response.json()["detail"]) == (402, "Pay first.")


def test_view_says_how_long_an_answer_may_be_kept(client: httpx2.Client) -> None:
    assert client.get("/things/cached").headers["cache-control"] == "max-age=60"


def test_streamed_body_has_the_id_of_its_request(client: httpx2.Client) -> None:
    assert client.get("/things/stream", headers={"X-Request-ID": "mine"}).text == "mine,mine,"
    assert request_id.get() is None


def test_description_need_not_be_text(client: httpx2.Client) -> None:
    response = client.get("/things/described")

    assert (response.status_code, response.headers["content-type"]) == (409, "application/problem+json")
    assert json.loads(response.json()["detail"]) == {"paid": 1}


def test_missing_thing_is_not_a_missing_path(client: httpx2.Client) -> None:
    details = [client.get(path).json()["detail"] for path in ("/things/missing", "/nothing")]

    assert details == ["There is no such thing.", "There is nothing at this path."]


def test_body_that_is_not_valid_is_named(client: httpx2.Client) -> None:
    response = client.post("/things", json={"sizes": [1, "x"]})

    assert response.status_code == 400
    assert {error["pointer"] for error in response.json()["errors"]} == {"/name", "/sizes/1"}


def test_parameter_that_is_not_valid_is_named(client: httpx2.Client) -> None:
    assert client.get("/things?size=2").json() == {"size": 2, "colour": []}

    response = client.get("/things?size=x")

    assert response.status_code == 400
    assert [error["parameter"] for error in response.json()["errors"]] == ["size"]


def test_parameter_that_comes_more_than_once(client: httpx2.Client) -> None:
    found = client.get("/things?size=1&size=2&colour=red&colour=blue").json()

    assert found == {"size": 2, "colour": ["red", "blue"]}


@pytest.mark.parametrize("name", ["form", "headers", "cookies"])
def test_what_a_view_has_to_read_itself(name: str) -> None:
    def view(**_: Any) -> str:
        return ""

    with pytest.raises(TypeError, match=f"view asks for `{name}`: read it from flask.request.{name}$"):
        api.validate(**{name: Thing})(view)


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ('{"a": 1}', "application/json", 200),
        ("{", "application/json", 400),
        (r'{"a": "\u0000"}', "application/json", 400),
        ('{"a": 1}', "text/plain", 415),
    ],
)
def test_body_that_a_view_reads_itself(client: httpx2.Client, body: str, content_type: str, status: int) -> None:
    response = client.post("/things/plain", content=body, headers={"Content-Type": content_type})

    assert response.status_code == status


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize(("length", "status"), [(3_000_000, 200), (3_000_001, 413)])
def test_view_sets_the_limit_of_its_body(client: httpx2.Client, declared: bool, length: int, status: int) -> None:
    body = b'"%s"' % ((length - 2) * b"x")

    content = body if declared else iter([body])
    response = client.post("/things/large", content=content, headers={"Content-Type": "application/json"})

    assert response.status_code == status


def test_method_that_the_path_does_not_take(client: httpx2.Client) -> None:
    response = client.delete("/things")

    assert response.status_code == 405
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}


def test_answer_of_its_own_is_left_alone(client: httpx2.Client) -> None:
    response = client.get("/things/answer")

    assert (response.status_code, response.json()) == (418, {"a": 1})
    assert response.headers["x-content-type-options"] == "nosniff"


def test_error_names_the_code_in_the_log_alone(client: httpx2.Client, caplog: pytest.LogCaptureFixture) -> None:
    response = client.get("/things/broken")

    assert response.status_code == 500
    assert "secret" not in response.text
    assert "in broken" in caplog.text


def test_connection_that_a_view_lost_is_not_the_clients_fault(
    client: httpx2.Client, caplog: pytest.LogCaptureFixture
) -> None:
    assert client.get("/things/unreachable").status_code == 500
    assert "the mail server is down" in caplog.text
{% if cookiecutter.auth == 'none' %}


def test_path_of_more_than_one_value(make_client: MakeClient) -> None:
    def get_task(user: User, task_id: str) -> dict[str, int | str]:
        return {"of": user.id, "task": task_id}

    view = loaded(by_id(User, "user_id"))(get_task)
    with make_client() as client:
        client.app.add_url_rule("/of/<user_id>/tasks/<task_id>", view_func=view)
        user_id = client.post("/users", json={"name": "Ada", "email": "ada@example.com"}).json()["id"]

        assert client.get(f"/of/{user_id}/tasks/7").json() == {"of": user_id, "task": "7"}
        assert client.get("/of/x/tasks/7").json()["errors"][0]["parameter"] == "user_id"
{% endif %}
