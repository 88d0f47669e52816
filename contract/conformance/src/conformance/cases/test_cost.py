"""What a call costs, as far as its time shows it."""

import time
from typing import Any

import pytest

from conformance.cases.test_list import place_before
from conformance.demands import demand
from conformance.service import Service

AREA = "cost"

USERS = 100
ROUNDS = 5
TIMES_A_ROUND = 40


@pytest.fixture(scope="module")
def place(service: Service) -> str:
    """The query parameter that makes a page begin with 100 users. They have no profile, whose bytes would take time too."""
    users: list[dict[str, Any]] = [service.new_user() for _ in range(USERS)]
    return place_before(users[0])


def seconds(service: Service, target: str) -> float:
    """Return how long an answer takes that nobody looks at."""
    request = service.head("GET", target)
    started = time.perf_counter()
    service.exchange(request)
    return time.perf_counter() - started


@pytest.mark.section("openapi.yaml, listUsers expand")
def test_expand_takes_no_query_for_each_user(service: Service, place: str) -> None:
    one, one_expanded, all_, all_expanded = targets = [
        f"/users?limit={limit}{place}{expand}" for limit in (1, USERS) for expand in ("", "&expand=profile")
    ]
    shortest = dict.fromkeys(targets, float("inf"))
    # The shortest of many times is that of the work itself. On a machine that is busy it takes more of them.
    for _ in range(ROUNDS):
        for target in targets * TIMES_A_ROUND:
            shortest[target] = min(shortest[target], seconds(service, target))
        for_one = shortest[one_expanded] - shortest[one]
        for_all = shortest[all_expanded] - shortest[all_]
        # One further query at most doubles the time of a page. Where it does more, as the queries of a busy machine wait
        # for their turn, it does so for a page of one user too.
        if shortest[all_expanded] <= 2.25 * shortest[all_] or for_all <= USERS / 10 * for_one:
            return
    found = f"{for_all * 1000:.2f} ms more for {USERS} users, {for_one * 1000:.2f} ms more for one"
    demand(False, f"expand=profile takes one further query at most, whatever the page size\nfound:    {found}")
