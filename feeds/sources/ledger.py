"""The ledger of fetches: the state of each source and day.

A day is due, claimed by a run, finished, or failed and waiting. Claims are leases, as `recommender.night.ledger`
explains; a run is identified by the moment at which it began.
"""

from datetime import date, datetime, timedelta

from django.db.models import Case, F, QuerySet, Value, When
from django.utils import timezone

from feeds.models import Fetch, FetchState

from .source import TAKEN_FOR, FetchResult, Source

LEASE = timedelta(minutes=15)  # without renewal a run counts as dead; longer than one request may take
FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=1)
REACH = timedelta(days=30)  # how far back days without a row are noticed
WATCHED = timedelta(days=7)  # how long a day that is presumed to be a holiday may be reopened

_RUNNING = FetchState.RUNNING


def due(source: Source, now: datetime, *, force: bool = False) -> list[date]:
    """Days that should be fetched now.

    They have no row, or their time to be fetched again has come; `force` ignores that time.
    """
    rows = Fetch.objects.filter(source=source.name).order_by()
    known = dict(rows.values_list("day", "next_at"))
    first = min(max(known) + timedelta(days=1), max(min(known), now.date() - REACH)) if known else None
    new = [day for day in source.days_due(first, now) if day not in known]
    return sorted({*new, *(day for day, at in known.items() if at and (force or at <= now))})


def is_recent(day: date, now: datetime) -> bool:
    """Whether the day is recent enough for the ledger.

    A back-fill of an earlier day only has its cursor.
    """
    return day >= now.date() - REACH


def assumed_holidays(source: str, now: datetime) -> list[date]:
    """Days of the last week that were presumed to be holidays.

    They were settled as empty without proof that they had no papers.
    """
    rows = Fetch.objects.filter(source=source, state=FetchState.EMPTY, day__gt=now.date() - WATCHED)
    return sorted(rows.filter(summary__has_key=TAKEN_FOR).values_list("day", flat=True))


def reopen(source: str, day: date, now: datetime) -> None:
    """Make a settled day due again, now."""
    Fetch.objects.filter(source=source, day=day).exclude(state=_RUNNING).update(next_at=now)


def claim(source: str, day: date, now: datetime, *, force: bool = False) -> bool:
    """Claim the day for the run that began at `now`.

    Returns False if it is not due or another run has it.

    force  also claims a day before its time, or one that is settled
    """
    fresh = {"state": _RUNNING, "tried_at": now, "finished_at": None, "next_at": timezone.now() + LEASE}
    _, is_new = Fetch.objects.get_or_create(source=source, day=day, defaults=fresh | {"attempts": 1})
    if is_new:
        return True
    rows = Fetch.objects.filter(source=source, day=day)
    free = rows.exclude(state=_RUNNING, next_at__gt=now) if force else rows.filter(next_at__lte=now)
    in_a_row = Case(When(state__in=[_RUNNING, FetchState.FAILED], then=F("attempts") + 1), default=Value(1))
    return bool(free.update(**fresh, attempts=in_a_row))


def renew(source: str, days: list[date], now: datetime) -> None:
    """Renew the leases of the run that began at `now`."""
    _claimed(source, now).filter(day__in=days).update(next_at=timezone.now() + LEASE)


def finish(source: str, answer: FetchResult, now: datetime) -> None:
    """Record the result for a day that this run has claimed.

    The run is the one that began at `now`. A run that has lost its claim to another one writes nothing; neither does
    `fail`.
    """
    assert answer.day is not None, "a span has no row"
    _claimed(source, now).filter(day=answer.day).update(
        state=answer.state,
        finished_at=timezone.now(),
        error="",
        next_at=answer.next_at,
        summary=answer.summary,
    )


def fail(source: str, answer: FetchResult, now: datetime) -> None:
    """Record a failure.

    The day waits twice as long after each failure in a row, or as long as the source requests.
    """
    assert answer.day is not None, "a span has no row"
    row = _claimed(source, now).filter(day=answer.day)
    attempts = row.values_list("attempts", flat=True).first() or 1
    pause = min(FIRST_PAUSE * 2 ** min(attempts - 1, 10), LONGEST_PAUSE)
    row.update(
        state=answer.state,
        finished_at=timezone.now(),
        error=answer.error[:2000],
        next_at=max(now + pause, answer.next_at or now),
    )


def _claimed(source: str, now: datetime) -> QuerySet[Fetch]:
    """The rows of the run that began at `now`."""
    return Fetch.objects.filter(source=source, state=_RUNNING, tried_at=now)
