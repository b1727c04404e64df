"""A page of the daily papers.

By time it comes from the catalogue, in any other order from a ranking.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, NullIf
from rest_framework.exceptions import NotFound

from accounts.models import User
from feeds.entries import A_MEMBER, Entry, entries_at, with_provenance
from feeds.models import Submission, SubmissionState
from recommender.models import Paper, PaperQuerySet, Ranking
from recommender.ranking.rank import latest_day, rank
from recommender.spans import Span, day_of, newest_first

from .query import BY_TIME, MINE, HFQuery
from .serializers import SERVICE

TREND = timedelta(days=7)  # of papers that trend if the query names no days


@dataclass(frozen=True)
class DailyPapersPage:
    """The entries of a page, the list's length, and the ranking."""

    entries: Sequence[Entry]
    total: int
    ranking: Ranking | None = None


def list_page(query: HFQuery, reader: User | None, today: date) -> DailyPapersPage:
    """Return the page of a query.

    Without papers it is empty, as at Hugging Face.
    """
    page = slice(query.offset, query.offset + query.limit)
    if query.sort == BY_TIME:
        offered = newest_first(query.span.papers() if query.span else Paper.objects.offered())
        papers = submitted_by(offered, query.submitter) if query.submitter else offered
        pks = list(papers.values_list("pk", flat=True)[page])
        return DailyPapersPage(entries_in_order(pks, query.offset), papers.count())
    ranking = _pinned_ranking(query, reader) if query.pinned else _current_ranking(query, reader, today)
    if ranking is None:
        return DailyPapersPage([], 0)
    places: Sequence[int] = range(len(ranking.order))
    if query.submitter:
        papers = submitted_by(Paper.objects.filter(pk__in=ranking.order.tolist()), query.submitter)
        theirs = set(papers.values_list("pk", flat=True))
        places = [place for place, pk in enumerate(ranking.order.tolist()) if pk in theirs]
    return DailyPapersPage(entries_at(ranking, reader, places[page]), len(places), ranking)


def entries_in_order(pks: Sequence[int], first: int = 0) -> list[Entry]:
    """Make entries for papers whose order is not a ranking.

    Their places start at `first`, counted from 0.
    """
    papers = with_provenance(Paper.objects.with_public_votes()).in_bulk(list(pks))
    return [Entry(place, papers[pk], None, (), 0) for place, pk in enumerate(pks, start=first + 1) if pk in papers]


def submitted_by(papers: PaperQuerySet, name: str) -> "QuerySet[Any]":
    """The papers whose `submittedBy` has this name.

    The name is that of the submitter at Hugging Face, else here, else `SERVICE`.
    """
    member = Coalesce(NullIf("submitter__name", Value("")), Value(A_MEMBER))
    here = Submission.objects.filter(paper=OuterRef("pk"), state=SubmissionState.LISTED).values(by=member)[:1]
    who = Coalesce(NullIf("submitted_by", Value("")), Subquery(here), Value(SERVICE))
    return papers.annotate(who=who).filter(who=name)


def _pinned_ranking(query: HFQuery, reader: User | None) -> Ranking:
    """The ranking that the client pages through.

    A vote between two pages then neither repeats nor skips a paper.
    """
    ranking_reader, span = reader if query.sort == MINE else None, query.span
    days = Q(day=span.last, first_day=None if span.is_day else span.first) if span else Q()
    rankings = Ranking.objects.filter(days, reader=ranking_reader, category="").select_related("model")
    is_id = len(query.pinned) <= 32 and query.pinned.isprintable()
    ranking = rankings.filter(public_id=query.pinned).first() if is_id else None
    if ranking is None:
        raise NotFound(f"ranking: {query.pinned[:40]!r} does not exist or is not yours; leave the parameter out")
    return ranking


def _current_ranking(query: HFQuery, reader: User | None, today: date) -> Ranking | None:
    """The reader's own or the popular order.

    Defaults to the newest day, or to the week that ends with it.
    """
    span = query.span
    if span is None:
        newest_day = latest_day(today)
        if newest_day is None:
            return None
        is_week = query.sort != MINE
        span = Span(newest_day - TREND + timedelta(days=1), newest_day) if is_week else day_of(newest_day)
    try:
        return rank(reader, span) if query.sort == MINE else rank(None, span, "popular")
    except Paper.DoesNotExist:
        return None
