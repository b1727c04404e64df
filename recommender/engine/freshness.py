"""Boost newer papers in a ranking of several days.

Older papers lose score, as far as the reader wants that.
"""

import numpy as np

from .data import FloatArray

DAYS = 3.0  # of age that cost one standard deviation of the reader's scores, at a freshness of 1


def lift_newer(scores: FloatArray, ages: FloatArray, freshness: float) -> FloatArray:
    """Scores minus a penalty for age, (c,) float32.

    The result is score - freshness * deviation * age / `DAYS`.

    scores     (c,) float32 of one reader; their standard deviation makes the boost mean the same to every reader
    ages       (c,) float32 >= 0, days since the newest of the papers
    freshness  0 to 1; at 0, and where all papers are of one day, the order does not change

    Raises ValueError for a freshness outside 0..1.
    """
    if not 0 <= freshness <= 1:
        raise ValueError(f"freshness must be from 0 to 1, got {freshness}")
    if not len(scores) or not freshness:
        return scores
    return np.asarray(scores - freshness * scores.std() * ages / DAYS, dtype=np.float32)
