"""The pytest side of the suite: options, fixtures, and the order and the words of the results."""

import os
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from conformance import tokens
from conformance.accounts import Account, Accounts, Credentials, Session
from conformance.observer import Observer, load_document
from conformance.service import DisagreementError, Service
from conformance.tokens import Signing, Token, take_apart

AREAS = (
    "operations",
    "routes",
    "headers",
    "bodies",
    "http",
    "json",
    "order",
    "create",
    "read",
    "list",
    "change",
    "conditions",
    "delete",
    "profile",
    "encoding",
    "races",
    "cors",
    "login",
    "register",
    "registration_off",
    "passwords",
    "me",
    "bearer",
    "tokens",
    "claims",
    "keys",
    "refresh",
    "logout",
    "roles",
    "accounts",
    "sessions",
    "auth_order",
    "auth_headers",
    "limits",
    "previous_secrets",
    "replica",
    "untrusted",
    "every_response",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance")
    group.addoption("--service", metavar="URL", help="the service to check, such as http://localhost:8000")
    group.addoption("--cors-origin", metavar="ORIGIN", help="an origin that the service was started to allow, or *")
    group.addoption("--auth", choices=["none", "jwt"], default="none", help="the service's option of that name")
    group.addoption("--admin-email", metavar="EMAIL", help="an admin of the service, with the password ADMIN_PASSWORD")
    group.addoption("--trusted-proxy", action="store_true", help="the service believes an X-Forwarded-For from here")
    group.addoption("--registration-off", action="store_true", help="the service was started with REGISTRATION_ENABLED=false")
    group.addoption("--replica", metavar="URL", help="a second service on the same data")
    group.addoption("--answer-timeout", metavar="SECONDS", type=float, default=10.0, help="the time for an answer")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "section(place): where the contract says it")
    config.addinivalue_line("markers", "auth(option): only for services with that option")
    config.addinivalue_line("markers", "registration(state): only for services with registration `on` or `off`")
    config.addinivalue_line("markers", "replica(there): only where there is a second service on the same data")
    config.addinivalue_line("markers", "previous_secrets(there): only where JWT_PREVIOUS_SECRETS is set")
    config.addinivalue_line("markers", "proxy(state): only where an X-Forwarded-For from here is `trusted` or `untrusted`")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None, None, None]:
    """Run the areas from the simple to the involved, and the cases about every response last and always."""
    items[:] = [item for item in items if _is_for_the_service(item, config)]
    last = [item for item in items if _area(item) == AREAS[-1]]
    yield
    chosen = sorted((item for item in items if item not in last), key=_place)
    if chosen:
        items[:] = [*chosen, *last]


def _is_for_the_service(item: pytest.Item, config: pytest.Config) -> bool:
    """Say whether a case is about a service that was generated and started like this one."""
    state = {
        "auth": config.getoption("--auth"),
        "registration": "off" if config.getoption("--registration-off") else "on",
        "replica": "there" if config.getoption("--replica") else "none",
        "previous_secrets": "there" if os.environ.get("JWT_PREVIOUS_SECRETS") else "none",
        "proxy": "trusted" if config.getoption("--trusted-proxy") else "untrusted",
    }
    return all(mark.args == (state[name],) for name in state for mark in item.iter_markers(name))


def _area(item: pytest.Item) -> str:
    return item.path.stem.removeprefix("test_")


def _place(item: pytest.Item) -> int:
    area = _area(item)
    return AREAS.index(area) if area in AREAS else 0


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Report a disagreement in the contract's words instead of by a traceback."""
    report = yield
    if call.excinfo is not None and isinstance(call.excinfo.value, DisagreementError):
        places = "; ".join(place for mark in item.iter_markers("section") for place in mark.args[:1])
        demand, _, exchange = call.excinfo.value.text.partition("\n")
        report.longrepr = f"The contract ({places}) demands: {demand}\n{exchange}"
    return report


@pytest.fixture(scope="session")
def has_auth(pytestconfig: pytest.Config) -> bool:
    """Whether the service has the option `auth: jwt`."""
    return bool(pytestconfig.getoption("--auth") == "jwt")


@pytest.fixture(scope="session")
def document(has_auth: bool) -> dict[str, Any]:
    """The contract's OpenAPI document."""
    return load_document("auth") if has_auth else load_document()


@pytest.fixture(scope="session")
def observer(document: dict[str, Any]) -> Observer:
    return Observer(document)


@pytest.fixture(scope="session")
def public(pytestconfig: pytest.Config, observer: Observer) -> Service:
    """The service, as somebody sees it who sends no token."""
    url = pytestconfig.getoption("--service")
    if not url:
        raise pytest.UsageError("--service URL says which service to check")
    return _client(pytestconfig, url, observer)


@pytest.fixture(scope="session")
def service(pytestconfig: pytest.Config, public: Service, has_auth: bool) -> Iterator[Service]:
    """The service, as somebody sees it who may do everything: an admin where there are any."""
    service = public.with_token(_admin(pytestconfig, public)) if has_auth else public
    yield service
    service.clean_up()


def _client(config: pytest.Config, url: str, observer: Observer) -> Service:
    believed = config.getoption("--trusted-proxy")
    return Service(url, config.getoption("--answer-timeout"), observer.observe, believed_addresses=believed)


def _admin(config: pytest.Config, public: Service) -> Credentials:
    email, password = config.getoption("--admin-email"), os.environ.get("ADMIN_PASSWORD")
    if not email or not password:
        raise pytest.UsageError("--admin-email and the variable ADMIN_PASSWORD say who the service's admin is")
    return Credentials(public, email, password)


@pytest.fixture
def user(service: Service) -> dict[str, Any]:
    """A user at version 1 whom only one case knows."""
    return service.new_user()


@pytest.fixture
def path(user: dict[str, Any]) -> str:
    """The path of that user."""
    return f"/users/{user['id']}"


@pytest.fixture(scope="session")
def allowed_origin(pytestconfig: pytest.Config) -> str:
    """The origin that the service was started to allow."""
    origin: str | None = pytestconfig.getoption("--cors-origin")
    if origin is None:
        pytest.skip("start the service with CORS_ALLOWED_ORIGINS=https://app.example, and give --cors-origin https://app.example")
    return origin


@pytest.fixture(scope="session")
def logins(pytestconfig: pytest.Config) -> None:
    """Leave to log in as often as a case wants to."""
    if not pytestconfig.getoption("--trusted-proxy"):
        pytest.skip("start the service with TRUSTED_PROXIES=127.0.0.1,::1, and give --trusted-proxy")


@pytest.fixture(scope="session")
def accounts(public: Service, service: Service) -> Accounts:
    """Makes users who can log in."""
    return Accounts(public, service)


@pytest.fixture(scope="session")
def member(accounts: Accounts) -> Account:
    """A user with the role `user`, whom no case changes."""
    return accounts.new(name="Member")


@pytest.fixture(scope="session")
def stranger(accounts: Accounts) -> Account:
    """Another user, whom no case changes."""
    return accounts.new(name="Stranger")


@pytest.fixture
def account(logins: None, accounts: Accounts) -> Account:
    """A user with a password at version 1 whom only one case knows."""
    return accounts.new()


@pytest.fixture
def session(account: Account) -> Session:
    """A session of that user."""
    return account.log_in()


@pytest.fixture(scope="module")
def real(member: Account) -> Token:
    """An access token of that user that is good for longer than the cases of a module take."""
    return take_apart(member.log_in().access_token)


@pytest.fixture(scope="session")
def signing() -> Signing:
    """How the service signs its tokens."""
    secret, key = os.environ.get("JWT_SECRET"), os.environ.get("JWT_PRIVATE_KEY")
    if key:
        return Signing("ES256", tokens.ecdsa_with(tokens.key_of_pem(key)))
    if secret:
        return Signing("HS256", tokens.hmac_with(secret.encode()), secret)
    pytest.skip("give the service's JWT_SECRET or JWT_PRIVATE_KEY, as the variable of that name")


@pytest.fixture(scope="session")
def replica(pytestconfig: pytest.Config, observer: Observer) -> Service:
    """The second service on the same data, as somebody sees it who sends no token."""
    return _client(pytestconfig, pytestconfig.getoption("--replica"), observer)
