"""The input of a system under test.

Papers and votes to learn from, and cases to score.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.engine.data import FloatArray, IntArray, PaperText, Votes
from recommender.engine.evaluation import Case, MetricArray

OURS = "paperboy"  # the engine among the systems
ALL = "all"  # all of a reader's votes but the held-out ones are revealed
KNOWN = "known"  # the same, and they are in the training data too
FEW, MANY = "2-4", "5+"  # of the protocol `time`: cases by their number of earlier votes
Reveal = int | str


@dataclass(frozen=True)
class Task:
    """Papers and votes to learn from, and the candidates to rank.

    papers      n papers
    days        (n,) int32, the day of each as an ordinal, 0 where it is unknown
    votes       over rows of `papers`; a reader absent from training has a row number and no votes
    candidates  c papers in random order
    known       (c,) int32, their rows in `papers`, -1 for a candidate that is not among the papers
    appeared    (c,) int32, the days of the candidates
    vectors     (n, e) float32, sentence vectors of the papers, of length 1, zeros where there is none; None without any
    candidate_vectors  (c, e) float32, the same of the candidates
    few_at_a_time  whether a case ranks a few of the candidates, such as those of one day, rather than all of them
    """

    papers: Sequence[PaperText]
    days: IntArray
    votes: Votes
    candidates: Sequence[PaperText]
    known: IntArray
    appeared: IntArray
    seed: int
    vectors: FloatArray | None = None
    candidate_vectors: FloatArray | None = None
    few_at_a_time: bool = False

    @property
    def new(self) -> list[PaperText]:
        """The candidates that are not among the papers."""
        return [paper for paper, row in zip(self.candidates, self.known, strict=True) if row < 0]

    @property
    def new_vectors(self) -> FloatArray | None:
        """The vectors of the candidates that are not among the papers."""
        return None if self.candidate_vectors is None else self.candidate_vectors[self.known < 0]

    @property
    def places(self) -> IntArray:
        """The rows of the candidates in one table, (c,) int32.

        The table has the papers, followed by the new candidates.
        """
        is_new = self.known < 0
        return np.where(is_new, len(self.papers) + np.cumsum(is_new) - 1, self.known).astype(np.int32)


@dataclass(frozen=True)
class Question:
    """Cases with one number of revealed votes.

    A case's `revealed` are rows of the task's n papers and, from n on, n plus positions among its candidates (votes on
    papers that are not in the training data). Its `relevant` and `among` are positions among the candidates.

    grades  for each case (a,) float32, the reader's ratings of the papers in `among`; None where there are only votes
    """

    reveal: Reveal
    cases: Sequence[Case]
    grades: Sequence[FloatArray] | None = None


@dataclass(frozen=True)
class Benchmark:
    """One protocol on one data set."""

    protocol: str
    task: Task
    questions: Sequence[Question]


# A system learns once and then scores: (cases, candidates) for the cases of one question.
Scorer = Callable[[Sequence[Case]], Iterable[FloatArray]]
System = Callable[[Task], Scorer]


def revealed_positions(task: Task, case: Case) -> IntArray:
    """Positions among the candidates of the papers whose votes are revealed, (p,) int32."""
    n = len(task.papers)
    new = case.revealed[case.revealed >= n] - n
    return np.concatenate([np.flatnonzero(np.isin(task.known, case.revealed)), new]).astype(np.int32)


def mask_scores(task: Task, case: Case, scores: FloatArray) -> MetricArray:
    """Set scores of what cannot be an answer to -inf.

    These are papers with a revealed vote, and those outside `among`.
    """
    masked = np.array(scores, dtype=np.float64)
    if case.among is not None:
        masked[:] = -np.inf
        masked[case.among] = scores[case.among]
    masked[revealed_positions(task, case)] = -np.inf
    return masked
