"""What is believed of one reader's opinions: the covariance of a Gaussian process, conditioned on what was heard.

The ridge is that process's mean, so with A the ridge map the covariance of the opinions of two papers is
k(x, z) = x A z' before anything is said.
"""

from copy import copy

import numpy as np
import scipy.sparse as sp

from .data import FloatArray, IntArray
from .model import Model
from .score import ReaderVectors

HEARD = 100  # votes, the last ones, that the covariance is conditioned on; who has more is no newcomer
NOISE = 1.0  # variance of an answer beside the opinion's own: 1 lets a vote halve a typical paper's variance


class _Side:
    """Rows as the prior covariance needs them: their words sparse, their LightFM part, which is full, dense."""

    def __init__(self, model: Model, rows: sp.csr_matrix, projected: FloatArray) -> None:
        words = len(model.vocabulary.terms)
        self._gain, self._rows, self.projected = model.ridge.gain, rows, projected
        self._words = sp.csr_matrix(rows[:, :words])
        self._full = rows[:, words:].toarray()

    def one(self, place: int) -> "_Side":
        only = copy(self)
        for name in ("_rows", "projected", "_words", "_full"):
            setattr(only, name, getattr(self, name)[[place]])
        return only

    def covariance(self, other: "_Side") -> FloatArray:
        """(n, c) float32: `RidgeMap.between`, but faster, because full columns are not multiplied as sparse ones."""
        inner = (self._words @ other._words.T).toarray() + self._full @ other._full.T
        return np.asarray(self._gain * inner - self.projected @ other.projected.T, dtype=np.float32)

    def variance(self) -> FloatArray:
        """(n,) float32."""
        squares = np.asarray(self._rows.multiply(self._rows).sum(axis=1)).ravel()
        return np.asarray(self._gain * squares - (self.projected**2).sum(axis=1), dtype=np.float32)


class Belief:
    """The covariance of one reader's opinions between papers and targets, as it is after what was heard so far.

    The papers are those voted on, the interests, and from place `first` on the pool; `cross` (n, t) float32 is their
    covariance with the targets, `variance` (n,) and `open` (t,) their own.
    """

    def __init__(self, model: Model, taste: ReaderVectors, pool: IntArray, targets: sp.csr_matrix) -> None:
        said = sp.vstack([taste.rows[-HEARD:], taste.interests], format="csr")
        nobody = np.full(taste.interests.shape[0], -1, dtype=np.int32)
        self.model, self.targets, self.first = model, targets, said.shape[0]
        self.known = np.concatenate([taste.known[-HEARD:], nobody, pool])
        self.rows = sp.vstack([said, model.rows[pool]], format="csr")
        self._papers = _Side(model, self.rows, np.vstack([model.ridge.project(said), model.projected[pool]]))
        self._targets = _Side(model, targets, model.ridge.project(targets))
        self.towards = self._targets.projected
        self.cross = self._papers.covariance(self._targets)
        self.variance = self._papers.variance()
        self.open = self._targets.variance()
        self.noise = NOISE * float(np.median(self.variance[self.first :])) if len(pool) else 1.0
        self.before: dict[int, FloatArray] = {}
        self.heard: list[int] = []
        self._taken: list[FloatArray] = []
        for place in range(self.first):
            self.hear(place)

    def explained(self) -> FloatArray:
        """The variance over the targets that hearing each paper of the pool takes away, (c,) float32."""
        cross = self.cross[self.first :]
        taken = np.einsum("ct,ct->c", cross, cross) / (self.variance[self.first :] + self.noise)
        return np.asarray(np.maximum(taken, 0), dtype=np.float32)

    def hear(self, place: int) -> None:
        """Condition everything on an answer about the paper at this place: a rank-one update."""
        column = self.before[place] = self.between(place)
        column = column.copy()
        for earlier in self._taken:
            column -= earlier * earlier[place]
        scale = np.sqrt(max(float(self.variance[place]), 0.0) + self.noise)
        taken, on_targets = column / scale, self.cross[place] / scale
        self.cross -= np.outer(taken, on_targets)
        self.variance = np.maximum(self.variance - taken**2, 0)
        self.open = np.maximum(self.open - on_targets**2, 0)
        self._taken.append(taken)
        self.heard.append(place)

    def between(self, place: int) -> FloatArray:
        """The covariance of one paper with all of them before anything was heard, (n,) float32."""
        return self._papers.covariance(self._papers.one(place)).ravel()

    def residual(self, place: int) -> sp.csr_matrix:
        """The paper's row without what the heard ones say of it, (1, d + f): its product with A z' is `cross`."""
        row = self.rows[place]
        if not self.heard:
            return row
        covariance = np.stack([self.before[heard][self.heard] for heard in self.heard])
        covariance[np.diag_indices(len(self.heard))] += self.noise
        shares = np.linalg.solve(covariance, self.between(place)[self.heard])
        return sp.csr_matrix(row - sp.csr_matrix(shares[None, :].astype(np.float32)) @ self.rows[self.heard])

    def by_term(self, place: int) -> sp.csr_matrix:
        """What each column adds to the explained variance, (1, d + f), in units of the sum of squared covariances.

        With r the residual row and c_z = r A z' the covariances, sum_z c_z^2 = sum_i r_i (A sum_z c_z z')_i: an exact
        sum over columns; the second factor is needed only where the first is not zero.
        """
        residual, covariances, ridge = self.residual(place), self.cross[place], self.model.ridge
        columns = residual.indices
        pulled = sp.csr_matrix(covariances[None, :]) @ self.targets
        along = covariances @ self.towards
        weight = ridge.gain * pulled[:, columns].toarray().ravel() - ridge.directions[columns] @ along
        return sp.csr_matrix((residual.data * weight, columns, residual.indptr), shape=residual.shape)
