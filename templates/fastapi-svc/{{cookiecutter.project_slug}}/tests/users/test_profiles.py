{# Made from templates/shared/python/tests/users/test_profiles.py by `make sync`: edit that. #}
"""The profiles' part of the API."""

import pytest
from httpx2 import Client

PROFILE = {"bio": "Wrote the first program.", "location": "London", "website": "https://example.com/~ada"}


@pytest.fixture
def path(client: Client) -> str:
    """The path of a user's profile, which is not there yet."""
    user = client.post("/users", json={"name": "Ada", "email": "ada@example.com"}).json()
    return f"/users/{user['id']}/profile"


def test_put_profile(client: Client, path: str) -> None:
    response = client.put(path, json=PROFILE)

    profile = response.json()
    assert response.status_code == 200
    assert set(profile) == {"user_id", "bio", "location", "website", "updated_at"}
    assert PROFILE.items() <= profile.items()
    assert client.get(path).json() == profile


def test_put_profile_empties_what_is_absent(client: Client, path: str) -> None:
    client.put(path, json=PROFILE)

    profile = client.put(path, json={"bio": " kept as it is "}).json()

    assert (profile["bio"], profile["location"], profile["website"]) == (" kept as it is ", "", "")


def test_put_profile_with_the_same_values(client: Client, path: str) -> None:
    profile = client.put(path, json=PROFILE).json()

    assert client.put(path, json=PROFILE).json() == profile


def test_put_profile_leaves_the_version_of_the_user(client: Client, path: str) -> None:
    client.put(path, json=PROFILE)

    assert client.get(path.removesuffix("/profile")).json()["version"] == 1


def test_put_profile_names_every_field_that_is_wrong(client: Client, path: str) -> None:
    response = client.put(path, json={"bio": 501 * "x", "location": None, "website": "javascript:alert(1)", "x/y": 1})

    assert response.status_code == 400
    pointers = {error["pointer"] for error in response.json()["errors"]}
    assert pointers == {"/bio", "/location", "/website", "/x~1y"}


def test_get_profile_that_is_not_there(client: Client, path: str) -> None:
    response = client.get(path)

    assert response.status_code == 404


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_profile_of_a_user_that_does_not_exist(client: Client, method: str) -> None:
    response = client.request(method, "/users/4611686018427387904/profile", json=PROFILE)

    assert response.status_code == 404
