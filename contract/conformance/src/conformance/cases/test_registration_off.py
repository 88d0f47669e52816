"""POST /auth/register of a service that was started with REGISTRATION_ENABLED=false."""

import pytest

from conformance import demands
from conformance.accounts import PASSWORD
from conformance.demands import demand_equal, demand_problem
from conformance.service import MIB, Service, unique_email

AREA = "registration off"

pytestmark = [
    pytest.mark.auth("jwt"),
    pytest.mark.registration("off"),
    pytest.mark.section("README.md, Auth: Routes"),
]

OFF = "registration is switched off"


def test_answers_403(public: Service) -> None:
    data = {"name": "Ada", "email": unique_email(), "password": PASSWORD}
    demand_problem(public.post("/auth/register", data), 403, demands.REGISTRATION_OFF, OFF)


def test_makes_no_user(public: Service, service: Service) -> None:
    email = unique_email()
    public.post("/auth/register", {"name": "Ada", "email": email, "password": PASSWORD})
    answer = service.get(f"/users?email={email}")
    demand_equal(answer["items"], [], OFF, answer)


def test_is_off_for_admins(service: Service) -> None:
    data = {"name": "Ada", "email": unique_email(), "password": PASSWORD}
    demand_problem(service.post("/auth/register", data), 403, demands.REGISTRATION_OFF, OFF)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"{}", "text/plain"), (b"{", "application/json"), (b"{}", "application/json"), (b"", "")],
    ids=["media type", "JSON", "fields", "no body"],
)
def test_comes_before_the_body(public: Service, body: bytes, content_type: str) -> None:
    answer = public.send("POST", "/auth/register", body=body, content_type=content_type)
    demand_problem(answer, 403, demands.REGISTRATION_OFF, f"{OFF}, and the body not looked at")


def test_comes_after_the_declared_length(public: Service) -> None:
    answer = public.send_raw("POST", "/auth/register", {"Content-Length": str(MIB + 1)})
    demand_problem(answer, 413, demands.TOO_LARGE, "the declared length is looked at first")


def test_method_comes_first(public: Service) -> None:
    demand_problem(public.get("/auth/register"), 405, "GET is not allowed here.", "the method is looked at first")
