"""What other orders would have earned, from rankings that explored and the votes that followed."""

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

FEWEST = 500  # rankings; intervals were not measured on smaller logs


@dataclass(frozen=True)
class LoggedRanking:
    """One ranking that explored: the first of its reader and day, made before the day's draws had been seen.

    own     (n,) int64, the papers of the reader's own order that could be shown
    shown   (SLOTS,) int64, the papers in the slots
    """

    reader: int
    share: float
    made_at: datetime
    own: IdArray
    shown: IdArray

    @property
    def places(self) -> list[int]:
        """The places in the own order of the papers shown."""
        place_of = {pk: place for place, pk in enumerate(self.own.tolist())}
        return [place_of[pk] for pk in self.shown.tolist()]


@dataclass(frozen=True)
class TooFewRankings:
    """There are not enough logged rankings for an estimate."""

    rankings: int


@dataclass(frozen=True)
class EstimatedValue:
    """What an order would have earned, by one estimator."""

    order: str
    estimator: str
    estimate: Estimate

    def as_dict(self) -> dict[str, Any]:
        return {"order": self.order, "estimator": self.estimator, **vars(self.estimate)}


def estimate_orders(since: date) -> list[EstimatedValue] | TooFewRankings:
    """The value of the reader's own order, of popularity and of recency, from the rankings of days since then.

    Popularity and recency order the same papers that exploration could show: the first `REACH` of the own order. A
    paper's popularity counts the votes of others cast before the ranking was made, and its up-votes at the source as
    they are known now.
    """
    rankings = logged_rankings(since)
    if len(rankings) < FEWEST:
        return TooFewRankings(len(rankings))
    log = as_log(rankings)
    return [
        EstimatedValue(name, estimator, found)
        for name, orders in target_orders(rankings).items()
        for estimator, found in estimate(log, target_examination(orders, EXAMINATION, REACH)).items()
    ]


def logged_rankings(since: date) -> list[LoggedRanking]:
    """The first ranking of each reader and day since then, where it explored."""
    found: dict[tuple[int | None, date], Ranking] = {}
    for ranking in Ranking.objects.filter(day__gte=since, model__isnull=False).order_by("made_at", "pk").iterator():
        found.setdefault((ranking.reader_id, ranking.day), ranking)
    return [_logged(ranking) for ranking in found.values() if ranking.exploration]


def as_log(rankings: Sequence[LoggedRanking]) -> Log:
    """What the engine estimates from; a reward is an up-vote, by its reader, cast after the ranking was made."""
    numbers = {reader: number for number, reader in enumerate(sorted({ranking.reader for ranking in rankings}))}
    up_votes = Vote.objects.filter(value=VoteValue.UP, reader__in=list(numbers)).values_list(
        "reader", "paper", "voted_at"
    )
    cast = {(reader, paper): at for reader, paper, at in up_votes}
    rewards = [
        [cast.get((ranking.reader, pk), ranking.made_at) > ranking.made_at for pk in ranking.shown.tolist()]
        for ranking in rankings
    ]
    looked_at = [expected_examination(each.share, pool_size(len(each.own)), EXAMINATION) for each in rankings]
    return Log(
        np.array([ranking.places for ranking in rankings], dtype=np.int32),
        np.array(rewards, dtype=np.float32),
        EXAMINATION,
        np.array(looked_at),
        np.array([numbers[ranking.reader] for ranking in rankings], dtype=np.int32),
    )


def target_orders(rankings: Sequence[LoggedRanking]) -> dict[str, IntArray]:
    """Each target order as places of the own order, (n, SLOTS) int32."""
    popularity, newest = Popularity(rankings), _by_time()
    return {
        "own order": np.tile(np.arange(SLOTS, dtype=np.int32), (len(rankings), 1)),
        "popularity": _ordered(rankings, popularity.of),
        "recency": _ordered(rankings, lambda ranking, pk: newest.get(pk, -1)),
    }


class Popularity:
    """How popular papers were when a ranking was made, without its reader's own vote."""

    def __init__(self, rankings: Sequence[LoggedRanking]) -> None:
        wanted = {pk for ranking in rankings for pk in ranking.own.tolist()}
        self._at_source = dict(Paper.objects.filter(source_upvotes__gt=0).values_list("pk", "source_upvotes"))
        self._votes: dict[int, list[tuple[int, int, datetime]]] = defaultdict(list)
        for paper, reader, value, at in Vote.objects.values_list("paper", "reader", "value", "voted_at").iterator():
            if paper in wanted:
                self._votes[paper].append((reader, value, at))

    def of(self, ranking: LoggedRanking, pk: int) -> int:
        cast = (value for reader, value, at in self._votes[pk] if reader != ranking.reader and at < ranking.made_at)
        return self._at_source.get(pk, 0) + sum(cast)


def _by_time() -> dict[int, int]:
    """Where each paper stands in time; one whose time is not known stands before all others."""
    oldest_first = Paper.objects.order_by(F("published_at").asc(nulls_first=True), "pk").values_list("pk", flat=True)
    return {pk: place for place, pk in enumerate(oldest_first)}


def _ordered(rankings: Sequence[LoggedRanking], key: Callable[[LoggedRanking, int], int]) -> IntArray:
    """The places with the largest keys, largest first; ties go to the newer paper."""
    orders = []
    for ranking in rankings:
        keys = [(key(ranking, pk), pk) for pk in ranking.own.tolist()]
        orders.append(sorted(range(len(keys)), key=keys.__getitem__, reverse=True)[:SLOTS])
    return np.array(orders, dtype=np.int32)


def _logged(ranking: Ranking) -> LoggedRanking:
    explored = ranking.explored
    slots, came_from = (np.array(list(part), dtype=np.int32) for part in (explored.keys(), explored.values()))
    own = own_order(ranking.order, slots, came_from)[:REACH]
    assert ranking.reader_id is not None  # only a reader's own ranking explores
    return LoggedRanking(ranking.reader_id, ranking.exploration["share"], ranking.made_at, own, ranking.order[:SLOTS])
