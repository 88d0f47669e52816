"""GET /auth/me."""

from typing import Any

import pytest

from conformance.accounts import Account
from conformance.demands import demand, demand_equal, demand_status, told_by_headers
from conformance.service import Service

AREA = "me"

pytestmark = [pytest.mark.auth("jwt"), pytest.mark.section("README.md, Auth: Routes")]


def test_answers_200(member: Account) -> None:
    demand_status(member.client.get("/auth/me"), 200, "who calls is told who they are")


def test_answers_with_the_user(member: Account) -> None:
    answer, read = member.client.get("/auth/me"), member.client.get(member.path)
    demand_equal((answer.status, answer.data), (200, read.data), "it is the user that GET /users/{id} gives", answer, read)


def test_answers_with_the_admin(service: Service) -> None:
    answer = service.get("/auth/me")
    demand_equal(answer["role"], "admin", "it is the user who calls", answer)


def test_each_caller_is_told_of_itself(member: Account, stranger: Account) -> None:
    found = [account.client.get("/auth/me")["id"] for account in (member, stranger, member)]
    wanted = [member.user["id"], stranger.user["id"], member.user["id"]]
    demand_equal(found, wanted, "each caller is told of itself")


@pytest.mark.parametrize("header", ["Link", "Location", "Set-Cookie", "WWW-Authenticate"])
def test_has_no(member: Account, header: str) -> None:
    answer = member.client.get("/auth/me")
    demand_equal((answer.status, answer.headers.get(header)), (200, None), f"it comes without {header}", answer)


@pytest.mark.section("README.md, Fields and parameters")
@pytest.mark.parametrize("query", ["expand=profile", "expand=x", "id=1", "limit=0&limit=0"])
def test_parameters_are_ignored(member: Account, query: str) -> None:
    answer = member.client.get(f"/auth/me?{query}")
    demand(answer.status == 200 and "profile" not in answer.data, "parameters that a route does not know are ignored", answer)


def test_head_has_the_headers_of_get(member: Account) -> None:
    headers = {"X-Request-ID": "head"}
    get, head = member.client.get("/auth/me", headers), member.client.send("HEAD", "/auth/me", headers=headers)
    demand_equal(told_by_headers(head), told_by_headers(get), "HEAD has the status and the headers of GET", head)
    demand_equal(head.status, 200, "HEAD works wherever GET does", head)


def test_shows_a_change_at_once(service: Service, account: Account) -> None:
    client = account.log_in().client
    changed: Any = service.patch(account.path, {"name": "Eve", "age": 7}).data
    answer = client.get("/auth/me")
    demand_equal(answer.data, changed, "it is the user as it is now", answer)
