"""Slots filled at random: the logged probabilities are the true ones, and the same seed draws the same papers."""

import numpy as np
import pytest

from accounts.models import MOST_EXPLORATION
from recommender.engine import exploration
from recommender.engine.exploration import (
    MOST,
    REACH,
    SLOTS,
    draw,
    expected_examination,
    explore,
    own_order,
    pool_size,
    random_keys,
)

IDS = np.arange(1000, 1300, dtype=np.int64)
OWN = np.arange(300, dtype=np.int32)
ROUNDS = 40_000


def many(share, pool, rounds=ROUNDS, seed=1):
    chance = np.random.default_rng(seed)
    keys = chance.integers(2**63, size=(rounds, pool)).astype(np.uint64)
    return draw(share, chance.random((rounds, SLOTS)), keys)


def test_the_first_slot_shows_each_paper_as_often_as_its_propensity_says():
    """0.7 for the first paper, 0.3 / 30 for each of 30: counts of 40,000 are within five deviations."""
    places = many(0.3, 30).places[:, 0]
    frequencies = np.bincount(places, minlength=SLOTS + 30) / ROUNDS
    assert abs(frequencies[0] - 0.7) < 5 * np.sqrt(0.7 * 0.3 / ROUNDS)
    assert np.abs(frequencies[SLOTS:] - 0.01).max() < 5 * np.sqrt(0.01 * 0.99 / ROUNDS)


def test_a_later_slot_shows_each_paper_as_often_as_its_propensity_says_given_those_before():
    """After a first slot that explored, the second has 0.7 for the first paper and 0.3 / 29 for each other."""
    drawn = many(0.3, 30)
    explored = drawn.places[drawn.explored[:, 0]]
    share = (explored[:, 1] == 0).mean()
    other = (explored[:, 1] >= SLOTS).mean() / 29
    assert abs(share - 0.7) < 5 * np.sqrt(0.7 * 0.3 / len(explored))
    assert abs(other - 0.3 / 29) < 5 * np.sqrt(0.3 * 0.7 / len(explored)) / 29


def test_the_propensities_of_a_slot_sum_to_one_over_the_papers_that_it_might_show():
    """Where j slots explored before: 1 - share for the best paper left and share / (e - j) for each of e - j papers."""
    drawn = many(0.2, 40, rounds=500)
    before = np.cumsum(drawn.explored, axis=1) - drawn.explored
    by_chance = np.where(drawn.explored, drawn.propensities * (40 - before), 0.2)
    by_order = np.where(drawn.explored, 0.8, drawn.propensities)
    np.testing.assert_allclose(by_chance + by_order, 1, atol=1e-6)


def test_the_expected_examination_of_every_place_is_its_mean_over_draws():
    examination = 1 / np.log2(np.arange(2, SLOTS + 2))
    drawn = many(0.3, 30)
    examined = np.bincount(drawn.places.ravel(), np.tile(examination, ROUNDS), REACH) / ROUNDS
    np.testing.assert_allclose(examined, expected_examination(0.3, 30, examination), atol=5 / np.sqrt(ROUNDS))


def test_the_examination_of_all_places_sums_to_that_of_the_slots():
    examination = np.linspace(1, 0.1, SLOTS)
    assert expected_examination(0.1, 80, examination).sum() == pytest.approx(examination.sum())


def test_a_seed_explores_the_slots_whose_chance_is_below_the_share():
    ranking = explore(OWN, IDS, 0.3, seed=5)
    chances = np.random.default_rng(5).random((1, SLOTS))[0]
    assert ranking.slots.tolist() == np.flatnonzero(chances < 0.3).tolist() != []


def test_exploring_slots_show_papers_of_the_pool_and_the_others_keep_their_order():
    ranking = explore(OWN, IDS, 0.3, seed=5)
    head = ranking.order[:SLOTS]
    by_chance = head[ranking.slots]
    assert ((by_chance >= SLOTS) & (by_chance < REACH)).all()
    rest = ranking.order[~np.isin(ranking.order, by_chance)]
    assert rest.tolist() == [place for place in OWN.tolist() if place not in by_chance]


def test_the_own_order_is_recovered_from_the_order_shown():
    ranking = explore(OWN, IDS, 0.3, seed=5)
    assert ranking.order.tolist() != OWN.tolist()
    assert own_order(ranking.order, ranking.slots, ranking.came_from).tolist() == OWN.tolist()


def test_an_explored_order_holds_every_paper_once():
    assert sorted(explore(OWN, IDS, 0.3, seed=5).order.tolist()) == OWN.tolist()


def test_the_same_seed_draws_the_same_and_another_one_does_not():
    orders = [explore(OWN, IDS, 0.3, seed).order.tolist() for seed in (5, 5, 6)]
    assert orders[0] == orders[1] != orders[2]


def test_a_change_of_the_own_order_keeps_the_slots_and_the_papers_that_are_still_there():
    """The first twenty change places among themselves, and so do the papers of the pool."""
    changed = np.concatenate([OWN[:SLOTS][::-1], OWN[SLOTS:REACH][::-1], OWN[REACH:]])
    first, second = (explore(own, IDS, 0.3, seed=5) for own in (OWN, changed))
    assert first.slots.tolist() == second.slots.tolist()
    assert first.order[first.slots].tolist() == second.order[second.slots].tolist()


def test_a_larger_share_explores_the_same_slots_and_more():
    some, more = (set(explore(OWN, IDS, share, seed=5).slots.tolist()) for share in (0.1, 0.3))
    assert some < more


def test_nothing_is_drawn_at_a_share_of_zero():
    ranking = explore(OWN, IDS, 0.0, seed=5)
    assert ranking.order.tolist() == OWN.tolist()
    assert not ranking.is_drawn
    assert (len(ranking.slots), len(ranking.propensities)) == (0, 0)


@pytest.mark.parametrize(("papers", "pool"), [(0, 0), (20, 0), (39, 0), (40, 20), (99, 79), (100, 80), (5000, 80)])
def test_the_pool_fills_every_slot_or_is_empty(papers, pool):
    assert pool_size(papers) == pool


def test_a_short_day_is_not_explored():
    assert not explore(OWN[:39], IDS[:39], 0.3, seed=5).is_drawn


@pytest.mark.parametrize("share", [-0.1, 0.31, float("nan")])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(ValueError, match=r"the share of exploration must be from 0 to 0\.3, got"):
        explore(OWN, IDS, share, seed=5)


def test_a_papers_key_does_not_depend_on_the_others():
    assert random_keys(IDS, 5)[7] == random_keys(IDS[7:8], 5)[0]
    assert len(set(random_keys(IDS, 5).tolist())) == len(IDS)


def test_keys_are_even():
    """A thousand keys in ten bins: 100 each, with a deviation of 9.5."""
    keys = random_keys(np.arange(1000, dtype=np.int64), 1)
    counts = np.histogram(keys.astype(np.float64), bins=10, range=(0, 2.0**64))[0]
    assert np.abs(counts - 100).max() < 5 * 9.5


def test_readers_may_ask_for_what_the_engine_explores_at_most():
    assert MOST_EXPLORATION == MOST == exploration.MOST
