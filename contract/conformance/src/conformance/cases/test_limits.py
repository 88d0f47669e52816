"""How many logins and registrations are let through, and what an address and an e-mail address are for that."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from conformance import demands
from conformance.accounts import OTHER_PASSWORD, PASSWORD, Account, Accounts, log_in
from conformance.demands import (
    demand,
    demand_equal,
    demand_status,
    demand_too_many,
    demand_unauthorized,
)
from conformance.service import Answer, Service, at_once, random_address, unique_email

AREA = "limits"

pytestmark = [pytest.mark.auth("jwt"), pytest.mark.section("README.md, Auth: Limits"), pytest.mark.usefixtures("logins")]

FAILURES = 5
ATTEMPTS = 20
# Less than the minute of the limit, by what it takes to make the attempts.
SECONDS_STOPPED = 40

OF_THE_EMAIL = "of one e-mail address 5 logins a minute may fail"
OF_THE_ADDRESS = "of one address 20 logins a minute are let through"
REGISTRATIONS = "of one address 20 registrations a minute are let through"
COUNTS = "the address is the last entry of X-Forwarded-For that is no trusted proxy"


def fail(public: Service, email: str, times: int = FAILURES) -> None:
    """Fail to log in so often, each time from an address of its own."""
    for _ in range(times):
        demand_unauthorized(log_in(public, email, OTHER_PASSWORD), demands.BAD_LOGIN, OF_THE_EMAIL)


def header(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address}


class StoppedEmail:
    """An e-mail address whose limit stops every login, which then costs the service no hash."""

    def __init__(self) -> None:
        self._email = ""
        self._until = 0.0

    def get(self, public: Service) -> str:
        if time.monotonic() >= self._until:
            self._until = time.monotonic() + SECONDS_STOPPED
            self._email = unique_email()
            fail(public, self._email)
        return self._email


stopped_email = StoppedEmail()


def use_up(public: Service, address: Callable[[], Any], times: int = ATTEMPTS) -> None:
    """Make so many attempts to log in, which count for the address although the e-mail's limit stops them."""
    for _ in range(times):
        answer = log_in(public, stopped_email.get(public), OTHER_PASSWORD, address())
        demand_status(answer, 429, "this attempt is stopped, which this case needs")


def use_up_registrations(public: Service, email: str, address: str, times: int = ATTEMPTS) -> None:
    for _ in range(times):
        answer = register(public, address, email)
        demand_status(answer, 409, "this attempt is let through, which this case needs")


def register(public: Service, address: str, email: str = "") -> Answer:
    data = {"name": "Ada", "email": email or unique_email(), "password": PASSWORD}
    return public.post("/auth/register", data, header(address))


# Of one e-mail address.


def test_five_failures_are_let_through(public: Service, account: Account) -> None:
    fail(public, account.email)


@pytest.mark.parametrize("password", [OTHER_PASSWORD, PASSWORD], ids=["wrong", "right"])
def test_after_five_failures_comes_429(public: Service, account: Account, password: str) -> None:
    fail(public, account.email)
    demand_too_many(log_in(public, account.email, password), OF_THE_EMAIL)


def test_after_five_failures_it_stays_429(public: Service, account: Account) -> None:
    fail(public, account.email)
    for _ in range(3):
        demand_too_many(log_in(public, account.email, PASSWORD), OF_THE_EMAIL)


def test_unknown_email_is_stopped_alike(public: Service) -> None:
    email = unique_email()
    fail(public, email)
    demand_too_many(log_in(public, email, OTHER_PASSWORD), OF_THE_EMAIL)


def test_user_without_a_password_is_stopped_alike(public: Service, user: dict[str, Any]) -> None:
    fail(public, user["email"])
    demand_too_many(log_in(public, user["email"], OTHER_PASSWORD), OF_THE_EMAIL)


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
def test_spellings_of_an_email_count_together(public: Service, accounts: Accounts, known: bool) -> None:
    email = accounts.new().email if known else unique_email()
    for spelling in [email, email.upper(), f" {email}", f"{email}\u3000", email.title()]:
        demand_status(log_in(public, spelling, OTHER_PASSWORD), 401, OF_THE_EMAIL)
    demand_too_many(log_in(public, f"\n{email}", OTHER_PASSWORD), f"{OF_THE_EMAIL}, whatever its spelling")


def test_other_emails_are_not_stopped(public: Service, account: Account, member: Account) -> None:
    fail(public, account.email)
    log_in(public, account.email, OTHER_PASSWORD)
    demand_status(log_in(public, member.email, member.password), 200, "each e-mail address has a limit of its own")
    demand_status(log_in(public, unique_email(), PASSWORD), 401, "each e-mail address has a limit of its own")


def test_successes_do_not_count(public: Service, account: Account) -> None:
    for _ in range(FAILURES + 1):
        demand_status(log_in(public, account.email, PASSWORD), 200, "a success is taken back")
    fail(public, account.email)
    demand_too_many(log_in(public, account.email, PASSWORD), OF_THE_EMAIL)


def test_a_success_does_not_forgive_failures(public: Service, account: Account) -> None:
    fail(public, account.email, FAILURES - 1)
    demand_status(log_in(public, account.email, PASSWORD), 200, OF_THE_EMAIL)
    fail(public, account.email, 1)
    demand_too_many(log_in(public, account.email, PASSWORD), "a success takes back its own attempt, and no failure")


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
def test_simultaneous_guesses_count(public: Service, account: Account, known: bool) -> None:
    email = account.email if known else unique_email()
    answers = at_once(20, lambda _: log_in(public, email, OTHER_PASSWORD))
    found = Counter(answer.status for answer in answers)
    what = "of simultaneous guesses at most 5 are looked at, the others get 429 (or 503 for a while)"
    strange = [answer for answer in answers if answer.status not in {401, 429, 503}]
    demand(found[401] <= FAILURES and not strange, f"{what}, not {dict(found)}", *strange[:1])
    # A 503 gives its attempt back, so there may be some left.
    fail(public, email, FAILURES - found[401])
    demand_too_many(log_in(public, email, PASSWORD), OF_THE_EMAIL)


def test_simultaneous_guesses_do_not_find_the_password(public: Service, account: Account) -> None:
    fail(public, account.email)
    answers = at_once(10, lambda _: log_in(public, account.email, PASSWORD))
    demand_equal([answer.status for answer in answers], [429] * 10, "after 5 failures nothing is looked at", *answers[:1])


def test_bodies_that_are_not_valid_do_not_count(public: Service, account: Account) -> None:
    for data in ({"email": account.email}, {"email": account.email, "password": ""}) * FAILURES:
        demand_status(public.post("/auth/login", data), 400, "the body is looked at before the limits")
    demand_status(log_in(public, account.email, PASSWORD), 200, "what the body's check stops does not count")


def test_body_is_looked_at_before_the_limit(public: Service, account: Account) -> None:
    fail(public, account.email)
    answer = public.post("/auth/login", {"email": account.email, "password": ""})
    demand_status(answer, 400, "the body is looked at before the limits")


def test_limit_does_not_end_sessions(public: Service, account: Account) -> None:
    session = account.log_in()
    fail(public, account.email)
    demand_too_many(log_in(public, account.email, PASSWORD), OF_THE_EMAIL)
    demand_status(session.client.get("/auth/me"), 200, "a limit stops logins, not sessions")
    answer = public.post("/auth/refresh", {"refresh_token": session.refresh_token})
    demand_status(answer, 200, "a limit stops logins, not sessions")


def test_new_password_does_not_lift_the_limit(public: Service, service: Service, account: Account) -> None:
    fail(public, account.email)
    service.patch(account.path, {"password": OTHER_PASSWORD})
    demand_too_many(log_in(public, account.email, OTHER_PASSWORD), OF_THE_EMAIL)


def test_further_attempts_do_not_prolong_the_limit(public: Service, account: Account) -> None:
    fail(public, account.email)
    first = demand_too_many(log_in(public, account.email, PASSWORD), OF_THE_EMAIL)
    # Long enough for a whole second less.
    time.sleep(1.1)
    last = [demand_too_many(log_in(public, account.email, PASSWORD), OF_THE_EMAIL) for _ in range(2)][-1]
    demand(last < first, f"a minute starts with the first attempt that it counts, so Retry-After shrinks ({first}, {last})")


def test_429_of_a_known_and_an_unknown_email_are_alike(public: Service, account: Account) -> None:
    emails = (account.email, unique_email())
    for email in emails:
        fail(public, email)
    answers = [log_in(public, email, OTHER_PASSWORD, {"X-Request-ID": "alike"}) for email in emails]
    demand_equal([answer.status for answer in answers], [429, 429], OF_THE_EMAIL, *answers)
    demand_equal(answers[0].body, answers[1].body, "the answer does not tell whether the address is known", *answers)


# Of one address.


def test_20_logins_are_let_through(public: Service, member: Account) -> None:
    sent = header(random_address())
    for _ in range(ATTEMPTS):
        demand_status(log_in(public, member.email, member.password, sent), 200, OF_THE_ADDRESS)
    demand_too_many(log_in(public, member.email, member.password, sent), f"{OF_THE_ADDRESS}, whether or not they succeed")


def test_attempts_that_the_email_stops_count(public: Service, member: Account) -> None:
    sent = header(random_address())
    use_up(public, lambda: sent)
    answer = log_in(public, member.email, member.password, sent)
    demand_too_many(answer, f"{OF_THE_ADDRESS}, whether or not the e-mail's limit stops them")


def test_other_addresses_are_not_stopped(public: Service, member: Account) -> None:
    sent = header(random_address())
    use_up(public, lambda: sent)
    answer = log_in(public, member.email, member.password, header(random_address()))
    demand_status(answer, 200, "each address has a limit of its own")


def test_what_the_address_stops_does_not_count_for_the_email(public: Service, account: Account) -> None:
    sent = header(random_address())
    use_up(public, lambda: sent)
    for _ in range(FAILURES + 1):
        demand_too_many(log_in(public, account.email, OTHER_PASSWORD, sent), OF_THE_ADDRESS)
    answer = log_in(public, account.email, PASSWORD)
    demand_status(answer, 200, "a login that the address's limit stops does not count for the e-mail")


def test_simultaneous_attempts_of_an_address_count(public: Service) -> None:
    sent = header(random_address())
    answers = at_once(ATTEMPTS + 10, lambda _: log_in(public, unique_email(), OTHER_PASSWORD, sent))
    stopped = sum(answer.status == 429 for answer in answers)
    demand_equal(stopped, 10, f"{OF_THE_ADDRESS}, so of 30 at once 10 get 429", *answers[:1])


@pytest.mark.parametrize(
    "form",
    [
        "{random}, {own}",
        "{random},{own}",
        "{random}, {random}, {random}, {own}",
        "unknown, {own}",
        "{own}, {own}",
        "{random},   {own}",
    ],
    ids=["a spoofed one in front", "without a space", "three spoofed ones", "unknown in front", "itself in front", "more spaces"],
)
def test_spoofed_addresses_in_front_do_not_count(public: Service, member: Account, form: str) -> None:
    own = random_address()

    def spoofed() -> dict[str, str]:
        sent = form
        while "{random}" in sent:
            sent = sent.replace("{random}", random_address(), 1)
        return header(sent.format(own=own))

    use_up(public, spoofed)
    demand_too_many(log_in(public, member.email, member.password, spoofed()), COUNTS)


def test_last_entry_counts(public: Service, member: Account) -> None:
    first = random_address()
    use_up(public, lambda: header(f"{first}, {random_address()}"), ATTEMPTS + 2)
    answer = log_in(public, member.email, member.password, header(f"{first}, {random_address()}"))
    demand_status(answer, 200, COUNTS)


@pytest.mark.parametrize("turned", [False, True], ids=["last", "first"])
def test_last_of_two_headers_counts(public: Service, member: Account, turned: bool) -> None:
    own = random_address()

    def pair() -> list[tuple[str, str]]:
        lines = [("X-Forwarded-For", random_address()), ("X-Forwarded-For", own)]
        return lines[::-1] if turned else lines

    use_up(public, pair, ATTEMPTS)
    answer = log_in(public, member.email, member.password, pair())
    if turned:
        demand_status(answer, 200, COUNTS)
    else:
        demand_too_many(answer, COUNTS)


@pytest.mark.parametrize(
    "form",
    ["{own}, 127.0.0.1", "{random}, {own}, 127.0.0.1, 127.0.0.1"],
    ids=["one", "two, and a spoofed address"],
)
def test_trusted_proxies_are_passed_over(public: Service, member: Account, form: str) -> None:
    """Behind two proxies the clients would share one address otherwise, and one of them could keep all others out."""
    own = random_address()

    def forwarded(address: str) -> dict[str, str]:
        return header(form.format(own=address, random=random_address()))

    use_up(public, lambda: forwarded(own))
    demand_too_many(log_in(public, member.email, member.password, forwarded(own)), COUNTS)
    demand_status(log_in(public, member.email, member.password, forwarded(random_address())), 200, COUNTS)


@pytest.mark.parametrize("name", ["X-Real-IP", "Forwarded", "True-Client-IP", "CF-Connecting-IP", "X-Client-IP", "Client-IP"])
def test_other_headers_do_not_count(public: Service, member: Account, name: str) -> None:
    own = random_address()

    def spoofed() -> dict[str, str]:
        other = random_address()
        return header(own) | {name: f"for={other}" if name == "Forwarded" else other}

    use_up(public, spoofed)
    demand_too_many(log_in(public, member.email, member.password, spoofed()), COUNTS)


def test_what_is_no_address_does_not_count(public: Service) -> None:
    """The address is the connection's then, which one of the attempts after the 20th has used up."""
    numbers = iter(range(ATTEMPTS))
    use_up(public, lambda: header(f"{random_address()}, nonsense{next(numbers)}"))
    answer = log_in(public, unique_email(), "x", header(f"{random_address()}, nonsense"))
    demand_too_many(answer, "what is no address is not believed")


def network(number: int) -> str:
    """Return a /64 of IPv6 that hardly anybody else has, in the part for documentation."""
    parts = random_address().split(".")
    return f"2001:db8:{int(parts[1]):x}{int(parts[2]):02x}:{int(parts[3]) * 16 + number:x}"


def test_ipv6_addresses_of_one_64_count_together(public: Service, member: Account) -> None:
    own = network(1)
    numbers = iter(range(1, 1000))
    use_up(public, lambda: header(f"{own}:{next(numbers):x}::{next(numbers):x}"))
    demand_too_many(log_in(public, member.email, member.password, header(f"{own}:ffff::1")), "an IPv6 address counts by its /64")


def test_ipv4_address_in_ipv6_counts_as_ipv4(public: Service, member: Account) -> None:
    own = random_address()
    use_up(public, lambda: header(f"::ffff:{own}"))
    demand_too_many(log_in(public, member.email, member.password, header(own)), "an IPv4 address is one in either spelling")


def test_ipv6_addresses_of_two_64_count_apart(public: Service, member: Account) -> None:
    own = network(1)
    use_up(public, lambda: header(f"{own}::1"))
    other = f"{own[:-1]}2"
    demand_status(log_in(public, member.email, member.password, header(f"{other}::1")), 200, "an IPv6 address counts by its /64")


def test_spellings_of_an_ipv6_address_count_together(public: Service, member: Account) -> None:
    own = network(1)
    spellings = [f"{own}::1", f"{own}:0:0:0:1", f"{own}:0000:0000:0000:0001".upper(), f"{own}::0.0.0.1"]
    numbers = iter(range(1000))
    use_up(public, lambda: header(spellings[next(numbers) % len(spellings)]))
    answer = log_in(public, member.email, member.password, header(f"{own}::1"))
    demand_too_many(answer, "an address is one address, however it is spelt")


# Registrations.


@pytest.mark.registration("on")
def test_20_registrations_are_let_through(public: Service, service: Service, member: Account) -> None:
    address, email = random_address(), unique_email()
    for _ in range(ATTEMPTS):
        answer = register(public, f"{random_address()}, {address}", member.email)
        demand_status(answer, 409, REGISTRATIONS)
    stopped = register(public, f"{random_address()}, {address}", email)
    demand_too_many(stopped, f"{REGISTRATIONS}, whether or not they succeed, and {COUNTS}")
    answer = service.get(f"/users?email={email}")
    demand_equal(answer["items"], [], "a registration that is stopped makes no user", answer)
    allowed = log_in(public, member.email, member.password, header(address))
    demand_status(allowed, 200, "logins and registrations count apart")


@pytest.mark.registration("on")
def test_registrations_that_succeed_count(public: Service, member: Account) -> None:
    address = random_address()
    for _ in range(3):
        demand_status(register(public, address), 201, REGISTRATIONS)
    use_up_registrations(public, member.email, address, ATTEMPTS - 3)
    demand_too_many(register(public, address), f"{REGISTRATIONS}, whether or not they succeed")


@pytest.mark.registration("on")
def test_registrations_that_are_not_valid_do_not_count(public: Service) -> None:
    address = random_address()
    for _ in range(ATTEMPTS + 1):
        answer = public.post("/auth/register", {"name": "Ada"}, header(address))
        demand_status(answer, 400, "the body is looked at before the limit")
    demand_status(register(public, address), 201, "what the body's check stops does not count")


@pytest.mark.registration("on")
def test_logins_and_registrations_count_apart(public: Service, member: Account) -> None:
    address = random_address()
    use_up(public, lambda: header(address))
    demand_status(register(public, address), 201, "logins and registrations count apart")


@pytest.mark.registration("on")
def test_creations_by_an_admin_are_not_limited(service: Service) -> None:
    sent = header(random_address())
    answers = [service.post("/users", {"name": "Ada", "email": unique_email()}, sent) for _ in range(ATTEMPTS + 1)]
    demand_equal({answer.status for answer in answers}, {201}, "only logins and registrations are limited", answers[-1])


def test_refreshes_are_not_limited(public: Service) -> None:
    sent = header(random_address())
    answers = [public.post("/auth/refresh", {"refresh_token": "x"}, sent) for _ in range(ATTEMPTS + 5)]
    demand_equal({answer.status for answer in answers}, {401}, "only logins and registrations are limited", answers[-1])
