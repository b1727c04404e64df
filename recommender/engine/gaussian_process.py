"""A Gaussian process over one reader's opinions.

Its covariance is conditioned on the papers they have judged.

The ridge regression of the scores is the mean of this process. With A the ridge map, the prior covariance of the
opinions on two papers is k(x, z) = x A z'.
"""

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from .data import FloatArray, IntArray
from .model import Model
from .score import ReaderVectors

NEWEST_VOTES = 100  # votes that the covariance is conditioned on; a reader with more is no newcomer
NOISE = 1.0  # variance of an answer beside the opinion's own: 1 lets a vote halve a typical paper's variance


@dataclass(frozen=True)
class _KernelRows:
    """Rows of n papers in the form that the prior covariance needs.

    Words are sparse, LightFM's full columns dense.

    gain       of the ridge map
    rows       (n, d + f) float32
    projected  (n, r) float32, the rows along the ridge's directions
    words      (n, d) float32, the first d columns of the rows
    full       (n, f) float32, the other columns
    """

    gain: float
    rows: sp.csr_matrix
    projected: FloatArray
    words: sp.csr_matrix
    full: FloatArray

    @classmethod
    def of(cls, model: Model, rows: sp.csr_matrix, projected: FloatArray) -> "_KernelRows":
        n_words = len(model.vocabulary.terms)
        return cls(model.ridge.gain, rows, projected, sp.csr_matrix(rows[:, :n_words]), rows[:, n_words:].toarray())

    def only(self, place: int) -> "_KernelRows":
        """The row at one place."""
        return replace(
            self,
            rows=self.rows[[place]],
            projected=self.projected[[place]],
            words=self.words[[place]],
            full=self.full[[place]],
        )

    def covariance(self, other: "_KernelRows") -> FloatArray:
        """The covariance k(x, z), (n, c) float32.

        Same as `RidgeMap.between`, but faster, because full columns are multiplied as dense.
        """
        inner = (self.words @ other.words.T).toarray() + self.full @ other.full.T
        return np.asarray(self.gain * inner - self.projected @ other.projected.T, dtype=np.float32)

    def variance(self) -> FloatArray:
        """k(x, x), (n,) float32."""
        squares = np.asarray(self.rows.multiply(self.rows).sum(axis=1)).ravel()
        return np.asarray(self.gain * squares - (self.projected**2).sum(axis=1), dtype=np.float32)


class Posterior:
    """The covariance of one reader's opinions, given observed papers.

    It covers papers and targets. The papers are, in this order, those voted on, the interests, and from place `first`
    on the pool. At the start the votes and interests are observed.

    known     (n,) int32, the papers' row numbers in the model, -1 where it has none
    rows      (n, d + f) float32
    cross     (n, t) float32, covariance of papers with targets
    variance  (n,) float32 of the papers
    open      (t,) float32, variance of the targets
    noise     variance of an answer, `NOISE` times the median prior variance of the pool
    observed  places of the papers observed, in order
    prior     for each observed place its prior covariance with all papers, (n,) float32
    """

    def __init__(self, model: Model, taste: ReaderVectors, pool: IntArray, targets: sp.csr_matrix) -> None:
        """Prepare for questions from a pool.

        pool     (c,) int32 row numbers in the model
        targets  (t, d + f) float32 rows of the papers whose opinions are to become known
        """
        judged = sp.vstack([taste.rows[-NEWEST_VOTES:], taste.interests], format="csr")
        no_papers = np.full(taste.interests.shape[0], -1, dtype=np.int32)
        self.model, self.targets, self.first = model, targets, judged.shape[0]
        self.known = np.concatenate([taste.known[-NEWEST_VOTES:], no_papers, pool])
        self.rows = sp.vstack([judged, model.rows[pool]], format="csr")
        projected = np.vstack([model.ridge.project(judged), model.projected[pool]])
        self._papers = _KernelRows.of(model, self.rows, projected)
        self._targets = _KernelRows.of(model, targets, model.ridge.project(targets))
        self.cross = self._papers.covariance(self._targets)
        self.variance = self._papers.variance()
        self.open = self._targets.variance()
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
        return self._papers.covariance(self._papers.only(place)).ravel()

    def residual(self, place: int) -> sp.csr_matrix:
        """The part of a paper's row not explained so far, (1, d + f).

        The observed papers explain the other part. Its product with A z' is the paper's entry of `cross` for the target
        z.
        """
        row = self.rows[place]
        if not self.observed:
            return row
        covariance = np.stack([self.prior[observed][self.observed] for observed in self.observed])
        covariance[np.diag_indices(len(self.observed))] += self.noise
        shares = np.linalg.solve(covariance, self.prior_covariance(place)[self.observed])
        return sp.csr_matrix(row - sp.csr_matrix(shares[None, :].astype(np.float32)) @ self.rows[self.observed])

    def by_term(self, place: int) -> sp.csr_matrix:
        """What each column adds to the explained variance, (1, d + f).

        In units of the sum of squared covariances.

        With r the residual row and c_z = r A z' the covariances, sum_z c_z^2 = sum_i r_i (A sum_z c_z z')_i: an exact
        sum over columns. The second factor is needed only where the first is not zero.
        """
        residual, covariances, ridge = self.residual(place), self.cross[place], self.model.ridge
        columns = residual.indices
        weighted = sp.csr_matrix(covariances[None, :]) @ self.targets
        along = covariances @ self._targets.projected
        weight = ridge.gain * weighted[:, columns].toarray().ravel() - ridge.directions[columns] @ along
        return sp.csr_matrix((residual.data * weight, columns, residual.indptr), shape=residual.shape)
