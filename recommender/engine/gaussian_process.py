"""A Gaussian process over one reader's opinions.

Its covariance is conditioned on the papers they have judged.

The ridge regression of the scores is the mean of this process. With A the ridge map, the prior covariance of the
opinions on two papers is k(x, z) = x A z'.
"""

import numpy as np
import scipy.sparse as sp

from .data import FloatArray, IntArray
from .model import Model
from .rows import Rows, stack
from .score import ReaderVectors

NEWEST_VOTES = 100  # votes that the covariance is conditioned on; a reader with more is no newcomer
NOISE = 1.0  # variance of an answer beside the opinion's own: 1 lets a vote halve a typical paper's variance


class Posterior:
    """The covariance of one reader's opinions, given observed papers.

    It covers papers and targets. The papers are, in this order, those voted on, the interests, and from place `first`
    on the pool. At the start the votes and interests are observed.

    known     (n,) int32, the papers' row numbers in the model, -1 where it has none
    rows      (n, d + e) float32
    cross     (n, t) float32, covariance of papers with targets
    variance  (n,) float32 of the papers
    open      (t,) float32, variance of the targets
    noise     variance of an answer, `NOISE` times the median prior variance of the pool
    observed  places of the papers observed, in order
    prior     for each observed place its prior covariance with all papers, (n,) float32
    """

    def __init__(self, model: Model, taste: ReaderVectors, pool: IntArray, targets: Rows) -> None:
        """Prepare for questions from a pool.

        pool     (c,) int32 row numbers in the model
        targets  (t, d + e) float32 rows of the papers whose opinions are to become known
        """
        judged = stack([taste.rows[-NEWEST_VOTES:], taste.interests])
        no_papers = np.full(len(taste.interests), -1, dtype=np.int32)
        self.model, self.targets, self.first = model, targets, len(judged)
        self.known = np.concatenate([taste.known[-NEWEST_VOTES:], no_papers, pool])
        self.rows = stack([judged, model.rows[pool]])
        self._projected = np.vstack([model.ridge.project(judged), model.projected[pool]])
        self._targets_projected = model.ridge.project(targets)
        self.cross = model.ridge.between(self.rows, targets, self._projected, self._targets_projected)
        self.variance = model.ridge.variances(self.rows, self._projected)
        self.open = model.ridge.variances(targets, self._targets_projected)
        self.noise = NOISE * float(np.median(self.variance[self.first :])) if len(pool) else 1.0
        self.prior: dict[int, FloatArray] = {}
        self.observed: list[int] = []
        self._updates: list[FloatArray] = []
        for place in range(self.first):
            self.observe(place)

    def explained(self) -> FloatArray:
        """The variance that observing each paper would remove, (c,) float32.

        The variance is over the targets; the papers are the pool's.
        """
        cross = self.cross[self.first :]
        removed = np.einsum("ct,ct->c", cross, cross) / (self.variance[self.first :] + self.noise)
        return np.asarray(np.maximum(removed, 0), dtype=np.float32)

    def observe(self, place: int) -> None:
        """Condition on an answer about the paper at this place: a rank-one update."""
        column = self.prior[place] = self.prior_covariance(place)
        column = column.copy()
        for earlier in self._updates:
            column -= earlier * earlier[place]
        scale = np.sqrt(max(float(self.variance[place]), 0.0) + self.noise)
        on_papers, on_targets = column / scale, self.cross[place] / scale
        self.cross -= np.outer(on_papers, on_targets)
        self.variance = np.maximum(self.variance - on_papers**2, 0)
        self.open = np.maximum(self.open - on_targets**2, 0)
        self._updates.append(on_papers)
        self.observed.append(place)

    def prior_covariance(self, place: int) -> FloatArray:
        """The covariance of one paper with all papers before any observation, (n,) float32."""
        paper, projected = self.rows[place], self._projected[[place]]
        return self.model.ridge.between(self.rows, paper, self._projected, projected).ravel()

    def residual(self, place: int) -> Rows:
        """The part of a paper's row not explained so far, (1, d + e).

        The observed papers explain the other part. Its product with A z' is the paper's entry of `cross` for the target
        z.
        """
        row = self.rows[place]
        if not self.observed:
            return row
        covariance = np.stack([self.prior[observed][self.observed] for observed in self.observed])
        covariance[np.diag_indices(len(self.observed))] += self.noise
        shares = np.linalg.solve(covariance, self.prior_covariance(place)[self.observed])
        explained = self.rows[self.observed].combined(sp.csr_matrix(shares[None, :], dtype=np.float32))
        return Rows(sp.csr_matrix(row.terms - explained.terms), row.dense[:] - explained.dense[:])

    def by_column(self, place: int) -> Rows:
        """What each column adds to the explained variance, (1, d + e).

        In units of the sum of squared covariances.

        With r the residual row and c_z = r A z' the covariances, sum_z c_z^2 = sum_i r_i (A sum_z c_z z')_i: an exact
        sum over columns. The second factor is needed only where the first is not zero.
        """
        residual, covariances, ridge = self.residual(place), self.cross[place], self.model.ridge
        targets = self.targets.combined(sp.csr_matrix(covariances[None, :]))
        along = covariances @ self._targets_projected
        columns = residual.terms.indices
        weight = ridge.gain * targets.terms[:, columns].toarray().ravel() - ridge.at(columns) @ along
        shape = residual.terms.shape
        terms = sp.csr_matrix((residual.terms.data * weight, columns, residual.terms.indptr), shape=shape)
        dense = ridge.gain * targets.dense[:]
        dense[:, : ridge.dense] -= ridge.directions[ridge.terms :] @ along
        return Rows(terms, residual.dense[:] * dense)
