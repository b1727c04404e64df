"""arXiv's calendar of announcements.

The day on which a submission is announced, and the days that have an announcement. A day is the UTC date of the
listing: papers announced at 20:00 in New York on Tuesday are Wednesday's.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
DEADLINE = time(14)
ANNOUNCED_AT = time(20)
_ONE = timedelta(days=1)
_FRIDAY, _SATURDAY, _SUNDAY = 4, 5, 6

# Evenings without announcement, from the successive editions of arXiv's own notices ("On Deferred Mailings" in its
# help on availability). 30 November 2025 is not among them, but the listings of that week show it.
_DEFERRED = {
    2023: "01-16 06-14 06-19 07-04 08-17 09-04 11-23 12-25 12-27",
    2024: "01-15 05-22 06-19 07-04 09-02 10-08 11-28 12-25 12-26 12-31",
    2025: "01-01 01-20 06-19 07-06 09-01 11-27 11-30 12-25 12-30",
    2026: "01-01 01-19 06-19 07-03 09-07 11-26 12-25 12-29 12-31",
}


def announcement_day(submitted: datetime | date) -> date:
    """The first announcement that a submission is in time for.

    Moderation may delay it further. A date alone counts as its noon (UTC), a time without a zone as UTC.
    """
    at = submitted if isinstance(submitted, datetime) else datetime.combine(submitted, time(12), UTC)
    local = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(NEW_YORK)
    evening = local.date()
    while True:
        # Sunday evening announces what came by Friday's deadline, any other evening what came by its own.
        last_day = evening - 2 * _ONE if evening.weekday() == _SUNDAY else evening
        if _is_announced(evening) and local.replace(tzinfo=None) < datetime.combine(last_day, DEADLINE):
            return evening + _ONE
        evening += _ONE


def announcement_days(first: date, last: date) -> list[date]:
    """The days from `first` to `last`, both included, that have an announcement."""
    days = (first + _ONE * number for number in range((last - first).days + 1))
    return [day for day in days if _is_announced(day - _ONE)]


def last_announcement(now: datetime) -> date:
    """The newest day whose papers have been announced."""
    local = now.astimezone(NEW_YORK)
    evening = local.date() if local.time() >= ANNOUNCED_AT else local.date() - _ONE
    while not _is_announced(evening):
        evening -= _ONE
    return evening + _ONE


def announcement_time(day: date) -> datetime:
    """When the listing of this day becomes public, in UTC."""
    return datetime.combine(day - _ONE, ANNOUNCED_AT, NEW_YORK).astimezone(UTC)


def _is_announced(evening: date) -> bool:
    if evening.weekday() in (_FRIDAY, _SATURDAY):
        return False
    if evening.year in _DEFERRED:
        return f"{evening:%m-%d}" not in _DEFERRED[evening.year].split()
    # A guess for years whose notice is not in the table: the holidays that all notices have in common.
    year = evening.year
    fixed = {date(year, 1, 1), date(year, 6, 19), date(year, 7, 4), date(year, 12, 25)}
    moving = {_nth_weekday(year, 1, 0, 3), _nth_weekday(year, 9, 0, 1), _nth_weekday(year, 11, 3, 4)}
    return evening not in fixed | moving


def _nth_weekday(year: int, month: int, weekday: int, number: int) -> date:
    """The third Monday of January, for example; Monday is 0."""
    first = date(year, month, 1)
    return first + _ONE * ((weekday - first.weekday()) % 7 + 7 * (number - 1))
