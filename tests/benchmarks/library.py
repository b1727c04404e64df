"""Readers of CiteULike whom training has not seen, the papers held out for them, and a model: what benchmarks share."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recommender.engine.data import Settings
from recommender.engine.evaluation import Case
from recommender.engine.fit import fit
from recommender.engine.model import Model
from recommender.engine.score import Candidates, ReaderVectors, prepare, score_many
from recommender.evaluation.input import read_evaluation_data
from recommender.evaluation.protocols import EvaluationPlan, new_papers
from recommender.evaluation.tasks import ALL

DATA = Path(__file__).parents[2] / ".." / "shared" / "data"
READERS = 500


@dataclass(frozen=True)
class Library:
    """A fifth of the papers are candidates; `revealed` of a case are rows of the model, `relevant` are candidates."""

    model: Model
    candidates: Candidates
    cases: Sequence[Case]

    def taste(self, revealed: np.ndarray, values: np.ndarray | None = None) -> ReaderVectors:
        rows = revealed.astype(np.int32)
        votes = np.ones(len(rows), dtype=np.float32) if values is None else values
        return ReaderVectors(self.model.rows[rows], rows, votes, self.model.rows[:0])

    def scores(self, tastes: Sequence[ReaderVectors]) -> np.ndarray:
        return score_many(self.model, tastes, self.candidates)


def borrow(folder: Path, seed: int) -> Library:
    """Titles and abstracts without tags; every vote on other papers is revealed."""
    benchmark = new_papers(read_evaluation_data(folder, without=("tags",)), EvaluationPlan([ALL], READERS, seed))
    task = benchmark.task
    model = fit(task.papers, np.arange(len(task.papers), dtype=np.int64), task.votes, Settings())
    return Library(model, prepare(model, model.represent(task.candidates)), benchmark.questions[0].cases)
