"""A ranking, or a slice of it, as entries that page and API show: paper, score, reasons, my vote, public votes."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import User
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


def entries(ranking: Ranking, reader: User | None, offset: int, limit: int) -> list[Entry]:
    """The places from `offset` on; papers that left the catalogue since are skipped. A fixed number of queries."""
    pks = ranking.order[offset : offset + limit].tolist()
    scores = ranking.score_values[offset : offset + limit].tolist()
    papers = with_provenance(Paper.objects.with_public_votes()).in_bulk(pks)
    mine = votes_of(reader, pks)
    why = reasons(ranking, [pk for pk in pks if pk in papers])
    chances = explorations(ranking)[offset : offset + limit]
    timely = ranking.mode == Ranking.Mode.RECENT
    return [
        Entry(offset + place, papers[pk], None if timely else score, why[pk], mine.get(pk, 0), chance)
        for place, (pk, score, chance) in enumerate(zip(pks, scores, chances, strict=True), start=1)
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
