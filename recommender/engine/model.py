"""The trained whole: represents papers, scores them for a reader, and says what each vote did.

A reader's score for a paper x is linear in their votes:

    score(x) = (sum_i y_i (x_i + s(n) b_i) + t(n) sum_k q_k) A x'

with y_i = +1 or -down_weight, x_i the row of the voted paper, b_i the rows of its neighbours under the item-item
map, q_k the rows of interests, A the ridge map, and s, t falling with the number n of votes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from .data import FloatArray, IdArray, IntArray, PaperText, Settings
from .features import Vocabulary, strongest_terms
from .ridge import RidgeMap


@dataclass(frozen=True)
class Model:
    """One night's result; immutable.

    vocabulary  d terms
    embeddings  (d, f) float32, LightFM's embeddings of the terms; (d, 0) leaves LightFM out
    ridge       the ridge map over d + f columns
    paper_ids   (m,) int64, ascending: the papers that the model has rows for
    rows        (m, d + f) float32, their representations
    item_map    (m, m) float32, the item-item map among them
    """

    vocabulary: Vocabulary
    embeddings: FloatArray
    ridge: RidgeMap
    paper_ids: IdArray
    rows: sp.csr_matrix
    item_map: sp.csr_matrix
    embedding_scale: float
    settings: Settings

    def __post_init__(self) -> None:
        size = len(self.vocabulary.terms) + self.embeddings.shape[1]
        papers = len(self.paper_ids)
        shapes = {
            "embeddings": (self.embeddings.shape[0], len(self.vocabulary.terms)),
            "ridge": (self.ridge.directions.shape[0], size),
            "rows": (self.rows.shape, (papers, size)),
            "item_map": (self.item_map.shape, (papers, papers)),
        }
        for name, (found, wanted) in shapes.items():
            if found != wanted:
                raise ValueError(f"{name} has shape {found}; these papers and terms need {wanted}")

    def represent(self, papers: Sequence[PaperText]) -> sp.csr_matrix:
        """Rows of any papers, old, new or made up from an interest, (n, d + f) float32."""
        return represent(self.vocabulary.matrix(papers), self.embeddings, self.embedding_scale, self.settings)

    def rows_of(self, paper_ids: IdArray) -> IntArray:
        """Row numbers in `rows`, (n,) int32; -1 for a paper that the model has never seen."""
        if not len(self.paper_ids):
            return np.full(len(paper_ids), -1, dtype=np.int32)
        places = np.minimum(np.searchsorted(self.paper_ids, paper_ids), len(self.paper_ids) - 1)
        return np.where(self.paper_ids[places] == paper_ids, places, -1).astype(np.int32)

    def is_finite(self) -> bool:
        """No array holds a NaN or an infinity."""
        arrays = (self.vocabulary.idf, self.embeddings, self.ridge.directions, self.rows.data, self.item_map.data)
        numbers = (self.ridge.gain, self.embedding_scale)
        return all(bool(np.isfinite(array).all()) for array in (*arrays, np.array(numbers)))

    @cached_property
    def projected(self) -> FloatArray:
        """The rows along the ridge's directions, (m, r) float32; made once, for all that serve from this model."""
        return self.ridge.project(self.rows)


def represent(text: sp.csr_matrix, embeddings: FloatArray, scale: float, settings: Settings) -> sp.csr_matrix:
    """Rows whose inner products are those of the text rows plus scale^2 * cos_lightfm, (n, d + f) float32.

    text  (n, d) float32, from `Vocabulary.matrix`
    """
    means = strongest_terms(text, settings.embedding_terms) @ embeddings
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    directions = np.divide(means, lengths, out=np.zeros_like(means), where=lengths > 0)
    return sp.hstack([text, sp.csr_matrix(scale * directions)], format="csr", dtype=np.float32)


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
    known  (c,) int32, their row numbers in the model, -1 where it has none
    """

    model: Model
    rows: sp.csr_matrix
    known: IntArray

    @cached_property
    def projected(self) -> FloatArray:
        """(c, r) float32, the rows along the ridge's directions."""
        return self.model.ridge.project(self.rows)

    @cached_property
    def by_vote(self) -> FloatArray:
        """(m, c) float32, what an up-vote on each paper that the model knows adds to each candidate."""
        return self.model.ridge.between(self.model.rows, self.rows, self.model.projected, self.projected)

    @cached_property
    def by_neighbours(self) -> FloatArray:
        """(m, c) float32, what the neighbours of each known paper add to each candidate."""
        return np.asarray(self.model.item_map @ self.by_vote)


def prepare(model: Model, rows: sp.csr_matrix, known: IntArray | None = None) -> Candidates:
    """Candidates with these rows, (c, d + f), and row numbers in the model (none known by default).

    Memory grows with c times m: rank many thousands in chunks.
    """
    return Candidates(model, rows, np.full(rows.shape[0], -1, dtype=np.int32) if known is None else known)


def from_rows(model: Model, rows: sp.csr_matrix, candidates: Candidates) -> FloatArray:
    """What rows of weight 1 that the model need not know add to each candidate, (n, c) float32."""
    return model.ridge.between(rows, candidates.rows, model.ridge.project(rows), candidates.projected)


@dataclass(frozen=True)
class Parts:
    """The three sums that a score is made of, and each vote's share of the first two.

    own, shared    (c,) float32: from the votes themselves; from the item-item neighbours of the voted papers
    interests      (c,) float32
    votes          n, how many votes there were
    """

    own: FloatArray
    shared: FloatArray
    interests: FloatArray
    votes: int

    def scores(self, settings: Settings) -> FloatArray:
        """(c,) float32."""
        smoothing, interest = trust(self.votes, settings)
        return self.own + smoothing * self.shared + interest * self.interests


def trust(votes: int, settings: Settings) -> tuple[float, float]:
    """The weights (s, t) of neighbours and of interests for a reader with so many votes."""
    smoothing = settings.smoothing / max(votes, 1) ** settings.smoothing_power
    interest = settings.interest_weight / (1 + votes / settings.interest_votes)
    return smoothing, interest


def add_up(model: Model, taste: Taste, candidates: Candidates, own: FloatArray, shared: FloatArray) -> Parts:
    """The sums for one reader and all candidates, from each vote's share."""
    interests = from_rows(model, taste.interests, candidates).sum(axis=0)
    return Parts(own.sum(axis=0), shared.sum(axis=0), interests, len(taste.values))


def score(model: Model, taste: Taste, candidates: Candidates) -> FloatArray:
    """One reader's scores, (c,) float32; they order papers for this reader and do not compare between readers."""
    return add_up(model, taste, candidates, *effects(model, taste, candidates)).scores(model.settings)


def score_directly(model: Model, taste: Taste, rows: sp.csr_matrix) -> FloatArray:
    """The same scores without shared products: dearer for one reader, but its memory does not grow with c."""
    smoothing, interest = trust(len(taste.values), model.settings)
    weights = taste.weights(model.settings)
    known = taste.known >= 0
    on_items = sp.csr_matrix(
        (weights[known], taste.known[known], [0, int(known.sum())]), shape=(1, len(model.paper_ids))
    )
    neighbours = smoothing * (on_items @ model.item_map) @ model.rows
    profile = sp.csr_matrix(weights[None, :]) @ taste.rows + neighbours + interest * taste.interests.sum(axis=0)
    return np.asarray(rows @ model.ridge.weights(np.asarray(profile, dtype=np.float32).ravel()), dtype=np.float32)


def score_many(model: Model, tastes: Sequence[Taste], candidates: Candidates) -> FloatArray:
    """Scores of many readers at once, (len(tastes), c) float32: sparse-dense products, no loop over papers."""
    if not tastes:
        return np.zeros((0, candidates.rows.shape[0]), dtype=np.float32)
    trusts = np.array([trust(len(taste.values), model.settings) for taste in tastes], dtype=np.float32).reshape(-1, 2)
    on_items, beside = _stack(model, tastes, trusts[:, 1])
    scores = np.asarray(on_items @ candidates.by_vote)
    scores += trusts[:, :1] * np.asarray(on_items @ candidates.by_neighbours)
    scores += from_rows(model, beside, candidates)
    return scores


def _stack(model: Model, tastes: Sequence[Taste], interest: FloatArray) -> tuple[sp.csr_matrix, sp.csr_matrix]:
    """All readers' weights on papers that the model knows, (r, m), and the sum of all else they said, (r, d + f)."""
    weights = [taste.weights(model.settings) for taste in tastes]
    known = [taste.known >= 0 for taste in tastes]
    starts = np.cumsum([0, *(int(mask.sum()) for mask in known)])
    columns = np.concatenate([taste.known[mask] for taste, mask in zip(tastes, known, strict=True)])
    values = np.concatenate([weight[mask] for weight, mask in zip(weights, known, strict=True)])
    on_items = sp.csr_matrix((values, columns, starts), shape=(len(tastes), len(model.paper_ids)))
    beside = [
        sp.csr_matrix(weight[None, ~mask]) @ taste.rows[~mask] + sp.csr_matrix(share * taste.interests.sum(axis=0))
        for taste, weight, mask, share in zip(tastes, weights, known, interest, strict=True)
    ]
    return on_items, sp.vstack(beside, format="csr", dtype=np.float32)


def effects(model: Model, taste: Taste, candidates: Candidates) -> tuple[FloatArray, FloatArray]:
    """Each vote's share of `own` and of `shared`, (n, c) float32 each."""
    weights = taste.weights(model.settings)[:, None]
    unknown = taste.known < 0
    own = np.zeros((len(weights), candidates.rows.shape[0]), dtype=np.float32)
    own[~unknown] = candidates.by_vote[taste.known[~unknown]]
    own[unknown] = from_rows(model, taste.rows[unknown], candidates)
    shared = np.zeros_like(own)
    shared[~unknown] = model.item_map[taste.known[~unknown]] @ candidates.by_vote
    return weights * own, weights * shared


def explain(model: Model, taste: Taste, candidates: Candidates) -> FloatArray:
    """What each vote does to each candidate's score, (n, c) float32: the score minus the score without that vote.

    Without a vote, neighbours and interests weigh more (`trust`), and that change is part of the effect, so taking
    the vote back moves the score by exactly this much.
    """
    own, shared = effects(model, taste, candidates)
    whole = add_up(model, taste, candidates, own, shared)
    now, before = trust(whole.votes, model.settings), trust(max(whole.votes - 1, 0), model.settings)
    moved = (now[0] - before[0]) * whole.shared + (now[1] - before[1]) * whole.interests
    return own + before[0] * shared + moved[None, :]


def explain_interests(model: Model, taste: Taste, candidates: Candidates) -> FloatArray:
    """What each interest does to each candidate's score, (k, c) float32: the score minus the score without it."""
    _, interest = trust(len(taste.values), model.settings)
    return interest * from_rows(model, taste.interests, candidates)


def best_first(scores: FloatArray, k: int | None = None) -> IntArray:
    """Positions of the k largest scores, best first, (k,) int32; ties go to the lower position."""
    return np.argsort(-scores, kind="stable")[:k].astype(np.int32)
