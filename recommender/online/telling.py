"""Of how many readers, and of what time, the evidence tells anything."""

from datetime import UTC, date, datetime, timedelta

FEWEST = 5  # readers; of fewer nothing is told


def window(until: date, days: int) -> date:
    """The first of so many days up to this one."""
    return until - timedelta(days=days - 1)


def midnight(day: date) -> datetime:
    """When the day begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
