"""Off-policy evaluation: what another order would have earned, from logged rankings with known probabilities.

The position-based model is assumed: a paper is voted up with probability examination(slot) * attraction(reader,
paper), so votes in one slot are evidence for every slot. (The item-position model assumes less, but exploration only
moves papers of the first places down, never up: most of what other orders show would have no support.) The value of an
order is the expected number of up-votes in its first `SLOTS` places. It may only hold papers that the log could have
shown: the first `REACH` of each reader's own order.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from .data import FloatArray, IntArray
from .exploration import SLOTS, WideArray

BUCKET = 10  # places of the own order that share one rate of votes in the reward model
PRIOR_EXAMINED = 2.0  # examinations of a bucket that are assumed before any is counted ...
PRIOR_RATE = 0.05  # ... and the up-votes for each of them
OUTSIDE = 0.025  # probability outside an interval on either side
EXAMINATION: WideArray = 1 / np.log2(np.arange(2, SLOTS + 2))  # assumed where nothing better is known: NDCG's discount


@dataclass(frozen=True)
class Log:
    """n logged rankings.

    places       (n, SLOTS) int32, the place in the reader's own order of the paper in each slot
    rewards      (n, SLOTS) float32, 1 for a paper voted up afterwards, else 0
    examination  (SLOTS,) float64, the probability that a reader looks at a slot
    looked_at    (n, REACH) float64, from `expected_examination`, for each place of the own order
    readers      (n,) int32, the reader of each ranking: rankings of one reader are not independent

    Raises ValueError when the arrays differ in length, or without rankings.
    """

    places: IntArray
    rewards: FloatArray
    examination: WideArray
    looked_at: WideArray
    readers: IntArray

    def __post_init__(self) -> None:
        if not len(self.places) == len(self.rewards) == len(self.looked_at) == len(self.readers):
            raise ValueError("a log needs places, rewards, looked_at and readers for the same rankings")
        if not len(self.places):
            raise ValueError("nothing can be estimated from a log without rankings")


@dataclass(frozen=True)
class Estimate:
    """Expected up-votes per ranking, with a 95 % interval."""

    mean: float
    low: float
    high: float


def target_examination(orders: IntArray, examination: WideArray, reach: int) -> WideArray:
    """The probability that the target's reader looks at each place, (n, reach) float64.

    Places are those of the own order.

    orders       (n, SLOTS) int32, the place in the reader's own order of the paper that the target puts in each slot
    examination  (SLOTS,) float64, the probability that a reader looks at a slot
    """
    target = np.zeros((len(orders), reach))
    np.put_along_axis(target, orders.astype(np.int64), np.broadcast_to(examination, orders.shape), axis=1)
    return target


def estimate(log: Log, target: WideArray) -> dict[str, Estimate]:
    """The target's value by inverse propensity (`ips`), self-normalised (`snips`) and doubly robust (`dr`) estimation.

    target  (n, REACH) float64, from `target_examination`

    ips    mean of w r, w = target / looked_at at the paper shown (Li et al. 2018, "Offline evaluation of ranking
           policies with click models", position-based)
    snips  the same over the mean of w * examination, whose expectation is the sum of the target's examination
    dr     the reward model's value of the target + mean of w (r - model) (Dudik et al. 2011); the model is a rate of
           up-votes for each ten places of the own order, fitted on the other half of the readers

    Raises ValueError where the target shows a paper that the log never could.
    """
    if ((target > 0) & (log.looked_at <= 0)).any():
        raise ValueError("the target shows papers that the log could not; let it order the first places only")
    ratio = np.divide(target, log.looked_at, out=np.zeros_like(target), where=log.looked_at > 0)
    weights = np.take_along_axis(ratio, log.places, axis=1)
    earned = (weights * log.rewards).sum(axis=1)
    normal = weights @ log.examination / np.maximum(target.sum(axis=1).mean(), 1e-12)
    rates = _vote_rates(log)
    expected = np.take_along_axis(rates, log.places, axis=1) * log.examination
    robust = (target * rates).sum(axis=1) + (weights * (log.rewards - expected)).sum(axis=1)
    normalised = earned.mean() / normal.mean() if normal.any() else 0.0
    largest = float(ratio.max())
    return {
        "ips": _interval(log, earned.mean(), earned - earned.mean(), earned, largest),
        "snips": _interval(
            log, normalised, (earned - normalised * normal) / max(normal.mean(), 1e-12), earned, largest
        ),
        "dr": _interval(log, robust.mean(), robust - robust.mean(), earned, largest),
    }


def _vote_rates(log: Log) -> WideArray:
    """Up-votes per examination of each place, (n, REACH).

    Fitted on the other half of the readers, for places of the own order.
    """
    buckets = np.arange(log.looked_at.shape[1]) // BUCKET
    half = log.readers % 2
    rates = np.empty_like(log.looked_at)
    for own in (0, 1):
        others = half != own
        bucket_of = buckets[log.places[others]].ravel()
        votes = np.bincount(bucket_of, log.rewards[others].ravel(), buckets[-1] + 1)
        examined = np.bincount(bucket_of, np.tile(log.examination, int(others.sum())), buckets[-1] + 1)
        by_bucket = (votes + PRIOR_RATE * PRIOR_EXAMINED) / (examined + PRIOR_EXAMINED)
        rates[half == own] = by_bucket[buckets]
    return rates


def _interval(log: Log, mean: float, residuals: WideArray, earned: WideArray, largest: float) -> Estimate:
    """The gamma interval for a weighted sum of counts.

    From Fay and Feuer 1997; it holds where votes are rare.

    residuals  (n,) of the estimator; summed by reader and squared, they give its variance
    earned     (n,) weighted votes
    largest    the largest weight that any vote could have had

    A normal interval is too narrow there, because the votes that would widen it have not occurred. This one allows for
    one more vote of the largest weight.
    """
    rankings, votes = len(earned), float(earned.sum())
    variance = float((np.bincount(log.readers, residuals) ** 2).sum())
    low = _gamma(OUTSIDE, votes, variance) if votes > 0 and variance > 0 else votes
    high = _gamma(1 - OUTSIDE, votes + largest, variance + largest**2) if largest > 0 else votes
    return Estimate(float(mean), float(mean - (votes - low) / rankings), float(mean + (high - votes) / rankings))


def _gamma(probability: float, mean: float, variance: float) -> float:
    """Quantile of the gamma distribution with this mean and variance."""
    return float(variance / (2 * mean) * chi2.ppf(probability, 2 * mean**2 / variance))
