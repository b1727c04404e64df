"""The places of a personal ranking: interests share them, near-duplicates stand apart, chance fills what it may."""

import hashlib
from datetime import date
from typing import Any

from accounts.models import User

from .engine.data import FloatArray, IdArray
from .engine.exploration import explore
from .engine.scoring import Candidates, Taste
from .engine.variety import arrange
from .models import packed


def places(
    reader: User, day: date, taste: Taste, scores: FloatArray, paper_ids: IdArray, candidates: Candidates, length: int
) -> dict[str, Any]:
    """The columns of a ranking with its first `length` papers, their scores, and what chance had to do with it.

    scores, paper_ids  (c,), those of the candidates

    The scores stay what they are: the order may differ from theirs.
    """
    own = arrange(taste, scores, candidates)[:length]
    shown = explore(own, paper_ids, reader.exploration, seed_of(reader, day))
    columns = {"paper_pks": packed(paper_ids[shown.order], "<i8"), "scores": packed(scores[shown.order], "<f4")}
    if not shown.is_drawn:
        return columns
    return columns | {
        "exploration": {
            "share": reader.exploration,
            "slots": shown.slots.tolist(),
            "came_from": shown.came_from.tolist(),
        },
        "propensities": packed(shown.propensities, "<f4"),
    }


def seed_of(reader: User, day: date) -> int:
    """The seed of a reader's exploration on one day, whatever they vote on it."""
    return int.from_bytes(hashlib.sha256(f"{reader.pk}|{day}".encode()).digest()[:8])
