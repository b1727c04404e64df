"""Methods that learn from text and from everybody's votes at once."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from lightfm import LightFM

from recommender.engine.data import FloatArray, Settings
from recommender.engine.evaluation import Case, measure
from recommender.engine.features import strongest_terms
from recommender.engine.fit import fit
from recommender.engine.rows import Rows, stack
from recommender.evaluation.tasks import Scorer, System, Task, mask_scores

from .content import tfidf
from .items import ease_map
from .kernels import Solver, gram
from .votes import is_trained, likes_of, with_cases

EPOCHS = 30
RIDGE, SMOOTHING_RIDGE = 6.0, 150.0
SMOOTHINGS = (1, 3, 10, 30)


def lightfm_dot_product(*, identity: bool) -> System:
    """LightFM's own score, WARP. Readers absent from training join it with the votes that they reveal.

    A reader who reveals nothing has the papers' biases alone.
    """

    def system(task: Task) -> Scorer:
        papers, candidates = lightfm_features(task, identity=identity)
        settings = Settings()

        def score(cases: Sequence[Case]) -> FloatArray:
            joined = np.flatnonzero(~is_trained(task.votes, cases))
            votes = with_cases(task.votes, [cases[row] for row in joined])
            model = LightFM(settings.embedding_size, loss="warp", learning_rate=0.05, random_state=task.seed)
            model.fit(votes.likes.tocoo(), item_features=papers, epochs=EPOCHS, num_threads=1)
            biases, embeddings = model.get_item_representations(candidates)
            rows = np.array([case.reader for case in cases])
            rows[joined] = task.votes.n_readers + np.arange(len(joined))
            readers = model.user_embeddings[rows]
            readers[[not (case.values > 0).any() for case in cases]] = 0
            return readers @ embeddings.T + biases

        return score

    return system


def lightfm_features(task: Task, *, identity: bool) -> tuple[sp.csr_matrix, sp.csr_matrix]:
    """The strongest terms of each paper that occur in several, and with identity a column for each paper."""
    papers, candidates = (strongest_terms(rows, Settings().embedding_terms) for rows in tfidf(task))
    columns = np.flatnonzero(np.bincount(papers.indices, minlength=papers.shape[1]) > 1)
    papers, candidates = papers[:, columns].astype(np.float32), candidates[:, columns].astype(np.float32)
    if not identity:
        return papers, candidates
    own = sp.identity(papers.shape[0], np.float32, format="csr")
    none = sp.csr_matrix((len(task.new), papers.shape[0]), dtype=np.float32)
    return (
        sp.hstack([papers, own], format="csr"),
        sp.hstack([candidates, sp.vstack([own, none], format="csr")[task.places]], format="csr"),
    )


def ease_ridge(task: Task) -> Scorer:
    """The ridge over all voted papers at once, votes first smoothed by EASE (Steck 2019), picked in hindsight.

    The best method of the design's own measurements, in its exact, cubic form: (K + 6 I)^-1 K_new under the kernel
    cos_text + cos_lightfm, EASE's ridge 150, and for each number of votes the smoothing weight that turns out best
    on the answers themselves: a bound to aim at, not a system that anybody could run.
    """
    model = fit(task.papers, np.arange(len(task.papers), dtype=np.int64), task.votes, Settings())
    voted = np.unique(task.votes.papers)
    rows = _as_sparse(model.rows[voted])
    candidates = _as_sparse(stack([model.rows, model.represent(task.new)])[task.places])
    solve, smooth = Solver(gram((1.0, rows), ridge=RIDGE)), ease_map(task.votes.likes[:, voted], SMOOTHING_RIDGE)

    def ridge(votes: FloatArray) -> FloatArray:
        return (candidates @ (rows.T @ solve(votes.T))).T

    def score(cases: Sequence[Case]) -> FloatArray:
        told = likes_of(cases, len(task.papers))[:, voted]
        own, beside = ridge(told.toarray()), ridge(smooth(told))
        tries = [own + smoothing * beside for smoothing in SMOOTHINGS]
        return max(tries, key=lambda scores: _quality(task, cases, scores))

    return score


def _as_sparse(rows: Rows) -> sp.csr_matrix:
    """All columns in one matrix, (n, d + e) float32."""
    return sp.hstack([rows.terms, sp.csr_matrix(rows.dense)], format="csr")


def _quality(task: Task, cases: Sequence[Case], scores: FloatArray) -> float:
    hidden = (mask_scores(task, case, row) for case, row in zip(cases, scores, strict=True))
    return float(measure(hidden, cases)["ndcg@10"].mean())
