"""The engine as a system under test, used as the product uses it."""

from collections.abc import Iterator, Sequence

import numpy as np
import scipy.sparse as sp

from recommender.engine.data import FloatArray, IntArray, Settings
from recommender.engine.evaluation import Case
from recommender.engine.fit import fit
from recommender.engine.model import Model
from recommender.engine.score import Candidates, ReaderVectors, prepare, score_many

from .tasks import Scorer, Task

CHUNK = 2000  # candidates that are prepared at one time
KEPT = 60_000_000  # products of papers and candidates up to which the prepared candidates are kept


def paperboy(task: Task, settings: Settings | None = None) -> Scorer:
    """The engine; readers who told nothing get the popular and then the recent papers, as the product shows them."""
    ids = np.arange(len(task.papers), dtype=np.int64)
    model = fit(task.papers, ids, task.votes, settings or Settings())
    rows = sp.vstack([model.rows, model.represent(task.new)], format="csr")[task.places]
    every = sp.vstack([model.rows, rows], format="csr")
    chunks = _Chunks(model, rows, task.known)
    first = popular_then_recent(task)

    def score(cases: Sequence[Case]) -> FloatArray:
        tastes = [_taste(model, every, case) for case in cases]
        scores = np.hstack([score_many(model, tastes, candidates) for candidates in chunks])
        scores[[not len(case.revealed) for case in cases]] = first
        return scores

    return score


def popular_then_recent(task: Task) -> FloatArray:
    """(c,) float32: net votes of training; among papers with as many, the later day."""
    net = np.bincount(task.votes.papers, weights=task.votes.values, minlength=len(task.papers))
    popularity = np.where(task.known < 0, 0, net[task.known])
    return np.asarray(popularity + task.appeared / (1.0 + task.appeared.max(initial=0)), dtype=np.float32)


class _Chunks:
    """The candidates, some thousand at a time; kept between questions as long as that takes little memory."""

    def __init__(self, model: Model, rows: sp.csr_matrix, known: IntArray) -> None:
        self._model, self._rows, self._known = model, rows, known
        small = len(model.paper_ids) * rows.shape[0] <= KEPT
        self._kept = list(self._make()) if small else None

    def __iter__(self) -> Iterator[Candidates]:
        return iter(self._kept) if self._kept is not None else self._make()

    def _make(self) -> Iterator[Candidates]:
        for start in range(0, self._rows.shape[0], CHUNK):
            span = slice(start, start + CHUNK)
            yield prepare(self._model, self._rows[span], self._known[span])


def _taste(model: Model, every: sp.csr_matrix, case: Case) -> ReaderVectors:
    known = np.where(case.revealed < len(model.paper_ids), case.revealed, -1).astype(np.int32)
    return ReaderVectors(every[case.revealed], known, case.values, every[:0])
