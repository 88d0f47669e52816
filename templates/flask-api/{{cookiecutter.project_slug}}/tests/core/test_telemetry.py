{# Made from templates/shared/python/tests/core/test_telemetry.py by `make sync`: edit that. #}
"""The lines of the log."""

import json
import logging
import re
import sys
from collections.abc import Iterator
from uuid import UUID

import pytest

from {{ cookiecutter.__package }}.core import telemetry


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger(telemetry.__package__.partition(".")[0]).setLevel(logging.NOTSET)


def test_line_of_a_request(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure_logging("info")
    token = telemetry.request_id.set("abc")

    telemetry.log_request("GET", "/users/{id}", 200, 0.0123456)

    telemetry.request_id.reset(token)
    line = json.loads(capsys.readouterr().out)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert line == {
        "level": "info",
        "message": "request",
        "request_id": "abc",
        "method": "GET",
        "route": "/users/{id}",
        "status": 200,
        "duration_ms": 12.346,
    }


def test_error_has_its_stack_on_the_same_line(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure_logging("info")

    try:
        raise ValueError("why")
    except ValueError:
        logging.getLogger("any").critical("it broke\nbadly", exc_info=sys.exc_info())

    (text,) = capsys.readouterr().out.splitlines()
    line = json.loads(text)
    assert (line["level"], line["message"]) == ("error", "it broke\nbadly")
    assert line["error"].startswith("Traceback")
    assert line["error"].endswith("ValueError: why")
    assert "request_id" not in line


def test_line_of_ones_own(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure_logging("info")
    key = UUID(int=1)

    logging.getLogger("any").info("paid", extra={"order": 7, "key": key, "time": "never"})

    line = json.loads(capsys.readouterr().out)
    assert line.pop("time") != "never"
    assert line == {"level": "info", "message": "paid", "order": 7, "key": str(key)}


def test_level_that_is_not_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure_logging("warning")

    logging.getLogger("any").info("quiet")
    logging.getLogger("any").warning("loud")

    assert [json.loads(line)["message"] for line in capsys.readouterr().out.splitlines()] == ["loud"]


def test_debug_is_for_the_service_alone(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure_logging("debug")

    logging.getLogger("driver").debug("INSERT secret")
    logging.getLogger(telemetry.__name__).debug("ours")

    assert [json.loads(line)["message"] for line in capsys.readouterr().out.splitlines()] == ["ours"]


@pytest.mark.parametrize("value", ["a", "A-z_0.9", "x" * 128])
def test_request_id_is_taken_over(value: str) -> None:
    assert telemetry.accept_request_id([value]) == value


@pytest.mark.parametrize("values", [[], [""], ["a b"], ["a\n"], ["é"], ["x" * 129], ["a", "b"]])
def test_request_id_is_made(values: list[str]) -> None:
    made = telemetry.accept_request_id(values)

    assert str(UUID(made)) == made
    assert made != telemetry.accept_request_id(values)
