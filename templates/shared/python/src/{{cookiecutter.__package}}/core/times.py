"""Times: in UTC, in whole milliseconds."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the time in UTC, cut to whole milliseconds."""
    return in_utc(datetime.now(UTC))


def in_utc(moment: datetime) -> datetime:
    """Return an aware time as it is stored and answered: in UTC, cut to whole milliseconds."""
    return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)


def format_time(moment: datetime) -> str:
    """Return an aware time as RFC 3339 in UTC with milliseconds, such as 2026-01-31T09:30:00.000Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
