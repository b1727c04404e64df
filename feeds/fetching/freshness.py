"""How old each source's papers are against its promise: the one answer that page, API, log and exit code share."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max

from feeds.models import Fetch

from .run import Source
from .running import switched_on

_ANSWERED = (Fetch.State.DONE, Fetch.State.EMPTY)


@dataclass(frozen=True)
class Freshness:
    """One source that is switched on.

    last_success_at  when it last gave a good answer, also an empty one; None if it never did
    newest_day       the newest day of which papers came
    age              how long ago the last success was
    promise          how fresh it is kept, in words
    is_late          the promise is broken
    message          one sentence on its state, for people
    """

    source: str
    label: str
    last_success_at: datetime | None
    newest_day: date | None
    age: timedelta | None
    promise: str
    is_late: bool
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
    newest = rows.filter(state=Fetch.State.DONE).aggregate(day=Max("day"))["day"]
    overdue = source.overdue(now)
    age = now - success if success else None
    message = _message(source, success, newest, overdue)
    return Freshness(source.name, source.label, success, newest, age, source.promise, bool(overdue), message)


def _message(source: Source, success: datetime | None, newest: date | None, overdue: str) -> str:
    if success is None:
        return f"{source.label} has not answered yet."
    answered = f"it last answered on {success:%-d %B at %H:%M} UTC"
    if overdue:
        return f"{source.label} is late: {overdue}; {answered}."
    return f"{source.label} is fresh: its newest papers are of {newest or 'no day yet'}; {answered}."
