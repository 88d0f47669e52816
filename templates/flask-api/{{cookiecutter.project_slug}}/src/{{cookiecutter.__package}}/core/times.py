{# Made from templates/shared/python/src/{{cookiecutter.__package}}/core/times.py by `make sync`: edit that. #}
"""Times: in UTC, in whole milliseconds."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the time in UTC, cut to whole milliseconds."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def format_time(moment: datetime) -> str:
    """Return a UTC time as RFC 3339 with milliseconds, such as 2026-01-31T09:30:00.000Z."""
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"
