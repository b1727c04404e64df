"""Symmetric positive matrices over papers: exact, dense, float32, in the memory of one such matrix."""

import numpy as np
import scipy.sparse as sp
from scipy.linalg import blas, cho_solve, lapack

from recommender.engine.data import FloatArray

BLOCK = 1000


def gram(*parts: tuple[float, sp.csr_matrix], ridge: float) -> FloatArray:
    """The sum of weight * rows @ rows' over the parts, plus ridge * I, (n, n) float32 in column order."""
    n = parts[0][1].shape[0]
    matrix = np.zeros((n, n), dtype=np.float32, order="F")
    for weight, rows in parts:
        across = sp.csr_matrix(rows.T)
        for start in range(0, n, BLOCK):  # symmetric: a block of rows fills a block of columns
            matrix[:, start : start + BLOCK] += weight * (rows[start : start + BLOCK] @ across).toarray().T
    matrix[np.diag_indices(n)] += ridge
    return matrix


class Solver:
    """Solves with a symmetric positive matrix; factorises it in place."""

    def __init__(self, matrix: FloatArray) -> None:
        self._factor, failed = lapack.spotrf(matrix, lower=1, overwrite_a=1, clean=0)
        if failed:
            raise ValueError(f"the matrix over {len(matrix)} papers is not positive definite; a larger ridge is needed")

    def __call__(self, right: FloatArray) -> FloatArray:
        return cho_solve((self._factor, True), np.asfortranarray(right, dtype=np.float32), check_finite=False)


class Inverse:
    """The inverse itself, in the lower half of the matrix it was made from."""

    def __init__(self, matrix: FloatArray) -> None:
        factor = lapack.spotrf(matrix, lower=1, overwrite_a=1, clean=0)[0]
        self._lower, failed = lapack.spotri(factor, lower=1, overwrite_c=1)
        if failed:
            raise ValueError(f"the matrix over {len(matrix)} papers has no inverse; a larger ridge is needed")

    @property
    def diagonal(self) -> FloatArray:
        return np.diagonal(self._lower)

    def __call__(self, right: FloatArray) -> FloatArray:
        return blas.ssymm(1.0, self._lower, np.asfortranarray(right, dtype=np.float32), lower=1)
