"""Rates, differences, Gini and tenths on numbers that a person can work by hand, and on planted ones."""

import numpy as np
import pytest

from recommender.engine.rates import difference, gini, rates, tenths

LOOKS = 1 / np.log2(np.arange(2, 12))  # of ten places


def clicking(readers, likes, seed):
    """Each reader is shown 30 papers at each of ten places and opens one with likes * looks[place]; some read more."""
    chance = np.random.default_rng(seed)
    keen = chance.uniform(0.5, 1.5, size=(readers, 1))
    return chance.binomial(30, np.minimum(keen * likes * LOOKS, 1)), np.full((readers, 10), 30)


def test_the_rate_is_that_of_all_readers_together():
    """Two of ten and none of thirty: 2 of 40."""
    [rate] = rates(np.array([[2.0], [0.0]]), np.array([[10.0], [30.0]]), seed=1)
    assert (rate.mean, rate.low, rate.high) == (0.05, 0.0, 0.2)


def test_planted_effects_of_places_lie_within_their_intervals():
    """Of 100 intervals of 95 %, 95 hold the truth; 88 or fewer would be a chance of one in 700."""
    hits = 0
    for seed in range(10):
        counts, chances = clicking(200, 0.3, seed)
        columns = rates(counts.astype(float), chances.astype(float), seed)
        hits += sum(rate.low <= truth <= rate.high for rate, truth in zip(columns, 0.3 * LOOKS, strict=True))
    assert hits > 88


def test_where_nobody_did_the_upper_end_is_the_exact_one():
    """None of 10 readers: 1 - 0.025 ** 0.1 = 0.3085 (Clopper and Pearson)."""
    [rate] = rates(np.zeros((10, 1)), np.full((10, 1), 50.0), seed=1)
    assert (rate.mean, rate.low, round(rate.high, 4)) == (0.0, 0.0, 0.3085)


def test_what_nobody_could_do_has_no_rate():
    [rate] = rates(np.zeros((3, 1)), np.zeros((3, 1)), seed=1)
    assert (rate.mean, rate.low, rate.high) == (0.0, 0.0, 0.0)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"counts \(2, 1\) and chances \(2, 2\)"):
        rates(np.zeros((2, 1)), np.zeros((2, 2)), seed=1)


def votes_of(readers, rate, seed):
    """Votes of readers on 5 to 14 days each, so many a day on average."""
    chance = np.random.default_rng(seed)
    days = chance.integers(5, 15, size=readers).astype(float)
    return chance.poisson(rate * days)[:, None].astype(float), days


def test_a_planted_difference_is_recovered():
    [rate] = difference(votes_of(400, 1.2, 1), votes_of(400, 1.0, 2), seed=3)
    assert 0 < rate.low < 0.2 < rate.high


def test_alike_groups_differ_by_nothing_nineteen_times_in_twenty():
    """Of 60 intervals of 95 %, 57 hold zero; fewer than 51 would be a chance of one in 100."""
    pairs = ((votes_of(100, 1.0, 2 * n), votes_of(100, 1.0, 2 * n + 1)) for n in range(60))
    intervals = [difference(one, other, seed=5)[0] for one, other in pairs]
    assert sum(each.low <= 0 <= each.high for each in intervals) > 50


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [([1, 1, 1, 1], 0.0), ([0, 0, 0, 4], 0.75), ([1, 3], 0.25), ([2, 1, 3], 2 / 9), ([], 0.0), ([0, 0], 0.0)],
)
def test_gini_by_hand(amounts, expected):
    """[1, 3]: (-1 * 1 + 1 * 3) / (2 * 4) = 1/4; [1, 2, 3]: (-2 + 0 + 6) / (3 * 6) = 2/9."""
    assert gini(np.array(amounts, dtype=float)) == pytest.approx(expected)


def test_gini_of_debts_is_refused():
    with pytest.raises(ValueError, match="negative"):
        gini(np.array([1.0, -1.0]))


def test_tenths_by_hand():
    """Twenty things, two a tenth; the two with the highest keys have everything, 3 and 1."""
    shares = tenths(np.arange(20.0), np.array([0.0] * 18 + [3.0, 1.0]))
    assert shares.tolist() == pytest.approx([0] * 9 + [1])


def test_things_with_the_same_key_share_their_tenths():
    assert tenths(np.zeros(20), np.array([5.0] + [0.0] * 19)).tolist() == pytest.approx([0.1] * 10)


def test_fewer_than_ten_things_are_divided():
    """Of two things the upper has all: it is the upper five tenths."""
    assert tenths(np.array([1.0, 2.0]), np.array([0.0, 7.0])).tolist() == pytest.approx([0] * 5 + [0.2] * 5)
