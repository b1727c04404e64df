"""The ridge map from votes to scores: one inverse, computed at night, that serves every reader and every paper.

With rows x_i for the papers of the background (all those whose votes, or whose lack of votes, count) and ridge l,
a reader's scores for a new paper x are y (K + l I)^-1 k(x) with K = X X'. That equals (y X) (X' X + l I)^-1 x'
(the push-through identity), whose inverse has the size of the vocabulary instead of the number of papers.
"""

import numpy as np
import scipy.sparse as sp
from scipy.linalg import lapack

from .data import FloatArray


def ridge_inverse(background: sp.csr_matrix, ridge: float) -> FloatArray:
    """(X' X + ridge I)^-1, (d, d) float32, for background rows X, (n, d).

    ridge  > 0; larger trusts each vote less

    Raises ValueError when ridge is not positive.
    """
    if ridge <= 0:
        raise ValueError(f"the ridge must be positive, got {ridge}")
    gram = np.asfortranarray((background.T @ background).toarray(), dtype=np.float32)
    gram[np.diag_indices(len(gram))] += ridge
    return inverse(gram)


def inverse(matrix: FloatArray) -> FloatArray:
    """Inverse of a symmetric positive definite matrix, (n, n) float32 in Fortran order, which is overwritten.

    Raises ValueError when the matrix is not positive definite.
    """
    factor, failed = lapack.spotrf(matrix, lower=1, overwrite_a=1)
    if failed == 0:
        factor, failed = lapack.spotri(factor, lower=1, overwrite_c=1)
    if failed != 0:
        raise ValueError("the matrix is not positive definite; raise the ridge")
    whole = np.tril(factor, -1)
    whole += whole.T
    whole[np.diag_indices(len(whole))] = np.diag(factor)
    return np.ascontiguousarray(whole, dtype=np.float32)
