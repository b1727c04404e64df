"""The days that one ranking covers, and their papers.

A day, an ISO week, a month, or any range.
"""

import hashlib
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Max

from .models import Paper, PaperQuerySet
from .vectors import count_of_vectors, encoder_identity


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
        return self.papers_of_days().in_category(self.category) if self.category else self.papers_of_days()

    def papers_of_days(self) -> PaperQuerySet:
        """The papers that are offered now, of any category."""
        return Paper.objects.filter(day__range=(self.first, self.last)).offered()


@dataclass(frozen=True)
class PaperPool:
    """The papers of a span that may be ranked now.

    `state` changes whenever one is added, changed or encoded, and with the encoder.

    count  papers in the span
    days   for several days or a category: every day that has papers, whole, the first day first; () for a whole day
    """

    span: Span
    count: int
    state: str
    days: tuple["PaperPool", ...] = field(default=(), compare=False)

    @property
    def day(self) -> date:
        return self.span.last

    @property
    def by_day(self) -> tuple["PaperPool", ...]:
        """Whole days that together have the papers; with a category, others as well."""
        return (self,) if self.span.is_whole_day else self.days

    def papers(self) -> PaperQuerySet:
        """The papers that may be ranked."""
        return self.span.papers()


def day_of(day: date) -> Span:
    return Span(day, day)


def week_of(day: date) -> Span:
    """The ISO week with this day, Monday to Sunday."""
    monday = day - timedelta(days=day.weekday())
    return Span(monday, monday + timedelta(days=6))


def month_of(day: date) -> Span:
    return Span(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))


def pool_of(days: date | Span) -> PaperPool:
    """The papers of a day or a span that may be ranked.

    Takes one query, and a second one with a category. The state of a span is made of those of its days, each with the
    papers of all categories.
    """
    span = days if isinstance(days, Span) else day_of(days)
    totals = span.papers_of_days().order_by("day").values("day")
    totals = totals.annotate(count=Count("pk"), last=Max("pk"), changed=Max("updated_at"), vectors=count_of_vectors())
    encoder = encoder_identity()
    whole = tuple(
        PaperPool(
            day_of(row["day"]),
            row["count"],
            f"{row['count']}:{row['last']}:{row['changed']}:{row['vectors']}:{encoder}",
        )
        for row in totals
    )
    if span.is_whole_day:
        return whole[0] if whole else PaperPool(span, 0, "")
    count = span.papers().count() if span.category else sum(day.count for day in whole)
    states = hashlib.sha256("|".join(f"{day.day}:{day.state}" for day in whole).encode()).hexdigest()
    return PaperPool(span, count, f"{span.first}:{span.category}:{states}", whole)


def newest_first(papers: PaperQuerySet) -> PaperQuerySet:
    """The same papers, the newest first.

    Within a day, papers without a time come last.
    """
    return papers.order_by("-day", F("published_at").desc(nulls_last=True), "-pk")
