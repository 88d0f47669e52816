"""DELETE /users/{id}."""

from typing import Any

import pytest

from conformance.demands import demand, demand_equal, demand_problem, demand_status
from conformance.service import Service

AREA = "delete"

pytestmark = pytest.mark.section("openapi.yaml, deleteUser")


def test_answers_204(service: Service, path: str) -> None:
    demand_status(service.delete(path), 204, "a user that exists is deleted")


def test_answers_without_a_body(service: Service, path: str) -> None:
    answer = service.delete(path)
    demand_equal((answer.status, answer.body), (204, b""), "a 204 has no body", answer)


def test_204_has_no_content_length(service: Service, path: str) -> None:
    answer = service.delete(path)
    demand("Content-Length" not in answer.headers, "a 204 has no Content-Length (RFC 9110 §8.6)", answer)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_then_the_user_is_gone(service: Service, user: dict[str, Any], path: str, method: str) -> None:
    service.delete(path)
    demand_problem(service.send(method, path), 404, "a deleted user is gone")


def test_then_the_profile_is_gone(service: Service, user: dict[str, Any], path: str) -> None:
    service.put(f"{path}/profile", {"bio": "b"})
    service.delete(path)
    answer = service.get(f"{path}/profile")
    demand_problem(answer, 404, "the profile goes with its user")


def test_deletes_a_user_with_a_profile(service: Service, path: str) -> None:
    service.put(f"{path}/profile", {"bio": "b"})
    demand_status(service.delete(path), 204, "a user that has a profile is deleted")


def test_then_the_list_is_without_it(service: Service, user: dict[str, Any], path: str) -> None:
    service.delete(path)
    answer = service.get(f"/users?email={user['email']}")
    demand_equal(answer["items"], [], "a deleted user is not listed", answer)


def test_then_the_email_is_free(service: Service, user: dict[str, Any], path: str) -> None:
    service.delete(path)
    answer = service.post("/users", {"name": "Eve", "email": user["email"]})
    demand_status(answer, 201, "the address of a deleted user is free")


@pytest.mark.section("openapi.yaml, UserId")
def test_the_last_id_is_not_used_again(service: Service) -> None:
    user = service.new_user()
    service.delete(f"/users/{user['id']}")
    later = service.new_user()
    demand(later["id"] > user["id"], f"an id is never used again: {later['id']} came after {user['id']}")


def test_a_new_user_has_no_profile_of_a_deleted_one(service: Service, user: dict[str, Any], path: str) -> None:
    service.put(f"{path}/profile", {"bio": "b"})
    service.delete(path)
    later = service.new_user(email=user["email"])
    answer = service.get(f"/users/{later['id']}?expand=profile")
    demand_equal(answer["profile"], None, "a new user has no profile", answer)


def test_deletes_no_other_user(service: Service, path: str) -> None:
    other = service.new_user()
    service.delete(path)
    answer = service.get(f"/users/{other['id']}")
    demand_equal(answer.data, other, "the deletion of one user leaves the others as they are", answer)


def test_412_deletes_nothing(service: Service, user: dict[str, Any], path: str) -> None:
    answer = service.delete(path, {"If-Match": '"2"'})
    demand_problem(answer, 412, "the user is at version 1")
    demand_status(service.get(path), 200, "a deletion that is refused by 412 deletes nothing")
