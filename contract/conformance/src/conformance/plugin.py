"""The pytest side of the suite: options, fixtures, and the order and the words of the results."""

from collections.abc import Generator, Iterator
from typing import Any

import pytest

from conformance.observer import Observer, load_document
from conformance.service import DisagreementError, Service

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
    "every_response",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance")
    group.addoption("--service", metavar="URL", help="the service to check, such as http://localhost:8000")
    group.addoption("--cors-origin", metavar="ORIGIN", help="an origin that the service was started to allow, or *")
    group.addoption("--answer-timeout", metavar="SECONDS", type=float, default=10.0, help="the time for an answer")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "section(place): where the contract says it")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None, None, None]:
    """Run the areas from the simple to the involved, and the cases about every response last and always."""
    last = [item for item in items if _area(item) == AREAS[-1]]
    yield
    chosen = sorted((item for item in items if item not in last), key=_place)
    if chosen:
        items[:] = [*chosen, *last]


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
def document() -> dict[str, Any]:
    """The contract's OpenAPI document."""
    return load_document()


@pytest.fixture(scope="session")
def observer(document: dict[str, Any]) -> Observer:
    return Observer(document)


@pytest.fixture(scope="session")
def service(pytestconfig: pytest.Config, observer: Observer) -> Iterator[Service]:
    url = pytestconfig.getoption("--service")
    if not url:
        raise pytest.UsageError("--service URL says which service to check")
    service = Service(url, pytestconfig.getoption("--answer-timeout"), observer.observe)
    yield service
    service.clean_up()


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
