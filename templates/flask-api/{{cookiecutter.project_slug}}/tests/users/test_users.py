{# Made from templates/shared/python/tests/users/test_users.py by `make sync`: edit that. #}
"""The users' part of the API."""

{% if cookiecutter.database != 'memory' %}
from collections.abc import Iterator
{% endif %}
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
{% if cookiecutter.database != 'memory' %}
from conftest import with_connection
{% endif %}
from httpx2 import Client
{% if cookiecutter.database != 'memory' %}
from sqlalchemy import Connection, text
{% endif %}

MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}


def create(client: Client, email: str = "ada@example.com", **fields: object) -> dict[str, Any]:
    response = client.post("/users", json={"name": "Ada", "email": email, **fields})
    assert response.status_code == 201, response.text
    user: dict[str, Any] = response.json()
    return user


def errors(response: Any) -> set[str]:
    """Return what a refused request names: pointers into its body, or parameters."""
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    return {error.get("pointer") or error["parameter"] for error in response.json()["errors"]}


def test_create_user(client: Client) -> None:
    response = client.post("/users", json={"name": " Ada ", "email": " Ada@Example.com ", "age": 36})

    user = response.json()
    assert response.status_code == 201
    assert response.headers["location"] == f"/users/{user['id']}"
{% if cookiecutter.auth == 'jwt' %}
    assert set(user) == {"id", "name", "email", "age", "role", "created_at", "updated_at", "version"}
{% else %}
    assert set(user) == {"id", "name", "email", "age", "created_at", "updated_at", "version"}
{% endif %}
    assert (user["name"], user["email"], user["age"], user["version"]) == ("Ada", "ada@example.com", 36, 1)
    assert user["created_at"] == user["updated_at"]
    assert client.get(response.headers["location"]).json() == user


def test_create_user_without_age(client: Client) -> None:
    assert create(client)["age"] is None


def test_create_user_names_every_field_that_is_wrong(client: Client) -> None:
    response = client.post("/users", json={"zip": 1, "email": "ada", "age": 151, "admin": True})

    assert errors(response) == {"/name", "/email", "/age", "/admin", "/zip"}


def test_no_more_than_twenty_errors(client: Client) -> None:
    response = client.post("/users", json={f"unknown{number}": 0 for number in range(100)})

    assert response.status_code == 400
    assert len(response.json()["errors"]) == 20


def test_create_user_with_a_taken_email(client: Client) -> None:
    create(client)

    response = client.post("/users", json={"name": "Eve", "email": "ADA@example.com"})

    assert response.status_code == 409
    assert "e-mail" in response.json()["detail"]


def test_simultaneous_creations_with_one_email(client: Client) -> None:
    def attempt(_: int) -> int:
        return client.post("/users", json={"name": "Ada", "email": "ada@example.com"}).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(attempt, range(8)))

    assert statuses == [201] + 7 * [409]


def test_get_user_that_does_not_exist(client: Client) -> None:
    response = client.get("/users/4611686018427387904")

    assert response.status_code == 404


@pytest.mark.parametrize("user_id", ["0", "-1", "x", "1.5", "9223372036854775808"])
def test_get_user_with_an_id_that_is_none(client: Client, user_id: str) -> None:
    assert errors(client.get(f"/users/{user_id}")) == {"id"}


def test_get_user_unless_it_is_unchanged(client: Client) -> None:
    path = f"/users/{create(client)['id']}"

    assert client.get(path).headers["etag"] == '"1"'
    unchanged = client.get(path, headers={"If-None-Match": 'W/"1", "7"'})
    assert (unchanged.status_code, unchanged.headers["etag"], unchanged.content) == (304, '"1"', b"")
    assert client.get(path, headers={"If-None-Match": '"2"'}).status_code == 200


def test_get_user_with_profile(client: Client) -> None:
    path = f"/users/{create(client)['id']}"

    assert client.get(f"{path}?expand=profile").json()["profile"] is None
    profile = client.put(f"{path}/profile", json={"bio": "Analyst"}).json()
    response = client.get(f"{path}?expand=profile")
    assert response.json()["profile"] == profile
    assert "etag" not in response.headers


def test_pages_of_users(client: Client) -> None:
{% if cookiecutter.auth == 'jwt' %}
    me = client.get("/auth/me").json()
    users = [me, *(create(client, f"user{number}@example.com") for number in range(4))]
{% else %}
    users = [create(client, f"user{number}@example.com") for number in range(5)]
{% endif %}
    seen = []
    path = "/users?limit=2"
    for _ in range(3):
        response = client.get(path)
        seen += response.json()["items"]
        if response.json()["next_cursor"] is None:
            break
        link, relation = response.headers["link"].split("; ")
        assert relation == 'rel="next"'
        path = link.strip("<>")

    assert seen == users
    assert "link" not in response.headers


def test_page_of_users_with_profiles(client: Client) -> None:
    first, second = create(client), create(client, "bob@example.com")
    profile = client.put(f"/users/{second['id']}/profile", json={"location": "London"}).json()

{% if cookiecutter.auth == 'jwt' %}
    _, *items = client.get("/users?expand=profile").json()["items"]
{% else %}
    items = client.get("/users?expand=profile").json()["items"]
{% endif %}

    assert items == [{**first, "profile": None}, {**second, "profile": profile}]


def test_users_by_email(client: Client) -> None:
    create(client)
    user = create(client, "bob@example.com")

    assert client.get("/users", params={"email": " BOB@example.com"}).json() == {"items": [user], "next_cursor": None}
    assert client.get("/users", params={"email": "nobody@example.com"}).json()["items"] == []


def test_page_names_every_parameter_that_is_wrong(client: Client) -> None:
    response = client.get("/users?expand=all&email=x&cursor=YWZ0ZXI6MQ%3D%3D&limit=101")

    assert errors(response) == {"limit", "cursor", "email", "expand"}


def test_replace_user(client: Client) -> None:
    user = create(client, age=36)

    response = client.put(f"/users/{user['id']}", json={"name": "Bob", "email": "bob@example.com"})

    changed = response.json()
    assert response.status_code == 200
    assert (changed["name"], changed["email"], changed["age"]) == ("Bob", "bob@example.com", None)
    assert (changed["created_at"], changed["version"]) == (user["created_at"], 2)
    assert client.get(f"/users/{user['id']}").json() == changed


def test_replace_user_by_the_same_values(client: Client) -> None:
    user = create(client)

    response = client.put(f"/users/{user['id']}", json={"name": "Ada", "email": "ada@example.com"})

    assert response.json() == user


def test_replace_user_with_a_taken_email(client: Client) -> None:
    create(client)
    user = create(client, "bob@example.com")

    assert client.put(f"/users/{user['id']}", json={"name": "Bob", "email": "ada@example.com"}).status_code == 409
    assert client.get(f"/users/{user['id']}").json() == user


def test_patch_user(client: Client) -> None:
    user = create(client, age=36)

    changed = client.patch(f"/users/{user['id']}", content='{"age": null}', headers=MERGE_PATCH).json()

    assert (changed["name"], changed["age"], changed["version"]) == ("Ada", None, 2)
    assert client.patch(f"/users/{user['id']}", json={}).json() == changed


def test_patch_user_cannot_remove_the_name(client: Client) -> None:
    response = client.patch(f"/users/{create(client)['id']}", json={"name": None})

    assert errors(response) == {"/name"}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_change_of_a_version_that_is_no_longer_current(client: Client, method: str) -> None:
    user = create(client)
    body = None if method == "DELETE" else {"name": "Bob", "email": "bob@example.com"}

    response = client.request(method, f"/users/{user['id']}", json=body, headers={"If-Match": '"2"'})

    assert response.status_code == 412
    assert client.get(f"/users/{user['id']}").json() == user


@pytest.mark.parametrize("accepted", ['W/"1"', '"01"'])
def test_change_of_a_version_that_is_not_named(client: Client, accepted: str) -> None:
    user = create(client)

    assert client.patch(f"/users/{user['id']}", json={"age": 1}, headers={"If-Match": accepted}).status_code == 412


@pytest.mark.parametrize("accepted", ['"1"', '"7", "1"', "*", '"7" ,,"1"'])
def test_change_of_the_current_version(client: Client, accepted: str) -> None:
    user = create(client)

    response = client.patch(f"/users/{user['id']}", json={"age": 1}, headers={"If-Match": accepted})

    assert response.json()["version"] == 2


def test_simultaneous_changes_of_one_version(client: Client) -> None:
    path = f"/users/{create(client)['id']}"

    def attempt(age: int) -> int:
        return client.patch(path, json={"age": age}, headers={"If-Match": '"1"'}).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(attempt, range(8)))

    assert statuses == [200] + 7 * [412]
    assert client.get(path).json()["version"] == 2


def test_simultaneous_changes_of_any_version(client: Client) -> None:
    path = f"/users/{create(client)['id']}"

    with ThreadPoolExecutor(8) as pool:
        statuses = set(pool.map(lambda age: client.patch(path, json={"age": age}).status_code, range(8)))

    assert statuses == {200}
    assert client.get(path).json()["version"] == 9


def test_delete_user(client: Client) -> None:
    path = f"/users/{create(client)['id']}"
    client.put(f"{path}/profile", json={})

    response = client.delete(path)

    assert (response.status_code, response.content) == (204, b"")
    assert client.get(path).status_code == 404
    assert client.get(f"{path}/profile").status_code == 404
    assert client.delete(path).status_code == 404


def test_id_is_never_used_again(client: Client) -> None:
    user = create(client)
    client.delete(f"/users/{user['id']}")

    assert create(client)["id"] > user["id"]
{% if cookiecutter.database != 'memory' %}


@pytest.fixture
def note(client: Client, database: str) -> Iterator[int]:
    """The id of a user whom a row refers to that does not go with the user."""
    user_id: int = create(client)["id"]

    def add(connection: Connection) -> None:
        key = "INTEGER" if connection.dialect.name == "sqlite" else "BIGINT"
        columns = f"user_id {key}, FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE RESTRICT"
        connection.execute(text(f"CREATE TABLE notes ({columns})"))
        connection.execute(text("INSERT INTO notes VALUES (:user_id)"), {"user_id": user_id})

    with_connection(database, add)
    yield user_id
    with_connection(database, lambda connection: connection.execute(text("DROP TABLE notes")))


def test_user_whom_something_refers_to_stays(client: Client, note: int) -> None:
    assert client.delete(f"/users/{note}").status_code == 409
    assert client.get(f"/users/{note}").status_code == 200
{% endif %}
