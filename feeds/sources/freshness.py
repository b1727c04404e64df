"""How fresh each source is, compared with its promise.

Used by the status page, API, log and exit codes.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max
from django.utils.text import get_text_list

from feeds.models import Fetch, FetchState

from . import ledger
from .fetch import enabled_sources
from .source import WAITING_FOR, Source

_WITH_PAPERS = (FetchState.DONE, FetchState.PARTIAL)
_ANSWERED = (*_WITH_PAPERS, FetchState.EMPTY)


@dataclass(frozen=True)
class Freshness:
    """One enabled source.

    last_success_at  when it last gave a good answer, even an empty one; None if it never did
    newest_day       the newest day that has papers
    age              time since the last success
    promise          how fresh it is kept, in words
    is_late          the promise is broken
    waiting          days that are still open, and the categories that are missing, in words; empty without any
    holidays         recent days that were empty and are presumed to be holidays, in words; empty without any
    message          one sentence on its state, for people
    """

    source: str
    label: str
    last_success_at: datetime | None
    newest_day: date | None
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
    """The freshness of every enabled source; empty when none is."""
    return [_of_source(source, now) for source in enabled_sources()]


def _of_source(source: Source, now: datetime) -> Freshness:
    rows = Fetch.objects.filter(source=source.name)
    success = rows.filter(state__in=_ANSWERED).aggregate(at=Max("finished_at"))["at"]
    newest = rows.filter(state__in=_WITH_PAPERS).aggregate(day=Max("day"))["day"]
    overdue = source.overdue(now)
    open_rows = rows.filter(next_at__isnull=False, summary__has_key=WAITING_FOR)
    waiting = ", and of ".join(f"{row.day} in {get_text_list(row.summary[WAITING_FOR], 'and')}" for row in open_rows)
    holidays = get_text_list([str(day) for day in ledger.assumed_holidays(source.name, now)], "and")

    if success is None:
        message = f"{source.label} has not answered yet."
    elif overdue:
        message = f"{source.label} is late: {overdue}; it last answered on {success:%-d %B at %H:%M} UTC."
    else:
        state = f"is waiting for the new papers of {waiting}" if waiting else "is fresh"
        empty = f"no papers came for {holidays}, presumed to be a holiday; " if holidays else ""
        message = (
            f"{source.label} {state}: its newest papers are of {newest or 'no day yet'};"
            f" {empty}it last answered on {success:%-d %B at %H:%M} UTC."
        )
    return Freshness(
        source=source.name,
        label=source.label,
        last_success_at=success,
        newest_day=newest,
        age=now - success if success else None,
        promise=source.promise,
        is_late=bool(overdue),
        waiting=waiting,
        holidays=holidays,
        message=message,
    )
