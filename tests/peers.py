"""Peers that `manage.py evaluate` measures beside the engine: methods that others publish or run, on the same split."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import scipy.sparse as sp
from lightfm import LightFM
from scipy.linalg import cho_factor, cho_solve
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from recommender.engine.data import FloatArray, Settings, Votes
from recommender.engine.evaluation import Case, measure
from recommender.engine.features import counts_over, strongest_terms, terms_of
from recommender.engine.fitting import fit
from recommender.evaluating import Scorer, System, Task

NEGATIVES = 5000  # Scholar Inbox: random papers that the reader has not touched
SCHOLAR_INBOX_C, SCHOLAR_INBOX_S = 0.1, 5.0


def tfidf(task: Task) -> tuple[sp.csr_matrix, sp.csr_matrix]:
    """TF-IDF rows of length 1 of the papers and of the candidates, over every term of the papers."""
    counters = [terms_of(paper) for paper in task.papers]
    columns = {term: column for column, term in enumerate(sorted(set().union(*counters)))}
    weigh = TfidfTransformer(sublinear_tf=True).fit(counts_over(columns, counters))
    new = counts_over(columns, map(terms_of, task.candidates))
    return weigh.transform(counts_over(columns, counters)).tocsr(), weigh.transform(new).tocsr()


def centroid(task: Task) -> Scorer:
    """Cosine with the mean of the liked papers."""
    papers, new = tfidf(task)
    return lambda cases: np.asarray((_likes(cases, papers.shape[0]) @ papers @ new.T).todense())


def linear_svm(task: Task) -> Scorer:
    """arxiv-sanity-lite: a linear SVM, C = 0.01, classes balanced, every other paper a negative."""
    papers, new = tfidf(task)

    def score(case: Case) -> FloatArray:  # zeros where nothing was voted up: these methods need a positive
        target = np.zeros(papers.shape[0], dtype=np.int8)
        target[case.revealed[case.values > 0]] = 1
        if not target.any():
            return np.zeros(new.shape[0])
        svm = LinearSVC(class_weight="balanced", C=0.01, max_iter=10_000, tol=1e-4, random_state=task.seed)
        return np.asarray(svm.fit(papers, target).decision_function(new))

    return lambda cases: [score(case) for case in cases]


def logistic_regression(task: Task) -> Scorer:
    """Scholar Inbox (arXiv:2504.08385, section 3.2) on TF-IDF: random negatives, its class weights, C = 0.1."""
    papers, new = tfidf(task)
    rng = np.random.default_rng(task.seed)

    def score(case: Case) -> FloatArray:  # zeros where nothing was voted up: these methods need a positive
        liked = case.revealed[case.values > 0]
        if not len(liked):
            return np.zeros(new.shape[0])
        others = np.setdiff1d(rng.permutation(papers.shape[0])[:NEGATIVES], case.revealed)
        rows, target = np.concatenate([liked, others]), np.repeat([1, 0], [len(liked), len(others)])
        weight = np.where(target == 1, 1 / len(liked), SCHOLAR_INBOX_S / len(others)) * len(rows)
        model = LogisticRegression(C=SCHOLAR_INBOX_C, solver="liblinear", random_state=task.seed)
        return np.asarray(model.fit(papers[rows], target, sample_weight=weight).decision_function(new))

    return lambda cases: [score(case) for case in cases]


def lightfm_dot_product(*, identity: bool) -> System:
    """LightFM's own score, WARP: the readers of the cases are in training with the votes that they reveal."""

    def system(task: Task) -> Scorer:
        settings = Settings()
        papers, new = (strongest_terms(rows, settings.embedding_terms) for rows in tfidf(task))
        columns = np.flatnonzero(np.bincount(papers.indices, minlength=papers.shape[1]) > 1)
        papers, new = papers[:, columns].astype(np.float32), new[:, columns].astype(np.float32)
        if identity:
            papers = sp.hstack([papers, sp.identity(papers.shape[0], np.float32)], format="csr")
            new = sp.hstack([new, sp.csr_matrix((new.shape[0], papers.shape[0]), dtype=np.float32)], format="csr")

        def score(cases: Sequence[Case]) -> FloatArray:
            votes = _with_cases(task.votes, cases)
            model = LightFM(settings.embedding_size, loss="warp", learning_rate=0.05, random_state=task.seed)
            model.fit(votes.likes.tocoo(), item_features=papers, epochs=30, num_threads=1)
            biases, embeddings = model.get_item_representations(new)
            readers = model.user_embeddings[task.votes.n_readers :]
            return np.asarray(readers @ embeddings.T + biases[None, :])

        return score

    return system


def ease_ridge(task: Task) -> Scorer:
    """The ridge over all papers at once, votes first smoothed by EASE (Steck 2019), the smoothing picked in hindsight.

    The best method of the design's own measurements, in its exact, cubic form: (K + 6 I)^-1 K_new under the kernel
    cos_text + cos_lightfm, EASE's ridge 150, and for each number of votes the smoothing weight that turns out best.
    """
    model = fit(task.papers, np.arange(len(task.papers), dtype=np.int64), task.votes, Settings())
    voted = np.unique(task.votes.papers)
    rows, new = model.rows[voted], model.represent(task.candidates)
    terms = len(model.vocabulary.terms)
    kernel = _products(rows, rows, terms)
    kernel[np.diag_indices(len(kernel))] += 6
    effect = cho_solve(cho_factor(kernel, overwrite_a=True), _products(rows, new, terms))
    shared = _through_ease(task.votes.likes[:, voted], effect, ridge=150.0)

    def score(cases: Sequence[Case]) -> FloatArray:
        told = _likes(cases, len(task.papers))[:, voted]
        own, beside = np.asarray(told @ effect), np.asarray(told @ shared)
        tries = [own + smoothing * beside for smoothing in (1, 3, 10, 30)]
        return max(tries, key=lambda scores: measure(scores, cases)["ndcg@10"].mean())

    return score


def _products(left: sp.csr_matrix, right: sp.csr_matrix, terms: int) -> FloatArray:
    """left @ right', the words as sparse and the embeddings as dense columns."""
    words = (left[:, :terms] @ right[:, :terms].T).toarray()
    return np.asarray(words + left[:, terms:].toarray() @ right[:, terms:].toarray().T, dtype=np.float32)


def _through_ease(likes: sp.csr_matrix, effect: FloatArray, ridge: float) -> FloatArray:
    """B @ effect with EASE's B = I - P diag(P)^-1 and P = (L'L + ridge I)^-1, by Woodbury over the readers."""
    gram = (likes @ likes.T).toarray().astype(np.float64)
    gram[np.diag_indices(len(gram))] += ridge
    inverse = cho_solve(cho_factor(gram), np.eye(len(gram)))
    solved = np.asarray(likes.T @ inverse)
    diagonal = (1 - np.asarray(likes.multiply(solved.T).sum(axis=0)).ravel()) / ridge
    even = effect / diagonal[:, None]
    return np.asarray(effect - (even - solved @ (likes @ even)) / ridge, dtype=np.float32)


def _likes(cases: Sequence[Case], n_papers: int) -> sp.csr_matrix:
    """(cases, n_papers), the revealed up-votes of each case, summing to 1."""
    liked = [case.revealed[case.values > 0] for case in cases]
    starts = np.cumsum([0, *map(len, liked)])
    values = np.concatenate([np.full(len(rows), 1 / max(len(rows), 1)) for rows in liked])
    return sp.csr_matrix((values, np.concatenate(liked), starts), shape=(len(cases), n_papers))


def _with_cases(votes: Votes, cases: Sequence[Case]) -> Votes:
    """The training votes and behind them, as further readers, the revealed votes of the cases."""
    added = np.repeat(np.arange(len(cases)), [len(case.revealed) for case in cases]) + votes.n_readers
    return replace(
        votes,
        readers=np.concatenate([votes.readers, added]).astype(np.int32),
        papers=np.concatenate([votes.papers, *(case.revealed for case in cases)]).astype(np.int32),
        values=np.concatenate([votes.values, *(case.values for case in cases)]).astype(np.float32),
        n_readers=votes.n_readers + len(cases),
    )


SYSTEMS: dict[str, Callable[[Task], Scorer]] = {
    "tfidf-centroid": centroid,
    "tfidf-svm": linear_svm,
    "tfidf-logistic": logistic_regression,
    "ease-ridge": ease_ridge,
    "lightfm": lightfm_dot_product(identity=False),
    "lightfm-identity": lightfm_dot_product(identity=True),
}
