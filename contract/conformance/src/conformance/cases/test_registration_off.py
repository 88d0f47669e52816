"""POST /auth/register of a service that was started with REGISTRATION_ENABLED=false."""

import pytest

from conformance.accounts import PASSWORD
from conformance.demands import demand_equal, demand_one_of, demand_problem
from conformance.service import JSON, MAX_BODY, Service, unique_email

AREA = "registration off"

pytestmark = [
    pytest.mark.auth("jwt"),
    pytest.mark.registration("off"),
    pytest.mark.section("README.md, Auth: Routes"),
]

OFF = "registration is switched off"


def test_answers_403(public: Service) -> None:
    data = {"name": "Ada", "email": unique_email(), "password": PASSWORD}
    demand_problem(public.post("/auth/register", data), 403, OFF)


def test_makes_no_user(public: Service, service: Service) -> None:
    email = unique_email()
    public.post("/auth/register", {"name": "Ada", "email": email, "password": PASSWORD})
    answer = service.get(f"/users?email={email}")
    demand_equal(answer["items"], [], OFF, answer)


def test_is_off_for_admins(service: Service) -> None:
    data = {"name": "Ada", "email": unique_email(), "password": PASSWORD}
    demand_problem(service.post("/auth/register", data), 403, OFF)


@pytest.mark.parametrize(
    ("body", "content_type", "others"),
    [
        (b"{}", "text/plain", {415}),
        (b"{", "application/json", {400}),
        (b"{}", "application/json", {400}),
        (b"", "", {400, 415}),
    ],
    ids=["media type", "JSON", "fields", "no body"],
)
def test_off_and_the_body(public: Service, body: bytes, content_type: str, others: set[int]) -> None:
    answer = public.send("POST", "/auth/register", body=body, content_type=content_type)
    demand_one_of(answer, {403, *others}, "which of the two is found first is free")


def test_declared_length(public: Service) -> None:
    answer = public.send_raw("POST", "/auth/register", {"Content-Length": str(MAX_BODY + 1), "Content-Type": JSON})
    demand_one_of(answer, {403, 413}, "which of the two is found first is free")


def test_method_comes_first(public: Service) -> None:
    demand_problem(public.get("/auth/register"), 405, "the method is looked at first")
