"""Orders that are the same for everybody."""

from collections.abc import Sequence

import numpy as np

from recommender.engine.data import FloatArray
from recommender.engine.evaluation import Case
from recommender.evaluation.tasks import Scorer, Task


def popularity(task: Task) -> Scorer:
    """Up-votes in training."""
    votes = np.bincount(task.votes.likes.indices, minlength=len(task.papers))
    return _same_for_all(np.where(task.known < 0, 0, votes[task.known]))


def recency(task: Task) -> Scorer:
    """The later day, or year where papers have no day; unknown ones last."""
    return _same_for_all(task.appeared)


def _same_for_all(scores: FloatArray) -> Scorer:
    def score(cases: Sequence[Case]) -> FloatArray:
        return np.broadcast_to(scores.astype(np.float32), (len(cases), len(scores)))

    return score
