"""Turn scores into places.

Interests share the top, near-duplicates stay apart, exploration fills some places.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from accounts.models import User
from recommender.engine.data import FloatArray, IdArray, IntArray
from recommender.engine.diversity import arrange
from recommender.engine.exploration import explore
from recommender.engine.freshness import lift_newer
from recommender.engine.score import Candidates, ReaderVectors, best_first
from recommender.models import pack
from recommender.spans import Span


@dataclass(frozen=True)
class Scored:
    """Papers with scores for one reader, (c,) each.

    Primary keys, scores, ages in days, and the engine's candidates.
    """

    paper_ids: IdArray
    scores: FloatArray
    ages: FloatArray
    candidates: Candidates

    def without(self, paper_pks: Collection[int]) -> "Scored":
        """The same without these papers."""
        if not paper_pks:
            return self
        return self.only(np.flatnonzero(~np.isin(self.paper_ids, list(paper_pks))).astype(np.int32))

    def only(self, positions: IntArray) -> "Scored":
        """The papers at these positions, in their order."""
        candidates = self.candidates.only(positions)
        return Scored(self.paper_ids[positions], self.scores[positions], self.ages[positions], candidates)


def place_papers(
    reader: User, span: Span, vectors: ReaderVectors, offered: Scored, length: int, per_day: int = 0
) -> dict[str, Any]:
    """The columns of a ranking's first `length` papers.

    They are the best by score, less the penalty for age, and then interests and near-duplicates move papers among
    them: arranging a month costs no more than arranging a long day. With their scores and what exploration did. The
    scores are not changed, so the order may differ from theirs. Only whole days are explored: off-policy estimates use
    the draws of days.

    per_day  if not 0, only so many papers of each day, day by day, the newest first
    """
    lifted = lift_newer(offered.scores, offered.ages, 0.0 if per_day else reader.freshness)
    if len(lifted) > length:
        best = best_first(lifted)
        days = max(len(np.unique(offered.ages)), 1)
        best = np.sort(first_of_each_day(best, offered.ages, length // days) if per_day else best[:length])
        offered, lifted = offered.only(best), lifted[best]
    paper_ids, scores = offered.paper_ids, offered.scores
    own = arrange(vectors, lifted, offered.candidates)
    if per_day:
        own = first_of_each_day(own, offered.ages, per_day)
    share = reader.exploration if span.is_whole_day else 0.0
    explored = explore(own, paper_ids, share, seed_of(reader, span.last))
    columns = {"paper_pks": pack(paper_ids[explored.order], "<i8"), "scores": pack(scores[explored.order], "<f4")}
    if not explored.is_drawn:
        return columns
    return columns | {
        "exploration": {
            "share": share,
            "slots": explored.slots.tolist(),
            "came_from": explored.came_from.tolist(),
        },
        "propensities": pack(explored.propensities, "<f4"),
    }


def first_of_each_day(order: IntArray, ages: FloatArray, most: int) -> IntArray:
    """The first `most` positions of each day in this order, day by day, the newest first.

    ages  (c,) float32, days before the newest of the papers, by position
    """
    by_day = order[np.argsort(ages[order], kind="stable")]
    starts = np.searchsorted(ages[by_day], ages[by_day])
    return by_day[np.arange(len(by_day)) - starts < most]


def seed_of(reader: User, day: date) -> int:
    """The seed of a reader's exploration on a day.

    Their votes do not change it.
    """
    return int.from_bytes(hashlib.sha256(f"{reader.pk}|{day}".encode()).digest()[:8])
