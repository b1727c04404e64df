"""Which night is due, and days as people write them; told the time, it reads no clock."""

from argparse import ArgumentTypeError
from datetime import date, datetime, timedelta


def due(now: datetime, night_hour: int) -> date:
    """The day whose night has begun: today from `night_hour` (UTC) on, yesterday before."""
    return now.date() if now.hour >= night_hour else now.date() - timedelta(days=1)


def a_day(text: str) -> date:
    """A day on the command line."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no day such as 2026-11-23") from None
