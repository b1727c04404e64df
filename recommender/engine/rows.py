"""Representations of papers: sparse terms, and dense columns beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from .data import FloatArray
from .rounded import Dense, combination, product


@dataclass(frozen=True)
class Rows:
    """The rows of n papers, or of weighted sums of papers.

    terms  (n, d) float32, sparse: words, categories, tags and authors
    dense  (n, e) float32: LightFM's columns, then those of sentence vectors; a stored model has them rounded

    Column d + i of a row is column i of its dense part. Indexing selects rows, as with an array; a single number gives
    one row, too.
    """

    terms: sp.csr_matrix
    dense: Dense

    @property
    def shape(self) -> tuple[int, int]:
        return self.terms.shape[0], self.terms.shape[1] + self.dense.shape[1]

    def __len__(self) -> int:
        return int(self.terms.shape[0])

    def __getitem__(self, places: Any) -> "Rows":
        if isinstance(places, int | np.integer):
            places = [int(places)]
        return Rows(self.terms[places], self.dense[places])

    def combined(self, weights: sp.csr_matrix) -> "Rows":
        """Weighted sums of the rows, (k, d + e), for weights (k, n)."""
        return Rows(sp.csr_matrix(weights @ self.terms), combination(weights, self.dense))

    def times(self, matrix: FloatArray) -> FloatArray:
        """The product with a vector (d + e,) or a matrix (d + e, r), float32."""
        d = self.terms.shape[1]
        return np.asarray(self.terms @ matrix[:d] + product(self.dense, matrix[d:]), dtype=np.float32)

    def inner(self, other: "Rows") -> FloatArray:
        """The inner products with other rows, (n, c) float32."""
        exact = np.asarray((self.terms @ other.terms.T).todense(), dtype=np.float32)
        return exact + product(self.dense, other.dense[:].T) if self.dense.shape[1] else exact

    def squared_lengths(self) -> FloatArray:
        """The squared Euclidean length of each row, (n,) float32."""
        squares = np.asarray(self.terms.multiply(self.terms).sum(axis=1)).ravel()
        dense = self.dense[:]
        return np.asarray(squares + np.einsum("ij,ij->i", dense, dense), dtype=np.float32)

    def summed(self) -> FloatArray:
        """The sum of the rows, (d + e,) float32."""
        return np.concatenate([np.asarray(self.terms.sum(axis=0)).ravel(), self.dense[:].sum(axis=0)]).astype(
            np.float32
        )

    def toarray(self) -> FloatArray:
        """All columns in one array, (n, d + e) float32."""
        return np.hstack([self.terms.toarray(), self.dense[:]])


def stack(parts: Sequence[Rows]) -> Rows:
    """The rows of all parts, one part after the other."""
    return Rows(
        sp.vstack([part.terms for part in parts], format="csr"), np.concatenate([part.dense[:] for part in parts])
    )


def one_row(values: FloatArray, terms: int) -> Rows:
    """A row from its d + e values, of which the first `terms` are the sparse part."""
    return Rows(sp.csr_matrix(values[None, :terms], dtype=np.float32), np.asarray(values[None, terms:], np.float32))
