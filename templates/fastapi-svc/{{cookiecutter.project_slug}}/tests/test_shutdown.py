"""What the service does from the moment that it has to stop."""

import signal

from conftest import MakeClient
from fastapi import FastAPI

from {{ cookiecutter.__package }}.app import create_app
from {{ cookiecutter.__package }}.server import Server
from {{ cookiecutter.__package }}.settings import Settings


def test_service_is_not_ready_once_it_has_to_stop(make_client: MakeClient) -> None:
    with make_client() as client:
        assert isinstance(client.app, FastAPI)
        server = Server(client.app, Settings())

        server.handle_exit(signal.SIGTERM, None)

        response = client.get("/readyz")
        assert server.should_exit
        assert response.status_code == 503
        assert response.json()["detail"] == "The service is shutting down."
        assert client.get("/healthz").status_code == 200


def test_second_signal_ends_the_service_at_once() -> None:
    server = Server(create_app(Settings()), Settings())

    server.handle_exit(signal.SIGTERM, None)
    assert not server.force_exit

    server.handle_exit(signal.SIGTERM, None)
    assert server.force_exit
