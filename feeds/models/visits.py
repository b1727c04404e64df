"""Recording visits, and the day from which "catch up" shows papers."""

from datetime import date, datetime, timedelta

from accounts.models import User

from .sources import Visit

PAUSE = timedelta(hours=4)  # ends a visit
RECORDED_EVERY = timedelta(minutes=10)
FIRST_SPAN = timedelta(days=7)  # for a reader without an earlier visit
FURTHEST = timedelta(days=92)


def record(reader: User, now: datetime) -> Visit:
    """Record that the reader is here.

    This continues their visit, or starts a new one after a `PAUSE`.
    """
    visit, is_new = Visit.objects.get_or_create(reader=reader, defaults={"seen_at": now})
    if is_new or now - visit.seen_at < RECORDED_EVERY:
        return visit
    if now - visit.seen_at >= PAUSE:
        visit.before = visit.seen_at
    visit.seen_at = now
    visit.save(update_fields=["seen_at", "before"])
    return visit


def last_visit_day(visit: Visit, now: datetime) -> date:
    """The day of the previous visit, or `FIRST_SPAN` ago.

    The day is included, since papers may have arrived after the visit.
    """
    return max((visit.before or now - FIRST_SPAN).date(), earliest_day(now.date()))


def earliest_day(today: date) -> date:
    """The earliest day that a reader can catch up from."""
    return today - FURTHEST
