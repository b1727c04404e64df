"""Methods that know the papers' sentence vectors and the reader's own votes, and nothing of other readers."""

from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression

from recommender.engine.data import FloatArray
from recommender.engine.evaluation import Case
from recommender.evaluation.tasks import Scorer, Task

from .content import NEGATIVES, SCHOLAR_INBOX_C, scholar_inbox_classes
from .votes import likes_of


def sentence_centroid(task: Task) -> Scorer:
    """Cosine with the mean of the liked papers' vectors."""
    papers, candidates = vectors_of(task)
    every = np.vstack([papers, candidates])

    def score(cases: Sequence[Case]) -> FloatArray:
        centroids = likes_of(cases, len(every)) @ every
        lengths = np.linalg.norm(centroids, axis=1, keepdims=True)
        return centroids / np.where(lengths > 0, lengths, 1) @ candidates.T

    return score


def sentence_logistic_regression(task: Task) -> Scorer:
    """Scholar Inbox (arXiv:2504.08385, section 3.2): its recipe on sentence vectors."""
    papers, candidates = vectors_of(task)
    every = np.vstack([papers, candidates]).astype(np.float64)
    mixed = np.random.default_rng(task.seed).permutation(len(papers))[:NEGATIVES]

    def score(case: Case) -> FloatArray:
        liked = case.revealed[case.values > 0]
        others = np.setdiff1d(mixed, case.revealed)
        if not len(liked) or not len(others):  # the method needs both classes
            return np.zeros(len(candidates))
        rows, target, weight = scholar_inbox_classes(liked, others)
        model = LogisticRegression(C=SCHOLAR_INBOX_C, solver="liblinear", random_state=task.seed)
        return model.fit(every[rows], target, sample_weight=weight).decision_function(candidates)

    return lambda cases: map(score, cases)


def vectors_of(task: Task) -> tuple[FloatArray, FloatArray]:
    """The vectors of the papers and of the candidates.

    Raises ValueError where the data set has none.
    """
    if task.vectors is None or task.candidate_vectors is None:
        raise ValueError("the task has no sentence vectors; choose an encoder, or systems that need none")
    return task.vectors, task.candidate_vectors
