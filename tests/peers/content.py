"""Methods that know the papers' words and the reader's own votes, and nothing of other readers."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from recommender.engine.data import FloatArray, IntArray
from recommender.engine.evaluation import Case, MetricArray
from recommender.engine.features import counts_over, scale_rows, terms_of
from recommender.evaluation.tasks import Scorer, Task

from .kernels import Solver, gram
from .votes import likes_of

NEGATIVES = 5000  # Scholar Inbox: random papers that the reader has not touched
SCHOLAR_INBOX_C, SCHOLAR_INBOX_S = 0.1, 5.0
CONTENT_RIDGE = 10.0  # of 3 and 10 on CiteULike-a, seed 0, 200 readers: best but for all votes with tags, .332 to .340
BACKGROUND = 20_000  # papers of the content ridge, whose cost is their cube


def tfidf(task: Task) -> tuple[sp.csr_matrix, sp.csr_matrix]:
    """TF-IDF rows of length 1 of the papers and of the candidates, over every term of the papers."""
    counters = [terms_of(paper) for paper in task.papers]
    columns = {term: column for column, term in enumerate(sorted(set().union(*counters)))}
    weigh = TfidfTransformer(sublinear_tf=True).fit(counts_over(columns, counters))
    papers = weigh.transform(counts_over(columns, counters)).tocsr().astype(np.float32)
    if not task.new:
        return papers, papers[task.places]
    new = weigh.transform(counts_over(columns, map(terms_of, task.new)))
    return papers, sp.vstack([papers, new], format="csr", dtype=np.float32)[task.places]


def centroid(task: Task) -> Scorer:
    """Cosine with the mean of the liked papers."""
    papers, candidates = tfidf(task)
    every, across = sp.vstack([papers, candidates], format="csr"), sp.csr_matrix(candidates.T)

    def score(cases: Sequence[Case]) -> FloatArray:
        return (scale_rows(likes_of(cases, every.shape[0]) @ every) @ across).toarray()

    return score


def linear_svm(task: Task) -> Scorer:
    """arxiv-sanity-lite: a linear SVM, C = 0.01, classes balanced, every other paper a negative."""
    papers, candidates = tfidf(task)
    every = sp.vstack([papers, candidates], format="csr")

    def score(case: Case) -> FloatArray:
        liked = case.revealed[case.values > 0]
        rows = np.concatenate([np.arange(papers.shape[0]), liked[liked >= papers.shape[0]]])
        if not 0 < len(liked) < len(rows):  # the method needs both classes
            return np.zeros(candidates.shape[0])
        svm = LinearSVC(class_weight="balanced", C=0.01, max_iter=10_000, tol=1e-4, random_state=task.seed)
        return svm.fit(every[rows], np.isin(rows, liked)).decision_function(candidates)

    return lambda cases: map(score, cases)


def logistic_regression(task: Task) -> Scorer:
    """Scholar Inbox (arXiv:2504.08385, section 3.2) on TF-IDF: random negatives, its class weights, C = 0.1."""
    papers, candidates = tfidf(task)
    every = sp.vstack([papers, candidates], format="csr")
    mixed = np.random.default_rng(task.seed).permutation(papers.shape[0])[:NEGATIVES]

    def score(case: Case) -> FloatArray:
        liked = case.revealed[case.values > 0]
        others = np.setdiff1d(mixed, case.revealed)
        if not len(liked) or not len(others):  # the method needs both classes
            return np.zeros(candidates.shape[0])
        rows, target, weight = scholar_inbox_classes(liked, others)
        model = LogisticRegression(C=SCHOLAR_INBOX_C, solver="liblinear", random_state=task.seed)
        return model.fit(every[rows], target, sample_weight=weight).decision_function(candidates)

    return lambda cases: map(score, cases)


def scholar_inbox_classes(liked: IntArray, others: IntArray) -> tuple[IntArray, IntArray, MetricArray]:
    """Rows, classes (1 is liked) and weights: of all weight the others have five times that of the liked ones."""
    rows, target = np.concatenate([liked, others]), np.repeat([1, 0], [len(liked), len(others)])
    return rows, target, np.where(target == 1, 1 / len(liked), SCHOLAR_INBOX_S / len(others)) * len(rows)


def content_ridge(task: Task) -> Scorer:
    """Plain ridge regression from text to votes, every paper of the background without a vote a zero.

    w = (X'X + ridge I)^-1 sum y_i x_i, over the papers of the background by Woodbury: X' (X X' + ridge I)^-1 X.
    """
    papers, candidates = tfidf(task)
    every, background = sp.vstack([papers, candidates], format="csr"), papers[_background(task)]
    solve = Solver(gram((1.0, background), ridge=CONTENT_RIDGE))

    def score(cases: Sequence[Case]) -> FloatArray:
        profiles = sp.csr_matrix((likes_of(cases, every.shape[0]) @ every).T)
        weights = (profiles.toarray() - background.T @ solve((background @ profiles).toarray())) / CONTENT_RIDGE
        return (candidates @ weights).T

    return score


def _background(task: Task) -> IntArray:
    """All papers, or where they are too many for a dense matrix those with votes and others by chance."""
    voted = np.unique(task.votes.papers)
    others = np.setdiff1d(np.arange(len(task.papers)), voted)
    room = max(BACKGROUND - len(voted), 0)
    return np.concatenate([voted, np.random.default_rng(task.seed).permutation(others)[:room]])


def content_map(rows: sp.csr_matrix, targets: FloatArray, ridge: float) -> FloatArray:
    """The ridge map from text to other columns, (d, f): rows' (rows rows' + ridge I)^-1 targets."""
    return rows.T @ Solver(gram((1.0, rows), ridge=ridge))(targets)
