"""What holds for each answer that the service gave during this run. It runs last."""

import pytest

from conformance.observer import CHECKS, Observer
from conformance.service import DisagreementError, Service

AREA = "every response"


@pytest.mark.section("openapi.yaml; README.md, Conventions")
@pytest.mark.parametrize("check", CHECKS)
def test_in_each_answer(service: Service, observer: Observer, check: str) -> None:
    if not observer.seen:
        service.get("/users")
    faults = observer.faults(check)
    if faults:
        shown = "\n".join(faults[:10])
        raise DisagreementError(f"{check}: {len(faults)} kinds of answers differ, of {observer.seen} answers\n{shown}")
