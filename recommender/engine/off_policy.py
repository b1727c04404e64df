"""What another order would have earned, estimated from logged rankings whose probabilities are known.

The position-based model is assumed: a paper is voted up with probability examination(slot) * attraction(reader,
paper), so what is seen of it in one slot tells about every slot. (The item-position model assumes less, but a good
paper can only move down from its place, never up: most of what other orders show would have no support.) An order is
worth the expected number of up-votes in its first `SLOTS` places, and can only hold papers that the log might have
shown: the first `REACH` of each reader's own order.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from .data import FloatArray, IntArray
from .exploration import SLOTS, WideArray

BUCKET = 10  # places of the own order that share one rate of votes in the reward model
PRIOR_EXAMINED = 2.0  # looks of a bucket that are assumed before any is counted ...
PRIOR_RATE = 0.05  # ... and the votes for each of them
OUTSIDE = 0.025  # probability left out on either side of an interval
EXAMINATION: WideArray = 1 / np.log2(np.arange(2, SLOTS + 2))  # assumed where nothing better is known: NDCG's discount


@dataclass(frozen=True)
class Log:
    """n logged rankings.

    places       (n, SLOTS) int32, the place in the reader's own order of the paper in each slot
    rewards      (n, SLOTS) float32, 1 for a paper voted up afterwards, else 0
    examination  (SLOTS,) float64, the chance that a reader looks at a slot
    looked_at    (n, REACH) float64, how much each place of the own order is looked at on average over the draws
    readers      (n,) int32, whose ranking it is: rankings of one reader are not independent
    """

    places: IntArray
    rewards: FloatArray
    examination: WideArray
    looked_at: WideArray
    readers: IntArray

    def __post_init__(self) -> None:
        if not len(self.places) == len(self.rewards) == len(self.looked_at) == len(self.readers):
            raise ValueError("a log needs places, rewards, examination and readers for the same rankings")
        if not len(self.places):
            raise ValueError("nothing can be estimated from a log without rankings")


@dataclass(frozen=True)
class Estimate:
    """Expected up-votes for each ranking, with a 95 % interval."""

    mean: float
    low: float
    high: float


def target_examination(orders: IntArray, examination: WideArray, reach: int) -> WideArray:
    """How much a target order looks at each place of the own order, (n, reach) float64.

    orders  (n, SLOTS) int32, the place in the reader's own order of the paper that the target puts in each slot
    """
    found = np.zeros((len(orders), reach))
    np.put_along_axis(found, orders.astype(np.int64), np.broadcast_to(examination, orders.shape), axis=1)
    return found


def estimate(log: Log, target: WideArray) -> dict[str, Estimate]:
    """The target's value by inverse propensity (`ips`), self-normalised (`snips`) and doubly robust (`dr`) estimation.

    target  (n, REACH) float64, how much the target order looks at each place of the reader's own order

    ips    mean of w r, w = target / looked_at at the paper shown (Li et al. 2018, "Offline evaluation of ranking
           policies with click models", position-based)
    snips  the same over the mean of w * examination, whose expectation is the target's whole examination
    dr     the reward model's value of the target + mean of w (r - model) (Dudik et al. 2011); the model is a rate of
           votes for each ten places of the own order, fitted on the other half of the readers

    Raises ValueError where the target shows a paper that the log never could.
    """
    if ((target > 0) & (log.looked_at <= 0)).any():
        raise ValueError("the target shows papers that the log never could; let it order the first places only")
    ratio = np.divide(target, log.looked_at, out=np.zeros_like(target), where=log.looked_at > 0)
    weights = np.take_along_axis(ratio, log.places, axis=1)
    earned = (weights * log.rewards).sum(axis=1)
    normal = weights @ log.examination / np.maximum(target.sum(axis=1).mean(), 1e-12)
    rates = _rates(log)
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


def _rates(log: Log) -> WideArray:
    """Votes for each look at a place of the own order, (n, REACH), from the half of the readers that it is not for."""
    buckets = np.arange(log.looked_at.shape[1]) // BUCKET
    half = log.readers % 2
    rates = np.empty_like(log.looked_at)
    for own in (0, 1):
        others = half != own
        shown = buckets[log.places[others]].ravel()
        votes = np.bincount(shown, log.rewards[others].ravel(), buckets[-1] + 1)
        looks = np.bincount(shown, np.tile(log.examination, int(others.sum())), buckets[-1] + 1)
        found = (votes + PRIOR_RATE * PRIOR_EXAMINED) / (looks + PRIOR_EXAMINED)
        rates[half == own] = found[buckets]
    return rates


def _interval(log: Log, mean: float, residuals: WideArray, earned: WideArray, largest: float) -> Estimate:
    """The gamma interval for a weighted sum of counts (Fay and Feuer 1997), which holds where votes are rare.

    residuals  (n,) of the estimator, whose squares, summed by reader, are its variance
    earned     (n,) weighted votes; `largest` is the largest weight that any vote could have had

    A normal interval is too narrow there: the votes that would widen it have not been seen. This one reckons with one
    more vote of the largest weight.
    """
    rankings, votes = len(earned), float(earned.sum())
    variance = float((np.bincount(log.readers, residuals) ** 2).sum())
    low = _gamma(OUTSIDE, votes, variance) if votes > 0 and variance > 0 else votes
    high = _gamma(1 - OUTSIDE, votes + largest, variance + largest**2) if largest > 0 else votes
    return Estimate(float(mean), float(mean - (votes - low) / rankings), float(mean + (high - votes) / rankings))


def _gamma(probability: float, mean: float, variance: float) -> float:
    """Quantile of the gamma distribution with this mean and variance."""
    return float(variance / (2 * mean) * chi2.ppf(probability, 2 * mean**2 / variance))
