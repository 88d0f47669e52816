"""A service that was started without TRUSTED_PROXIES believes nobody's X-Forwarded-For. It runs late: it uses up an address."""

import pytest

from conformance.accounts import log_in
from conformance.demands import demand, demand_too_many
from conformance.service import Answer, Service, random_address, unique_email

AREA = "untrusted"

pytestmark = [
    pytest.mark.auth("jwt"),
    pytest.mark.proxy("untrusted"),
    pytest.mark.section("README.md, Auth: Limits"),
]

ATTEMPTS = 20


@pytest.mark.parametrize("form", ["{}", "{}, {}", "127.0.0.1", "::1", "{}, 127.0.0.1"])
def test_spoofed_addresses_are_one(public: Service, form: str) -> None:
    """Whoever guesses passwords does not get around the limit by another X-Forwarded-For each time."""
    answers: list[Answer] = []
    while len(answers) <= ATTEMPTS and (not answers or answers[-1].status != 429):
        sent = {"X-Forwarded-For": form.format(random_address(), random_address())}
        answers.append(log_in(public, unique_email(), "a guess", sent))
    statuses = {answer.status for answer in answers[:-1]}
    demand(statuses <= {401}, "until then the guesses are looked at", *answers[:1])
    demand_too_many(answers[-1], "the address is that of the connection")
