"""How good an order is: splits, metrics worked per reader, and bootstrap intervals over readers."""

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
    """One reader of an evaluation: what the system is told, and what they turn out to like.

    reader     row of the reader
    revealed   (n,) int32 rows of the papers whose votes the system is told
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


def measure(scores: Iterable[FloatArray | MetricArray], cases: Sequence[Case]) -> dict[str, MetricArray]:
    """Each metric for each case, (cases,) float64; ties in the scores go to the earlier candidate."""
    rows = [
        _metrics(np.argsort(-row, kind="stable").astype(np.int32), case.relevant)
        for row, case in zip(scores, cases, strict=True)
    ]
    table = np.array(rows, dtype=np.float64).reshape(-1, len(METRICS))
    return {name: table[:, column] for column, name in enumerate(METRICS)}


def per_reader(values: MetricArray, cases: Sequence[Case]) -> MetricArray:
    """The mean over the cases of each reader, (readers,) float64, readers in ascending order."""
    _, rows = np.unique([case.reader for case in cases], return_inverse=True)
    return np.asarray(np.bincount(rows, weights=values) / np.bincount(rows), dtype=np.float64)


def bootstrap(values: MetricArray, seed: int) -> Interval:
    """Mean and 95 % percentile interval over readers drawn with replacement; no readers give zeros."""
    if not len(values):
        return Interval(0.0, 0.0, 0.0)
    draws = np.random.default_rng(seed).integers(0, len(values), size=(ROUNDS, len(values)))
    low, high = np.percentile(values[draws].mean(axis=1), [2.5, 97.5])
    return Interval(float(values.mean()), float(low), float(high))


def split_new_papers(n_papers: int, share: float, seed: int) -> BoolArray:
    """Which papers are held out whole, (n_papers,) bool: a random `share` of them."""
    held = np.zeros(n_papers, dtype=np.bool_)
    held[np.random.default_rng(seed).permutation(n_papers)[: int(n_papers * share)]] = True
    return held


def rows_where(mask: BoolArray) -> IntArray:
    """Row numbers where the mask is true, ascending, int32."""
    return np.flatnonzero(mask).astype(np.int32)


def sample(rows: IntArray, count: int, seed: int) -> IntArray:
    """`count` of these rows by chance (all of them where there are fewer), in random order."""
    return np.random.default_rng(seed).permutation(rows)[:count]


def readers_with(votes: Votes, count: int = 1) -> BoolArray:
    """Which readers have at least so many of these votes, (n_readers,) bool."""
    return np.asarray(np.bincount(votes.readers, minlength=votes.n_readers) >= count)


def cases_of(told: Votes, asked: Votes, readers: IntArray, seed: int) -> list[Case]:
    """A case for each of these readers who voted up a paper of `asked`, in the order of `readers`.

    told   the votes that are revealed, in a random order, so that their first n are a fair sample
    asked  the votes whose up-votes are the answer; `relevant` holds their paper rows
    """
    rng = np.random.default_rng(seed)
    known, likes = told.matrix, asked.likes
    cases = []
    for reader in readers:
        span = slice(known.indptr[reader], known.indptr[reader + 1])
        shuffled = rng.permutation(span.stop - span.start)
        wanted = likes.indices[likes.indptr[reader] : likes.indptr[reader + 1]]
        if len(wanted):
            cases.append(Case(int(reader), known.indices[span][shuffled], known.data[span][shuffled], wanted))
    return cases


def _metrics(order: IntArray, relevant: IntArray) -> tuple[float, ...]:
    """The figures of `METRICS`."""
    found = (recall(order, relevant, k) for k in (20, 100))
    return (ndcg(order, relevant), *found, reciprocal_rank(order, relevant))
