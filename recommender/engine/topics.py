"""What a model has learned about one reader, term by term.

This works because the score of a paper is linear in its terms. For a paper x without votes, the reader's own part of
the score is (sum_i y_i (x_i + s b_i) + t sum_k q_k) A x' (see `score`). So each term has one weight, and that weight is
a sum over votes and interests. LightFM's dimensions, which belong to no single term, are left out, and so is what
readers like in general.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from .data import FloatArray, IntArray
from .model import Model
from .rounded import combination
from .score import ReaderVectors, known_weights, trust


@dataclass(frozen=True)
class TermEffects:
    """Terms that raise a score, or that lower it, the strongest first.

    columns  (t,) int32, columns of the vocabulary
    effects  (t,) float32, what the term adds to the score of a paper that has it with its mean entry
    parts    (n + k, t) float32, the part of each vote and then of each interest; they sum to the effects
    """

    columns: IntArray
    effects: FloatArray
    parts: FloatArray


def profile(model: Model, taste: ReaderVectors) -> FloatArray:
    """The reader's profile before the ridge map, (d + e,) float32.

    It is the weighted sum of votes, their neighbours and interests.
    """
    smoothing, interest = trust(len(taste.values), model)
    near = model.rows.combined(known_weights(model, [taste]) @ model.item_map)
    own = taste.rows.combined(sp.csr_matrix(taste.weights(model.settings)[None, :]))
    stated = taste.interests.summed()
    return np.asarray(own.summed() + smoothing * near.summed() + interest * stated, dtype=np.float32)


def term_effects(model: Model, taste: ReaderVectors, most: int) -> tuple[TermEffects, TermEffects]:
    """The `most` strongest raising terms, and the `most` strongest lowering ones.

    Only terms of the voted papers and interests count: readers would not recognise others as their own.
    """
    terms = len(model.vocabulary.terms)
    effects = model.ridge.weights(profile(model, taste), terms)[:terms] * model.term_values
    columns = np.unique(np.concatenate([taste.rows.terms.indices, taste.interests.terms.indices]))
    order = columns[np.argsort(-effects[columns], kind="stable")].astype(np.int32)
    raising = order[effects[order] > 0][:most]
    lowering = order[::-1][effects[order[::-1]] < 0][:most]
    return _with_parts(model, taste, raising, effects), _with_parts(model, taste, lowering, effects)


def _with_parts(model: Model, taste: ReaderVectors, columns: IntArray, effects: FloatArray) -> TermEffects:
    """The effects of these terms, with the part of each vote and each interest."""
    smoothing, interest = trust(len(taste.values), model)
    weights, is_known = taste.weights(model.settings), taste.known >= 0
    near = model.item_map[taste.known[is_known]]
    near_entries, near_projected = (
        sp.csr_matrix(near @ model.rows.terms[:, columns]),
        combination(near, model.projected),
    )
    shared = np.zeros((len(weights), len(columns)), dtype=np.float32)
    shared[is_known] = _through_inverse(model, near_entries, near_projected, columns)
    own = _through_inverse(model, taste.rows.terms[:, columns], model.ridge.project(taste.rows), columns)
    stated = _through_inverse(model, taste.interests.terms[:, columns], model.ridge.project(taste.interests), columns)
    parts = np.concatenate([weights[:, None] * (own + smoothing * shared), interest * stated])
    return TermEffects(columns, effects[columns], parts * model.term_values[columns])


def _through_inverse(model: Model, entries: sp.csr_matrix, projected: FloatArray, columns: IntArray) -> FloatArray:
    """Rows times the ridge map's inverse at these columns, (n, t) float32.

    Computed from the rows' entries there and their projections.
    """
    exact = model.ridge.gain * entries.toarray()
    return np.asarray(exact - projected @ model.ridge.at(columns).T, dtype=np.float32)
