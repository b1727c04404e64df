"""The days that one ranking covers: a day, an ISO week, a month, or since some day; and which of their papers stand."""

import hashlib
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, F, Max

from .models import Paper, PaperQuerySet

MOST = 1000  # papers of several days that are ranked; a day's are all ranked


@dataclass(frozen=True)
class Span:
    """The days from `first` to `last`, and of their papers those in `category`, where one is given."""

    first: date
    last: date
    category: str = ""

    def __str__(self) -> str:
        return f"on {self.first}" if self.is_day else f"from {self.first} to {self.last}"

    @property
    def is_day(self) -> bool:
        return self.first == self.last

    @property
    def is_whole_day(self) -> bool:
        return self.is_day and not self.category

    def papers(self) -> PaperQuerySet:
        """Those that are offered now."""
        found = Paper.objects.filter(day__range=(self.first, self.last)).offered()
        return found.in_category(self.category) if self.category else found


@dataclass(frozen=True)
class PaperPool:
    """The papers of a span that may be ranked now; `state` changes whenever one is added or changed.

    count   papers of the span
    chosen  primary keys of `MOST` of them where several days have more, else None: all of them
    """

    span: Span
    count: int
    state: str
    chosen: tuple[int, ...] | None = None

    @property
    def day(self) -> date:
        return self.span.last

    def papers(self) -> PaperQuerySet:
        """Those that may be ranked."""
        return self.span.papers() if self.chosen is None else Paper.objects.filter(pk__in=self.chosen)


def day_of(day: date) -> Span:
    return Span(day, day)


def week_of(day: date) -> Span:
    """The ISO week with this day, Monday to Sunday."""
    monday = day - timedelta(days=day.weekday())
    return Span(monday, monday + timedelta(days=6))


def month_of(day: date) -> Span:
    return Span(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))


def pool_of(days: date | Span, *, by_time: bool = False) -> PaperPool:
    """The state of the papers of a day, by one query, or of several days, by one more where they exceed `MOST`.

    Of more than `MOST` those stand that have the most public votes, the newest first among equals; with `by_time` the
    newest alone. Votes that change which those are change the state.
    """
    span = days if isinstance(days, Span) else day_of(days)
    found = span.papers().aggregate(count=Count("pk"), last=Max("pk"), changed=Max("updated_at"))
    state = f"{found['count']}:{found['last']}:{found['changed']}"
    if span.is_day or found["count"] <= MOST:
        return PaperPool(span, found["count"], _of_days(span, state))
    best = newest_first(span.papers()) if by_time else span.papers().by_popularity()
    chosen = tuple(best.values_list("pk", flat=True)[:MOST])
    digest = hashlib.sha256(repr(chosen).encode()).hexdigest()
    return PaperPool(span, found["count"], _of_days(span, f"{state}:{digest}"), chosen)


def newest_first(papers: PaperQuerySet) -> PaperQuerySet:
    """The same papers, the newest first; within a day those without a time last."""
    return papers.order_by("-day", F("published_at").desc(nulls_last=True), "-pk")


def _of_days(span: Span, state: str) -> str:
    """A single day's state as it always was; that of other papers names them too."""
    return state if span.is_whole_day else f"{span.first}:{span.category}:{state}"
