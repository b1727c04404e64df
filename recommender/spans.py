"""The days that one ranking covers, and their papers.

A day, an ISO week, a month, or any range.
"""

import hashlib
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Max

from .models import Paper, PaperQuerySet

MOST = 1000  # papers ranked of several days; all papers of a single day are ranked


@dataclass(frozen=True)
class Span:
    """The days from `first` to `last`.

    With a `category`, only the papers in it.
    """

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

    @property
    def columns(self) -> dict[str, Any]:
        """The columns of a `Ranking` that say which papers it orders."""
        return {"day": self.last, "first_day": None if self.is_day else self.first, "category": self.category}

    def papers(self) -> PaperQuerySet:
        """The papers that are offered now."""
        papers = Paper.objects.filter(day__range=(self.first, self.last)).offered()
        return papers.in_category(self.category) if self.category else papers


@dataclass(frozen=True)
class PaperPool:
    """The papers of a span that may be ranked now.

    `state` changes whenever one is added or changed.

    count   papers in the span
    chosen  primary keys of the `MOST` that are ranked, if a span of several days has more; None for all of them
    """

    span: Span
    count: int
    state: str
    chosen: tuple[int, ...] | None = None

    @property
    def day(self) -> date:
        return self.span.last

    def papers(self) -> PaperQuerySet:
        """The papers that may be ranked."""
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
    """The papers of a day or a span that may be ranked.

    Takes one query, and a second one where a span exceeds `MOST`. A span with more papers keeps the `MOST` with the
    most public votes, the newest first among equals; with `by_time` simply the newest. A vote that changes this choice
    changes the state.
    """
    span = days if isinstance(days, Span) else day_of(days)
    totals = span.papers().aggregate(count=Count("pk"), last=Max("pk"), changed=Max("updated_at"))
    state = f"{totals['count']}:{totals['last']}:{totals['changed']}"
    chosen = None
    if not span.is_day and totals["count"] > MOST:
        best = newest_first(span.papers()) if by_time else span.papers().by_popularity()
        chosen = tuple(best.values_list("pk", flat=True)[:MOST])
        state += f":{hashlib.sha256(repr(chosen).encode()).hexdigest()}"
    if not span.is_whole_day:
        state = f"{span.first}:{span.category}:{state}"
    return PaperPool(span, totals["count"], state, chosen)


def newest_first(papers: PaperQuerySet) -> PaperQuerySet:
    """The same papers, the newest first.

    Within a day, papers without a time come last.
    """
    return papers.order_by("-day", F("published_at").desc(nulls_last=True), "-pk")
