"""The places of a personal ranking: interests share them, near-duplicates stand apart, chance fills what it may."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from accounts.models import User
from recommender.engine.data import FloatArray, IdArray
from recommender.engine.diversity import arrange
from recommender.engine.exploration import explore
from recommender.engine.freshness import lift_newer
from recommender.engine.score import Candidates, ReaderVectors
from recommender.models import pack
from recommender.spans import PaperPool, Span


@dataclass(frozen=True)
class Scored:
    """Papers that may be shown to one reader, (c,) each: primary keys, scores, ages in days; and as the engine's."""

    paper_ids: IdArray
    scores: FloatArray
    ages: FloatArray
    candidates: Candidates

    def without(self, paper_pks: Collection[int]) -> "Scored":
        """Only the papers that are none of these."""
        if not paper_pks:
            return self
        kept = np.flatnonzero(~np.isin(self.paper_ids, list(paper_pks))).astype(np.int32)
        return Scored(self.paper_ids[kept], self.scores[kept], self.ages[kept], self.candidates.only(kept))


def place_papers(reader: User, span: Span, taste: ReaderVectors, offered: Scored, length: int) -> dict[str, Any]:
    """The columns of a ranking with its first `length` papers, their scores, and what chance had to do with it.

    The scores stay what they are: the order may differ from theirs. Chance has a part in the order of one whole day
    only: what an order would have earned is estimated from the draws of days.
    """
    paper_ids, scores = offered.paper_ids, offered.scores
    own = arrange(taste, lift_newer(scores, offered.ages, reader.freshness), offered.candidates)[:length]
    share = reader.exploration if span.is_whole_day else 0.0
    shown = explore(own, paper_ids, share, seed_of(reader, span.last))
    columns = {"paper_pks": pack(paper_ids[shown.order], "<i8"), "scores": pack(scores[shown.order], "<f4")}
    if not shown.is_drawn:
        return columns
    return columns | {
        "exploration": {
            "share": share,
            "slots": shown.slots.tolist(),
            "came_from": shown.came_from.tolist(),
        },
        "propensities": pack(shown.propensities, "<f4"),
    }


def ages_of(papers: PaperPool, paper_ids: IdArray) -> FloatArray:
    """How many days before the newest of them each was announced, (c,) float32; papers of one day need no query."""
    if papers.span.is_day:
        return np.zeros(len(paper_ids), dtype=np.float32)
    day_of = dict(papers.papers().values_list("pk", "day"))
    newest = max(day_of.values())
    return np.array([(newest - day_of[pk]).days for pk in paper_ids.tolist()], dtype=np.float32)


def seed_of(reader: User, day: date) -> int:
    """The seed of a reader's exploration on one day, whatever they vote on it."""
    return int.from_bytes(hashlib.sha256(f"{reader.pk}|{day}".encode()).digest()[:8])
