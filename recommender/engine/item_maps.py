"""Item-item maps: which papers the readers of a paper vote up as well, and what a vote says of another directly."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from scipy.linalg import inv

from .data import FloatArray, IntArray, Votes

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
    readers, starts = sp.csr_matrix(even.T), range(0, votes.n_papers, BLOCK)
    blocks = [_strongest(sp.csr_matrix(readers[start : start + BLOCK] @ walked), start, neighbours) for start in starts]
    if not blocks:
        return sp.csr_matrix((0, 0), dtype=np.float32)
    return sp.vstack(blocks, format="csr", dtype=np.float32)


@dataclass(frozen=True)
class DirectMap:
    """What an up-vote on one paper says of another that has votes: EASE (Steck 2019) in the form of its readers.

    EASE regresses each paper on all others: D = I - P diag(P)^-1 with P = (L'L + ridge I)^-1 over papers. By Woodbury
    D(i, x) = l_i' K l_x / (1 - l_x' K l_x) for i other than x, with l_x the readers who voted paper x up and
    K = (L L' + ridge I)^-1 over readers: nothing as large as papers times papers is ever made.

    likes    (r, m) float32, up-votes of the readers it rests on
    inverse  (r, r) float32, K
    own      (m,) float32 in [0, 1), l_x' K l_x
    """

    likes: sp.csc_matrix
    inverse: FloatArray
    own: FloatArray

    @cached_property
    def votes(self) -> FloatArray:
        """(m,) float32, the up-votes on each paper that the map rests on."""
        return np.asarray(self.likes.sum(axis=0), dtype=np.float32).ravel()

    def toward(self, papers: IntArray) -> FloatArray:
        """What meeting a reader says of each of these papers, (r, len(papers)) float32; divided as in D."""
        reached = np.asarray(self.likes[:, papers].T @ self.inverse, dtype=np.float32).T
        return np.asarray(reached / (1 - self.own[papers]), dtype=np.float32)

    def said(self, votes: sp.csr_matrix, papers: IntArray, toward: FloatArray, weight: np.float32) -> FloatArray:
        """What votes, (n, m), say of these papers, (n, len(papers)) float32; a vote says nothing of its own paper.

        toward  that of these papers, times the weight of what is said
        """
        met = sp.csr_matrix(votes @ self.likes.T)
        itself = votes[:, papers].toarray() * (weight * self.own[papers] / (1 - self.own[papers]))
        return np.asarray(met @ toward - itself, dtype=np.float32)

    def by_vote(self, papers: IntArray, toward: FloatArray) -> FloatArray:
        """What an up-vote on each paper that there is says of these papers, (m, len(papers)) float32."""
        said = np.asarray(self.likes.T @ toward, dtype=np.float32)
        said[papers, np.arange(len(papers))] = 0
        return said


def direct_map(votes: Votes, *, ridge: float, readers: int) -> DirectMap:
    """The direct map of these votes, from the `readers` who voted up most; 0 leaves it empty.

    Raises ValueError when the ridge is not positive. Cost grows with the cube of the readers and with the votes.
    """
    if ridge <= 0:
        raise ValueError(f"the ridge of the direct map must be positive, got {ridge}")
    counts = np.asarray(votes.likes.sum(axis=1)).ravel()
    most = np.sort(np.argsort(-counts, kind="stable")[: min(readers, int((counts > 0).sum()))])
    likes = sp.csr_matrix(votes.likes[most])
    gram = (likes @ likes.T).toarray()
    gram[np.diag_indices(len(gram))] += ridge
    inverse = np.asarray(inv(gram), dtype=np.float32) if len(gram) else np.zeros((0, 0), dtype=np.float32)
    return DirectMap(sp.csc_matrix(likes), inverse, _own_share(likes, inverse))


def _own_share(likes: sp.csr_matrix, inverse: FloatArray) -> FloatArray:
    """l_x' K l_x of each paper, (m,) float32, some thousand papers at a time."""
    columns, starts = sp.csc_matrix(likes), range(0, likes.shape[1], BLOCK)
    parts = [columns[:, start : start + BLOCK] for start in starts]
    shares = [np.asarray(part.multiply((part.T @ inverse).T).sum(axis=0)).ravel() for part in parts]
    return np.concatenate([np.zeros(0), *shares]).astype(np.float32)


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
