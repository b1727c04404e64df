"""How old each source's papers are against its promise: the one answer that page, API, log and exit code share."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max
from django.utils.text import get_text_list

from feeds.models import Fetch, FetchState

from . import ledger
from .fetch import switched_on
from .source import WAITING_FOR, Source

_WITH_PAPERS = (FetchState.DONE, FetchState.PARTIAL)
_ANSWERED = (*_WITH_PAPERS, FetchState.EMPTY)


@dataclass(frozen=True)
class Freshness:
    """One source that is switched on.

    last_success_at  when it last gave a good answer, also an empty one; None if it never did
    latest_day       the newest day of which papers came
    age              how long ago the last success was
    promise          how fresh it is kept, in words
    is_late          the promise is broken
    waiting          days that are still open, and the categories that are missing, in words; empty without any
    holidays         recent days that were empty and are taken for holidays, in words; empty without any
    message          one sentence on its state, for people
    """

    source: str
    label: str
    last_success_at: datetime | None
    latest_day: date | None
    age: timedelta | None
    promise: str
    is_late: bool
    waiting: str
    holidays: str
    message: str

    @property
    def age_seconds(self) -> int | None:
        return None if self.age is None else int(self.age.total_seconds())


def freshness(now: datetime) -> list[Freshness]:
    """Every source that is switched on; empty when none is."""
    return [_freshness(source, now) for source in switched_on()]


def _freshness(source: Source, now: datetime) -> Freshness:
    rows = Fetch.objects.filter(source=source.name)
    success = rows.filter(state__in=_ANSWERED).aggregate(at=Max("finished_at"))["at"]
    newest = rows.filter(state__in=_WITH_PAPERS).aggregate(day=Max("day"))["day"]
    overdue = source.overdue(now)
    waiting = ", and of ".join(map(_waiting, rows.filter(next_at__isnull=False, summary__has_key=WAITING_FOR)))
    age = now - success if success else None
    holidays = get_text_list([str(day) for day in ledger.taken_for_holidays(source.name, now)], "and")
    message = _message(source, success, newest, overdue, waiting, holidays)
    return Freshness(
        source.name, source.label, success, newest, age, source.promise, bool(overdue), waiting, holidays, message
    )


def _waiting(row: Fetch) -> str:
    return f"{row.day} in {get_text_list(row.summary[WAITING_FOR], 'and')}"


def _message(
    source: Source, success: datetime | None, newest: date | None, overdue: str, waiting: str, holidays: str
) -> str:
    if success is None:
        return f"{source.label} has not answered yet."
    answered = f"it last answered on {success:%-d %B at %H:%M} UTC"
    if overdue:
        return f"{source.label} is late: {overdue}; {answered}."
    state = f"is waiting for the new papers of {waiting}" if waiting else "is fresh"
    empty = f"no papers came for {holidays}, taken for a holiday; " if holidays else ""
    return f"{source.label} {state}: its newest papers are of {newest or 'no day yet'}; {empty}{answered}."
