"""Which papers to ask a newcomer about: those whose votes are likely to come and teach most about the coming papers.

How much a vote teaches is read off the covariance of the reader's opinions, which `belief` holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from .data import FloatArray, IntArray
from .gaussian_process import Belief
from .model import Model
from .score import Candidates, ReaderVectors, best_first, prepare, score, trust

POOL = 3000  # papers weighed against each other: those that the reader most probably votes up
TEACHING_POWER = 0.25  # of the variance explained beside the probability of an up-vote; more asks what too few know
OWN_SHARE = 0.5  # weight of what readers of the liked papers like, beside what is popular and scores well
FLOOR = 0.01  # of the best score: what a paper without a score counts in that
SURE = 0.95  # no probability is larger
CLOSE = 0.1  # correlation from which a paper is near another
TINY = 1e-12
UNVOTED = 0.1  # up-votes that every paper has, so that a young site can ask about any


@dataclass(frozen=True)
class Crowd:
    """How well known the model's papers are.

    up_votes   (m,) float32, readers who voted each paper up
    at_source  (m,) float32, up-votes where it came from
    readers    how many readers have voted up at all
    """

    up_votes: FloatArray
    at_source: FloatArray
    readers: int

    @property
    def votes_each(self) -> float:
        """Up-votes of a mean reader; 1 where nobody has any."""
        return float(self.up_votes.sum() / self.readers) if self.readers else 1.0


@dataclass(frozen=True)
class InformativePaper:
    """One paper to ask about, and the true quantities that speak for it.

    row          its row in the model
    probability  of an up-vote, in [0, 1]
    likelier     the same, as a multiple of the mean over the pool
    share        in [0, 1], of the variance over the target papers that an answer takes away, after earlier questions
    times        the same, as a multiple of what a paper of the pool takes away in the mean
    terms        the words of the paper that the share comes from, most first; may be empty
    near         the paper voted on, or asked about in this call, that it correlates most with, as a row of the model;
                 -1 when none reaches `CLOSE`
    near_terms   that paper's strongest words that this one has not, or has less of
    """

    row: int
    probability: float
    likelier: float
    share: float
    times: float
    terms: tuple[str, ...]
    near: int
    near_terms: tuple[str, ...]


def choose_papers(
    model: Model, taste: ReaderVectors, crowd: Crowd, targets: sp.csr_matrix, asked: IntArray, count: int
) -> list[InformativePaper]:
    """Up to `count` papers of the model to ask this reader about, in this order; none that was asked or voted on.

    targets  (t, d + f) float32, t > 0: papers that the reader will be shown
    asked    (a,) int32 rows in the model that they were asked about; without a vote it counts as skipped

    Greedy, as in sensor placement (Krause, Singh, Guestrin 2008): each pick conditions the covariance, and counts as
    skipped when the next ones' probabilities are made. What a pick is worth is the probability of an up-vote times the
    variance explained to the power of `TEACHING_POWER`: questions that are not answered teach nothing (Rashid et al.
    2002, "Getting to know you"; Golbandi, Koren, Lempel 2011, "Adaptive bootstrapping").
    Raises ValueError without targets.
    """
    if not targets.shape[0]:
        raise ValueError("questions are chosen by what they teach about papers to come; give at least one such paper")
    used = np.union1d(asked, taste.known[taste.known >= 0]).astype(np.int32)
    chance = probabilities(model, taste, crowd, np.setdiff1d(asked, taste.known).astype(np.int32))
    pool = np.setdiff1d(best_first(chance, POOL + len(used)), used).astype(np.int32)
    belief = Belief(model, taste, pool, targets)
    questions: list[InformativePaper] = []
    for _ in range(min(count, len(pool))):
        worth = chance[pool] * belief.explained() ** TEACHING_POWER
        worth[np.isin(pool, [question.row for question in questions])] = -1.0
        place = int(np.argmax(worth))
        questions.append(_question(model, belief, place, chance[pool]))
        if len(questions) < count:
            belief.hear(belief.first + place)
            chance = chance * _passing(model, crowd, int(pool[place]))
    return questions


def seed_profile(model: Model, rows: sp.csr_matrix, known: IntArray) -> sp.csr_matrix:
    """Papers that stand for a reader who has no votes, as one row, (1, d + f) float32: the mean of
    theirs, made as long as they are in the mean, so that it weighs as one of them.

    rows   (n, d + f), seed papers or own publications; none gives a row of zeros
    known  (n,) int32, their row numbers in the model, -1 where it has none

    Each paper counts as an only up-vote would: with its neighbours under the item-item map.
    """
    own, (smoothing, _) = known >= 0, trust(1, model)
    votes = sp.vstack([rows[own] + smoothing * (model.item_map[known[own]] @ model.rows), rows[~own]], format="csr")
    whole = votes.sum(axis=0)
    lengths = np.sqrt(np.asarray(votes.multiply(votes).sum(axis=1)))
    length = float(lengths.mean()) if len(lengths) else 0.0
    return sp.csr_matrix(whole * (length / max(float(np.linalg.norm(whole)), TINY)), dtype=np.float32)


def probabilities(model: Model, taste: ReaderVectors, crowd: Crowd, skipped: IntArray) -> FloatArray:
    """How probable an up-vote of this reader on each of the model's papers is, (m,) float32 in [0, 1].

    The mean of two estimates, the second alone while no up-vote is known. First, what a reader of a liked paper a
    likes: the item-item map holds steps of the walk paper, reader, paper, so B[a, x] sqrt(d_x / d_a) is the chance that
    a vote of such a reader is on x (Cooper et al. 2014), and their number of votes times that is how many are. Second,
    popularity times the score, scaled so that a mean reader's number of votes comes out. A skipped paper a takes away
    the share of x's readers who would have liked a.
    """
    popular = crowd.up_votes + crowd.at_source + UNVOTED
    weight = popular * _lift(model, taste)
    chance = crowd.votes_each * weight / weight.sum() if len(weight) else weight
    liked = taste.known[(taste.known >= 0) & (taste.values > 0)]
    if len(liked):
        walks = [_share_of(model, crowd, int(row), of=False) for row in liked]
        chance = OWN_SHARE * np.mean(walks, axis=0) + (1 - OWN_SHARE) * chance
    for row in skipped:
        chance = chance * _passing(model, crowd, int(row))
    return np.minimum(chance, SURE).astype(np.float32)


def _lift(model: Model, taste: ReaderVectors) -> FloatArray:
    """(m,) float32: by how much what the reader said raises each score, over a floor; all alike where nothing was.

    What readers like in general is left out of it: popularity says that already.
    """
    papers = _own_papers(model)
    stranger = ReaderVectors(model.rows[:0], taste.known[:0], taste.values[:0], model.rows[:0])
    scores = np.maximum(score(model, taste, papers) - score(model, stranger, papers), 0)
    best = float(scores.max(initial=0.0))
    return np.asarray(scores + FLOOR * best if best > 0 else np.ones_like(scores), dtype=np.float32)


def _own_papers(model: Model) -> Candidates:
    return prepare(model, model.rows, np.arange(len(model.paper_ids), dtype=np.int32))


def _share_of(model: Model, crowd: Crowd, row: int, *, of: bool) -> FloatArray:
    """(m,) float32: the share of this row's readers that likes each paper, or `of` each paper's that likes this row."""
    ups = np.maximum(crowd.up_votes, 1)
    ratio = np.sqrt(ups[row] / ups if of else ups / ups[row])
    steps = model.item_map[row].toarray().ravel()
    return np.asarray(np.minimum(crowd.votes_each * steps * ratio, SURE), dtype=np.float32)


def _passing(model: Model, crowd: Crowd, row: int) -> FloatArray:
    """(m,) float32, the share of each paper's readers who would have passed over the paper `row` as well."""
    return 1 - _share_of(model, crowd, row, of=True)


def _question(model: Model, belief: Belief, place: int, chances: FloatArray) -> InformativePaper:
    here = belief.first + place
    explained = belief.explained()
    share = float(explained[place]) / max(float(belief.open.sum()), TINY)
    times = float(explained[place]) / max(float(explained.mean()), TINY)
    near = _nearest(belief, here)
    near_terms = _strongest(model, belief.rows[near] - belief.rows[here]) if near >= 0 else ()
    terms = _strongest(model, belief.by_term(here).multiply(belief.rows[here].astype(bool)))
    row = int(belief.known[near]) if near >= 0 else -1
    chance, likelier = float(chances[place]), float(chances[place]) / max(float(chances.mean()), TINY)
    return InformativePaper(int(belief.known[here]), chance, likelier, min(share, 1.0), times, terms, row, near_terms)


def _nearest(belief: Belief, place: int) -> int:
    """The place of the heard paper (not interest) with the largest correlation, from `CLOSE` on; -1 without one."""
    papers = [heard for heard in belief.heard if belief.known[heard] >= 0]
    if not papers:
        return -1
    own = np.array([belief.before[heard][heard] for heard in papers]) * belief.between(place)[place]
    correlation = belief.between(place)[papers] / np.sqrt(np.maximum(own, TINY))
    return papers[int(np.argmax(correlation))] if correlation.max() >= CLOSE else -1


def _strongest(model: Model, row: sp.csr_matrix, most: int = 2) -> tuple[str, ...]:
    """The words with the largest positive entries, most first; categories, authors and tags are no words."""
    found = sp.csr_matrix(row)
    terms = model.vocabulary.terms
    words = [(value, column) for value, column in zip(found.data, found.indices, strict=True) if value > 0]
    ordered = sorted(words, key=lambda word: (-word[0], word[1]))
    return tuple(_words(terms, [column for _, column in ordered], most))


def _words(terms: Sequence[str], columns: Sequence[int], most: int) -> list[str]:
    named = (terms[column] for column in columns if column < len(terms))
    return [term for term in named if not term.startswith(("cat:", "au:", "tag:"))][:most]
