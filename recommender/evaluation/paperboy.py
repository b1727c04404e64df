"""The engine as a system under test, used as the site uses it."""

from collections.abc import Iterator, Sequence

import numpy as np
import scipy.sparse as sp

from recommender.engine.data import FloatArray, IntArray, Settings
from recommender.engine.evaluation import Case
from recommender.engine.fit import fit
from recommender.engine.model import Model
from recommender.engine.score import Candidates, ReaderVectors, prepare, score_many

from .tasks import Scorer, Task

CHUNK = 2000  # candidates prepared at one time
REUSABLE = 60_000_000  # papers times candidates up to which the prepared candidates stay in memory


def paperboy(task: Task, settings: Settings | None = None) -> Scorer:
    """Train the engine.

    Readers without votes get popular and then recent papers, as on the site.
    """
    ids = np.arange(len(task.papers), dtype=np.int64)
    model = fit(task.papers, ids, task.votes, settings or Settings())
    rows = sp.vstack([model.rows, model.represent(task.new)], format="csr")[task.places]
    papers_and_candidates = sp.vstack([model.rows, rows], format="csr")
    chunks = _Chunks(model, rows, task.known)
    without_votes = popular_then_recent(task)

    def score(cases: Sequence[Case]) -> FloatArray:
        readers = []
        for case in cases:
            known = np.where(case.revealed < len(ids), case.revealed, -1).astype(np.int32)
            vectors = papers_and_candidates[case.revealed]
            readers.append(ReaderVectors(vectors, known, case.values, papers_and_candidates[:0]))
        scores = np.hstack([score_many(model, readers, candidates) for candidates in chunks])
        scores[[not len(case.revealed) for case in cases]] = without_votes
        return scores

    return score


def popular_then_recent(task: Task) -> FloatArray:
    """Scores by net votes, then by day, (c,) float32.

    Net votes are those in training; of papers with equally many, the later day scores higher.
    """
    net = np.bincount(task.votes.papers, weights=task.votes.values, minlength=len(task.papers))
    popularity = np.where(task.known < 0, 0, net[task.known])
    return np.asarray(popularity + task.appeared / (1.0 + task.appeared.max(initial=0)), dtype=np.float32)


class _Chunks:
    """Prepared candidates, `CHUNK` at a time.

    They stay in memory between questions while that takes little.
    """

    def __init__(self, model: Model, rows: sp.csr_matrix, known: IntArray) -> None:
        self._model, self._rows, self._known = model, rows, known
        is_small = len(model.paper_ids) * rows.shape[0] <= REUSABLE
        self._prepared = list(self._prepare()) if is_small else None

    def __iter__(self) -> Iterator[Candidates]:
        return iter(self._prepared) if self._prepared is not None else self._prepare()

    def _prepare(self) -> Iterator[Candidates]:
        for start in range(0, self._rows.shape[0], CHUNK):
            span = slice(start, start + CHUNK)
            yield prepare(self._model, self._rows[span], self._known[span])
