"""Maps from item to item, learned from everybody's votes."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from scipy.linalg import cho_factor, cho_solve

from recommender.engine.data import FloatArray
from recommender.engine.evaluation import Case
from recommender.engine.features import scale_rows
from recommender.evaluation.tasks import Scorer, Task

from .content import tfidf
from .kernels import Inverse, gram
from .votes import likes_of

# Chosen on CiteULike-a, seed 0, 200 readers, by NDCG@10.
NEIGHBOURS = 1000  # of 50, 200, 1000: best from 5 votes on
EASE_RIDGE = 50.0  # of 50, 150, 400: best from 5 votes on
WARM_RIDGE, WARM_CONTENT = 30.0, 10.0  # against (100, 30) and (30, 30): best for every number of votes
COLD_RIDGE, COLD_CONTENT = 1000.0, 100.0  # new papers want more of both: of seven pairs the best up to 10 votes


def item_knn(task: Task) -> Scorer:
    """Sum of the cosines between the papers' voters, over the `NEIGHBOURS` papers nearest to each candidate."""
    voters = scale_rows(sp.csr_matrix(task.votes.likes.T))
    near = sp.csr_matrix(voters @ voters.T)
    near.setdiag(0)
    nearest = sp.csr_matrix(_strongest(near, NEIGHBOURS).T)
    known = task.known >= 0

    def score(cases: Sequence[Case]) -> FloatArray:
        scores = np.zeros((len(cases), len(known)), dtype=np.float32)
        scores[:, known] = (likes_of(cases, len(task.papers)) @ nearest).toarray()[:, task.known[known]]
        return scores

    return score


def ease(task: Task) -> Scorer:
    """EASE (Steck 2019): B = I - P diag(P)^-1 with P = (L'L + ridge I)^-1, by Woodbury over the readers."""
    likes = task.votes.likes
    smooth = ease_map(likes, EASE_RIDGE)
    known = task.known >= 0

    def score(cases: Sequence[Case]) -> FloatArray:
        scores = np.zeros((len(cases), len(known)), dtype=np.float32)
        scores[:, known] = smooth(likes_of(cases, likes.shape[1]))[:, task.known[known]]
        return scores

    return score


def ease_map(likes: sp.csr_matrix, ridge: float):
    """y -> y B, (n,) to (n,): rows of votes as sparse (cases, n), out come dense ones."""
    gram_of_readers = (likes @ likes.T).toarray().astype(np.float32)
    gram_of_readers[np.diag_indices(len(gram_of_readers))] += ridge
    solved = cho_solve(cho_factor(gram_of_readers, overwrite_a=True), likes.toarray())
    diagonal = (1 - np.asarray(likes.multiply(solved).sum(axis=0)).ravel()) / ridge

    def smooth(votes: sp.csr_matrix) -> FloatArray:
        inverse = (votes.toarray() - (votes @ likes.T) @ solved) / ridge
        return votes.toarray() - inverse / diagonal

    return smooth


def collective_ease(task: Task) -> Scorer:
    """EASE on likes stacked with weighted text (Jeunen, Van Balen, Goethals 2020): P = (L'L + w F F' + ridge I)^-1.

    A candidate without an up-vote is regressed on the voted papers in the same way: with a column of zeros for its
    votes and its text f, its weights are P w F f.
    """
    likes = task.votes.likes
    voted = np.unique(likes.indices)
    papers, candidates = tfidf(task)
    content = papers[voted]
    ridge, weight = (COLD_RIDGE, COLD_CONTENT) if task.new else (WARM_RIDGE, WARM_CONTENT)
    inverse = Inverse(gram((1.0, sp.csr_matrix(likes[:, voted].T)), (weight, content), ridge=ridge))
    column = np.full(len(task.papers), -1)
    column[voted] = np.arange(len(voted))
    of_candidate = np.where(task.known < 0, -1, column[task.known])
    warm, cold = np.flatnonzero(of_candidate >= 0), np.flatnonzero(of_candidate < 0)
    text = weight * candidates[cold]

    def score(cases: Sequence[Case]) -> FloatArray:
        through = inverse(likes_of(cases, len(task.papers))[:, voted].toarray().T)  # (voted, cases)
        scores = np.empty((len(cases), len(of_candidate)), dtype=np.float32)
        scores[:, warm] = -(through / inverse.diagonal[:, None])[of_candidate[warm]].T
        scores[:, cold] = (text @ (content.T @ through)).T
        return scores

    return score


def _strongest(matrix: sp.csr_matrix, most: int) -> sp.csr_matrix:
    """The `most` largest entries of each row."""
    for start, end in zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True):
        if end - start > most:
            row = matrix.data[start:end]
            row[np.argsort(-row, kind="stable")[most:]] = 0
    matrix.eliminate_zeros()
    return matrix
