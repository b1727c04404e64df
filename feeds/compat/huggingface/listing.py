"""The papers of one page: by time from the catalogue, otherwise from the one function that makes rankings."""

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

TREND = timedelta(days=7)  # whose papers trend where no day is given


@dataclass(frozen=True)
class Listed:
    """The entries of a page, how many the whole list has, and the ranking that they are places of, if it is one."""

    entries: Sequence[Entry]
    total: int
    ranking: Ranking | None = None


def listed(asked: HFQuery, reader: User | None, today: date) -> Listed:
    """The page that was asked for; it is empty, as at Hugging Face, where there are no papers."""
    if asked.sort == BY_TIME:
        return _by_time(asked)
    ranking = _pinned(asked, reader) if asked.pinned else _ranked(asked, reader, today)
    if ranking is None:
        return Listed([], 0)
    places = _places(ranking, asked.submitter)
    shown = places[asked.offset : asked.offset + asked.limit]
    return Listed(entries_at(ranking, reader, shown), len(places), ranking)


def in_order(pks: Sequence[int], first: int = 0) -> list[Entry]:
    """Papers in an order that is no ranking, as places from `first` on, counted from 0; those that left are skipped."""
    papers = with_provenance(Paper.objects.with_public_votes()).in_bulk(list(pks))
    return [Entry(place, papers[pk], None, (), 0) for place, pk in enumerate(pks, start=first + 1) if pk in papers]


def submitted_by(papers: PaperQuerySet, name: str) -> "QuerySet[Any]":
    """Those of the papers whose `submittedBy` says this name: at Hugging Face, else here, else our own account."""
    member = Coalesce(NullIf("submitter__name", Value("")), Value(A_MEMBER))
    here = Submission.objects.filter(paper=OuterRef("pk"), state=SubmissionState.LISTED).values(by=member)[:1]
    who = Coalesce(NullIf("submitted_by", Value("")), Subquery(here), Value(SERVICE))
    return papers.annotate(who=who).filter(who=name)


def _by_time(asked: HFQuery) -> Listed:
    papers = newest_first(asked.span.papers() if asked.span else Paper.objects.offered())
    found = submitted_by(papers, asked.submitter) if asked.submitter else papers
    pks = list(found.values_list("pk", flat=True)[asked.offset : asked.offset + asked.limit])
    return Listed(in_order(pks, asked.offset), found.count())


def _newest_days(sort: str, today: date) -> Span | None:
    """Where none is given: my own order is of the newest day, what trends of the week up to it."""
    newest = latest_day(today)
    if newest is None:
        return None
    return day_of(newest) if sort == MINE else Span(newest - TREND + timedelta(days=1), newest)


def _ranked(asked: HFQuery, reader: User | None, today: date) -> Ranking | None:
    span = asked.span or _newest_days(asked.sort, today)
    if span is None:
        return None
    try:
        return rank(reader, span) if asked.sort == MINE else rank(None, span, "popular")
    except Paper.DoesNotExist:
        return None


def _pinned(asked: HFQuery, reader: User | None) -> Ranking:
    """The ranking that the client is paging through, so that no vote cast in between makes it skip or repeat."""
    whose, span = reader if asked.sort == MINE else None, asked.span
    days = Q(day=span.last, first_day=None if span.is_day else span.first) if span else Q()
    is_name = len(asked.pinned) <= 32 and asked.pinned.isprintable()
    kept = Ranking.objects.filter(days, reader=whose, category="").select_related("model")
    ranking = kept.filter(public_id=asked.pinned).first() if is_name else None
    if ranking is None:
        raise NotFound(f"ranking: {asked.pinned[:40]!r} is not there, or it is not yours; leave the parameter out")
    return ranking


def _places(ranking: Ranking, submitter: str) -> Sequence[int]:
    if not submitter:
        return range(len(ranking.order))
    pks = ranking.order.tolist()
    theirs = set(submitted_by(Paper.objects.filter(pk__in=pks), submitter).values_list("pk", flat=True))
    return [place for place, pk in enumerate(pks) if pk in theirs]
