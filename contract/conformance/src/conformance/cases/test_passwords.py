"""Which passwords are taken, and how they are compared."""

from collections.abc import Callable
from typing import Any

import pytest

from conformance import demands, values
from conformance.accounts import Accounts, log_in
from conformance.demands import demand_errors, demand_problem, demand_status, demand_unauthorized
from conformance.service import Answer, Service, unique_email

AREA = "passwords"

pytestmark = [pytest.mark.auth("jwt"), pytest.mark.section("README.md, Auth: Users")]

GOOD = [
    values.case("12 characters", "pink lemonad"),
    values.case("128 characters", "pa" * 64),
    values.case("12 characters outside the BMP", "😀" * 12),
    values.case("128 characters outside the BMP", "😀" * 128),
    values.case("white space alone", " \t\n\u3000\u2028\u0085" * 2),
    values.case("control characters", "\x01\x1b\x7f\x85 and more"),
    values.case("white space around it", "  pink lemonade  "),
    values.case("a common one and a character", "123456789012x"),
    values.case("a common one and a space", "password1234 "),
    values.case("a common one with a space more", "correct horse battery  staple"),
    values.case("a common one with a full-width digit", "\uff11" + "23456789012"),
    values.case("decomposed", "e\u0301" * 6),
    values.case("quotes, backslashes and markup", "\"'\\</b>&;--%s$1"),
    values.case("like a hash", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaA"),
]
BAD = [
    values.case("empty", ""),
    values.case("11 characters", "pink lemona"),
    values.case("129 characters", "pa" * 64 + "p"),
    values.case("500,000 characters", "p" * 500_000),
    values.case("11 characters outside the BMP", "😀" * 11),
    values.case("129 characters outside the BMP", "😀" * 129),
    values.case("11 characters in 12 code units", "😀" + "p" * 10),
    values.case("null", None),
    values.case("number", 123456789012),
    values.case("true", True),
    values.case("array", list("pink lemonade")),
    values.case("object", {"password": "pink lemonade"}),
    values.case("a common one of digits", "123456789012"),
    values.case("a common one of letters", "correcthorsebatterystaple"),
    values.case("a common one in capitals", "CorrectHorseBatteryStaple"),
    values.case("a common one of words", "correct horse battery staple"),
    values.case("a common one of words in capitals", "CORRECT HORSE BATTERY STAPLE"),
    values.case("the first of the list", "000000000000"),
    values.case("a short one of all capitals", "QWERTY"),
]

Send = Callable[[Service, dict[str, Any], Any], Answer]

CALLS: dict[str, Send] = {
    "POST": lambda service, user, password: service.post(
        "/users", {"name": "Ada", "email": unique_email(), "password": password}
    ),
    "PUT": lambda service, user, password: service.put(
        f"/users/{user['id']}", {"name": "Ada", "email": user["email"], "password": password}
    ),
    "PATCH": lambda service, user, password: service.patch(f"/users/{user['id']}", {"password": password}),
}
EDGES = {"11 characters", "129 characters", "11 characters outside the BMP", "null", "number", "a common one in capitals"}


@pytest.mark.parametrize("password", GOOD)
def test_password_is_taken(logins: None, service: Service, public: Service, password: str) -> None:
    user = service.new_user(password=password)
    demand_status(log_in(public, user["email"], password), 200, "12 to 128 characters are a password, taken as it is")


@pytest.mark.parametrize("password", BAD)
def test_password_is_refused(service: Service, password: Any) -> None:
    answer = CALLS["POST"](service, {}, password)
    demand_errors(answer, ["/password"], "this is no password for a new user")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("password", [bad for bad in BAD if bad.id in EDGES])
def test_password_is_refused_by(service: Service, user: dict[str, Any], method: str, password: Any) -> None:
    answer = CALLS[method](service, user, password)
    demand_errors(answer, ["/password"], "this is no new password")


@pytest.mark.registration("on")
@pytest.mark.parametrize("password", [bad for bad in BAD if bad.id in EDGES])
def test_password_is_refused_by_register(logins: None, public: Service, password: Any) -> None:
    answer = public.post("/auth/register", {"name": "Ada", "email": unique_email(), "password": password})
    demand_errors(answer, ["/password"], "this is no password for a new user")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("length", [12, 128])
def test_password_is_taken_by(
    logins: None, service: Service, public: Service, user: dict[str, Any], method: str, length: int
) -> None:
    CALLS[method](service, user, "é" * length)
    demand_status(log_in(public, user["email"], "é" * length), 200, "12 to 128 characters are a password")


@pytest.mark.parametrize("method", list(CALLS))
def test_nul_is_unreadable(service: Service, user: dict[str, Any], method: str) -> None:
    answer = CALLS[method](service, user, "pink\x00lemonade")
    demand_problem(answer, 400, "a body with NUL cannot be read")


DIFFERENT = [
    values.case("at the end of 100 characters", "p" * 100, "p" * 99 + "q"),
    values.case("at the end of 128 characters", "p" * 128, "p" * 127 + "q"),
    values.case("behind 72 bytes", "p" * 72 + "left", "p" * 72 + "right"),
    values.case("by the last character", "p" * 100, "p" * 99),
    values.case("by a space in front", "pink lemonade", " pink lemonade"),
    values.case("by a space behind", "pink lemonade ", "pink lemonade"),
    values.case("by a line feed behind", "pink lemonade", "pink lemonade\n"),
    values.case("by U+3000 behind", "pink lemonade\u3000", "pink lemonade"),
    values.case("by a capital", "pink lemonade", "Pink lemonade"),
    values.case("composed and decomposed", "caf\u00e9 au lait!", "cafe\u0301 au lait!"),
    values.case("decomposed and composed", "cafe\u0301 au lait!", "caf\u00e9 au lait!"),
    values.case("by a width that NFKC takes away", "pink \uff4cemonade", "pink lemonade"),
    values.case("by the Kelvin sign", "pin\u212a lemonade", "pinK lemonade"),
    values.case("by a character outside the BMP", "pink lemonade 😀", "pink lemonade 😁"),
    values.case("by a control character", "pink\x01lemonade", "pinklemonade"),
]


@pytest.mark.parametrize(("password", "other"), DIFFERENT)
def test_passwords_differ(logins: None, accounts: Accounts, public: Service, password: str, other: str) -> None:
    account = accounts.new(password)
    answer = log_in(public, account.email, other)
    demand_unauthorized(answer, demands.BAD_LOGIN, "a password is taken as it is, whole, without trimming or normalisation")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_refused_password_changes_nothing(service: Service, user: dict[str, Any], method: str) -> None:
    CALLS[method](service, user, "short")
    answer = service.get(f"/users/{user['id']}")
    demands.demand_equal(answer.data, user, "a password that is refused changes nothing", answer)
