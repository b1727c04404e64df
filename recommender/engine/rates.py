"""Rates of what readers did, with intervals over readers, and measures of inequality.

One reader's actions on several papers are not independent, so intervals come from readers drawn with replacement (Owen
and Eckles 2012, "Bootstrapping data arrays of arbitrary order", with one factor).
"""

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

WideArray = npt.NDArray[np.float64]
ROUNDS = 1000
AT_ONCE = 2_000_000  # numbers drawn at one time
OUTSIDE = 2.5  # per cent outside an interval on either side


@dataclass(frozen=True)
class Rate:
    """A rate over all readers, or a difference of two rates.

    Each has its 95 % interval.
    """

    mean: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float]:
        return asdict(self)


def rates(counts: WideArray, chances: WideArray, seed: int) -> list[Rate]:
    """Rates over all readers, for each of k columns.

    A rate is the sum of counts over the sum of chances.

    counts   (n, k) how often each of n readers acted
    chances  (n, k) how often they could have; a column without any gives zeros

    Where no reader acted, resampling readers tells nothing. The upper end is then 1 - 0.025 ** (1 / readers), the
    exact one for zero successes (Clopper and Pearson 1934).
    Raises ValueError when the shapes differ.
    """
    if counts.shape != chances.shape:
        raise ValueError(f"counts {counts.shape} and chances {chances.shape} must have the same readers and columns")
    means = _ratio(counts.sum(axis=0), chances.sum(axis=0))
    low, high = _interval(_resampled(counts, chances, seed))
    readers = (chances > 0).sum(axis=0)
    high = np.where((counts.sum(axis=0) == 0) & (readers > 0), _upper_end_of_none(readers), high)
    return [Rate(*map(float, column)) for column in zip(means, low, high, strict=True)]


def difference(one: tuple[WideArray, WideArray], other: tuple[WideArray, WideArray], seed: int) -> list[Rate]:
    """The rates of one group minus those of another, for k columns.

    one, other  (n, k) counts and (n,) chances of each group; no reader is in both

    Where no reader of either acted, the ends are the upper end of `rates` for the smaller group, on either side.
    """
    columns = one[0].shape[1]
    groups = [(counts, np.repeat(chances[:, None], columns, axis=1)) for counts, chances in (one, other)]
    means = [_ratio(counts.sum(axis=0), chances.sum(axis=0)) for counts, chances in groups]
    resampled = [_resampled(counts, chances, seed + place) for place, (counts, chances) in enumerate(groups)]
    low, high = _interval(resampled[0] - resampled[1])
    never = one[0].sum(axis=0) + other[0].sum(axis=0) == 0
    end = _upper_end_of_none(np.full(columns, min(len(one[1]), len(other[1]))))
    low, high = np.where(never, -end, low), np.where(never, end, high)
    return [Rate(*map(float, column)) for column in zip(means[0] - means[1], low, high, strict=True)]


def gini(amounts: WideArray) -> float:
    """The Gini coefficient of (n,) amounts, none negative.

    0 where all have the same, (n - 1) / n where one has all.

    sum over i of (2 i - n - 1) x_i / (n sum x), x ascending (Sen 1973); 0 when all amounts are 0.
    Raises ValueError for a negative amount.
    """
    if (amounts < 0).any():
        raise ValueError(f"the Gini coefficient is not defined for negative amounts, got {amounts.min()}")
    n, total = len(amounts), float(amounts.sum())
    if not n or not total:
        return 0.0
    places = 2 * np.arange(1, n + 1) - n - 1
    return float((places * np.sort(amounts)).sum() / (n * total))


def tenths(keys: WideArray, amounts: WideArray) -> WideArray:
    """The share of all amounts in each tenth of n things, (10,).

    Things are by ascending key. The shares sum to 1; zeros without amounts.

    keys, amounts  (n,) float64

    Things with the same key share their places equally. One that lies across two tenths is divided.
    """
    if not len(keys) or not amounts.sum():
        return np.zeros(10)
    order = np.argsort(keys, kind="stable")
    _, group = np.unique(keys[order], return_inverse=True)
    mean_of_key = np.bincount(group, amounts[order]) / np.bincount(group)
    sums = np.concatenate([[0.0], np.cumsum(mean_of_key[group])])
    ends = np.interp(np.linspace(0, len(keys), 11), np.arange(len(keys) + 1), sums)
    return np.asarray(np.diff(ends) / sums[-1])


def _ratio(counts: WideArray, chances: WideArray) -> WideArray:
    """counts / chances, 0 where there are no chances."""
    return np.divide(counts, chances, out=np.zeros_like(counts, dtype=np.float64), where=chances > 0)


def _upper_end_of_none(readers: "npt.NDArray[np.int64]") -> WideArray:
    """The upper end of a rate when none of this many readers acted, (k,)."""
    return np.asarray(1 - (OUTSIDE / 100) ** (1 / np.maximum(readers, 1)))


def _resampled(counts: WideArray, chances: WideArray, seed: int) -> WideArray:
    """The ratios for `ROUNDS` groups of readers drawn with replacement, (rounds, k)."""
    rng, readers = np.random.default_rng(seed), len(counts)
    both = np.hstack([counts, chances]).astype(np.float64)
    if not readers:
        return np.zeros((1, counts.shape[1]))
    parts = []
    for start in range(0, ROUNDS, step := max(AT_ONCE // readers, 1)):
        rounds = min(step, ROUNDS - start)
        draws = rng.integers(0, readers, size=(rounds, readers))
        times = np.stack([np.bincount(draw, minlength=readers) for draw in draws]).astype(np.float64)
        parts.append(times @ both)
    sums, columns = np.vstack(parts), counts.shape[1]
    return _ratio(sums[:, :columns], sums[:, columns:])


def _interval(resampled: WideArray) -> tuple[WideArray, WideArray]:
    """The lower and upper ends of each column's percentile interval, (k,) each."""
    low, high = np.percentile(resampled, [OUTSIDE, 100 - OUTSIDE], axis=0)
    return low, high
