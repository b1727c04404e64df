"""Trending papers of the last day, week or month.

Votes are counted so that a few accounts cannot bend the list. A vote counts if, as of last night, its reader was
settled and did not vote like anybody who had joined before (`recommender.vote_rings` explains both), and if the reader
had been a member for `AGE` when they voted. The votes of one reader in the window weigh at most as much as
`MOST_WEIGHT` votes, shared equally. A paper is listed once `FEWEST` such readers voted on it. Its score is the weight
for it less the weight against it, less one standard error: the root of the sum of the squared weights.
"""

from collections import defaultdict
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
CACHE_SECONDS = 300
LENGTH = 50
IN_WORDS = {"day": "24 hours", "week": "seven days", "month": "thirty days"}
TERMS = {"age": AGE, "papers": PAPERS, "most_weight": MOST_WEIGHT, "fewest": FEWEST}  # for the template


@dataclass(frozen=True)
class Trend:
    """The counted votes of a paper, and its score.

    Readers for it and readers against it.
    """

    paper_pk: int
    readers_for: int
    readers_against: int
    score: float


@dataclass(frozen=True)
class TrendingEntry:
    """One place of the list, with its paper as cards need it."""

    entry: Entry
    trend: Trend


def trends(window: str, now: datetime) -> list[Trend]:
    """The papers of the window with a score above zero.

    Highest first, at most `LENGTH`; ties go to newer papers. Raises ValueError for an unknown window.
    """
    if window not in WINDOWS:
        raise ValueError(f"a window is {', '.join(WINDOWS)}; got {window!r}")
    since = now - WINDOWS[window]
    # The first half decides for most votes and is fast; for the second, SQLite calls Python to add to a date.
    was_member = Q(reader__joined_at__lte=since - AGE) | Q(voted_at__gte=F("reader__joined_at") + AGE)
    votes = Vote.objects.filter(was_member, voted_at__gt=since, voted_at__lte=now, paper__withdrawn=False)
    votes = votes.filter(reader__is_active=True, reader__standing__counts=True, reader__standing__is_settled=True)

    votes_by_reader: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for reader, paper, value in votes.order_by().values_list("reader", "paper", "value"):
        votes_by_reader[reader].append((paper, value))
    weights_by_paper: dict[int, list[float]] = defaultdict(list)
    for reader_votes in votes_by_reader.values():
        weight = min(1.0, MOST_WEIGHT / len(reader_votes))
        for paper, value in reader_votes:
            weights_by_paper[paper].append(weight * value)

    result = []
    for paper, weights in weights_by_paper.items():
        score = sum(weights) - sqrt(sum(weight * weight for weight in weights))
        if len(weights) >= FEWEST and score > 0:
            readers_for = sum(weight > 0 for weight in weights)
            result.append(Trend(paper, readers_for, len(weights) - readers_for, score))
    return sorted(result, key=lambda trend: (-trend.score, -trend.paper_pk))[:LENGTH]


def trending(window: str, now: datetime, reader: User | None) -> list[TrendingEntry]:
    """The trends as places of a list, cached for `CACHE_SECONDS`.

    A fixed number of queries.
    """
    rows: list[Trend] | None = cache.get(f"trends-{window}")
    if rows is None:
        rows = trends(window, now)
        cache.set(f"trends-{window}", rows, CACHE_SECONDS)
    pks = [trend.paper_pk for trend in rows]
    papers = with_provenance(Paper.objects.with_public_votes()).in_bulk(pks)
    own_votes, saved = votes_of(reader, pks), saved_pks(reader, pks)
    entries = []
    for place, trend in enumerate(rows, start=1):
        pk = trend.paper_pk
        if pk in papers:  # it may have been removed since the count
            entry = Entry(place, papers[pk], trend.score, (), own_votes.get(pk, 0), is_saved=pk in saved)
            entries.append(TrendingEntry(entry, trend))
    return entries
