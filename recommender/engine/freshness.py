"""Lifting newer papers: in an order of several days a paper pays for its age, as far as the reader wants that."""

import numpy as np

from .data import FloatArray

DAYS = 3.0  # of age that cost one standard deviation of the reader's scores, at a freshness of 1


def lift_newer(scores: FloatArray, ages: FloatArray, freshness: float) -> FloatArray:
    """What orders the papers: score - freshness * deviation * age / `DAYS`, (c,) float32.

    scores     (c,) float32, the reader's; the deviation is theirs, so that the lift means the same to every reader
    ages       (c,) float32 >= 0, days since the newest of the papers
    freshness  0 to 1; at 0, and where all papers are of one day, the order of the scores stays

    Raises ValueError for a freshness outside its range.
    """
    if not 0 <= freshness <= 1:
        raise ValueError(f"freshness is from 0 to 1, got {freshness}")
    if not len(scores) or not freshness:
        return scores
    return np.asarray(scores - freshness * scores.std() * ages / DAYS, dtype=np.float32)
