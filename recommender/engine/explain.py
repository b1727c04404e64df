"""What each vote and each interest did to a score: exact, because the score is a sum over them."""

import numpy as np
import scipy.sparse as sp

from .data import FloatArray, IntArray
from .model import Model
from .score import Candidates, ReaderVectors, score_rows, trust


def vote_effects(model: Model, taste: ReaderVectors, candidates: Candidates) -> tuple[FloatArray, FloatArray]:
    """What each vote adds by its own row and directly, and what its neighbours add before s; (n, c) float32 each."""
    weights = taste.weights(model.settings)[:, None]
    known = taste.known >= 0
    own, shared = score_rows(model, taste.rows, candidates), np.zeros((len(known), len(candidates.known)), np.float32)
    own[known] += candidates.directly(_one_each(model, taste.known[known]))
    around = model.item_map[taste.known[known]]
    # what is near has most of all terms: its projection is the sum of the neighbours', not made from the terms
    near, along = sp.csr_matrix(around @ model.rows), around @ model.projected
    shared[known] = candidates.openness * model.ridge.between(near, candidates.rows, along, candidates.projected)
    return weights * own, weights * shared


def _one_each(model: Model, papers: IntArray) -> sp.csr_matrix:
    """An up-vote on one paper in each row, (n, m) float32."""
    ones = np.ones(len(papers), dtype=np.float32)
    return sp.csr_matrix((ones, papers, np.arange(len(papers) + 1)), (len(papers), len(model.paper_ids)))


def explain(model: Model, taste: ReaderVectors, candidates: Candidates) -> FloatArray:
    """What each vote does to each candidate's score, (n, c) float32: the score minus the score without that vote.

    Without a vote, neighbours and interests weigh more (`trust`), and that change is part of the effect, so taking
    the vote back moves the score by exactly this much.
    """
    own, shared = vote_effects(model, taste, candidates)
    interests = score_rows(model, taste.interests, candidates).sum(axis=0)
    votes = len(taste.values)
    now, before = trust(votes, model), trust(max(votes - 1, 0), model)
    moved = (now[0] - before[0]) * shared.sum(axis=0) + (now[1] - before[1]) * interests
    return own + before[0] * shared + moved[None, :]


def explain_interests(model: Model, taste: ReaderVectors, candidates: Candidates) -> FloatArray:
    """What each interest does to each candidate's score, (k, c) float32: the score minus the score without it."""
    _, interest = trust(len(taste.values), model)
    return interest * score_rows(model, taste.interests, candidates)
