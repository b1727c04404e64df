"""Item-item maps, learned from everybody's up-votes.

Neighbours on a random walk, and a direct regression (EASE).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from scipy.linalg import inv

from .data import FloatArray, IntArray, Votes

BLOCK = 2048  # rows of a map that are in memory whole at one time


def item_map(votes: Votes, *, neighbours: int) -> sp.csr_matrix:
    """Two steps of a walk on the graph of up-votes.

    It goes from paper to reader to paper, and is normalised by popularity.

    B = D^-1/2 L' R^-1 L D^-1/2 without its diagonal, where L (readers, papers) holds the up-votes, R counts them for
    each reader and D for each paper: the symmetric form of the walk of Cooper et al. 2014 ("Random walks in
    recommender systems", P3). Returns (n_papers, n_papers) float32 with the `neighbours` largest entries of each row;
    a paper without an up-vote has an empty row. Cost grows with the sum over readers of their squared votes.
    """
    likes = votes.likes
    per_reader = np.asarray(likes.sum(axis=1)).ravel()
    per_paper = np.asarray(likes.sum(axis=0)).ravel()
    normalised = sp.csr_matrix(likes @ sp.diags(_power(per_paper, -0.5)))
    from_readers = sp.csr_matrix(sp.diags(_power(per_reader, -1.0)) @ normalised)
    to_readers = sp.csr_matrix(normalised.T)
    blocks = []
    for start in range(0, votes.n_papers, BLOCK):
        block = sp.csr_matrix(to_readers[start : start + BLOCK] @ from_readers)
        blocks.append(_strongest_others(block, start, neighbours))
    if not blocks:
        return sp.csr_matrix((0, 0), dtype=np.float32)
    return sp.vstack(blocks, format="csr", dtype=np.float32)


@dataclass(frozen=True)
class DirectMap:
    """EASE (Steck 2019) in reader space.

    It gives what an up-vote on one paper adds to the score of another that has votes.

    EASE regresses each paper on all others: D = I - P diag(P)^-1 with P = (L'L + ridge I)^-1 over papers. By Woodbury
    D(i, x) = l_i' K l_x / (1 - l_x' K l_x) for i other than x, with l_x the readers who voted paper x up and
    K = (L L' + ridge I)^-1 over readers. So no matrix of papers times papers is formed.

    EASE gives a vote nothing on its own paper. Taking the vote back would then lower that paper's neighbours and raise
    the paper, so here a vote adds to its own paper what is at least its largest effect on any other (`on_itself`).

    likes    (r, m) float32, up-votes of the readers that the map is made from
    inverse  (r, r) float32, K
    own      (m,) float32 in [0, 1), l_x' K l_x
    """

    likes: sp.csc_matrix
    inverse: FloatArray
    own: FloatArray

    @cached_property
    def votes(self) -> FloatArray:
        """The number of up-votes on each paper in `likes`, (m,) float32."""
        return np.asarray(self.likes.sum(axis=0), dtype=np.float32).ravel()

    @cached_property
    def on_itself(self) -> FloatArray:
        """What an up-vote on each paper adds to that paper, (m,) float32.

        K is positive definite, so D(i, x) <= sqrt(l_i' K l_i) * sqrt(l_x' K l_x) / (1 - l_x' K l_x) for any x.
        """
        roots = np.sqrt(np.maximum(self.own, 0))
        return np.asarray(roots * (roots / (1 - self.own)).max(initial=0), dtype=np.float32)

    def from_readers(self, papers: IntArray) -> FloatArray:
        """What each reader adds to each paper, (r, len(papers)) float32.

        It is K l_x / (1 - l_x' K l_x).
        """
        weights = np.asarray(self.likes[:, papers].T @ self.inverse, dtype=np.float32).T
        # by rows, since sparse products copy any other layout each time
        return np.ascontiguousarray(weights / (1 - self.own[papers]), dtype=np.float32)

    def scores(
        self, votes: sp.csr_matrix, papers: IntArray, weight: np.float32, from_readers: FloatArray | None = None
    ) -> FloatArray:
        """Votes, (n, m), through the map to these papers, (n, len(papers)) float32, times the weight.

        from_readers  `from_readers` of these papers, times `weight`. None computes the same from the side of the votes,
                      which for a few rows of votes costs r^2 instead of r times the papers
        """
        shared = sp.csr_matrix(votes @ self.likes.T)
        scale = weight / (1 - self.own[papers])
        if from_readers is None:
            through = np.asarray((self.likes[:, papers].T @ (shared @ self.inverse).T).T) * scale
        else:
            through = np.asarray(shared @ from_readers)
        more = weight * self.on_itself[papers] - scale * self.own[papers]
        return np.asarray(through + votes[:, papers].toarray() * more, dtype=np.float32)

    def vote_scores(self, papers: IntArray, weight: np.float32, from_readers: FloatArray) -> FloatArray:
        """What an up-vote on each paper adds to these papers, (m, len(papers)) float32, times the weight.

        from_readers  `from_readers` of these papers, times `weight`
        """
        scores = np.asarray(self.likes.T @ from_readers, dtype=np.float32)
        scores[papers, np.arange(len(papers))] = weight * self.on_itself[papers]
        return scores


def direct_map(votes: Votes, *, ridge: float, readers: int) -> DirectMap:
    """The direct map from the readers with the most up-votes.

    `readers` of them are used; with 0 the map is empty. Raises ValueError when the ridge is not positive. Cost grows
    with the cube of the readers and with the votes.
    """
    if ridge <= 0:
        raise ValueError(f"the ridge of the direct map must be positive, got {ridge}")
    counts = np.asarray(votes.likes.sum(axis=1)).ravel()
    most_active = np.sort(np.argsort(-counts, kind="stable")[: min(readers, int((counts > 0).sum()))])
    likes = sp.csr_matrix(votes.likes[most_active])
    gram = (likes @ likes.T).toarray()
    gram[np.diag_indices(len(gram))] += ridge
    inverse = np.asarray(inv(gram), dtype=np.float32) if len(gram) else np.zeros((0, 0), dtype=np.float32)
    inverse = np.asarray((inverse + inverse.T) / 2, dtype=np.float32)  # exactly symmetric, so that half of it is stored
    by_paper = sp.csc_matrix(likes)
    own = [np.zeros(0)]
    for start in range(0, by_paper.shape[1], BLOCK):
        block = by_paper[:, start : start + BLOCK]
        own.append(np.asarray(block.multiply((block.T @ inverse).T).sum(axis=0)).ravel())
    return DirectMap(by_paper, inverse, np.concatenate(own).astype(np.float32))


def _strongest_others(block: sp.csr_matrix, first: int, most: int) -> sp.csr_matrix:
    """The `most` largest entries of each row, without the row's own paper.

    Ties go to the lower column.

    first  the paper of the block's first row
    """
    block.sort_indices()
    columns, data, starts = [], [], [0]
    for row, (start, end) in enumerate(zip(block.indptr[:-1], block.indptr[1:], strict=True)):
        others = start + np.flatnonzero(block.indices[start:end] != first + row)
        strongest = np.sort(others[np.argsort(-block.data[others], kind="stable")[:most]])
        columns.append(block.indices[strongest])
        data.append(block.data[strongest])
        starts.append(starts[-1] + len(strongest))
    return sp.csr_matrix((np.concatenate(data), np.concatenate(columns), np.array(starts)), shape=block.shape)


def _power(counts: FloatArray, exponent: float) -> FloatArray:
    """counts ** exponent, 0 where the count is 0."""
    powers = np.power(counts, exponent, out=np.zeros_like(counts, dtype=np.float32), where=counts > 0)
    return np.asarray(powers, dtype=np.float32)
