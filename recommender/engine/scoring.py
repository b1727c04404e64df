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

WIDE = 128  # candidates whose products with every paper stay in a processor's cache together


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
    def blocks(self) -> list[tuple[slice, FloatArray, FloatArray]]:
        """`WIDE` candidates at a time: which, and for each row that the model knows what a vote on it adds, (m, WIDE).

        First its own share (its row, and what it says directly), then what its neighbours add; float32.
        """
        direct, found, ridge = self.directly(self.model.direct), [], self.model.ridge
        for start in range(0, len(self.known), WIDE):
            span = slice(start, start + WIDE)
            row = ridge.between(self.model.rows, self.rows[span], self.model.projected, self.projected[span])
            found.append((span, row + direct[:, span], np.asarray(self.model.item_map @ row)))
        return found

    def make_products(self) -> None:
        """Make the products of size (m, c) now, from which every further reader is scored some ten times quicker."""
        assert self.blocks is not None

    @property
    def is_whole(self) -> bool:
        """Whether the products of size (m, c) have been made."""
        return "blocks" in self.__dict__

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

    Where the products of size (m, c) have been made it takes their rows of the voted papers. Where they have not, it
    makes none of that size: it takes the rows of the voted papers and of their neighbours.
    """
    if candidates.is_whole:
        return _from_products(model, taste, candidates)
    smoothing, interest = trust(len(taste.values), model.settings)
    on_items, beside = on_known(model, [taste]), _beside(model, taste, interest)
    spread = on_items + smoothing * (on_items @ model.item_map)
    profile = _sum_of(model.rows, spread) + _dense(beside) + model.prior
    along = spread @ model.projected + model.ridge.project(beside) + model.projected_prior
    exact = model.ridge.gain * (candidates.rows @ profile)
    scores = exact - candidates.projected @ np.asarray(along).ravel()
    return np.asarray(scores + candidates.directly(on_items @ model.direct)[0], dtype=np.float32)


def _from_products(model: Model, taste: Taste, candidates: Candidates) -> FloatArray:
    """The scores of `score` from `Candidates.blocks`, (c,) float32."""
    smoothing, interest = trust(len(taste.values), model.settings)
    old = taste.known >= 0
    papers, weights = taste.known[old], taste.weights(model.settings)[old]
    scores = candidates.prior.copy()
    for span, own, near in candidates.blocks:
        scores[span] += weights @ own[papers] + np.float32(smoothing) * (weights @ near[papers])
    if taste.interests.shape[0] or not old.all():
        scores += from_rows(model, _beside(model, taste, interest), candidates)[0]
    return scores


def on_known(model: Model, tastes: Sequence[Taste]) -> sp.csr_matrix:
    """Each reader's weights on the papers that the model knows, (r, m) float32."""
    papers = np.concatenate([taste.known for taste in tastes])
    weights = np.concatenate([taste.weights(model.settings) for taste in tastes])
    readers = np.repeat(np.arange(len(tastes)), [len(taste.known) for taste in tastes])[papers >= 0]
    starts = np.concatenate([[0], np.cumsum(np.bincount(readers, minlength=len(tastes)))])
    return sp.csr_matrix((weights[papers >= 0], papers[papers >= 0], starts), (len(tastes), len(model.paper_ids)))


def _beside(model: Model, taste: Taste, interest: float) -> sp.csr_matrix:
    """The sum of all that was said but votes on papers that the model knows, (1, d + f) float32."""
    new = taste.known < 0
    unknown = sp.csr_matrix(taste.weights(model.settings)[None, new]) @ taste.rows[new]
    return sp.csr_matrix(unknown + sp.csr_matrix(interest * taste.interests.sum(axis=0)), dtype=np.float32)


def _sum_of(rows: sp.csr_matrix, weights: sp.csr_matrix) -> FloatArray:
    """weights @ rows as a dense vector, (d + f,) float32; touches only the rows with a weight."""
    return np.asarray(rows[weights.indices].T @ weights.data, dtype=np.float32)


def _dense(row: sp.csr_matrix) -> FloatArray:
    return np.asarray(row.toarray()).ravel()


def score_many(model: Model, tastes: Sequence[Taste], candidates: Candidates) -> FloatArray:
    """Scores of many readers at once, (len(tastes), c) float32: sparse-dense products, no loop over papers."""
    if not tastes:
        return np.zeros((0, candidates.rows.shape[0]), dtype=np.float32)
    trusts = np.array([trust(len(taste.values), model.settings) for taste in tastes], dtype=np.float32)
    scores = score_votes(candidates, on_known(model, tastes), trusts[:, 0])
    else_said = [row for row, taste in enumerate(tastes) if taste.interests.shape[0] or (taste.known < 0).any()]
    if else_said:
        beside = sp.vstack([_beside(model, tastes[row], float(trusts[row, 1])) for row in else_said], format="csr")
        scores[else_said] += from_rows(model, beside, candidates)
    return scores


def score_votes(candidates: Candidates, on_items: sp.csr_matrix, smoothing: FloatArray) -> FloatArray:
    """Scores from votes on papers that the model knows and from the prior, (r, c) float32.

    on_items   (r, m) float32, each reader's weights on the model's papers
    smoothing  (r,) float32, each reader's weight of neighbours, s

    Readers of one s, when there are enough of them, share one matrix and so need one product instead of two.
    """
    scores = np.empty((on_items.shape[0], len(candidates.known)), dtype=np.float32)
    for rows, same in _alike(on_items, smoothing):
        part, share = on_items[rows], smoothing[rows, None]
        for span, own, near in candidates.blocks:
            scores[rows, span] = part @ (own + share[0] * near) if same else part @ own + share * (part @ near)
    scores += candidates.prior
    return scores


def _alike(on_items: sp.csr_matrix, smoothing: FloatArray) -> Iterator[tuple[IdArray, bool]]:
    """Readers in groups: those of one s with more than twice as many votes as the model has papers; all others."""
    order = np.argsort(smoothing, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(smoothing[order])) + 1)
    votes = np.diff(on_items.indptr)
    large = [votes[group].sum() > 2 * on_items.shape[1] for group in groups]
    yield from ((group, True) for group, enough in zip(groups, large, strict=True) if enough)
    others = [group for group, enough in zip(groups, large, strict=True) if not enough]
    if others:
        yield np.concatenate(others), False


def best_first(scores: FloatArray, k: int | None = None) -> IntArray:
    """Positions of the k largest scores, best first, (k,) int32; ties go to the lower position."""
    return np.argsort(-scores, kind="stable")[:k].astype(np.int32)
