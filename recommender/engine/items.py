"""The item-item map: which papers the readers of a paper vote up as well."""

import numpy as np
import scipy.sparse as sp

from .data import FloatArray, Votes

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
