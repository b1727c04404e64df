"""Estimate what other orders would have earned.

From rankings that explored, and the votes after them.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from django.db.models import F

from recommender.engine.data import IdArray, IntArray
from recommender.engine.exploration import REACH, SLOTS, expected_examination, own_order, pool_size
from recommender.engine.off_policy import EXAMINATION, Estimate, Log, estimate, target_examination
from recommender.models import Paper, Ranking, Vote, VoteValue

FEWEST = 500  # rankings; the intervals were not verified on smaller logs


@dataclass(frozen=True)
class LoggedRanking:
    """One ranking that explored.

    The first of its reader and day, which no draw of that day has influenced.

    share    the probability that a slot explored
    own      (n,) int64, the papers of the reader's own order that could be shown
    slots    (SLOTS,) int64, the papers in the slots
    """

    reader: int
    share: float
    made_at: datetime
    own: IdArray
    slots: IdArray

    @property
    def places(self) -> list[int]:
        """The places in the own order of the papers in the slots."""
        place_of = {pk: place for place, pk in enumerate(self.own.tolist())}
        return [place_of[pk] for pk in self.slots.tolist()]


@dataclass(frozen=True)
class TooFewRankings:
    """There are too few logged rankings for an estimate."""

    rankings: int


@dataclass(frozen=True)
class EstimatedValue:
    """The value of an order by one estimator."""

    order: str
    estimator: str
    estimate: Estimate

    def as_dict(self) -> dict[str, Any]:
        return {"order": self.order, "estimator": self.estimator, **vars(self.estimate)}


def estimate_orders(since: date) -> list[EstimatedValue] | TooFewRankings:
    """Estimate the values of own order, popularity and recency.

    From the rankings of days since then. Popularity and recency order the papers that exploration could show: the first
    `REACH` of the own order. A paper's popularity is the sum of the votes of others from before the ranking was made,
    and its present up-votes at the source.
    """
    rankings = logged_rankings(since)
    if len(rankings) < FEWEST:
        return TooFewRankings(len(rankings))
    log = as_log(rankings)
    return [
        EstimatedValue(name, estimator, value)
        for name, orders in target_orders(rankings).items()
        for estimator, value in estimate(log, target_examination(orders, EXAMINATION, REACH)).items()
    ]


def logged_rankings(since: date) -> list[LoggedRanking]:
    """The first ranking of each reader and day since then, where it explored."""
    first: dict[tuple[int | None, date], Ranking] = {}
    for ranking in Ranking.objects.filter(day__gte=since, model__isnull=False).order_by("made_at", "pk").iterator():
        first.setdefault((ranking.reader_id, ranking.day), ranking)
    logged = []
    for ranking in first.values():
        if ranking.exploration:
            assert ranking.reader_id is not None  # only a reader's own ranking explores
            explored = ranking.explored
            slots, came_from = np.array([*explored], dtype=np.int32), np.array([*explored.values()], dtype=np.int32)
            own = own_order(ranking.order, slots, came_from)[:REACH]
            share = ranking.exploration["share"]
            logged.append(LoggedRanking(ranking.reader_id, share, ranking.made_at, own, ranking.order[:SLOTS]))
    return logged


def as_log(rankings: Sequence[LoggedRanking]) -> Log:
    """The rankings as the engine's log.

    A reward is an up-vote of the reader after the ranking was made.
    """
    numbers = {reader: number for number, reader in enumerate(sorted({ranking.reader for ranking in rankings}))}
    up_votes = Vote.objects.filter(value=VoteValue.UP, reader__in=list(numbers)).values_list(
        "reader", "paper", "voted_at"
    )
    voted_at = {(reader, paper): at for reader, paper, at in up_votes}
    rewards = [
        [voted_at.get((ranking.reader, pk), ranking.made_at) > ranking.made_at for pk in ranking.slots.tolist()]
        for ranking in rankings
    ]
    looked_at = [expected_examination(ranking.share, pool_size(len(ranking.own)), EXAMINATION) for ranking in rankings]
    return Log(
        np.array([ranking.places for ranking in rankings], dtype=np.int32),
        np.array(rewards, dtype=np.float32),
        EXAMINATION,
        np.array(looked_at),
        np.array([numbers[ranking.reader] for ranking in rankings], dtype=np.int32),
    )


def target_orders(rankings: Sequence[LoggedRanking]) -> dict[str, IntArray]:
    """Each target order as places of the own order, (n, SLOTS) int32.

    Papers without a publication time count as the oldest.
    """
    popularity = Popularity(rankings)
    oldest_first = Paper.objects.order_by(F("published_at").asc(nulls_first=True), "pk").values_list("pk", flat=True)
    age_rank = {pk: place for place, pk in enumerate(oldest_first)}
    return {
        "own order": np.tile(np.arange(SLOTS, dtype=np.int32), (len(rankings), 1)),
        "popularity": _ordered(rankings, popularity.of),
        "recency": _ordered(rankings, lambda ranking, pk: age_rank.get(pk, -1)),
    }


class Popularity:
    """The popularity of papers when a ranking was made, without its reader's own vote."""

    def __init__(self, rankings: Sequence[LoggedRanking]) -> None:
        papers = {pk for ranking in rankings for pk in ranking.own.tolist()}
        self._at_source = dict(Paper.objects.filter(source_upvotes__gt=0).values_list("pk", "source_upvotes"))
        self._votes: dict[int, list[tuple[int, int, datetime]]] = defaultdict(list)
        for paper, reader, value, at in Vote.objects.values_list("paper", "reader", "value", "voted_at").iterator():
            if paper in papers:
                self._votes[paper].append((reader, value, at))

    def of(self, ranking: LoggedRanking, pk: int) -> int:
        earlier = (value for reader, value, at in self._votes[pk] if reader != ranking.reader and at < ranking.made_at)
        return self._at_source.get(pk, 0) + sum(earlier)


def _ordered(rankings: Sequence[LoggedRanking], key: Callable[[LoggedRanking, int], int]) -> IntArray:
    """The places of the `SLOTS` papers with the largest keys, largest first.

    Ties go to the newer paper.
    """
    orders = []
    for ranking in rankings:
        keys = [(key(ranking, pk), pk) for pk in ranking.own.tolist()]
        orders.append(sorted(range(len(keys)), key=keys.__getitem__, reverse=True)[:SLOTS])
    return np.array(orders, dtype=np.int32)
