"""Which night is due; told the time, it reads no clock."""

from datetime import date, datetime, timedelta


def due(now: datetime, night_hour: int) -> date:
    """The day whose night has begun: today from `night_hour` (UTC) on, yesterday before."""
    return now.date() if now.hour >= night_hour else now.date() - timedelta(days=1)
