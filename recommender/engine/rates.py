"""Rates of what readers did, with the reader as the unit of chance, and how unevenly something is shared out.

What one reader does on several papers hangs together, so intervals come from readers drawn with replacement (Owen and
Eckles 2012, "Bootstrapping data arrays of arbitrary order", with one factor).
"""

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

WideArray = npt.NDArray[np.float64]
ROUNDS = 1000
AT_ONCE = 2_000_000  # numbers drawn together
OUTSIDE = 2.5  # per cent left out on either side of an interval


@dataclass(frozen=True)
class Rate:
    """A ratio over all readers, or a difference of two, with its 95 % interval."""

    mean: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float]:
        return asdict(self)


def rates(counts: WideArray, chances: WideArray, seed: int) -> list[Rate]:
    """What readers did for each chance to do it, column by column, all readers together.

    counts   (n, k) how often each of n readers did it
    chances  (n, k) how often they could have; a column without any gives zeros

    Where nobody did, drawing readers again tells nothing: the upper end is then 1 - 0.025 ** (1 / readers), the
    exact one for readers of whom none does (Clopper and Pearson 1934).
    """
    if counts.shape != chances.shape:
        raise ValueError(f"counts {counts.shape} and chances {chances.shape} are not of the same readers and columns")
    means, drawn = _ratio(counts.sum(axis=0), chances.sum(axis=0)), _drawn(counts, chances, seed)
    low, high = _ends(drawn)
    readers = (chances > 0).sum(axis=0)
    high = np.where((counts.sum(axis=0) == 0) & (readers > 0), _most_of_none(readers), high)
    return [Rate(*map(float, found)) for found in zip(means, low, high, strict=True)]


def difference(one: tuple[WideArray, WideArray], other: tuple[WideArray, WideArray], seed: int) -> list[Rate]:
    """By how much the rates of one group of readers exceed those of another, column by column.

    one, other  (n, k) counts and (n,) chances of each group, which has readers of its own

    Where nobody of either did, the ends are those of `rates` for the smaller group, on either side.
    """
    columns = one[0].shape[1]
    wide = [(counts, np.repeat(chances[:, None], columns, axis=1)) for counts, chances in (one, other)]
    means = [_ratio(counts.sum(axis=0), chances.sum(axis=0)) for counts, chances in wide]
    drawn = [_drawn(counts, chances, seed + place) for place, (counts, chances) in enumerate(wide)]
    low, high = _ends(drawn[0] - drawn[1])
    never = one[0].sum(axis=0) + other[0].sum(axis=0) == 0
    most = _most_of_none(np.full(columns, min(len(one[1]), len(other[1]))))
    low, high = np.where(never, -most, low), np.where(never, most, high)
    return [Rate(*map(float, found)) for found in zip(means[0] - means[1], low, high, strict=True)]


def gini(amounts: WideArray) -> float:
    """Gini coefficient of (n,) amounts, none negative: 0 where all have the same, (n - 1) / n where one has all.

    sum over i of (2 i - n - 1) x_i / (n sum x), x ascending (Sen 1973); 0 for nothing at all.
    """
    if (amounts < 0).any():
        raise ValueError("the Gini coefficient is not defined for negative amounts")
    n, whole = len(amounts), float(amounts.sum())
    if not n or not whole:
        return 0.0
    places = 2 * np.arange(1, n + 1) - n - 1
    return float((places * np.sort(amounts)).sum() / (n * whole))


def tenths(keys: WideArray, amounts: WideArray) -> WideArray:
    """What each tenth of the things, by ascending key, has of all amounts, (10,) adding up to 1; (n,) both.

    Things with the same key share their places equally, and one that lies across two tenths is divided.
    """
    if not len(keys) or not amounts.sum():
        return np.zeros(10)
    order = np.argsort(keys, kind="stable")
    _, group = np.unique(keys[order], return_inverse=True)
    equal = np.bincount(group, amounts[order]) / np.bincount(group)
    sums = np.concatenate([[0.0], np.cumsum(equal[group])])
    ends = np.interp(np.linspace(0, len(keys), 11), np.arange(len(keys) + 1), sums)
    return np.asarray(np.diff(ends) / sums[-1])


def _ratio(counts: WideArray, chances: WideArray) -> WideArray:
    return np.divide(counts, chances, out=np.zeros_like(counts, dtype=np.float64), where=chances > 0)


def _most_of_none(readers: "npt.NDArray[np.int64]") -> WideArray:
    """The upper end for so many readers of whom none does, (k,)."""
    return np.asarray(1 - (OUTSIDE / 100) ** (1 / np.maximum(readers, 1)))


def _drawn(counts: WideArray, chances: WideArray, seed: int) -> WideArray:
    """The ratios of `ROUNDS` groups of readers drawn with replacement, (rounds, k)."""
    rng, readers = np.random.default_rng(seed), len(counts)
    both = np.hstack([counts, chances]).astype(np.float64)
    if not readers:
        return np.zeros((1, counts.shape[1]))
    found = []
    for start in range(0, ROUNDS, step := max(AT_ONCE // readers, 1)):
        rounds = min(step, ROUNDS - start)
        draws = rng.integers(0, readers, size=(rounds, readers))
        times = np.stack([np.bincount(draw, minlength=readers) for draw in draws]).astype(np.float64)
        found.append(times @ both)
    sums, columns = np.vstack(found), counts.shape[1]
    return _ratio(sums[:, :columns], sums[:, columns:])


def _ends(drawn: WideArray) -> tuple[WideArray, WideArray]:
    low, high = np.percentile(drawn, [OUTSIDE, 100 - OUTSIDE], axis=0)
    return low, high
