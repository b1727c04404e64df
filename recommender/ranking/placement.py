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
from recommender.models import PlaceCause, pack, pack_pks
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
        most = length // max(len(np.unique(offered.ages)), 1)
        best = np.sort(first_of_each_day(best, offered.ages, most) if per_day else best[:length])
        offered, lifted = offered.only(best), lifted[best]
    paper_ids, scores = offered.paper_ids, offered.scores
    days = offered.ages if per_day else np.zeros_like(offered.ages)
    arrangement = arrange(vectors, lifted, offered.candidates, days)
    own = first_of_each_day(arrangement.order, offered.ages, per_day) if per_day else arrangement.order
    share = reader.exploration if span.is_whole_day else 0.0
    explored = explore(own, paper_ids, share, seed_of(reader, span.last))
    cause_of = dict(zip(own.tolist(), place_causes(arrangement, own, scores, lifted, days), strict=True))
    columns: dict[str, Any] = {
        "paper_pks": pack_pks(paper_ids[explored.order]),
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


def place_causes(
    arrangement: Arrangement, own: IntArray, scores: FloatArray, lifted: FloatArray, days: FloatArray
) -> list[int]:
    """For each place of `own` why it is not the score's.

    A number from 0 is the interest group whose share it fills, `PlaceCause` has the other causes, and
    `PlaceCause.SCORE` means that no paper below, of the same day, has a higher score.

    own             (n,) int32, positions of the arranged papers in the order shown
    scores, lifted  (c,) float32, before and after the boost of newer papers
    days            (c,) float32, equal for papers whose places are compared
    """
    places = np.argsort(arrangement.order)[own]
    turns, held_back = arrangement.interests[places], arrangement.held_back[places]
    is_out = _has_better_below(scores[own], days[own])
    is_moved = _has_better_below(lifted[own], days[own])
    causes = np.where(is_out, np.where(is_moved, PlaceCause.VARIETY, PlaceCause.NEWER), PlaceCause.SCORE)
    causes = np.where(held_back, PlaceCause.HELD_BACK, causes)
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


def _has_better_below(scores: FloatArray, days: FloatArray) -> npt.NDArray[np.bool_]:
    """For each place whether a place below, of the same day, has a higher score, (n,) bool."""
    is_out = np.zeros(len(scores), dtype=bool)
    for day in np.unique(days):
        places = np.flatnonzero(days == day)
        is_out[places] = scores[places] < np.maximum.accumulate(scores[places][::-1])[::-1]
    return is_out


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
