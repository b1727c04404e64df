"""Near copies of other readers' votes are detected, and only those."""

import numpy as np

from recommender.engine.copies import near_copies


def copies_among(*item_lists, share=0.8):
    """Numbers of the owners who nearly repeat an earlier one; each has a collection of numbers."""
    owners = np.repeat(np.arange(len(item_lists)), [len(items) for items in item_lists]).astype(np.int32)
    flat = np.array([item for items in item_lists for item in items], dtype=np.int64)
    return np.flatnonzero(near_copies(owners, flat, len(item_lists), share)).tolist()


def jaccard(one, other):
    return len(set(one) & set(other)) / len(set(one) | set(other))


def test_the_second_of_two_alike_repeats_the_first():
    assert copies_among(range(10), range(50, 60), range(10)) == [2]


def test_an_owner_without_items_is_no_copy():
    assert copies_among([], range(10), [], range(20, 30)) == []
    assert copies_among() == []


def test_the_order_of_the_items_does_not_matter():
    assert copies_among([3, 1, 2], [2, 3, 1]) == [1]


def test_half_in_common_is_not_alike_and_nearly_all_is():
    """10 of 20 and 95 of 105: 0.5 and 0.905, eleven and two standard errors from 0.8."""
    assert copies_among(range(15), range(5, 20)) == []
    assert copies_among(range(100), range(5, 105)) == [1]


def test_it_agrees_with_a_slow_comparison_of_all_pairs():
    """400 honest sets, of which no two have a quarter in common; 60 copies with 2 of 30 things changed."""
    chance = np.random.default_rng(4)
    honest = [chance.choice(2000, 30, replace=False).tolist() for _ in range(400)]
    copies = [[*honest[number][2:], 5000 + number, 6000 + number] for number in range(60)]
    assert max(jaccard(a, b) for place, a in enumerate(honest) for b in honest[:place]) < 0.25
    assert min(map(jaccard, honest, copies)) == 28 / 32
    assert set(copies_among(*honest, *copies)) <= set(range(400, 460))
    assert len(copies_among(*honest, *copies)) >= 52  # 0.875 is 1.8 standard errors above: 96 in 100 are detected


def test_a_ring_within_a_crowd_of_one_taste_leaves_its_first_alone():
    chance = np.random.default_rng(5)
    crowd = [chance.choice(100, 40, replace=False).tolist() for _ in range(50)]
    ring = [range(200, 240)] * 30
    assert copies_among(*crowd, *ring) == list(range(51, 80))
