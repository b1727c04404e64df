"""Scores of papers for readers, from a trained model.

The score of a paper x for one reader is linear in the reader's votes:

    score(x) = (sum_i y_i x_i + t(n) sum_k q_k + p) A x' + sum_i y_i (s(n) / (1 + v_x) b_i A x' + w D(i, x))

with y_i = +1 or -down_weight, x_i the row of the voted paper, b_i the rows of its neighbours under the item-item
map, q_k the rows of interests, p what readers like in general, A the ridge map, D the direct map and w its weight. s
and t fall with the number n of votes. A vote counts the same however old it is: smaller weights of older votes gained
nothing (guide, ranking). v_x is the number of up-votes on x when the model was trained: the more it has, the more D
decides, and the less the neighbours do through the words of x.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from .data import FloatArray, IdArray, IntArray, Settings
from .model import Model
from .rounded import combination
from .rows import Rows, stack

WIDE = 128  # candidates at a time, so that their products with every paper fit in the processor's cache
NARROW = 64  # of these whose neighbours' products are summed at a time: less than half the time of all at once


@dataclass(frozen=True)
class ReaderVectors:
    """One reader's votes and interests as vectors of a model.

    rows       (n, d + e) float32, representations of the voted papers
    known      (n,) int32, their row numbers in the model, -1 where it has none
    values     (n,) float32, +1 or -1
    interests  (k, d + e) float32, representations of the stated interests
    """

    rows: Rows
    known: IntArray
    values: FloatArray
    interests: Rows

    def weights(self, settings: Settings) -> FloatArray:
        """(n,) float32: +1 for an up-vote, -down_weight for a down-vote."""
        return np.where(self.values > 0, 1.0, -settings.down_weight).astype(np.float32)


@dataclass(frozen=True)
class Candidates:
    """Papers to rank, with the products that all readers share.

    Each is computed at its first use.

    rows   (c, d + e) float32
    known  (c,) int32, their row numbers in the model, -1 where it has none; the row of a known paper is the model's
    """

    model: Model
    rows: Rows
    known: IntArray

    @cached_property
    def projected(self) -> FloatArray:
        """(c, r) float32, the rows along the ridge's directions."""
        return self.projected_with(self.model.ridge.project(self.rows[self.known < 0]))

    @cached_property
    def prior(self) -> FloatArray:
        """(c,) float32, the part of the score that is what readers like in general."""
        exact = self.model.ridge.gain * self.rows.times(self.model.prior)
        return np.asarray(exact - self.projected @ self.model.projected_prior, dtype=np.float32)

    @cached_property
    def voted(self) -> IntArray:
        """(v,) int32, positions of the candidates with votes in the direct map."""
        has_votes = np.zeros(len(self.known), dtype=bool)
        has_votes[self.known >= 0] = self.model.direct.votes[self.known[self.known >= 0]] > 0
        return np.flatnonzero(has_votes).astype(np.int32)

    @cached_property
    def openness(self) -> FloatArray:
        """The weight of neighbours for each candidate, 1 / (1 + v_x), (c,) float32."""
        votes = np.zeros(len(self.known), dtype=np.float32)
        votes[self.voted] = self.model.direct.votes[self.known[self.voted]]
        return np.asarray(1 / (1 + votes), dtype=np.float32)

    @cached_property
    def from_readers(self) -> FloatArray:
        """(r, v) float32, `DirectMap.from_readers` of the voted candidates, times the map's weight."""
        weight = np.float32(self.model.settings.direct_weight)
        return weight * self.model.direct.from_readers(self.known[self.voted])

    @cached_property
    def blocks(self) -> list[tuple[slice, FloatArray, FloatArray]]:
        """Yield what an up-vote on each of the model's papers adds.

        One block has `WIDE` candidates. Each block is the span of candidates, what the voted paper's own row and the
        direct map add, (m, WIDE) float32, and what its neighbours add before it is multiplied by s, (m, WIDE) float32.
        """
        blocks, model = [], self.model
        for start in range(0, len(self.known), WIDE):
            span = slice(start, start + WIDE)
            own = model.ridge.between(model.rows, self.rows[span], model.projected, self.projected[span])
            near = np.empty_like(own)
            for first in range(0, own.shape[1], NARROW):
                part = slice(first, first + NARROW)
                near[:, part] = model.item_map @ np.ascontiguousarray(own[:, part])
            near *= self.openness[span]
            inside = (self.voted >= start) & (self.voted < start + WIDE)
            if inside.any():
                positions, weight = self.voted[inside], np.float32(model.settings.direct_weight)
                own[:, positions - start] += model.direct.vote_scores(
                    self.known[positions], weight, self.from_readers[:, inside]
                )
            blocks.append((span, own, near))
        return blocks

    def make_products(self) -> None:
        """Compute the products of size (m, c) now.

        With them each reader is scored about ten times faster.
        """
        assert self.blocks is not None

    def projected_with(self, new: FloatArray) -> FloatArray:
        """`projected`, where `new`, (n, r), has those of the candidates that the model does not know."""
        is_new = self.known < 0
        projected = np.empty((len(self.known), new.shape[1]), dtype=np.float32)
        projected[~is_new] = self.model.projected[self.known[~is_new]]
        projected[is_new] = new
        return projected

    @property
    def is_whole(self) -> bool:
        """Whether the products of size (m, c) are computed."""
        return "blocks" in self.__dict__

    def only(self, positions: IntArray) -> "Candidates":
        """The candidates at these positions, (k,).

        Their projections are kept, the products of size (m, c) are not.
        """
        selected = Candidates(self.model, self.rows[positions], self.known[positions])
        selected.__dict__["projected"] = self.projected[positions]
        return selected

    def direct_scores(self, votes: sp.csr_matrix) -> FloatArray:
        """Votes through the direct map to the candidates, (n, c) float32.

        `votes` are rows, (n, m); 0 for a candidate without votes. Uses `from_readers` only if it is computed already:
        for a month it would take longer than everything else, and hundreds of megabytes.
        """
        scores = np.zeros((votes.shape[0], len(self.known)), dtype=np.float32)
        if len(self.voted):
            weight = np.float32(self.model.settings.direct_weight)
            papers = self.known[self.voted]
            scores[:, self.voted] = self.model.direct.scores(votes, papers, weight, self.__dict__.get("from_readers"))
        return scores


def prepare(
    model: Model, rows: Rows, known: IntArray | None = None, new_projected: FloatArray | None = None
) -> Candidates:
    """Prepare candidates from their rows, (c, d + e).

    `known` has their row numbers in the model, (c,); by default none is known. `score_many` needs memory for c times m
    numbers: rank many thousands in chunks.

    new_projected  (n, r), the rows of the unknown ones along the ridge's directions; computed when needed if None
    """
    candidates = Candidates(model, rows, np.full(len(rows), -1, dtype=np.int32) if known is None else known)
    if new_projected is not None:
        candidates.__dict__["projected"] = candidates.projected_with(new_projected)
    return candidates


def score_rows(model: Model, rows: Rows, candidates: Candidates) -> FloatArray:
    """What rows, (n, d + e), add to each candidate, (n, c) float32.

    Their weight is 1; the model need not know them.
    """
    return model.ridge.between(rows, candidates.rows, model.ridge.project(rows), candidates.projected)


def trust(votes: int, model: Model) -> tuple[float, float]:
    """The weights (s, t) of neighbours and of interests.

    They depend on the reader's number of votes.
    """
    settings = model.settings
    smoothing = settings.smoothing * model.neighbour_trust / max(votes, 1) ** settings.smoothing_power
    interest = settings.interest_weight / (1 + votes / settings.interest_votes)
    return smoothing, interest


def score(model: Model, taste: ReaderVectors, candidates: Candidates) -> FloatArray:
    """One reader's scores, (c,) float32.

    They order papers for this reader and do not compare between readers. Where the products of size (m, c) are
    computed, the scores are sums over their rows of the voted papers. Otherwise nothing of that size is formed: the
    rows of the voted papers and of their neighbours are summed instead.
    """
    if candidates.is_whole:
        return _score_from_blocks(model, taste, candidates)
    smoothing, interest = trust(len(taste.values), model)
    weights, unknown = known_weights(model, [taste]), _unknown_profile(model, taste, interest)
    near = sp.csr_matrix(weights @ model.item_map)
    profile = _sum_of(model.rows, weights) + unknown.summed() + model.prior
    projected = combination(weights, model.projected) + model.ridge.project(unknown) + model.projected_prior
    own = _profile_scores(candidates, profile, projected)
    shared = _profile_scores(candidates, _sum_of(model.rows, near), combination(near, model.projected))
    return own + smoothing * candidates.openness * shared + candidates.direct_scores(weights)[0]


def _profile_scores(candidates: Candidates, profile: FloatArray, projected: FloatArray) -> FloatArray:
    """A profile through the ridge map to the candidates, (c,) float32.

    The profile is (d + e,), its projections (r,).
    """
    exact = candidates.model.ridge.gain * candidates.rows.times(profile)
    return np.asarray(exact - candidates.projected @ np.asarray(projected).ravel(), dtype=np.float32)


def _score_from_blocks(model: Model, taste: ReaderVectors, candidates: Candidates) -> FloatArray:
    """The scores of `score` from `Candidates.blocks`, (c,) float32."""
    smoothing, interest = trust(len(taste.values), model)
    is_known = taste.known >= 0
    papers, weights = taste.known[is_known], taste.weights(model.settings)[is_known]
    scores = candidates.prior.copy()
    for span, own, near in candidates.blocks:
        scores[span] += weights @ own[papers] + np.float32(smoothing) * (weights @ near[papers])
    if len(taste.interests) or not is_known.all():
        scores += score_rows(model, _unknown_profile(model, taste, interest), candidates)[0]
    return scores


def known_weights(model: Model, tastes: Sequence[ReaderVectors]) -> sp.csr_matrix:
    """Each reader's vote weights on the papers that the model knows, (r, m) float32."""
    papers = np.concatenate([taste.known for taste in tastes])
    weights = np.concatenate([taste.weights(model.settings) for taste in tastes])
    readers = np.repeat(np.arange(len(tastes)), [len(taste.known) for taste in tastes])[papers >= 0]
    starts = np.concatenate([[0], np.cumsum(np.bincount(readers, minlength=len(tastes)))])
    return sp.csr_matrix((weights[papers >= 0], papers[papers >= 0], starts), (len(tastes), len(model.paper_ids)))


def _unknown_profile(model: Model, taste: ReaderVectors, interest: float) -> Rows:
    """The weighted sum of what the model does not know, (1, d + e) float32.

    These are interests, and votes on papers that the model does not know.
    """
    weights = np.where(taste.known < 0, taste.weights(model.settings), 0)
    stated = np.full(len(taste.interests), interest)
    every = np.concatenate([weights, stated]).astype(np.float32)
    return stack([taste.rows, taste.interests]).combined(sp.csr_matrix(every[None, :]))


def _sum_of(rows: Rows, weights: sp.csr_matrix) -> FloatArray:
    """The product weights @ rows as a dense vector, (d + e,) float32.

    `weights` is (1, m); only the rows with a weight are read.
    """
    terms = rows.terms[weights.indices].T @ weights.data
    return np.concatenate([terms, combination(weights, rows.dense)[0]]).astype(np.float32)


def score_many(model: Model, tastes: Sequence[ReaderVectors], candidates: Candidates) -> FloatArray:
    """Scores of many readers at once, (len(tastes), c) float32, by sparse-dense products."""
    if not tastes:
        return np.zeros((0, len(candidates.rows)), dtype=np.float32)
    trusts = np.array([trust(len(taste.values), model) for taste in tastes], dtype=np.float32)
    scores = score_votes(candidates, known_weights(model, tastes), trusts[:, 0])
    with_more = [row for row, taste in enumerate(tastes) if len(taste.interests) or (taste.known < 0).any()]
    if with_more:
        profiles = [_unknown_profile(model, tastes[row], float(trusts[row, 1])) for row in with_more]
        scores[with_more] += score_rows(model, stack(profiles), candidates)
    return scores


def score_votes(candidates: Candidates, weights: sp.csr_matrix, smoothing: FloatArray) -> FloatArray:
    """Scores from votes on known papers and the prior, (r, c) float32.

    weights    (r, m) float32, from `known_weights`
    smoothing  (r,) float32, each reader's weight of neighbours, s
    """
    scores = np.empty((weights.shape[0], len(candidates.known)), dtype=np.float32)
    for readers, is_same in _groups_by_smoothing(weights, smoothing):
        part, share = weights[readers], smoothing[readers, None]
        for span, own, near in candidates.blocks:
            scores[readers, span] = part @ (own + share[0] * near) if is_same else part @ own + share * (part @ near)
    scores += candidates.prior
    return scores


def _groups_by_smoothing(weights: sp.csr_matrix, smoothing: FloatArray) -> Iterator[tuple[IdArray, bool]]:
    """Groups of readers, and whether all of a group have the same smoothing.

    Readers with the same smoothing share one matrix and so need one product instead of two. Summing that matrix pays
    for more than twice as many votes as the model has papers; all other readers are one group.
    """
    order = np.argsort(smoothing, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(smoothing[order])) + 1)
    votes = np.diff(weights.indptr)
    is_large = [votes[group].sum() > 2 * weights.shape[1] for group in groups]
    yield from ((group, True) for group, large in zip(groups, is_large, strict=True) if large)
    others = [group for group, large in zip(groups, is_large, strict=True) if not large]
    if others:
        yield np.concatenate(others), False


def best_first(scores: FloatArray, k: int | None = None) -> IntArray:
    """Positions of the k largest scores, best first, (k,) int32.

    Ties go to the lower position.
    """
    if k is not None and k < len(scores) // 4:
        least = np.partition(scores, len(scores) - k)[len(scores) - k] if k else np.inf
        among = np.flatnonzero(scores >= least)
        if len(among) >= k:  # fewer where some are NaN
            return among[np.argsort(-scores[among], kind="stable")[:k]].astype(np.int32)
    return np.argsort(-scores, kind="stable")[:k].astype(np.int32)
