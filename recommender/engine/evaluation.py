"""Evaluate orders: splits, metrics, bootstrap intervals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .data import FloatArray, IntArray, Votes

BoolArray = npt.NDArray[np.bool_]
MetricArray = npt.NDArray[np.float64]
METRICS = ("ndcg@10", "recall@20", "recall@100", "mrr")
ROUNDS = 2000  # of the bootstrap


@dataclass(frozen=True)
class Interval:
    """A mean over readers with its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Case:
    """One reader of an evaluation.

    It has the votes that the system sees, and the papers that the reader likes.

    reader     row of the reader
    revealed   (n,) int32 rows of the papers whose votes the system sees
    values     (n,) float32, those votes
    relevant   (k,) int32 positions among the candidates that the reader voted up, k > 0
    among      (a,) int32 positions of the candidates that the reader chose from; None for all of them
    """

    reader: int
    revealed: IntArray
    values: FloatArray
    relevant: IntArray
    among: IntArray | None = None


def ndcg(order: IntArray, relevant: IntArray, k: int = 10) -> float:
    """Normalised discounted cumulative gain at k (Jarvelin, Kekalainen 2002).

    The gain is 1 for each relevant paper.

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
    """1 / place of the first relevant paper.

    Returns 0 when none is in the order.
    """
    places = np.flatnonzero(np.isin(order, relevant))
    return float(1 / (places[0] + 1)) if len(places) else 0.0


def measure(scores: Iterable[FloatArray | MetricArray], cases: Sequence[Case]) -> dict[str, MetricArray]:
    """The metrics named in `METRICS`, each (cases,) float64.

    scores  (c,) for each case; ties go to the earlier candidate
    """
    rows = []
    for row, case in zip(scores, cases, strict=True):
        order = np.argsort(-row, kind="stable").astype(np.int32)
        recalls = (recall(order, case.relevant, k) for k in (20, 100))
        rows.append((ndcg(order, case.relevant), *recalls, reciprocal_rank(order, case.relevant)))
    table = np.array(rows, dtype=np.float64).reshape(-1, len(METRICS))
    return {name: table[:, column] for column, name in enumerate(METRICS)}


def per_reader(values: MetricArray, cases: Sequence[Case]) -> MetricArray:
    """The mean over each reader's cases, (readers,) float64.

    Readers are in ascending order of their rows.
    """
    _, rows = np.unique([case.reader for case in cases], return_inverse=True)
    return np.asarray(np.bincount(rows, weights=values) / np.bincount(rows), dtype=np.float64)


def bootstrap(values: MetricArray, seed: int) -> Interval:
    """Mean and 95 % percentile interval over readers drawn with replacement.

    Returns zeros without readers.

    values  (readers,) float64
    """
    if not len(values):
        return Interval(0.0, 0.0, 0.0)
    draws = np.random.default_rng(seed).integers(0, len(values), size=(ROUNDS, len(values)))
    low, high = np.percentile(values[draws].mean(axis=1), [2.5, 97.5])
    return Interval(float(values.mean()), float(low), float(high))


def split_new_papers(n_papers: int, share: float, seed: int) -> BoolArray:
    """Choose papers to hold out, (n_papers,) bool.

    A random `share` of them, with all their votes.
    """
    is_held_out = np.zeros(n_papers, dtype=np.bool_)
    is_held_out[np.random.default_rng(seed).permutation(n_papers)[: int(n_papers * share)]] = True
    return is_held_out


def rows_where(mask: BoolArray) -> IntArray:
    """Row numbers where the mask is true, ascending, int32."""
    return np.flatnonzero(mask).astype(np.int32)


def sample(rows: IntArray, count: int, seed: int) -> IntArray:
    """`count` random rows of these, in random order.

    All of them where there are fewer.
    """
    return np.random.default_rng(seed).permutation(rows)[:count]


def readers_with(votes: Votes, count: int = 1) -> BoolArray:
    """Readers with at least `count` of these votes, (n_readers,) bool."""
    return np.asarray(np.bincount(votes.readers, minlength=votes.n_readers) >= count)


def cases_of(revealed: Votes, held_out: Votes, readers: IntArray, seed: int) -> list[Case]:
    """Build a case for each reader with a held-out up-vote.

    They are in the order of `readers`.

    revealed  votes that the system sees, in random order for each reader, so that their first n are a fair sample
    held_out  votes whose up-votes are the answer; the case's `relevant` holds their paper rows
    """
    rng = np.random.default_rng(seed)
    votes, likes = revealed.matrix, held_out.likes
    cases = []
    for reader in readers:
        span = slice(votes.indptr[reader], votes.indptr[reader + 1])
        shuffled = rng.permutation(span.stop - span.start)
        relevant = likes.indices[likes.indptr[reader] : likes.indptr[reader + 1]]
        if len(relevant):
            cases.append(Case(int(reader), votes.indices[span][shuffled], votes.data[span][shuffled], relevant))
    return cases
