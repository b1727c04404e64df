"""What a model has learned of one reader, term by term: the score of a paper is linear in its terms.

For a paper x that nobody has voted on the reader's own part of the score is
(sum_i y_i (x_i + s b_i) + t sum_k q_k) A x' (see `scoring`), so each term has one weight, and that weight is a sum
over votes and interests. What LightFM's dimensions add, which stand for no single term, is left out, and so is what
readers like in general.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from .data import FloatArray, IntArray
from .model import Model
from .score import ReaderVectors, known_weights, trust


@dataclass(frozen=True)
class TermEffects:
    """Terms that raise a score, or that lower it, the strongest first.

    columns  (t,) int32, columns of the vocabulary
    effects  (t,) float32, what the term adds to the score of a paper that has it as much as papers that have it do
    parts    (n + k, t) float32, the part of each vote and then of each interest in that; they sum to the effects
    """

    columns: IntArray
    effects: FloatArray
    parts: FloatArray


def profile(model: Model, taste: ReaderVectors) -> FloatArray:
    """The sum of all that was said, before the ridge map, (d + f,) float32; what all readers like is not in it."""
    smoothing, interest = trust(len(taste.values), model)
    near = known_weights(model, [taste]) @ model.item_map
    own = taste.rows.T @ taste.weights(model.settings)
    stated = np.asarray(taste.interests.sum(axis=0)).ravel()
    return np.asarray(own + smoothing * (near @ model.rows).toarray().ravel() + interest * stated, dtype=np.float32)


def term_effects(model: Model, taste: ReaderVectors, most: int) -> tuple[TermEffects, TermEffects]:
    """The `most` terms that raise a score most and those that lower it most, among the terms of what was said.

    Terms that none of the voted papers and interests has are left out: nobody would know them for their own.
    """
    terms = len(model.vocabulary.terms)
    effects = model.ridge.weights(profile(model, taste))[:terms] * model.term_values
    said = np.unique(sp.vstack([taste.rows, taste.interests], format="csr").indices)
    own = said[said < terms]
    order = own[np.argsort(-effects[own], kind="stable")].astype(np.int32)
    raising = order[effects[order] > 0][:most]
    lowering = order[::-1][effects[order[::-1]] < 0][:most]
    return _with_parts(model, taste, raising, effects), _with_parts(model, taste, lowering, effects)


def _with_parts(model: Model, taste: ReaderVectors, columns: IntArray, effects: FloatArray) -> TermEffects:
    parts = _parts(model, taste, columns) * model.term_values[columns]
    return TermEffects(columns, effects[columns], parts)


def _parts(model: Model, taste: ReaderVectors, columns: IntArray) -> FloatArray:
    """The part of each vote and each interest in the weights of these terms, (n + k, t) float32."""
    smoothing, interest = trust(len(taste.values), model)
    weights, known = taste.weights(model.settings), taste.known >= 0
    near = model.item_map[taste.known[known]]
    shared = np.zeros((len(weights), len(columns)), dtype=np.float32)
    shared[known] = _across(model, sp.csr_matrix(near @ model.rows[:, columns]), near @ model.projected, columns)
    own = _across(model, taste.rows[:, columns], model.ridge.project(taste.rows), columns)
    stated = _across(model, taste.interests[:, columns], model.ridge.project(taste.interests), columns)
    return np.concatenate([weights[:, None] * (own + smoothing * shared), interest * stated])


def _across(model: Model, entries: sp.csr_matrix, projected: FloatArray, columns: IntArray) -> FloatArray:
    """Rows through the inverse to these columns, (n, t) float32, from their entries there and their projections."""
    exact = model.ridge.gain * entries.toarray()
    return np.asarray(exact - projected @ model.ridge.directions[columns].T, dtype=np.float32)
