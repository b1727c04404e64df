"""The order in which a list is shown: a reader's separate interests take turns, near-duplicates stand apart."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from .data import FloatArray, IntArray
from .features import scale_rows
from .model import Model
from .score import Candidates, ReaderVectors, best_first, score, trust

HEAD = 50  # places that the interests share; below them the score alone orders
SEPARATE = 0.97  # mean cosine distance between votes from which they are separate interests
SAMPLE = 500  # papers of the model, evenly taken, that tell what all papers have in common
NEWEST = 300  # things a reader said that are sorted into interests; grouping costs their square
ALIKE = 0.65  # cosine of two papers' texts from which they are near-duplicates ...
TERMS = 15  # ... if both have so many terms: bare titles on one subject share most of their words
APART = 10  # papers that are put between two near-duplicates ...
SPREAD = 100  # ... among the first so many, as far as the reader or one of their interests has above-average ones


@dataclass(frozen=True)
class InterestGroups:
    """What a reader likes, in groups that have little to do with each other.

    votes   for each of them (v,) int32, which votes belong to it; only up-votes do
    stated  for each of them (k,) int32, which stated interests do
    tastes  what was said for each of them: those votes and stated interests
    shares  (g,) float64, each one's part of all that was said, summing to 1; empty for a reader who likes nothing
    """

    votes: list[IntArray]
    stated: list[IntArray]
    tastes: list[ReaderVectors]
    shares: npt.NDArray[np.float64]


def arrange(taste: ReaderVectors, scores: FloatArray, candidates: Candidates) -> IntArray:
    """Positions of the candidates as they are shown, first place first: a permutation, (c,) int32.

    scores  (c,) float32, the reader's; where there is one interest and no near-duplicates, they alone order

    Equal input gives equal output; ties go to the lower position.
    """
    order = best_first(scores)
    if not len(order):
        return order
    good = scores > scores.mean()
    found = separate_interests(candidates.model, taste)
    if len(found.tastes) > 1:
        by_interest = interest_scores(found, candidates)
        order = interleave(scores, by_interest, found.shares)
        good |= (by_interest > by_interest.mean(axis=1, keepdims=True)).any(axis=0)
    head = order[:SPREAD]
    return space_duplicates(order, near_duplicates(candidates, head), good[head])


def separate_interests(model: Model, taste: ReaderVectors) -> InterestGroups:
    """The reader's separate interests, by average linkage of what they voted up or stated.

    Two things are as near as the cosine of their sums of own row and item-item neighbours' row along the ridge's
    directions, each of length 1 and less what all papers have in common. An up-vote counts 1 and a stated interest as
    much as it weighs beside the votes; what has no known word belongs to none.
    """
    liked = np.flatnonzero(taste.values > 0)[-NEWEST:].astype(np.int32)
    stated = np.arange(taste.interests.shape[0], dtype=np.int32)
    _, weight = trust(len(taste.values), model)
    weights = np.concatenate([np.ones(len(liked)), np.full(len(stated), weight)])
    positions = _positions(model, taste, liked)
    speaks = positions.any(axis=1)
    group = np.full(len(positions), -1, dtype=np.int32)
    group[speaks] = cluster(positions[speaks])
    numbers = range(group.max(initial=-1) + 1)
    votes_of = [liked[group[: len(liked)] == number] for number in numbers]
    stated_of = [stated[group[len(liked) :] == number] for number in numbers]
    tastes = [_part(taste, *members) for members in zip(votes_of, stated_of, strict=True)]
    shares = np.bincount(group[speaks], weights[speaks], minlength=len(tastes))
    return InterestGroups(votes_of, stated_of, tastes, shares / max(shares.sum(), 1e-9))


def cluster(positions: FloatArray) -> IntArray:
    """A group number from 0 for each row, (n,) int32; rows have length 1 or 0, and groups are `SEPARATE` apart."""
    if len(positions) < 2:
        return np.zeros(len(positions), dtype=np.int32)
    distances = np.clip(1 - positions @ positions.T, 0, None).astype(np.float64)
    np.fill_diagonal(distances, 0)
    tree = linkage(squareform(distances, checks=False), "average")
    return (fcluster(tree, SEPARATE, "distance") - 1).astype(np.int32)


def interest_scores(interests: InterestGroups, candidates: Candidates) -> FloatArray:
    """(g, c) float32: the scores for a reader who had said nothing but what belongs to each interest."""
    return np.array([score(candidates.model, taste, candidates) for taste in interests.tastes], dtype=np.float32)


def interleave(scores: FloatArray, by_interest: FloatArray, shares: npt.NDArray[np.float64]) -> IntArray:
    """Positions, (c,) int32: the first `HEAD` places are dealt out among the interests, the rest go by score.

    A place goes to the interest whose share is furthest from being met, by Sainte-Laguë's divisors 1, 3, 5, ... (as in
    PM-2: Dang and Croft 2012, "Diversity by proportionality"), and there to the best paper left, by the sum of its
    standardised score and standardised score for this interest. An interest without a paper better than the day's mean
    for it passes its turn on.
    """
    worth = _standardised(by_interest)
    keys = np.where(worth > 0, worth + _standardised(scores[None, :]), -np.inf)
    taken = np.zeros(len(shares))
    head: list[int] = []
    while len(head) < HEAD and np.isfinite(best := keys.max(axis=1)).any():
        turn = int(np.argmax(np.where(np.isfinite(best), shares / (2 * taken + 1), -1)))
        head.append(int(keys[turn].argmax()))
        keys[:, head[-1]] = -np.inf
        taken[turn] += 1
    order = best_first(scores)
    return np.concatenate([np.array(head, dtype=np.int32), order[~np.isin(order, head)]])


def near_duplicates(candidates: Candidates, positions: IntArray) -> npt.NDArray[np.bool_]:
    """Which pairs of these candidates are near-duplicates by their words alone, (n, n) bool with a false diagonal."""
    text = scale_rows(candidates.rows[positions][:, : len(candidates.model.vocabulary.terms)])
    whole = np.diff(text.indptr) >= TERMS
    alike = (np.asarray((text @ text.T).todense()) >= ALIKE) & np.logical_and.outer(whole, whole)
    np.fill_diagonal(alike, False)
    return alike


def space_duplicates(order: IntArray, alike: npt.NDArray[np.bool_], good: npt.NDArray[np.bool_]) -> IntArray:
    """The order with near-duplicates moved down until `APART` other papers stand between them, none lost.

    alike  (n, n) bool about the first n places; the places below stay as they are
    good   (n,) bool, which of them are worth being put between

    Where no good paper is left to be put between, near-duplicates follow one another.
    """
    if not alike.any():
        return order
    left = list(range(len(alike)))
    placed: list[int] = []
    while left:
        recent = placed[-APART:]
        able = (place for place in left if place == left[0] or good[place])
        found = next((place for place in able if not alike[place, recent].any()), left[0])
        left.remove(found)
        placed.append(found)
    return np.concatenate([order[placed], order[len(alike) :]])


def _positions(model: Model, taste: ReaderVectors, liked: IntArray) -> FloatArray:
    """Where these votes and then all stated interests stand, (n, r) float32, of length 1 or 0."""
    known = np.concatenate([taste.known[liked], np.full(taste.interests.shape[0], -1, dtype=np.int32)])
    own = model.ridge.project(sp.vstack([taste.rows[liked], taste.interests], format="csr"))
    near = np.zeros_like(own)
    near[known >= 0] = model.item_map[known[known >= 0]] @ model.projected
    common = _unit(model.projected[:: max(len(model.projected) // SAMPLE, 1)]).mean(axis=0)
    parts = [np.where(rows.any(axis=1, keepdims=True), _unit(rows) - common, 0) for rows in (own, near)]
    return _unit(parts[0] + parts[1])


def _part(taste: ReaderVectors, votes: IntArray, interests: IntArray) -> ReaderVectors:
    return ReaderVectors(taste.rows[votes], taste.known[votes], taste.values[votes], taste.interests[interests])


def _unit(rows: FloatArray) -> FloatArray:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0))


def _standardised(scores: FloatArray) -> FloatArray:
    """Each row with mean 0 and deviation 1; zeros where all its values are equal."""
    centred = scores - scores.mean(axis=1, keepdims=True)
    spreads = centred.std(axis=1, keepdims=True)
    return np.asarray(np.divide(centred, spreads, out=np.zeros_like(centred), where=spreads > 0))
