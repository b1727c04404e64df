"""The protocol `ratings`: order the papers that a reader has rated, knowing the reader's votes on others."""

from collections.abc import Iterator

import numpy as np

from recommender.engine.data import FloatArray
from recommender.engine.evaluation import Case, rows_where, sample

from .input import EvaluationData, Ratings
from .protocols import RATINGS, EvaluationPlan, NotMeasurable, Split, benchmark_of
from .tasks import ALL, Benchmark, Question


def by_ratings(data: EvaluationData, plan: EvaluationPlan) -> Benchmark:
    """Train on all votes, and rank the rated papers of each reader.

    There is a case for each reader with votes who gave different ratings to papers without a vote of theirs. All their
    votes are revealed. A case's relevant papers are those with the reader's highest rating. Raises NotMeasurable
    without ratings, when the plan reveals something else, or when no reader has a case.
    """
    if data.ratings is None:
        raise NotMeasurable(f"{RATINGS}: the folder has no ratings; add ratings.tsv or use another protocol")
    if other := [reveal for reveal in plan.reveals if reveal != ALL]:
        raise NotMeasurable(f"{RATINGS}: it reveals {ALL} votes of a reader, not {other[0]}")
    papers = np.arange(len(data.papers), dtype=np.int32)
    split = Split(data, data.votes, papers, np.unique(data.ratings.papers), plan.seed, few_at_a_time=True)
    graded = list(_cases(data, data.ratings, plan))
    question = Question(ALL, split.placed([case for case, _ in graded]), [grades for _, grades in graded])
    return benchmark_of(RATINGS, split.task, [question])


def _cases(data: EvaluationData, ratings: Ratings, plan: EvaluationPlan) -> Iterator[tuple[Case, FloatArray]]:
    """Cases over rows of the data set, each with the ratings of the papers in `among`."""
    votes = data.votes.matrix
    readers = sample(data.measured(np.unique(ratings.readers), plan.part), plan.readers, plan.seed + 1)
    for reader in readers:
        own = slice(votes.indptr[reader], votes.indptr[reader + 1])
        revealed, values = votes.indices[own], votes.data[own]
        rows = rows_where((ratings.readers == reader) & ~np.isin(ratings.papers, revealed))
        rated, grades = ratings.papers[rows], ratings.values[rows]
        if len(revealed) and len(np.unique(grades)) > 1:
            yield Case(int(reader), revealed, values, rated[grades == grades.max()], rated), grades
