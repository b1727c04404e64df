"""The order in which papers are shown.

Separate interests alternate, and near-duplicates are kept apart.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from .data import FloatArray, IntArray
from .features import scale_rows
from .model import Model
from .rounded import combination
from .rows import Rows, stack
from .score import Candidates, ReaderVectors, best_first, score, trust

HEAD = 50  # places that the interests share; below them the score alone decides
SEPARATE = 0.97  # mean cosine distance between votes from which they are separate (tests.benchmarks.interests)
NEWEST = 300  # up-votes, the newest, that are grouped into interests; grouping costs their square
FEWEST = 10  # papers without a vote of the reader's that say what a mean score is; with fewer, all papers do
ALIKE = 0.55  # cosine of two papers' words from which they are near-duplicates ...
TERMS = 15  # ... if both have this many terms: bare titles on one subject share most of their words
APART = 10  # papers that are placed between two near-duplicates ...
SPREAD = 100  # ... in this many first places, as long as there are papers above the mean to place there


@dataclass(frozen=True)
class InterestGroups:
    """A reader's separate interests.

    They are groups of up-votes and stated interests that have little in common.

    votes   for each group (v,) int32, positions of its votes in the reader's votes; up-votes only
    stated  for each group (k,) int32, positions of its stated interests
    tastes  for each group a reader with only these votes and stated interests
    shares  (g,) float64, the weight of each group, summing to 1; empty for a reader without likes
    """

    votes: list[IntArray]
    stated: list[IntArray]
    tastes: list[ReaderVectors]
    shares: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Arrangement:
    """The order shown, and why a place is not the score's.

    order      (c,) int32, positions of the candidates, a permutation
    interests  (c,) int32, for each place the interest group whose turn it was; -1 where the score alone decided
    held_back  (c,) bool, for each place whether its paper was moved down, away from a near-duplicate
    groups     the interests that `interests` counts
    """

    order: IntArray
    interests: IntArray
    held_back: npt.NDArray[np.bool_]
    groups: InterestGroups


def arrange(
    taste: ReaderVectors, scores: FloatArray, candidates: Candidates, days: FloatArray | None = None
) -> Arrangement:
    """Order the candidates, and note the places that do not follow from the scores.

    scores  (c,) float32 of this reader; with one interest and no near-duplicates they alone decide
    days    (c,) float32, equal for papers shown in one list; None for a single list

    Only near-duplicates of one list are moved apart. Equal input gives equal output; ties go to the lower position.
    """
    order, turns = best_first(scores), np.full(len(scores), -1, dtype=np.int32)
    groups = separate_interests(candidates.model, taste)
    if not len(order):
        return Arrangement(order, turns, np.zeros(0, dtype=bool), groups)
    is_open = ~np.isin(candidates.known, taste.known[taste.known >= 0])
    is_open |= is_open.sum() < FEWEST
    is_good = scores > scores[is_open].mean()
    if len(groups.tastes) > 1:
        by_interest = interest_scores(groups, candidates)
        order, turns = interleave(scores, by_interest, groups.shares, is_open)
        is_good |= (by_interest > by_interest[:, is_open].mean(axis=1, keepdims=True)).any(axis=0)
    head = order[:SPREAD]
    alike = near_duplicates(candidates, head)
    if days is not None:
        alike &= np.equal.outer(days[head], days[head])
    spaced = space_duplicates(order, alike, is_good[head])
    return Arrangement(spaced, turns[np.argsort(order)[spaced]], moved_down(order, spaced, alike), groups)


def separate_interests(model: Model, taste: ReaderVectors) -> InterestGroups:
    """The reader's separate interests, by average linkage of their up-votes and stated interests.

    The distance is one minus `_cosines`. An up-vote weighs 1 and a stated interest as much as it does beside the votes
    in a score; what has neither a known word nor a sentence vector belongs to no group.
    """
    liked = np.flatnonzero(taste.values > 0)[-NEWEST:].astype(np.int32)
    stated = np.arange(len(taste.interests), dtype=np.int32)
    _, interest_weight = trust(len(taste.values), model)
    weights = np.concatenate([np.ones(len(liked)), np.full(len(stated), interest_weight)])
    cosines = _cosines(model, taste, liked)
    is_placed = np.diag(cosines) > 0
    group = np.full(len(cosines), -1, dtype=np.int32)
    group[is_placed] = cluster(cosines[np.ix_(is_placed, is_placed)])
    numbers = range(group.max(initial=-1) + 1)
    votes_of = [liked[group[: len(liked)] == number] for number in numbers]
    stated_of = [stated[group[len(liked) :] == number] for number in numbers]
    tastes = [
        ReaderVectors(taste.rows[votes], taste.known[votes], taste.values[votes], taste.interests[interests])
        for votes, interests in zip(votes_of, stated_of, strict=True)
    ]
    shares = np.bincount(group[is_placed], weights[is_placed], minlength=len(tastes))
    return InterestGroups(votes_of, stated_of, tastes, shares / max(shares.sum(), 1e-9))


def cluster(cosines: FloatArray) -> IntArray:
    """A group number from 0 for each row, (n,) int32.

    Groups come from average linkage up to a cosine distance of `SEPARATE`.

    cosines  (n, n) float32, symmetric
    """
    if len(cosines) < 2:
        return np.zeros(len(cosines), dtype=np.int32)
    distances = np.clip(1 - cosines, 0, None).astype(np.float64)
    np.fill_diagonal(distances, 0)
    tree = linkage(squareform(distances, checks=False), "average")
    return (fcluster(tree, SEPARATE, "distance") - 1).astype(np.int32)


def interest_scores(interests: InterestGroups, candidates: Candidates) -> FloatArray:
    """Scores from the votes and interests of each group alone, (g, c) float32."""
    return np.array([score(candidates.model, taste, candidates) for taste in interests.tastes], dtype=np.float32)


def interleave(
    scores: FloatArray, by_interest: FloatArray, shares: npt.NDArray[np.float64], is_open: npt.NDArray[np.bool_]
) -> tuple[IntArray, IntArray]:
    """Interleave interests by their shares.

    Returns positions, (c,) int32, and for each place the interest whose turn it was or -1, (c,) int32.

    The interests share the first `HEAD` places, and the score orders the rest.

    scores       (c,) float32 of the reader
    by_interest  (g, c) float32, from `interest_scores`
    shares       (g,) float64, the part of the first places that each interest should get
    is_open      (c,) bool, papers without a vote of the reader's, at least one: means and deviations are theirs,
                 because a vote raises its own paper far above all others

    Each place is given to the interest that is furthest below its share, by Sainte-Lague's divisors 1, 3, 5, ... (as
    in PM-2: Dang and Croft 2012, "Diversity by proportionality"). That interest places its best remaining paper, by
    the sum of the standardised score and the standardised score for this interest. An interest without a paper above
    its mean of the day is passed over.
    """
    relevance = _standardised(by_interest, is_open)
    keys = np.where(relevance > 0, relevance + _standardised(scores[None, :], is_open), -np.inf)
    places_of = np.zeros(len(shares))
    head: list[int] = []
    turns = np.full(len(scores), -1, dtype=np.int32)
    while len(head) < HEAD and np.isfinite(best := keys.max(axis=1)).any():
        next_interest = int(np.argmax(np.where(np.isfinite(best), shares / (2 * places_of + 1), -1)))
        turns[len(head)] = next_interest
        head.append(int(keys[next_interest].argmax()))
        keys[:, head[-1]] = -np.inf
        places_of[next_interest] += 1
    order = best_first(scores)
    return np.concatenate([np.array(head, dtype=np.int32), order[~np.isin(order, head)]]), turns


def near_duplicates(candidates: Candidates, positions: IntArray) -> npt.NDArray[np.bool_]:
    """Pairs of candidates that are near-duplicates, (n, n) bool.

    Only their words, categories and tags are compared; the diagonal is false. Authors are left out: a group's papers on
    different subjects would be near-duplicates. So are sentence vectors, which bring together what is on one subject:
    among 8,156 papers, 4 pairs with the same first 300 characters are found, with 4 other pairs; with vectors at half
    the weight, 27 others.
    """
    text = scale_rows(candidates.rows.terms[positions][:, : candidates.model.vocabulary.content_terms])
    is_long = np.diff(text.indptr) >= TERMS
    alike = (np.asarray((text @ text.T).todense()) >= ALIKE) & np.logical_and.outer(is_long, is_long)
    np.fill_diagonal(alike, False)
    return alike


def space_duplicates(order: IntArray, alike: npt.NDArray[np.bool_], is_good: npt.NDArray[np.bool_]) -> IntArray:
    """Move near-duplicates apart.

    `APART` other papers are placed between them; none is lost.

    order    (c,) int32 positions
    alike    (n, n) bool, near-duplicates among the first n places; the places below stay as they are
    is_good  (n,) bool, papers that may be moved up between near-duplicates

    Near-duplicates follow one another where no good paper is left to place between them.
    """
    if not alike.any():
        return order
    left = list(range(len(alike)))
    placed: list[int] = []
    while left:
        recent = placed[-APART:]
        eligible = (place for place in left if place == left[0] or is_good[place])
        chosen = next((place for place in eligible if not alike[place, recent].any()), left[0])
        left.remove(chosen)
        placed.append(chosen)
    return np.concatenate([order[placed], order[len(alike) :]])


def moved_down(order: IntArray, spaced: IntArray, alike: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """For each place of `spaced` whether its paper is a near-duplicate that stood higher in `order`, (c,) bool."""
    places_before = np.argsort(order)[spaced]
    is_duplicate = np.isin(spaced, order[: len(alike)][alike.any(axis=1)])
    return np.asarray(is_duplicate & (places_before < np.maximum.accumulate(places_before)))


def _cosines(model: Model, taste: ReaderVectors, liked: IntArray) -> FloatArray:
    """Cosines between up-votes, then stated interests, (n, n) float32; rows of zeros for what has no position.

    Of two that both have a sentence vector, the cosine of the vectors has the share that the model gives to vectors
    beside words and LightFM; of others, the part that both have decides alone.
    """
    rows = stack([taste.rows[liked], taste.interests])
    words = _positions(model, rows, np.concatenate([taste.known[liked], np.full(len(taste.interests), -1)]))
    vectors = _unit(rows.dense[:, model.embeddings.shape[1] :])
    weight = model.settings.vector_weight + model.settings.flat_vector_weight
    sums, weights = np.zeros((2, len(rows), len(rows)), dtype=np.float32)
    for part, part_weight in ((words, 1.0), (vectors, weight)):
        has_part = part.any(axis=1)
        sums += np.float32(part_weight) * (part @ part.T)
        weights += np.float32(part_weight) * np.outer(has_part, has_part)
    cosines = np.divide(sums, weights, out=np.zeros_like(sums), where=weights > 0)
    return np.asarray((cosines + cosines.T) / 2)


def _positions(model: Model, rows: Rows, known: IntArray) -> FloatArray:
    """Directions of rows by words and LightFM, (n, r) float32.

    Their length is 1 or 0. Each is the sum of two unit vectors along the ridge's directions, the paper's own row and
    that of its neighbours in the item-item map, each less what all papers have in common.

    known  (n,) int32, row numbers in the model, -1 where it has none
    """
    is_known = known >= 0
    own = np.empty((len(known), model.projected.shape[1]), dtype=np.float32)
    own[is_known] = model.projected[known[is_known]]
    own[~is_known] = model.ridge.project(rows[~is_known])
    near = np.zeros_like(own)
    near[is_known] = combination(model.item_map[known[is_known]], model.projected)
    common = model.common_direction
    own, near = (np.where(each.any(axis=1, keepdims=True), _unit(each) - common, 0) for each in (own, near))
    return _unit(own + near)


def _unit(rows: FloatArray) -> FloatArray:
    """Each row at Euclidean length 1; rows of zeros stay."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0))


def _standardised(scores: FloatArray, is_open: npt.NDArray[np.bool_]) -> FloatArray:
    """Each row with mean 0 and standard deviation 1 over the columns that are open.

    Returns zeros where all its values there are equal.
    """
    centred = scores - scores[:, is_open].mean(axis=1, keepdims=True)
    deviations = scores[:, is_open].std(axis=1, keepdims=True)
    return np.asarray(np.divide(centred, deviations, out=np.zeros_like(centred), where=deviations > 0))
