"""What readers vote for now, by a count that a few accounts cannot bend.

A vote counts if its reader was settled, and like no reader who joined before, by the last night (`standing` says what
that is and what it bounds), and had been a member for `AGE` when it was cast. All that one reader voted on in the
window weighs `MOST_WEIGHT` papers' votes at most, shared equally. A paper is listed from `FEWEST` such readers on, and
its score is the weight for it less the weight against it, less one standard error: the root of the sum of the squared
weights.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt

from django.core.cache import cache
from django.db.models import F, Q

from accounts.models import User
from recommender.collections import saved_pks
from recommender.models import Paper, Vote
from recommender.vote_rings import AGE, PAPERS

from .entries import Entry, votes_of, with_provenance

WINDOWS = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}
MOST_WEIGHT = 20.0
FEWEST = 3
COUNTED_ANEW = 300  # seconds
LENGTH = 50
IN_WORDS = {"day": "24 hours", "week": "seven days", "month": "thirty days"}
TERMS = {"age": AGE, "papers": PAPERS, "most_weight": MOST_WEIGHT, "fewest": FEWEST}  # as a page says it


@dataclass(frozen=True)
class Trend:
    """What counted votes make of a paper: readers for it and against it, and its score."""

    paper_pk: int
    readers_for: int
    readers_against: int
    score: float


@dataclass(frozen=True)
class TrendingEntry:
    """One place of the list, with its paper as cards show it."""

    entry: Entry
    trend: Trend


def trends(window: str, now: datetime) -> list[Trend]:
    """The papers of the window with a score above zero, the highest first and of equal ones the newer paper.

    Raises ValueError for an unknown window.
    """
    if window not in WINDOWS:
        raise ValueError(f"a window is {', '.join(WINDOWS)}; got {window!r}")
    found = _counted(_votes(now - WINDOWS[window], now))
    best = sorted((trend for trend in found if trend.score > 0), key=lambda trend: (-trend.score, -trend.paper_pk))
    return best[:LENGTH]


def trending(window: str, now: datetime, reader: User | None) -> list[TrendingEntry]:
    """The same as places of a list, counted anew after `COUNTED_ANEW`; a fixed number of queries."""
    found = _kept(window, now)
    pks = [trend.paper_pk for trend in found]
    papers = with_provenance(Paper.objects.with_public_votes()).in_bulk(pks)
    mine, saved = votes_of(reader, pks), saved_pks(reader, pks)
    return [
        TrendingEntry(Entry(place, papers[pk], trend.score, (), mine.get(pk, 0), is_saved=pk in saved), trend)
        for place, (pk, trend) in enumerate(zip(pks, found, strict=True), start=1)
        if pk in papers  # it may have left since the count
    ]


def _kept(window: str, now: datetime) -> list[Trend]:
    """The trends as they were counted not longer than `COUNTED_ANEW` ago."""
    found: list[Trend] | None = cache.get(f"trends-{window}")
    if found is None:
        found = trends(window, now)
        cache.set(f"trends-{window}", found, COUNTED_ANEW)
    return found


def _votes(since: datetime, now: datetime) -> Iterable[tuple[int, int, int]]:
    """(reader, paper, value) of the votes that count, of the papers that are offered."""
    # the first half alone decides for most votes, and is quick: SQLite asks Python to add to a date
    of_age = Q(reader__joined_at__lte=since - AGE) | Q(voted_at__gte=F("reader__joined_at") + AGE)
    cast = Vote.objects.filter(of_age, voted_at__gt=since, voted_at__lte=now, paper__withdrawn=False)
    counted = cast.filter(reader__is_active=True, reader__standing__counts=True, reader__standing__is_settled=True)
    return counted.order_by().values_list("reader", "paper", "value")


def _counted(votes: Iterable[tuple[int, int, int]]) -> list[Trend]:
    by_reader: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for reader, paper, value in votes:
        by_reader[reader].append((paper, value))
    by_paper: dict[int, list[float]] = defaultdict(list)
    for cast in by_reader.values():
        weight = min(1.0, MOST_WEIGHT / len(cast))
        for paper, value in cast:
            by_paper[paper].append(weight * value)
    return [_trend(paper, weights) for paper, weights in by_paper.items() if len(weights) >= FEWEST]


def _trend(paper: int, weights: list[float]) -> Trend:
    readers_for = sum(weight > 0 for weight in weights)
    error = sqrt(sum(weight * weight for weight in weights))
    return Trend(paper, readers_for, len(weights) - readers_for, sum(weights) - error)
