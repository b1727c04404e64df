"""When a reader was here last: the day from which "catch up" shows what came since."""

from datetime import date, datetime, timedelta

from accounts.models import User

from .sources import Visit

PAUSE = timedelta(hours=4)  # a longer one ends a visit; reloading a page does not
NOTED_EVERY = timedelta(minutes=10)
AT_FIRST = timedelta(days=7)  # what a reader without an earlier visit catches up with
FURTHEST = timedelta(days=92)


def record(reader: User, now: datetime) -> Visit:
    """The reader's visit, which goes on with this look, or begins with it after a pause."""
    visit, is_new = Visit.objects.get_or_create(reader=reader, defaults={"seen_at": now})
    if is_new or now - visit.seen_at < NOTED_EVERY:
        return visit
    if now - visit.seen_at >= PAUSE:
        visit.before = visit.seen_at
    visit.seen_at = now
    visit.save(update_fields=["seen_at", "before"])
    return visit


def last_visit_day(visit: Visit, now: datetime) -> date:
    """The day of the visit before, which may have got papers afterwards; `AT_FIRST` ago for a new reader."""
    return max((visit.before or now - AT_FIRST).date(), earliest_day(now.date()))


def earliest_day(today: date) -> date:
    """The first day that can be caught up with."""
    return today - FURTHEST
