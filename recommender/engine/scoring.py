"""Scores of papers for readers, from a trained model.

A reader's score for a paper x is linear in their votes:

    score(x) = (sum_i y_i (x_i + s(n) b_i) + t(n) sum_k q_k + p) A x' + w sum_i y_i D(i, x)

with y_i = +1 or -down_weight, x_i the row of the voted paper, b_i the rows of its neighbours under the item-item
map, q_k the rows of interests, p what readers like in general, A the ridge map, s and t falling with the number n of
votes, and D the direct map, for a paper x that had votes when the model was trained.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from .data import FloatArray, IdArray, IntArray, Settings
from .model import Model


@dataclass(frozen=True)
class Taste:
    """What one reader has said, as the model sees it.

    rows       (n, d + f) float32, representations of the voted papers
    known      (n,) int32, their row numbers in the model, -1 where it has none
    values     (n,) float32, +1 or -1
    interests  (k, d + f) float32, representations of the stated interests
    """

    rows: sp.csr_matrix
    known: IntArray
    values: FloatArray
    interests: sp.csr_matrix

    def weights(self, settings: Settings) -> FloatArray:
        """(n,) float32: +1 for an up-vote, -down_weight for a down-vote."""
        return np.where(self.values > 0, 1.0, -settings.down_weight).astype(np.float32)


@dataclass(frozen=True)
class Candidates:
    """Papers to rank, with the products that every reader shares; each is made when first asked for, and kept.

    rows   (c, d + f) float32
    known  (c,) int32, their row numbers in the model, whose rows these are then; -1 where it has none
    """

    model: Model
    rows: sp.csr_matrix
    known: IntArray

    @cached_property
    def projected(self) -> FloatArray:
        """(c, r) float32, the rows along the ridge's directions."""
        new = self.known < 0
        along = np.empty((len(self.known), self.model.projected.shape[1]), dtype=np.float32)
        along[~new] = self.model.projected[self.known[~new]]
        along[new] = self.model.ridge.project(self.rows[new])
        return along

    @cached_property
    def prior(self) -> FloatArray:
        """(c,) float32, what readers like in general."""
        exact = self.model.ridge.gain * (self.rows @ self.model.prior)
        return np.asarray(exact - self.projected @ self.model.projected_prior, dtype=np.float32)

    @cached_property
    def by_row(self) -> FloatArray:
        """(m, c) float32, what each row that the model knows adds to each candidate."""
        return self.model.ridge.between(self.model.rows, self.rows, self.model.projected, self.projected)

    @cached_property
    def by_vote(self) -> FloatArray:
        """(m, c) float32, what an up-vote on each of them adds: its row, and what it says directly."""
        return self.by_row + self.directly(self.model.direct)

    @cached_property
    def by_neighbours(self) -> FloatArray:
        """(m, c) float32, what the neighbours of each of them add."""
        return np.asarray(self.model.item_map @ self.by_row)

    def directly(self, said: sp.csr_matrix) -> FloatArray:
        """The candidates' share of what rows of the direct map, (n, m), say; (n, c) float32, 0 for a new paper."""
        found = np.zeros((said.shape[0], len(self.known)), dtype=np.float32)
        old = self.known >= 0
        found[:, old] = said[:, self.known[old]].toarray()
        return np.float32(self.model.settings.direct_weight) * found


def prepare(model: Model, rows: sp.csr_matrix, known: IntArray | None = None) -> Candidates:
    """Candidates with these rows, (c, d + f), and row numbers in the model (none known by default).

    `score_many` needs memory for c times m numbers: rank many thousands in chunks.
    """
    return Candidates(model, rows, np.full(rows.shape[0], -1, dtype=np.int32) if known is None else known)


def from_rows(model: Model, rows: sp.csr_matrix, candidates: Candidates) -> FloatArray:
    """What rows of weight 1 that the model need not know add to each candidate, (n, c) float32."""
    return model.ridge.between(rows, candidates.rows, model.ridge.project(rows), candidates.projected)


def trust(votes: int, settings: Settings) -> tuple[float, float]:
    """The weights (s, t) of neighbours and of interests for a reader with so many votes."""
    smoothing = settings.smoothing / max(votes, 1) ** settings.smoothing_power
    interest = settings.interest_weight / (1 + votes / settings.interest_votes)
    return smoothing, interest


def score(model: Model, taste: Taste, candidates: Candidates) -> FloatArray:
    """One reader's scores, (c,) float32; they order papers for this reader and do not compare between readers.

    Nothing of size (m, c) is made: it takes the rows of the voted papers and of their neighbours.
    """
    smoothing, interest = trust(len(taste.values), model.settings)
    on_items, beside = _weights(model, taste, interest)
    spread = on_items + smoothing * (on_items @ model.item_map)
    profile = _sum_of(model.rows, spread) + _dense(beside) + model.prior
    along = spread @ model.projected + model.ridge.project(beside) + model.projected_prior
    exact = model.ridge.gain * (candidates.rows @ profile)
    scores = exact - candidates.projected @ np.asarray(along).ravel()
    return np.asarray(scores + candidates.directly(on_items @ model.direct)[0], dtype=np.float32)


def _weights(model: Model, taste: Taste, interest: float) -> tuple[sp.csr_matrix, sp.csr_matrix]:
    """The weights on papers that the model knows, (1, m), and the sum of all else that was said, (1, d + f)."""
    weights, known = taste.weights(model.settings), taste.known >= 0
    on_items = sp.csr_matrix((weights[known], taste.known[known], [0, int(known.sum())]), (1, len(model.paper_ids)))
    unknown = sp.csr_matrix(weights[None, ~known]) @ taste.rows[~known]
    return on_items, sp.csr_matrix(unknown + sp.csr_matrix(interest * taste.interests.sum(axis=0)), dtype=np.float32)


def _sum_of(rows: sp.csr_matrix, weights: sp.csr_matrix) -> FloatArray:
    """weights @ rows as a dense vector, (d + f,) float32; touches only the rows with a weight."""
    return np.asarray(rows[weights.indices].T @ weights.data, dtype=np.float32)


def _dense(row: sp.csr_matrix) -> FloatArray:
    return np.asarray(row.toarray()).ravel()


def score_many(model: Model, tastes: Sequence[Taste], candidates: Candidates) -> FloatArray:
    """Scores of many readers at once, (len(tastes), c) float32: sparse-dense products, no loop over papers."""
    if not tastes:
        return np.zeros((0, candidates.rows.shape[0]), dtype=np.float32)
    votes = np.array([len(taste.values) for taste in tastes])
    trusts = np.array([trust(int(count), model.settings) for count in votes], dtype=np.float32)
    on_items, beside = _stack(model, tastes, trusts[:, 1])
    scores = score_votes(candidates, on_items, trusts[:, 0])
    said_else = np.flatnonzero(np.diff(beside.indptr))
    if len(said_else):
        scores[said_else] += from_rows(model, beside[said_else], candidates)
    return scores


def score_votes(candidates: Candidates, on_items: sp.csr_matrix, smoothing: FloatArray) -> FloatArray:
    """Scores from votes on papers that the model knows and from the prior, (r, c) float32.

    on_items   (r, m) float32, each reader's weights on the model's papers
    smoothing  (r,) float32, each reader's weight of neighbours, s

    Readers of one s, when there are enough of them, share one matrix and so need one product instead of two.
    """
    scores = np.empty((on_items.shape[0], len(candidates.known)), dtype=np.float32)
    for rows, same in _alike(on_items, smoothing):
        part = on_items[rows]
        if same:
            scores[rows] = part @ (candidates.by_vote + smoothing[rows[0]] * candidates.by_neighbours)
        else:
            scores[rows] = part @ candidates.by_vote + smoothing[rows, None] * (part @ candidates.by_neighbours)
    scores += candidates.prior
    return scores


def _alike(on_items: sp.csr_matrix, smoothing: FloatArray) -> Iterator[tuple[IdArray, bool]]:
    """Readers in groups: those of one s whose votes outnumber the model's papers; all others together."""
    order = np.argsort(smoothing, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(smoothing[order])) + 1)
    votes = np.diff(on_items.indptr)
    large = [votes[group].sum() > on_items.shape[1] for group in groups]
    yield from ((group, True) for group, enough in zip(groups, large, strict=True) if enough)
    others = [group for group, enough in zip(groups, large, strict=True) if not enough]
    if others:
        yield np.concatenate(others), False


def _stack(model: Model, tastes: Sequence[Taste], interest: FloatArray) -> tuple[sp.csr_matrix, sp.csr_matrix]:
    """All readers' weights on papers that the model knows, (r, m), and the sum of all else they said, (r, d + f)."""
    parts = [_weights(model, taste, float(share)) for taste, share in zip(tastes, interest, strict=True)]
    stacked = (sp.vstack(part, format="csr", dtype=np.float32) for part in zip(*parts, strict=True))
    on_items, beside = stacked
    return on_items, beside


def best_first(scores: FloatArray, k: int | None = None) -> IntArray:
    """Positions of the k largest scores, best first, (k,) int32; ties go to the lower position."""
    return np.argsort(-scores, kind="stable")[:k].astype(np.int32)
