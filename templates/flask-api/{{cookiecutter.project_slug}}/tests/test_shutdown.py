"""What the service does from the moment that it has to stop."""

import signal

import pytest
from httpx2 import Client

from {{ cookiecutter.__package }}.core import shutdown
from {{ cookiecutter.__package }}.gunicorn_worker import Worker


def test_service_is_not_ready_once_it_has_to_stop(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutdown, "_begun", False)
    worker = object.__new__(Worker)
    worker.alive = False

    worker.handle_exit(signal.SIGTERM, None)

    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["detail"] == "The service is shutting down."
    assert client.get("/healthz").status_code == 200
