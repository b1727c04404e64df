"""The loss of an order against graded answers: weighted disagreements of pairs."""

import numpy as np

from recommender.engine.data import FloatArray
from recommender.engine.evaluation import ROUNDS, Interval, MetricArray


def pair_loss(scores: FloatArray | MetricArray, grades: FloatArray) -> tuple[float, float]:
    """The loss of one reader's order and its largest possible value.

    Each pair of papers with different grades weighs their difference. The loss is the weight of the pairs in the wrong
    order; a pair with equal scores counts half (Stelmakh et al. 2023, arXiv:2303.16750).
    """
    loss = most = 0.0
    for score, grade in zip(scores, grades, strict=True):
        weight = np.maximum(grade - grades.astype(np.float64), 0)  # of the papers with a lower grade
        loss += float((weight * ((score < scores) + 0.5 * (score == scores))).sum())
        most += float(weight.sum())
    return loss, most


def weighted_bootstrap(values: MetricArray, weights: MetricArray, seed: int) -> Interval:
    """Weighted mean and 95 % percentile interval over readers drawn with replacement.

    values   (readers,) float64
    weights  (readers,) float64, > 0; a reader that is drawn brings both
    """
    draws = np.random.default_rng(seed).integers(0, len(values), size=(ROUNDS, len(values)))
    low, high = np.percentile((values * weights)[draws].sum(axis=1) / weights[draws].sum(axis=1), [2.5, 97.5])
    return Interval(float(np.average(values, weights=weights)), float(low), float(high))
