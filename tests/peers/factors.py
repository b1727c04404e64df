"""Matrix factorisation by `implicit`; papers that nobody has voted on get their factors from their text."""

from collections.abc import Sequence

import numpy as np
from implicit.als import AlternatingLeastSquares
from implicit.bpr import BayesianPersonalizedRanking

from recommender.engine.data import FloatArray
from recommender.engine.evaluation import Case
from recommender.evaluation.tasks import Scorer, Task

from .content import content_map, tfidf
from .votes import is_trained, likes_of

# ALS: the best of eight settings on CiteULike-a, warm, seed 0, 200 readers, by NDCG@10.
ALS = {"factors": 256, "regularization": 0.05, "alpha": 20.0, "iterations": 15}
BPR = {"factors": 64, "learning_rate": 0.05, "regularization": 0.01, "iterations": 150}
MAP_RIDGE = 3.0  # of the map from text to factors


def als(task: Task) -> Scorer:
    """Alternating least squares on implicit votes (Hu, Koren, Volinsky 2008); every reader is folded in exactly."""
    model = AlternatingLeastSquares(**ALS, random_state=task.seed, num_threads=1)
    model.fit(task.votes.likes, show_progress=False)
    candidates = _with_new(task, model.item_factors)

    def score(cases: Sequence[Case]) -> FloatArray:
        readers = model.recalculate_user(np.arange(len(cases)), likes_of(cases, len(task.papers)))
        return readers @ candidates.T

    return score


def bpr(task: Task) -> Scorer:
    """Bayesian personalised ranking (Rendle et al. 2009).

    A reader absent from training has the mean of the factors of the papers they like.
    """
    model = BayesianPersonalizedRanking(**BPR, random_state=task.seed, num_threads=1)
    model.fit(task.votes.likes, show_progress=False)
    candidates = _with_new(task, model.item_factors)

    def score(cases: Sequence[Case]) -> FloatArray:
        likes = likes_of(cases, len(task.papers))
        count = np.maximum(np.asarray(likes.sum(axis=1)), 1)
        readers = np.asarray(likes @ model.item_factors / count)
        readers[:, -1] = 1  # the column of the papers' biases
        trained = np.flatnonzero(is_trained(task.votes, cases))
        readers[trained] = model.user_factors[[cases[row].reader for row in trained]]
        return readers @ candidates.T

    return score


def _with_new(task: Task, factors: FloatArray) -> FloatArray:
    """(c, f): the factors of the candidates; those of papers without an up-vote come from their text."""
    voted = np.unique(task.votes.likes.indices)
    papers, candidates = tfidf(task)
    guessed = candidates @ content_map(papers[voted], factors[voted], MAP_RIDGE)
    learned = np.isin(task.known, voted)
    guessed[learned] = factors[task.known[learned]]
    return guessed.astype(np.float32)
