"""Papers like some and unlike others, for anybody: the model that serves, asked with made-up votes; nothing is kept."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.db.models import QuerySet

from .engine.data import FloatArray, IdArray
from .engine.model import Model
from .engine.scoring import best_first, prepare, score
from .serving import model_cache
from .serving.model_cache import Unavailable
from .tastes import Said, rows_of_papers, taste_of

MOST_NEW = 1_000  # papers without a row in the model that are looked at: their texts are read on every request
CHUNK = 4_000  # papers scored at a time, so that their rows need some megabytes


def recommend(
    liked: Sequence[int], disliked: Sequence[int], papers: "QuerySet[Any]", limit: int
) -> list[int] | Unavailable:
    """Primary keys of the best of `papers` for who likes some and dislikes others, best first; none of those given.

    liked, disliked  primary keys, none in both
    papers           what to choose from: those that the model knows, and of the others the newest `MOST_NEW`

    The score is what these votes alone say of a paper, without what readers like in general. Of equal papers the newer
    one comes first. Unavailable where no model serves.
    """
    served = model_cache.current()
    if isinstance(served, Unavailable):
        return served
    votes = dict.fromkeys(liked, 1) | dict.fromkeys(disliked, -1)
    newest = papers.order_by("-day", "-pk").values_list("pk", flat=True)
    pks = _looked_at(served.model, np.array([pk for pk in newest if pk not in votes], dtype=np.int64))
    return list(pks[best_first(_scores(served.model, Said(votes, []), pks), limit)].tolist())


def _looked_at(model: Model, pks: IdArray) -> IdArray:
    """In the same order, (k,) int64."""
    is_new = model.rows_of(pks) < 0
    return pks[~is_new | (np.cumsum(is_new) <= MOST_NEW)]


def _scores(model: Model, said: Said, pks: IdArray) -> FloatArray:
    """What was said of the papers, (c,) float32."""
    taste, scores = taste_of(model, said), np.empty(len(pks), dtype=np.float32)
    for start in range(0, len(pks), CHUNK):
        some = pks[start : start + CHUNK]
        candidates = prepare(model, rows_of_papers(model, some), model.rows_of(some))
        scores[start : start + CHUNK] = score(model, taste, candidates) - candidates.prior
    return scores
