"""The papers that a recommendation may choose from.

Recent ones or all of computer science, optionally between two days.
"""

import re
from calendar import monthrange
from datetime import UTC, date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce, TruncDate

from feeds.http.problems import Problem
from recommender.models import Paper, PaperQuerySet

RECENT, ALL_CS = "recent", "all-cs"
RECENT_DAYS = timedelta(days=60)
FORM = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
REMEDY = "write YYYY, YYYY-MM or YYYY-MM-DD, or a range of two with a colon, such as 2026-07: or 2025:2026-06"


def candidate_papers(choice: str, today: date) -> PaperQuerySet:
    """Return the papers of the pool `recent` or `all-cs`.

    `recent` is the sixty days up to the newest day; `all-cs` is all of computer science.
    """
    offered = Paper.objects.offered()
    if choice == ALL_CS:
        return offered.filter(Q(categories__icontains='"cs.') | Q(categories__icontains='"cs"'))
    newest = offered.filter(day__lte=today).order_by("-day").values_list("day", flat=True).first() or today
    return offered.filter(day__gt=newest - RECENT_DAYS)


def published_between(papers: PaperQuerySet, text: str) -> "QuerySet[Any]":
    """The papers published in a range such as `2026-07:2026-09`.

    An empty range means all papers.
    """
    if not text:
        return papers
    first, is_range, last = text.partition(":")
    if not (first or last):
        raise Problem("publicationDateOrYear", text, f"{text[:40]!r} is not a date; {REMEDY}")
    dated = papers.annotate(published=Coalesce(TruncDate("published_at", tzinfo=UTC), "day"))
    if first:
        dated = dated.filter(published__gte=_days(text, first)[0])
    until = last if is_range else first
    return dated.filter(published__lte=_days(text, until)[1]) if until else dated


def _days(text: str, part: str) -> tuple[date, date]:
    """The first and last day of `part`: a year, month or day."""
    match = FORM.fullmatch(part)
    try:
        if match is None:
            raise ValueError(part)
        year, month, day = (int(number) if number else None for number in match.groups())
        assert year is not None  # FORM always matches a year
        last_month = month or 12
        last = date(year, last_month, day or monthrange(year, last_month)[1])
        return date(year, month or 1, day or 1), last
    except ValueError:
        raise Problem("publicationDateOrYear", text, f"{part[:40]!r} is not a date; {REMEDY}") from None
