"""Turn scores into places.

Interests share the top, near-duplicates stay apart, exploration fills some places.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from accounts.models import User
from recommender.engine.data import FloatArray, IdArray, IntArray
from recommender.engine.diversity import Arrangement, InterestGroups, arrange
from recommender.engine.exploration import explore
from recommender.engine.freshness import lift_newer
from recommender.engine.score import Candidates, ReaderVectors, best_first
from recommender.models import PlaceCause, pack
from recommender.spans import Span

NAMED = 2  # votes and interests that name an interest group


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
        best = np.sort(best[_daily(best, offered.ages, length // days)] if per_day else best[:length])
        offered, lifted = offered.only(best), lifted[best]
    paper_ids, scores = offered.paper_ids, offered.scores
    arrangement = arrange(vectors, lifted, offered.candidates)
    if per_day:
        arrangement = arrangement.only(_daily(arrangement.order, offered.ages, per_day))
    own = arrangement.order
    share = reader.exploration if span.is_whole_day else 0.0
    explored = explore(own, paper_ids, share, seed_of(reader, span.last))
    blocks = offered.ages[own] if per_day else np.zeros(len(own), dtype=np.float32)
    cause_of = dict(zip(own.tolist(), place_causes(arrangement, scores, lifted, blocks), strict=True))
    columns: dict[str, Any] = {
        "paper_pks": pack(paper_ids[explored.order], "<i8"),
        "scores": pack(scores[explored.order], "<f4"),
        "placed": placed_column([cause_of[position] for position in explored.order.tolist()], arrangement.groups),
    }
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


def place_causes(arrangement: Arrangement, scores: FloatArray, lifted: FloatArray, blocks: FloatArray) -> list[int]:
    """For each place why it is not the score's.

    A number from 0 is the interest group whose share it fills, `PlaceCause` has the other causes, and
    `PlaceCause.SCORE` means that no paper below has a higher score.

    scores, lifted  (c,) float32, before and after the boost of newer papers
    blocks          (n,) one number for each place: places are compared with those below that have the same number
    """
    order = arrangement.order
    is_out, is_moved = _has_better_below(scores[order], blocks), _has_better_below(lifted[order], blocks)
    causes = np.where(is_out, np.where(is_moved, PlaceCause.VARIETY, PlaceCause.NEWER), PlaceCause.SCORE)
    causes = np.where(arrangement.held_back, PlaceCause.HELD_BACK, causes)
    turns = arrangement.interests
    return [int(cause) for cause in np.where(is_moved & is_out & (turns >= 0), turns, causes)]


def placed_column(causes: list[int], groups: InterestGroups) -> dict[str, Any] | None:
    """The places, from 0, that are not the score's, with their causes.

    Each interest group is named by its stated interests, then by its votes on the newest papers. They are numbers
    in the profile's lists.
    """
    places = [place for place, cause in enumerate(causes) if cause != PlaceCause.SCORE]
    if not places:
        return None
    names = [
        {"interests": (own := stated[:NAMED].tolist()), "votes": votes[::-1][: NAMED - len(own)].tolist()}
        for stated, votes in zip(groups.stated, groups.votes, strict=True)
    ]
    return {"places": places, "causes": [causes[place] for place in places], "groups": names}


def _has_better_below(scores: FloatArray, blocks: FloatArray) -> npt.NDArray[np.bool_]:
    """For each place whether a place below in the same block has a higher score, (n,) bool."""
    starts = np.flatnonzero(np.diff(blocks)) + 1
    better = [block < np.maximum.accumulate(block[::-1])[::-1] for block in np.split(scores, starts)]
    return np.concatenate(better)


def _daily(order: IntArray, ages: FloatArray, most: int) -> IntArray:
    """The places in this order of the first `most` papers of each day, day by day, the newest first.

    ages  (c,) float32, days before the newest of the papers, by position
    """
    by_day = np.argsort(ages[order], kind="stable")
    days = ages[order][by_day]
    return np.asarray(by_day[np.arange(len(days)) - np.searchsorted(days, days) < most], dtype=np.int32)


def seed_of(reader: User, day: date) -> int:
    """The seed of a reader's exploration on a day.

    Their votes do not change it.
    """
    return int.from_bytes(hashlib.sha256(f"{reader.pk}|{day}".encode()).digest()[:8])
