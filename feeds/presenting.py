"""A ranking, or a slice of it, as entries that page and API show: paper, score, reasons, my vote, public votes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from accounts.models import User
from recommender.collecting import saved_pks
from recommender.models import Paper, Ranking, Vote
from recommender.reasons import Reason, reasons

from .provenance import with_provenance


@dataclass(frozen=True)
class Exploration:
    """Whether chance put a paper in its place, with which probability, and its place (from 1) in the own order."""

    by_chance: bool = False
    propensity: float = 1.0
    own_place: int | None = None

    @property
    def one_in(self) -> int:
        return round(1 / self.propensity)


@dataclass(frozen=True)
class Entry:
    """One place of a ranking; `position` counts from 1, `score` is None where the order is by time."""

    position: int
    paper: Paper
    score: float | None
    why: Sequence[Reason]
    my_vote: int
    exploration: Exploration = Exploration()
    is_saved: bool = False


def entries(ranking: Ranking, reader: User | None, offset: int, limit: int) -> list[Entry]:
    """The places from `offset` on; papers that left the catalogue since are skipped. A fixed number of queries."""
    return entries_at(ranking, reader, range(len(ranking.order))[offset : offset + limit])


def entries_at(ranking: Ranking, reader: User | None, places: Sequence[int]) -> list[Entry]:
    """The same for any places, counted from 0."""
    chosen = np.array(places, dtype=np.int64)
    pks, scores = ranking.order[chosen].tolist(), ranking.score_values[chosen].tolist()
    papers = with_provenance(Paper.objects.with_public_votes()).in_bulk(pks)
    mine, saved = votes_of(reader, pks), saved_pks(reader, pks)
    why = reasons(ranking, [pk for pk in pks if pk in papers])
    chances = explorations(ranking)
    timely = ranking.mode == Ranking.Mode.RECENT
    return [
        Entry(place + 1, papers[pk], None if timely else score, why[pk], mine.get(pk, 0), chances[place], pk in saved)
        for place, pk, score in zip(places, pks, scores, strict=True)
        if pk in papers
    ]


def explorations(ranking: Ranking) -> list[Exploration]:
    """What chance had to do with each place of the ranking."""
    explored = ranking.explored
    return [
        Exploration(True, chance, explored[slot] + 1) if slot in explored else Exploration(False, chance)
        for slot, chance in enumerate(ranking.propensity_values.tolist())
    ]


def votes_of(reader: User | None, pks: Sequence[int]) -> dict[int, int]:
    """The reader's own votes on these papers."""
    if reader is None:
        return {}
    return dict(Vote.objects.filter(reader=reader, paper__in=pks).values_list("paper", "value"))
