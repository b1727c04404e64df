"""Readers who repeat others: found whatever else is there, and nobody else with them."""

import numpy as np

from recommender.engine.copies import near_copies


def found(*said, share=0.8):
    """Numbers of those who repeat an earlier one; each says a collection of numbers."""
    owners = np.repeat(np.arange(len(said)), [len(one) for one in said]).astype(np.int32)
    flat = np.array([thing for one in said for thing in one], dtype=np.int64)
    return np.flatnonzero(near_copies(owners, flat, len(said), share)).tolist()


def jaccard(one, other):
    return len(set(one) & set(other)) / len(set(one) | set(other))


def test_the_second_of_two_alike_repeats_the_first():
    assert found(range(10), range(50, 60), range(10)) == [2]


def test_who_said_nothing_repeats_nobody():
    assert found([], range(10), [], range(20, 30)) == []
    assert found() == []


def test_the_order_in_which_things_were_said_does_not_matter():
    assert found([3, 1, 2], [2, 3, 1]) == [1]


def test_half_in_common_is_not_alike_and_nearly_all_is():
    """10 of 20 and 95 of 105: 0.5 and 0.905, eleven and two standard errors from 0.8."""
    assert found(range(15), range(5, 20)) == []
    assert found(range(100), range(5, 105)) == [1]


def test_as_a_slow_comparison_of_all_pairs_has_it():
    """400 honest sets, of which no two have a quarter in common; 60 copies with 2 of 30 things changed."""
    chance = np.random.default_rng(4)
    honest = [chance.choice(2000, 30, replace=False).tolist() for _ in range(400)]
    copies = [[*honest[number][2:], 5000 + number, 6000 + number] for number in range(60)]
    assert max(jaccard(a, b) for place, a in enumerate(honest) for b in honest[:place]) < 0.25
    assert min(map(jaccard, honest, copies)) == 28 / 32
    assert set(found(*honest, *copies)) <= set(range(400, 460))
    assert len(found(*honest, *copies)) >= 52  # 0.875 is 1.8 standard errors above: 96 in 100 are seen


def test_a_ring_within_a_crowd_of_one_taste_leaves_its_first_alone():
    chance = np.random.default_rng(5)
    crowd = [chance.choice(100, 40, replace=False).tolist() for _ in range(50)]
    ring = [range(200, 240)] * 30
    assert found(*crowd, *ring) == list(range(51, 80))
