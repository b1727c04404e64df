"""Scores of papers for readers, from a trained model.

A reader's score for a paper x is linear in their votes:

    score(x) = (sum_i y_i x_i + t(n) sum_k q_k + p) A x' + sum_i y_i (s(n) / (1 + v_x) b_i A x' + w D(i, x))

with y_i = +1 or -down_weight, x_i the row of the voted paper, b_i the rows of its neighbours under the item-item
map, q_k the rows of interests, p what readers like in general, A the ridge map, s and t falling with the number n of
votes, and D the direct map. For a paper that had v_x up-votes when the model was trained D speaks; what neighbours say
through the words of x counts the less.
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
class ReaderVectors:
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
    def voted(self) -> IntArray:
        """Positions of the candidates that the direct map knows votes on."""
        found = np.zeros(len(self.known), dtype=bool)
        found[self.known >= 0] = self.model.direct.votes[self.known[self.known >= 0]] > 0
        return np.flatnonzero(found).astype(np.int32)

    @cached_property
    def openness(self) -> FloatArray:
        """(c,) float32, 1 / (1 + v_x): how far what neighbours say through its words counts for each candidate."""
        votes = np.zeros(len(self.known), dtype=np.float32)
        votes[self.voted] = self.model.direct.votes[self.known[self.voted]]
        return np.asarray(1 / (1 + votes), dtype=np.float32)

    @cached_property
    def toward(self) -> FloatArray:
        """(readers of the direct map, voted candidates) float32."""
        weight = np.float32(self.model.settings.direct_weight)
        return weight * self.model.direct.toward(self.known[self.voted])

    @cached_property
    def blocks(self) -> list[tuple[slice, FloatArray, FloatArray]]:
        """`WIDE` candidates at a time: which, and for each row that the model knows what a vote on it adds, (m, WIDE).

        First its own share (its row, and what it says directly), then what its neighbours add before s; float32.
        """
        found, ridge = [], self.model.ridge
        for start in range(0, len(self.known), WIDE):
            span = slice(start, start + WIDE)
            row = ridge.between(self.model.rows, self.rows[span], self.model.projected, self.projected[span])
            near = np.asarray(self.model.item_map @ row) * self.openness[span]
            self._add_directly(row, start)
            found.append((span, row, near))
        return found

    def make_products(self) -> None:
        """Make the products of size (m, c) now, from which every further reader is scored some ten times quicker."""
        assert self.blocks is not None

    @property
    def is_whole(self) -> bool:
        """Whether the products of size (m, c) have been made."""
        return "blocks" in self.__dict__

    def only(self, positions: IntArray) -> "Candidates":
        """The candidates at these positions, (k,), with their projections; the products of size (m, c) stay behind."""
        some = Candidates(self.model, self.rows[positions], self.known[positions])
        some.__dict__["projected"] = self.projected[positions]
        return some

    def directly(self, votes: sp.csr_matrix) -> FloatArray:
        """What rows of votes, (n, m), say of the candidates directly, (n, c) float32; 0 for one without votes."""
        found = np.zeros((votes.shape[0], len(self.known)), dtype=np.float32)
        if len(self.voted):
            weight = np.float32(self.model.settings.direct_weight)
            found[:, self.voted] = self.model.direct.said(votes, self.known[self.voted], self.toward, weight)
        return found

    def _add_directly(self, row: FloatArray, start: int) -> None:
        """Add what an up-vote on each paper says directly of the candidates from `start` on, in place."""
        inside = (self.voted >= start) & (self.voted < start + row.shape[1])
        if inside.any():
            places = self.voted[inside]
            row[:, places - start] += self.model.direct.by_vote(self.known[places], self.toward[:, inside])


def prepare(model: Model, rows: sp.csr_matrix, known: IntArray | None = None) -> Candidates:
    """Candidates with these rows, (c, d + f), and row numbers in the model (none known by default).

    `score_many` needs memory for c times m numbers: rank many thousands in chunks.
    """
    return Candidates(model, rows, np.full(rows.shape[0], -1, dtype=np.int32) if known is None else known)


def score_rows(model: Model, rows: sp.csr_matrix, candidates: Candidates) -> FloatArray:
    """What rows of weight 1 that the model need not know add to each candidate, (n, c) float32."""
    return model.ridge.between(rows, candidates.rows, model.ridge.project(rows), candidates.projected)


def trust(votes: int, model: Model) -> tuple[float, float]:
    """The weights (s, t) of neighbours and of interests for a reader with so many votes."""
    settings = model.settings
    smoothing = settings.smoothing * model.neighbour_trust / max(votes, 1) ** settings.smoothing_power
    interest = settings.interest_weight / (1 + votes / settings.interest_votes)
    return smoothing, interest


def score(model: Model, taste: ReaderVectors, candidates: Candidates) -> FloatArray:
    """One reader's scores, (c,) float32; they order papers for this reader and do not compare between readers.

    Where the products of size (m, c) have been made it takes their rows of the voted papers. Where they have not, it
    makes none of that size: it takes the rows of the voted papers and of their neighbours.
    """
    if candidates.is_whole:
        return _from_products(model, taste, candidates)
    smoothing, interest = trust(len(taste.values), model)
    on_items, beside = known_weights(model, [taste]), _beside(model, taste, interest)
    near = sp.csr_matrix(on_items @ model.item_map)
    whole = _sum_of(model.rows, on_items) + _dense(beside) + model.prior
    own = _through(candidates, whole, on_items @ model.projected + model.ridge.project(beside) + model.projected_prior)
    shared = _through(candidates, _sum_of(model.rows, near), near @ model.projected)
    return own + smoothing * candidates.openness * shared + candidates.directly(on_items)[0]


def _through(candidates: Candidates, profile: FloatArray, along: FloatArray) -> FloatArray:
    """A profile, (d + f,), through the ridge map to the candidates, (c,) float32; `along` are its projections."""
    exact = candidates.model.ridge.gain * (candidates.rows @ profile)
    return np.asarray(exact - candidates.projected @ np.asarray(along).ravel(), dtype=np.float32)


def _from_products(model: Model, taste: ReaderVectors, candidates: Candidates) -> FloatArray:
    """The scores of `score` from `Candidates.blocks`, (c,) float32."""
    smoothing, interest = trust(len(taste.values), model)
    old = taste.known >= 0
    papers, weights = taste.known[old], taste.weights(model.settings)[old]
    scores = candidates.prior.copy()
    for span, own, near in candidates.blocks:
        scores[span] += weights @ own[papers] + np.float32(smoothing) * (weights @ near[papers])
    if taste.interests.shape[0] or not old.all():
        scores += score_rows(model, _beside(model, taste, interest), candidates)[0]
    return scores


def known_weights(model: Model, tastes: Sequence[ReaderVectors]) -> sp.csr_matrix:
    """Each reader's weights on the papers that the model knows, (r, m) float32."""
    papers = np.concatenate([taste.known for taste in tastes])
    weights = np.concatenate([taste.weights(model.settings) for taste in tastes])
    readers = np.repeat(np.arange(len(tastes)), [len(taste.known) for taste in tastes])[papers >= 0]
    starts = np.concatenate([[0], np.cumsum(np.bincount(readers, minlength=len(tastes)))])
    return sp.csr_matrix((weights[papers >= 0], papers[papers >= 0], starts), (len(tastes), len(model.paper_ids)))


def _beside(model: Model, taste: ReaderVectors, interest: float) -> sp.csr_matrix:
    """The sum of all that was said but votes on papers that the model knows, (1, d + f) float32."""
    new = taste.known < 0
    unknown = sp.csr_matrix(taste.weights(model.settings)[None, new]) @ taste.rows[new]
    return sp.csr_matrix(unknown + sp.csr_matrix(interest * taste.interests.sum(axis=0)), dtype=np.float32)


def _sum_of(rows: sp.csr_matrix, weights: sp.csr_matrix) -> FloatArray:
    """weights @ rows as a dense vector, (d + f,) float32; touches only the rows with a weight."""
    return np.asarray(rows[weights.indices].T @ weights.data, dtype=np.float32)


def _dense(row: sp.csr_matrix) -> FloatArray:
    return np.asarray(row.toarray()).ravel()


def score_many(model: Model, tastes: Sequence[ReaderVectors], candidates: Candidates) -> FloatArray:
    """Scores of many readers at once, (len(tastes), c) float32: sparse-dense products, no loop over papers."""
    if not tastes:
        return np.zeros((0, candidates.rows.shape[0]), dtype=np.float32)
    trusts = np.array([trust(len(taste.values), model) for taste in tastes], dtype=np.float32)
    scores = score_votes(candidates, known_weights(model, tastes), trusts[:, 0])
    else_said = [row for row, taste in enumerate(tastes) if taste.interests.shape[0] or (taste.known < 0).any()]
    if else_said:
        beside = sp.vstack([_beside(model, tastes[row], float(trusts[row, 1])) for row in else_said], format="csr")
        scores[else_said] += score_rows(model, beside, candidates)
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
