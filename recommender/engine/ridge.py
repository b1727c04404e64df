"""The ridge map from votes to scores.

It is computed once at night and serves every reader and every paper.

With rows x_i for the papers of the background (all those whose votes, or whose lack of votes, count) and ridge l,
a reader's scores for a new paper x are y (K + l I)^-1 k(x) with K = X X'. That equals (y X) (X' X + l I)^-1 x'
(the push-through identity): an inverse over terms instead of papers, stored as gain * I - V V'.
"""

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from scipy.linalg import eigh, qr

from .data import FloatArray, IntArray
from .rounded import Dense, as_rounded, combination, product
from .rows import Rows

OVERSAMPLING = 64  # directions beyond the rank that make the first `rank` of them accurate
ITERATIONS = 2


@dataclass(frozen=True)
class RidgeMap:
    """The inverse (X' X + ridge I)^-1 over the columns that the map was made from, or its approximation.

    With `rank` directions: gain * I - directions @ directions'. Rows have further columns (authors and sentence
    vectors), whose plain inner products count beside it: there the inverse is gain * I.

    directions  (terms + dense, r) float32, the leading eigenvectors of X' X, each scaled by the square root of gain
                less its own eigenvalue of the inverse; rounded in a stored model
    gain        > 0, the eigenvalue of the inverse in every other direction
    terms       the first columns of the rows' terms that the map was made from
    dense       the first dense columns that it was made from
    """

    directions: Dense
    gain: float
    terms: int
    dense: int

    def rounded(self) -> "RidgeMap":
        """The same map, with directions as a model stores them."""
        return replace(self, directions=as_rounded(self.directions[:]))

    def weights(self, profile: FloatArray, n_terms: int) -> FloatArray:
        """The inverse times a profile, both (d + e,) float32: the weight of each column; `n_terms` is d."""
        weights = np.asarray(self.gain * profile, dtype=np.float32)
        along = product(self.directions, self.along(profile, n_terms))
        weights[: self.terms] -= along[: self.terms]
        weights[n_terms : n_terms + self.dense] -= along[self.terms :]
        return weights

    def along(self, profile: FloatArray, n_terms: int) -> FloatArray:
        """A profile, (d + e,), along the directions, (r,) float32; `n_terms` is d."""
        columns = np.concatenate([profile[: self.terms], profile[n_terms : n_terms + self.dense]])
        return combination(sp.csr_matrix(columns[None, :]), self.directions)[0]

    def project(self, rows: Rows) -> FloatArray:
        """Rows along the directions, (n, r) float32."""
        terms = rows.terms if rows.terms.shape[1] == self.terms else rows.terms[:, : self.terms]
        of_terms = sp.csr_matrix((terms.data, terms.indices, terms.indptr), (terms.shape[0], len(self.directions)))
        projected = combination(of_terms, self.directions)
        if self.dense:
            projected += product(rows.dense, self.directions[self.terms :], self.dense)
        return projected

    def at(self, columns: IntArray) -> FloatArray:
        """The entries of the directions at columns of the rows' terms, (t, r) float32; zeros beyond `terms`."""
        entries = np.zeros((len(columns), self.directions.shape[1]), dtype=np.float32)
        inside = columns < self.terms
        entries[inside] = self.directions[columns[inside]]
        return entries

    def variances(self, rows: Rows, projected: FloatArray) -> FloatArray:
        """The product row @ inverse @ row' of each row, (n,) float32."""
        return np.asarray(self.gain * rows.squared_lengths() - (projected**2).sum(axis=1), dtype=np.float32)

    def between(self, left: Rows, right: Rows, left_projected: Dense, right_projected: FloatArray) -> FloatArray:
        """The product left @ inverse @ right', (n, c) float32.

        It is computed from the rows of both sides and their projections.
        """
        return np.asarray(self.gain * left.inner(right) - product(left_projected, right_projected.T), dtype=np.float32)


def ridge_map(background: sp.csr_matrix, ridge: float, rank: int, seed: int, dense: int = 0) -> RidgeMap:
    """The ridge map for background rows X.

    background  (n, terms + dense) float32
    dense       the last columns that are dense ones of the rows
    ridge       > 0; a larger one trusts each vote less
    rank        > 0, the number of directions; the others share one eigenvalue, half that of the last direction. From
                min(n, d) on the map is exact

    Eigenvectors by block power iteration (Halko, Martinsson, Tropp 2011, algorithm 4.4).
    Raises ValueError when ridge or rank is not positive.
    """
    if ridge <= 0 or rank <= 0:
        raise ValueError(f"ridge and rank must be positive, got {ridge} and {rank}")
    if min(background.shape) <= rank + OVERSAMPLING:
        values, vectors = _all_directions(background)
    else:
        values, vectors = _leading_directions(background, rank + OVERSAMPLING, seed)
    values, vectors = values[:rank], vectors[:, :rank]
    other_value = values[-1] / 2 if len(values) and rank < min(background.shape) else 0.0
    gain = 1 / (ridge + other_value)
    scale = np.sqrt(np.maximum(gain - 1 / (values + ridge), 0))
    directions = np.ascontiguousarray(vectors * scale, dtype=np.float32)
    return RidgeMap(directions, float(gain), background.shape[1] - dense, dense)


def _all_directions(background: sp.csr_matrix) -> tuple[FloatArray, FloatArray]:
    """Eigenvalues of X' X above zero, largest first, with their vectors.

    Computed from the smaller of X' X and X X'.
    """
    papers, terms = background.shape
    if terms <= papers:
        values, vectors = eigh((background.T @ background).toarray().astype(np.float64))
        return values[::-1], vectors[:, ::-1]
    values, sides = eigh((background @ background.T).toarray().astype(np.float64))
    return _from_paper_side(background, values[::-1], sides[:, ::-1])


def _leading_directions(background: sp.csr_matrix, size: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """The `size` largest eigenvalues of X' X and their vectors.

    Computed by block power iteration with X X'. X X' is never formed. Columns that most papers fill are multiplied as
    dense ones, which is faster.
    """
    is_full = np.bincount(background.indices, minlength=background.shape[1]) > background.shape[0] / 2
    full = background[:, is_full].toarray()
    words = sp.csr_matrix(background[:, ~is_full])
    words_transposed = sp.csr_matrix(words.T)

    def gram_times(basis: FloatArray) -> FloatArray:
        return np.asarray(words @ (words_transposed @ basis) + full @ (full.T @ basis))

    basis = np.random.default_rng(seed).standard_normal((background.shape[0], size)).astype(np.float32)
    for _ in range(ITERATIONS):
        basis, _unused = qr(gram_times(basis), mode="economic", overwrite_a=True, check_finite=False)
    within = basis.T @ gram_times(basis)
    values, turns = eigh((within + within.T).astype(np.float64) / 2)
    return _from_paper_side(background, values[::-1], (basis @ turns.astype(np.float32))[:, ::-1])


def _from_paper_side(background: sp.csr_matrix, values: FloatArray, sides: FloatArray) -> tuple[FloatArray, FloatArray]:
    """From eigenvectors of X X' to those of X' X.

    Directions with an eigenvalue of zero are left out.
    """
    is_positive = values > max(values.max(initial=0.0), 1.0) * 1e-7
    vectors = np.asarray(background.T @ sides[:, is_positive]) / np.sqrt(values[is_positive])
    return values[is_positive], vectors
