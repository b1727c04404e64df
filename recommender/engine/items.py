"""The item-item map: which papers the readers of a paper vote up as well."""

from collections.abc import Callable, Iterator

import numpy as np
import scipy.sparse as sp
from scipy.linalg import lapack

from .data import FloatArray, Votes

BLOCK = 1024  # rows of the map that are dense at one time
Blocks = Callable[[], Iterator[tuple[int, FloatArray]]]


def item_map(votes: Votes, *, ridge: float, cap: int, neighbours: int) -> sp.csr_matrix:
    """EASE (Steck 2019, "Embarrassingly Shallow Autoencoders", eq. 8) over the `cap` most up-voted papers.

    Returns (n_papers, n_papers) float32 with at most `neighbours` entries a row, the largest by magnitude: row i
    says how an up-vote on paper i predicts one on every other paper. Papers outside the cap have empty rows.
    """
    likes = votes.likes
    counts = np.bincount(likes.indices, minlength=votes.n_papers)
    rows = np.argsort(-counts, kind="stable")[:cap]
    rows = np.sort(rows[counts[rows] > 0])
    if not len(rows):
        return sp.csr_matrix((votes.n_papers, votes.n_papers), dtype=np.float32)
    kept = _ease(likes[:, rows], ridge, neighbours).tocoo()
    return sp.csr_matrix((kept.data, (rows[kept.row], rows[kept.col])), shape=(votes.n_papers, votes.n_papers))


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


def _ease(likes: sp.csr_matrix, ridge: float, neighbours: int) -> sp.csr_matrix:
    """Weights -P_ij / P_jj off the diagonal, with P = (L' L + ridge I)^-1, the largest of each row."""
    precision = _by_readers(likes, ridge) if likes.shape[0] < likes.shape[1] else _by_papers(likes, ridge)
    diagonal = np.concatenate([np.diag(block[:, start:]) for start, block in precision()])
    kept = []
    for start, block in precision():
        weights = block / -diagonal[None, :]
        weights[np.arange(len(block)), start + np.arange(len(block))] = 0
        kept.append(_largest(weights, neighbours))
    return sp.vstack(kept, format="csr", dtype=np.float32)


def _by_papers(likes: sp.csr_matrix, ridge: float) -> Blocks:
    """P by blocks of rows, from one inverse of papers x papers."""
    gram = np.asfortranarray((likes.T @ likes).toarray(), dtype=np.float32)
    gram[np.diag_indices(len(gram))] += ridge
    precision = inverse(gram)
    return lambda: ((start, precision[start : start + BLOCK]) for start in range(0, len(precision), BLOCK))


def _by_readers(likes: sp.csr_matrix, ridge: float) -> Blocks:
    """P = (I - L' (L L' + ridge I)^-1 L) / ridge by blocks of rows (Woodbury): the inverse is readers x readers."""
    gram = np.asfortranarray((likes @ likes.T).toarray(), dtype=np.float32)
    gram[np.diag_indices(len(gram))] += ridge
    solved = likes.T @ inverse(gram)

    def blocks() -> Iterator[tuple[int, FloatArray]]:
        for start in range(0, likes.shape[1], BLOCK):
            block = -np.asarray(solved[start : start + BLOCK] @ likes) / ridge
            block[np.arange(len(block)), start + np.arange(len(block))] += 1 / ridge
            yield start, block

    return blocks


def _largest(weights: FloatArray, most: int) -> sp.csr_matrix:
    if weights.shape[1] <= most:
        return sp.csr_matrix(weights)
    columns = np.argpartition(-np.abs(weights), most, axis=1)[:, :most].astype(np.int32)
    starts = np.arange(0, columns.size + 1, most)
    data = np.take_along_axis(weights, columns, axis=1)
    kept = sp.csr_matrix((data.ravel(), columns.ravel(), starts), shape=weights.shape)
    kept.sort_indices()
    return kept
