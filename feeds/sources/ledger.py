"""The ledger of asking: which day of which source is due, is being asked for, came, or failed and waits."""

from datetime import date, datetime, timedelta

from django.db.models import Case, F, QuerySet, Value, When
from django.utils import timezone

from feeds.models import Fetch, FetchState

from .source import TAKEN_FOR, FetchResult, Source

LEASE = timedelta(minutes=15)  # silence after which a run counts as dead; longer than one request may take
FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=1)
REACH = timedelta(days=30)  # how far back days without a row are noticed
WATCHED = timedelta(days=7)  # how long a day that is taken for a holiday may be reopened

_RUNNING = FetchState.RUNNING


def due(source: Source, now: datetime, *, force: bool = False) -> list[date]:
    """Days that have no row yet, and those whose time to be asked again has come; with `force`, before it has."""
    rows = Fetch.objects.filter(source=source.name).order_by()
    known = dict(rows.values_list("day", "next_at"))
    first = min(max(known) + timedelta(days=1), max(min(known), now.date() - REACH)) if known else None
    new = [day for day in source.days_due(first, now) if day not in known]
    return sorted({*new, *(day for day, at in known.items() if at and (force or at <= now))})


def is_recent(day: date, now: datetime) -> bool:
    """Whether the ledger has a row for such a day; a back-fill of last year has only its cursor."""
    return day >= now.date() - REACH


def assumed_holidays(source: str, now: datetime) -> list[date]:
    """Days of the last week that were settled as empty although nothing proves that they had no papers."""
    rows = Fetch.objects.filter(source=source, state=FetchState.EMPTY, day__gt=now.date() - WATCHED)
    return sorted(rows.filter(summary__has_key=TAKEN_FOR).values_list("day", flat=True))


def reopen(source: str, day: date, now: datetime) -> None:
    """Make a settled day due again, now."""
    Fetch.objects.filter(source=source, day=day).exclude(state=_RUNNING).update(next_at=now)


def claim(source: str, day: date, now: datetime, *, force: bool = False) -> bool:
    """Whether the day is ours to ask for; with `force`, also before its time and when it is settled."""
    begun = {"state": _RUNNING, "tried_at": now, "finished_at": None, "next_at": timezone.now() + LEASE}
    _, is_new = Fetch.objects.get_or_create(source=source, day=day, defaults=begun | {"attempts": 1})
    if is_new:
        return True
    rows = Fetch.objects.filter(source=source, day=day)
    free = rows.exclude(state=_RUNNING, next_at__gt=now) if force else rows.filter(next_at__lte=now)
    in_a_row = Case(When(state__in=[_RUNNING, FetchState.FAILED], then=F("attempts") + 1), default=Value(1))
    return bool(free.update(**begun, attempts=in_a_row))


def renew(source: str, days: list[date], now: datetime) -> None:
    """Say that the run which began at `now` is alive."""
    _ours(source, now).filter(day__in=days).update(next_at=timezone.now() + LEASE)


def record(source: str, answer: FetchResult, now: datetime) -> None:
    """Write what came of a day that the run which began at `now` has claimed; an overtaken run writes nothing."""
    assert answer.day is not None, "what is not asked for by day has no row"
    row = _ours(source, now).filter(day=answer.day)
    ended = {"state": answer.state, "finished_at": timezone.now(), "error": answer.error[:2000]}
    if answer.failed:
        row.update(**ended, next_at=_after_failure(row.values_list("attempts", flat=True).first() or 1, answer, now))
    else:
        row.update(**ended, next_at=answer.next_at, summary=answer.summary)


def _ours(source: str, now: datetime) -> QuerySet[Fetch]:
    return Fetch.objects.filter(source=source, state=_RUNNING, tried_at=now)


def _after_failure(attempts: int, answer: FetchResult, now: datetime) -> datetime:
    """A pause that doubles with each failure in a row, or what the source asked for, whichever is longer."""
    pause = min(FIRST_PAUSE * 2 ** min(attempts - 1, 10), LONGEST_PAUSE)
    return max(now + pause, answer.next_at or now)
