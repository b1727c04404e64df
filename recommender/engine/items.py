"""Item-item maps: which papers the readers of a paper vote up as well, and what a vote says of another directly."""

import numpy as np
import scipy.sparse as sp
from scipy.linalg.lapack import sposv

from .data import FloatArray, IdArray, IntArray, Votes

BLOCK = 2048  # rows of the map that are whole at one time


def item_map(votes: Votes, *, neighbours: int) -> sp.csr_matrix:
    """Two steps of a walk on the graph of up-votes, paper to reader to paper, evened out by popularity.

    B = D^-1/2 L' R^-1 L D^-1/2 without its diagonal, where L (readers, papers) holds the up-votes, R counts them for
    each reader and D for each paper: the symmetric form of the walk of Cooper et al. 2014 ("Random walks in
    recommender systems", P3). Returns (n_papers, n_papers) float32 with at most `neighbours` entries a row, the
    largest; a paper without an up-vote has an empty row. Cost grows with the sum over readers of their squared votes.
    """
    likes = votes.likes
    per_reader = np.asarray(likes.sum(axis=1)).ravel()
    per_paper = np.asarray(likes.sum(axis=0)).ravel()
    even = sp.csr_matrix(likes @ sp.diags(_power(per_paper, -0.5)))
    walked = sp.csr_matrix(sp.diags(_power(per_reader, -1.0)) @ even)
    starts = range(0, votes.n_papers, BLOCK)
    blocks = [
        _strongest(sp.csr_matrix(even[:, start : start + BLOCK].T @ walked), start, neighbours) for start in starts
    ]
    if not blocks:
        return sp.csr_matrix((0, 0), dtype=np.float32)
    return sp.vstack(blocks, format="csr", dtype=np.float32)


def direct_map(votes: Votes, near: sp.csr_matrix, *, ridge: float, power: float) -> sp.csr_matrix:
    """What an up-vote on one paper says of another that has votes: a regression of each paper on its neighbours.

    near   (n_papers, n_papers), row j lists the papers whose votes may count for paper j
    ridge  > 0; power, the votes on a paper are divided by its number of up-votes raised to it

    Column j holds (G_NN + ridge I)^-1 G_Nj with G = L' L and N the neighbours of j: SLIM on selected features (Ning and
    Karypis 2011, fsSLIM) with EASE's loss (Steck 2019). Returns (n_papers, n_papers) float32, row i a vote on paper i.
    Cost grows with the papers that have votes times the cube of their neighbours.
    """
    even = sp.csr_matrix(votes.likes @ sp.diags(_power(np.asarray(votes.likes.sum(axis=0)).ravel(), -power)))
    gram = sp.csr_matrix(even.T @ even)
    gram.sort_indices()
    solved = np.zeros(near.nnz, dtype=np.float32)
    place = np.full(votes.n_papers, -1, dtype=np.int64)
    for paper, (start, end) in enumerate(zip(near.indptr[:-1], near.indptr[1:], strict=True)):
        if end > start:
            solved[start:end] = _regress(gram, paper, near.indices[start:end], ridge, place)
    return sp.csr_matrix(sp.csr_matrix((solved, near.indices, near.indptr), shape=near.shape).T)


def _regress(gram: sp.csr_matrix, paper: int, others: IntArray, ridge: float, place: IdArray) -> FloatArray:
    """Weights of the others in a ridge regression of the paper on them; `place` is scratch, -1 everywhere."""
    place[others] = np.arange(len(others))
    starts, lengths = gram.indptr[others], gram.indptr[others + 1] - gram.indptr[others]
    entries = np.repeat(starts - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
    columns = place[gram.indices[entries]]
    inside = columns >= 0
    square = np.zeros((len(others), len(others)), dtype=np.float32)
    square[np.repeat(np.arange(len(others)), lengths)[inside], columns[inside]] = gram.data[entries[inside]]
    square[np.diag_indices(len(others))] += ridge
    own = slice(gram.indptr[paper], gram.indptr[paper + 1])
    target = np.zeros(len(others), dtype=np.float32)
    found = place[gram.indices[own]]
    target[found[found >= 0]] = gram.data[own][found >= 0]
    place[others] = -1
    return np.asarray(sposv(square, target, lower=1, overwrite_a=1)[1], dtype=np.float32).ravel()


def strongest(rows: sp.csr_matrix, most: int) -> sp.csr_matrix:
    """The `most` largest entries of each row; ties go to the lower column."""
    return _strongest(rows, rows.shape[1], most)


def _strongest(block: sp.csr_matrix, first: int, most: int) -> sp.csr_matrix:
    """The `most` largest entries of each row, its own paper left out; ties go to the lower column."""
    block.sort_indices()
    columns, data, starts = [], [], [0]
    for row, (start, end) in enumerate(zip(block.indptr[:-1], block.indptr[1:], strict=True)):
        others = start + np.flatnonzero(block.indices[start:end] != first + row)
        kept = np.sort(others[np.argsort(-block.data[others], kind="stable")[:most]])
        columns.append(block.indices[kept])
        data.append(block.data[kept])
        starts.append(starts[-1] + len(kept))
    shape = block.shape
    return sp.csr_matrix((np.concatenate(data), np.concatenate(columns), np.array(starts)), shape=shape)


def _power(counts: FloatArray, exponent: float) -> FloatArray:
    """counts ** exponent, 0 where the count is 0."""
    raised = np.power(counts, exponent, out=np.zeros_like(counts, dtype=np.float32), where=counts > 0)
    return np.asarray(raised, dtype=np.float32)
