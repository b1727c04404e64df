"""How good an order is: splits, metrics worked per reader, and bootstrap intervals over readers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .data import FloatArray, IntArray, Votes

BoolArray = npt.NDArray[np.bool_]
MetricArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A mean over readers with its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Case:
    """One reader of an evaluation: what the system is told, and what they turn out to like.

    reader     row of the reader
    revealed   (n,) int32 rows of the papers whose votes the system is told
    values     (n,) float32, those votes
    relevant   (k,) int32 positions among the candidates that the reader voted up, k > 0
    """

    reader: int
    revealed: IntArray
    values: FloatArray
    relevant: IntArray


def ndcg(order: IntArray, relevant: IntArray, k: int = 10) -> float:
    """Normalised discounted cumulative gain at k with gain 1 for each relevant paper (Jarvelin, Kekalainen 2002).

    order     candidate positions, best first
    relevant  candidate positions, at least one

    1 when the first min(k, number relevant) places are relevant, 0 when none of the first k is.
    """
    hits = np.isin(order[:k], relevant)
    discounts = 1 / np.log2(np.arange(2, k + 2))
    return float((hits * discounts[: len(hits)]).sum() / discounts[: min(k, len(relevant))].sum())


def recall(order: IntArray, relevant: IntArray, k: int) -> float:
    """Share of the relevant papers among the first k."""
    return float(np.isin(relevant, order[:k]).mean())


def reciprocal_rank(order: IntArray, relevant: IntArray) -> float:
    """1 / place of the first relevant paper; 0 when none is in the order."""
    places = np.flatnonzero(np.isin(order, relevant))
    return float(1 / (places[0] + 1)) if len(places) else 0.0


def measure(scores: Iterable[FloatArray], cases: Sequence[Case]) -> dict[str, MetricArray]:
    """Each metric for each case, (cases,) float64; ties in the scores go to the earlier candidate."""
    orders = [np.argsort(-row, kind="stable").astype(np.int32) for row in scores]
    pairs = list(zip(orders, cases, strict=True))
    return {
        "ndcg@10": np.array([ndcg(order, case.relevant) for order, case in pairs]),
        "recall@20": np.array([recall(order, case.relevant, 20) for order, case in pairs]),
        "recall@100": np.array([recall(order, case.relevant, 100) for order, case in pairs]),
        "mrr": np.array([reciprocal_rank(order, case.relevant) for order, case in pairs]),
    }


def bootstrap(values: MetricArray, seed: int, rounds: int = 2000) -> Interval:
    """Mean and 95 % percentile interval over readers drawn with replacement; no readers give zeros."""
    if not len(values):
        return Interval(0.0, 0.0, 0.0)
    draws = np.random.default_rng(seed).integers(0, len(values), size=(rounds, len(values)))
    low, high = np.percentile(values[draws].mean(axis=1), [2.5, 97.5])
    return Interval(float(values.mean()), float(low), float(high))


def split_new_papers(n_papers: int, share: float, seed: int) -> BoolArray:
    """Which papers are held out whole, (n_papers,) bool: a random `share` of them."""
    held = np.zeros(n_papers, dtype=np.bool_)
    held[np.random.default_rng(seed).permutation(n_papers)[: int(n_papers * share)]] = True
    return held


def pick_absent(n_readers: int, count: int, seed: int) -> BoolArray:
    """Which readers are kept out of training, (n_readers,) bool: `count` of them (at most half) by chance."""
    absent = np.zeros(n_readers, dtype=np.bool_)
    absent[np.random.default_rng(seed).permutation(n_readers)[: min(count, n_readers // 2)]] = True
    return absent


def cases_of(votes: Votes, readers: BoolArray, held: BoolArray, seed: int) -> list[Case]:
    """A case for each of these readers who voted on other papers and voted up some of the held-out ones.

    The revealed votes come in a random order, so that their first n are a fair sample; candidates are the
    held-out papers in ascending order.
    """
    rng = np.random.default_rng(seed)
    position = np.cumsum(held) - 1
    matrix = votes.matrix
    cases = []
    for reader in np.flatnonzero(readers):
        papers = matrix.indices[matrix.indptr[reader] : matrix.indptr[reader + 1]]
        values = matrix.data[matrix.indptr[reader] : matrix.indptr[reader + 1]]
        told, wanted = ~held[papers], held[papers] & (values > 0)
        shuffled = rng.permutation(np.flatnonzero(told))
        if len(shuffled) and wanted.any():
            relevant = position[papers[wanted]].astype(np.int32)
            cases.append(Case(int(reader), papers[shuffled], values[shuffled], relevant))
    return cases
