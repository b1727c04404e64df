"""Exploration: some of the first places are filled at random.

Each has a known and logged probability. Each of the first `SLOTS` places is filled in turn. With probability `share` it
explores: it gets a paper drawn evenly from those that are below the first `SLOTS` and within the first `REACH` of the
reader's own order and have not been drawn yet. Otherwise it gets the best paper that has no place so far.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import binom

from .data import FloatArray, IdArray, IntArray

SLOTS = 20  # places that may explore
REACH = 100  # places of the reader's own order that are drawn from
MOST = 0.3  # largest share of the slots that may explore

BoolArray = npt.NDArray[np.bool_]
WideArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Draw:
    """The papers in the slots of n rankings.

    places        (n, SLOTS) int32, the place from 0 of the paper in the reader's own order
    explored      (n, SLOTS) bool, whether it was drawn
    propensities  (n, SLOTS) float32, the probability of this paper in this slot, given those in the slots before
    """

    places: IntArray
    explored: BoolArray
    propensities: FloatArray


@dataclass(frozen=True)
class Explored:
    """One ranking after exploration.

    order         (c,) int32, positions as shown
    is_drawn      whether slots could explore, even if none did
    slots         (e,) int32, the slots from 0 that explored
    came_from     (e,) int32, the places from 0 of their papers in the reader's own order
    propensities  (SLOTS,) float32 for each slot as in `Draw`; empty where no slot could explore
    """

    order: IntArray
    is_drawn: bool
    slots: IntArray
    came_from: IntArray
    propensities: FloatArray


def pool_size(papers: int) -> int:
    """The number of papers that can be drawn.

    It is 0, and no slot explores, where they would not fill the slots.
    """
    size = min(papers, REACH) - SLOTS
    return size if size >= SLOTS else 0


def draw(share: float, chances: WideArray, keys: npt.NDArray[np.uint64]) -> Draw:
    """Fill the slots of n rankings.

    share    the probability that a slot explores, 0 to `MOST`
    chances  (n, SLOTS) float64, uniform in [0, 1): a slot explores where its chance is below the share
    keys     (n, e) uint64 with e >= SLOTS, a random number for each paper of the pool; the smallest are drawn first

    Raises ValueError for a share outside 0..`MOST`.
    """
    if not 0 <= share <= MOST:
        raise ValueError(f"the share of exploration must be from 0 to {MOST}, got {share}")
    explored = chances < share
    n_explored = np.cumsum(explored, axis=1)
    first = np.argsort(keys, axis=1, kind="stable")[:, :SLOTS]
    by_chance = SLOTS + np.take_along_axis(first, np.maximum(n_explored - 1, 0), axis=1)
    places = np.where(explored, by_chance, np.arange(SLOTS) - n_explored)
    propensities = np.where(explored, share / (keys.shape[1] - n_explored + 1), 1 - share)
    return Draw(places.astype(np.int32), explored, propensities.astype(np.float32))


def explore(order: IntArray, paper_ids: IdArray, share: float, seed: int) -> Explored:
    """The order with some of its first places filled at random.

    Displaced papers move down, none is lost.

    order      (c,) int32 positions, best first: the reader's own order
    paper_ids  (c,) int64, the paper at each position
    share      the probability that a slot explores, 0 to `MOST`
    seed       of the reader and the day: the same seed explores the same slots and draws the same papers, as long as
               they are in the pool, whatever else the reader's votes change

    Raises ValueError for a share outside 0..`MOST`.
    """
    pool = pool_size(len(order))
    if not pool or not share:
        no_slots = np.zeros(0, dtype=np.int32)
        return Explored(order, False, no_slots, no_slots, np.zeros(0, dtype=np.float32))
    chances = np.random.default_rng(seed).random((1, SLOTS))
    keys = random_keys(paper_ids[order[SLOTS : SLOTS + pool]], seed)
    drawn = draw(share, chances, keys[None, :])
    places, propensities = drawn.places[0], drawn.propensities[0]
    head = order[places]
    rest = order[~np.isin(order, head)]
    slots = np.flatnonzero(drawn.explored[0]).astype(np.int32)
    return Explored(np.concatenate([head, rest]), True, slots, places[slots], propensities)


def own_order(order: IdArray, slots: IntArray, came_from: IntArray) -> IdArray:
    """Restore the reader's own order, (n,) int64, from the order shown.

    Each paper that was drawn returns to its own place.

    order             (n,) int64 paper ids as shown
    slots, came_from  (e,) int32 as in `Explored`
    """
    own = np.delete(order, slots)
    for place, slot in sorted(zip(came_from, slots, strict=True)):
        own = np.insert(own, place, order[slot])
    return own


def random_keys(paper_ids: IdArray, seed: int) -> npt.NDArray[np.uint64]:
    """A random number for each paper, (n,) uint64.

    It depends on the seed and the paper's id alone. SplitMix64's mixing (Steele, Lea, Flood 2014, "Fast splittable
    pseudorandom number generators").
    """
    start = np.uint64(np.random.default_rng(seed).integers(2**63))
    mixed = start + paper_ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def expected_examination(share: float, pool: int, examination: WideArray) -> WideArray:
    """The mean probability that each place is looked at, (REACH,) float64.

    Places are those of the reader's own order; the mean is over the draws.

    pool         the number of papers that can be drawn, from `pool_size`
    examination  (SLOTS,) float64, the probability that a reader looks at a slot

    The paper at place j from 0 is in slot k >= j when k - j of the k slots before explored and this one did not. All
    papers of the pool are equally likely in a slot that explores. Places beyond the pool are never shown: 0.
    """
    slots = np.arange(SLOTS)
    skipped = slots[None, :] - slots[:, None]
    chances = (1 - share) * binom.pmf(skipped, slots[None, :], share)
    looked_at = np.zeros(REACH)
    looked_at[:SLOTS] = chances @ examination
    if pool:
        looked_at[SLOTS : SLOTS + pool] = share * examination.sum() / pool
    return looked_at
