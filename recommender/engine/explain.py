"""The exact effect of each vote and interest on a score.

It is exact because the score is a sum over them.
"""

import numpy as np
import scipy.sparse as sp

from .data import FloatArray
from .model import Model
from .rounded import combination
from .rows import Rows
from .score import Candidates, ReaderVectors, score_rows, trust


def vote_effects(model: Model, taste: ReaderVectors, candidates: Candidates) -> tuple[FloatArray, FloatArray]:
    """What each vote adds to each score, as two parts, (n, c) float32.

    The first is what the voted paper's own row and the direct map add, the second what its neighbours add before it is
    multiplied by s (see `score`).
    """
    weights = taste.weights(model.settings)[:, None]
    is_known = taste.known >= 0
    papers = taste.known[is_known]
    own = score_rows(model, taste.rows, candidates)
    each_voted_up = (np.ones(len(papers), np.float32), papers, np.arange(len(papers) + 1))
    own[is_known] += candidates.direct_scores(sp.csr_matrix(each_voted_up, (len(papers), len(model.paper_ids))))
    neighbours = model.item_map[papers]
    # neighbours' rows have the most terms, so their projection is summed from the papers', not made from the terms
    rows, projected = model.rows.combined(neighbours), combination(neighbours, model.projected)
    shared = np.zeros((len(is_known), len(candidates.known)), np.float32)
    shared[is_known] = candidates.openness * model.ridge.between(rows, candidates.rows, projected, candidates.projected)
    return weights * own, weights * shared


def explain(model: Model, taste: ReaderVectors, candidates: Candidates) -> FloatArray:
    """The effect of each vote on each score, (n, c) float32.

    It is the score minus the score without the vote. Without a vote, neighbours and interests weigh more (`trust`).
    That change is part of the effect, so removing the vote moves the score by exactly this much.
    """
    own, shared = vote_effects(model, taste, candidates)
    interests = score_rows(model, taste.interests, candidates).sum(axis=0)
    n_votes = len(taste.values)
    smoothing, interest = trust(n_votes, model)
    smoothing_without, interest_without = trust(max(n_votes - 1, 0), model)
    change = (smoothing - smoothing_without) * shared.sum(axis=0) + (interest - interest_without) * interests
    return own + smoothing_without * shared + change[None, :]


def explain_interests(model: Model, taste: ReaderVectors, candidates: Candidates) -> FloatArray:
    """The effect of each interest on each score, (k, c) float32.

    It is the score minus the score without the interest.
    """
    _, interest = trust(len(taste.values), model)
    return interest * score_rows(model, taste.interests, candidates)


def shared_authors(model: Model, rows: Rows, candidates: Candidates) -> FloatArray:
    """The part of `score_rows` that shared authors add, (n, c) float32.

    Zeros for a model that counts authors among the words.
    """
    first = model.ridge.terms
    shared = rows.terms[:, first:] @ candidates.rows.terms[:, first:].T
    return np.asarray(model.ridge.gain * shared.toarray(), dtype=np.float32)
