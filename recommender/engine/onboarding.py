"""Choose papers to ask a newcomer about.

The newcomer will probably vote them up, and they teach most about new papers. How much a vote teaches follows from the
covariance of the reader's opinions (`gaussian_process`).
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from .data import FloatArray, IntArray
from .gaussian_process import Posterior
from .model import Model
from .rows import Rows, one_row, stack
from .score import ReaderVectors, best_first, prepare, score, trust

POOL = 3000  # papers compared with each other: those that the reader most probably votes up
TEACHING_POWER = 0.25  # of the variance explained beside the probability; a larger one asks about obscure papers
OWN_SHARE = 0.5  # weight of what readers of the liked papers like, beside popularity times score
FLOOR = 0.01  # of the best score: what a paper with a score of zero counts as
SURE = 0.95  # the largest probability
CLOSE = 0.1  # correlation from which a paper is near another
TINY = 1e-12
NAMING = 20  # words that a paper may be named by
UNVOTED = 0.1  # up-votes that every paper starts with, so that a young site can ask about any


@dataclass(frozen=True)
class Crowd:
    """How popular the model's papers are.

    up_votes   (m,) float32, readers who voted each paper up
    at_source  (m,) float32, up-votes at the paper's source
    readers    the number of readers with an up-vote
    """

    up_votes: FloatArray
    at_source: FloatArray
    readers: int

    @property
    def votes_each(self) -> float:
        """The mean number of up-votes of a reader; 1 without any."""
        return float(self.up_votes.sum() / self.readers) if self.readers else 1.0


@dataclass(frozen=True)
class InformativePaper:
    """One paper to ask about, and the quantities that it was chosen by.

    row          its row in the model
    probability  of an up-vote, in [0, 1]
    likelier     the probability as a multiple of the pool's mean
    share        in [0, 1], of the variance over the target papers that an answer removes, after earlier questions
    times        the share as a multiple of the pool's mean
    terms        up to `NAMING` words of the paper that the share comes from, strongest first; may be empty
    near         the paper voted on or asked about in this call that it correlates most with, as a row of the model;
                 -1 when none reaches `CLOSE`
    near_terms   up to `NAMING` of that paper's strongest words that this one does not have, or has less of
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
    model: Model, taste: ReaderVectors, crowd: Crowd, targets: Rows, asked_rows: IntArray, count: int
) -> list[InformativePaper]:
    """Choose up to `count` papers to ask this reader about, in order.

    None was asked about or voted on before.

    targets     (t, d + e) float32, t > 0: papers that the reader will be shown
    asked_rows  (a,) int32 rows of the model that the reader was asked about; one without a vote counts as skipped

    Greedy, as in sensor placement (Krause, Singh, Guestrin 2008): each pick conditions the covariance, and counts as
    skipped in the probabilities of the next ones. The value of a pick is the probability of an up-vote times the
    variance explained to the power of `TEACHING_POWER`, because a question without an answer teaches nothing (Rashid
    et al. 2002, "Getting to know you"; Golbandi, Koren, Lempel 2011, "Adaptive bootstrapping").
    Raises ValueError without targets.
    """
    if not len(targets):
        raise ValueError("there are no target papers; give at least one paper that the reader will be shown")
    used = np.union1d(asked_rows, taste.known[taste.known >= 0]).astype(np.int32)
    chance = probabilities(model, taste, crowd, np.setdiff1d(asked_rows, taste.known).astype(np.int32))
    pool = np.setdiff1d(best_first(chance, POOL + len(used)), used).astype(np.int32)
    posterior = Posterior(model, taste, pool, targets)
    papers: list[InformativePaper] = []
    for _ in range(min(count, len(pool))):
        value = chance[pool] * posterior.explained() ** TEACHING_POWER
        value[np.isin(pool, [paper.row for paper in papers])] = -1.0
        place = int(np.argmax(value))
        papers.append(_describe(posterior, place, chance[pool]))
        if len(papers) < count:
            posterior.observe(posterior.first + place)
            chance = chance * _skip_shares(model, crowd, int(pool[place]))
    return papers


def seed_profile(model: Model, rows: Rows, known: IntArray) -> Rows:
    """Seed papers of a reader without votes as one row, (1, d + e) float32.

    rows   (n, d + e), seed papers or the reader's own publications; without any the result is a row of zeros
    known  (n,) int32, their row numbers in the model, -1 where it has none

    Each paper counts as a single up-vote would: with its neighbours under the item-item map. The result has the
    direction of their sum and their mean length, so that it weighs as one of them.
    """
    is_known, (smoothing, _) = known >= 0, trust(1, model)
    own, near = rows[is_known], model.rows.combined(smoothing * model.item_map[known[is_known]])
    votes = stack([Rows(sp.csr_matrix(own.terms + near.terms), own.dense[:] + near.dense[:]), rows[~is_known]])
    total, lengths = votes.summed(), np.sqrt(votes.squared_lengths())
    length = float(lengths.mean()) if len(lengths) else 0.0
    return one_row(total * (length / max(float(np.linalg.norm(total)), TINY)), rows.terms.shape[1])


def probabilities(model: Model, taste: ReaderVectors, crowd: Crowd, skipped: IntArray) -> FloatArray:
    """The probability that this reader votes each paper up, (m,) float32.

    In [0, 1], for each of the model's papers.

    skipped  (s,) int32 rows of the model that the reader was asked about and did not vote on

    The mean of two estimates; the second alone without an up-vote on a known paper. The first is what readers of a
    liked paper a like: the item-item map holds steps of the walk paper, reader, paper, so B[a, x] sqrt(d_x / d_a) is
    the probability that a vote of such a reader is on x (Cooper et al. 2014); times their number of votes it is the
    share of them who like x. The second is popularity times the score, scaled so that its sum is the mean reader's
    number of votes. A skipped paper a removes the share of x's readers who would have liked a.
    """
    popularity = crowd.up_votes + crowd.at_source + UNVOTED
    weight = popularity * _personal_weight(model, taste)
    chance = crowd.votes_each * weight / weight.sum() if len(weight) else weight
    liked = taste.known[(taste.known >= 0) & (taste.values > 0)]
    if len(liked):
        walks = [_co_readers(model, crowd, int(row), of_each_paper=False) for row in liked]
        chance = OWN_SHARE * np.mean(walks, axis=0) + (1 - OWN_SHARE) * chance
    for row in skipped:
        chance = chance * _skip_shares(model, crowd, int(row))
    return np.minimum(chance, SURE).astype(np.float32)


def _personal_weight(model: Model, taste: ReaderVectors) -> FloatArray:
    """The reader's own part of each score, (m,) float32.

    It is above a floor; ones where there is none. What readers like in general is left out, because popularity stands
    for it.
    """
    papers = prepare(model, model.rows, np.arange(len(model.paper_ids), dtype=np.int32))
    stranger = ReaderVectors(model.rows[:0], taste.known[:0], taste.values[:0], model.rows[:0])
    scores = np.maximum(score(model, taste, papers) - score(model, stranger, papers), 0)
    best = float(scores.max(initial=0.0))
    return np.asarray(scores + FLOOR * best if best > 0 else np.ones_like(scores), dtype=np.float32)


def _co_readers(model: Model, crowd: Crowd, row: int, *, of_each_paper: bool) -> FloatArray:
    """The share of this paper's readers who like each paper, (m,) float32.

    With `of_each_paper` the reverse: the share of each paper's readers who like this one.
    """
    ups = np.maximum(crowd.up_votes, 1)
    ratio = np.sqrt(ups[row] / ups if of_each_paper else ups / ups[row])
    steps = model.item_map[row].toarray().ravel()
    return np.asarray(np.minimum(crowd.votes_each * steps * ratio, SURE), dtype=np.float32)


def _skip_shares(model: Model, crowd: Crowd, row: int) -> FloatArray:
    """The share of each paper's readers who would skip `row` too, (m,) float32."""
    return 1 - _co_readers(model, crowd, row, of_each_paper=True)


def _describe(posterior: Posterior, place: int, chances: FloatArray) -> InformativePaper:
    """The paper at a place of the pool.

    `chances` are the pool's probabilities.
    """
    here = posterior.first + place
    explained = posterior.explained()
    chance, variance_removed = float(chances[place]), float(explained[place])
    near = _nearest_observed(posterior, here)
    terms = posterior.model.vocabulary.terms
    row = posterior.rows.terms[here]
    return InformativePaper(
        row=int(posterior.known[here]),
        probability=chance,
        likelier=chance / max(float(chances.mean()), TINY),
        share=min(variance_removed / max(float(posterior.open.sum()), TINY), 1.0),
        times=variance_removed / max(float(explained.mean()), TINY),
        terms=_strongest_words(terms, posterior.by_column(here).terms.multiply(row.astype(bool))),
        near=int(posterior.known[near]) if near >= 0 else -1,
        near_terms=_strongest_words(terms, posterior.rows.terms[near] - row) if near >= 0 else (),
    )


def _nearest_observed(posterior: Posterior, place: int) -> int:
    """The place of the observed paper with the largest correlation.

    It must be at least `CLOSE`; -1 without one.
    """
    papers = [observed for observed in posterior.observed if posterior.known[observed] >= 0]  # not the interests
    if not papers:
        return -1
    covariance = posterior.prior_covariance(place)
    variances = np.array([posterior.prior[paper][paper] for paper in papers]) * covariance[place]
    correlation = covariance[papers] / np.sqrt(np.maximum(variances, TINY))
    return papers[int(np.argmax(correlation))] if correlation.max() >= CLOSE else -1


def _strongest_words(terms: tuple[str, ...], row: sp.csr_matrix) -> tuple[str, ...]:
    """The `NAMING` words with the largest positive entries of a row.

    Largest first, without categories, authors and tags.
    """
    row = sp.csr_matrix(row)
    entries = [(value, column) for value, column in zip(row.data, row.indices, strict=True) if value > 0]
    entries.sort(key=lambda entry: (-entry[0], entry[1]))
    names = [terms[column] for _, column in entries]
    return tuple([name for name in names if not name.startswith(("cat:", "au:", "tag:"))][:NAMING])
