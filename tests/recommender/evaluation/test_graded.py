"""The loss against graded answers: by hand, against loops, and over readers."""

from itertools import combinations

import numpy as np
import pytest

from recommender.evaluation.graded import pair_loss, weighted_bootstrap


def grades(*values):
    return np.array(values, dtype=np.float32)


@pytest.mark.parametrize(
    ("scores", "loss"),
    [
        ((3, 2, 1), 0),  # the order of the grades 5, 4, 1: pairs weigh 1, 4 and 3
        ((1, 2, 3), 8),
        ((2, 3, 1), 1),  # the first two are exchanged
        ((1, 1, 1), 4),  # all equal: half of everything
        ((2, 2, 1), 0.5),
        ((-np.inf, 0, 1), 8),
    ],
)
def test_a_pair_in_the_wrong_order_weighs_the_difference_of_its_grades(scores, loss):
    assert pair_loss(np.array(scores, dtype=np.float64), grades(5, 4, 1)) == (loss, 8)


def test_papers_with_the_same_grade_are_no_pair():
    assert pair_loss(np.array([1.0, 2.0]), grades(3, 3)) == (0, 0)


@pytest.mark.parametrize("seed", range(20))
def test_it_is_the_sum_over_pairs_and_an_order_and_its_reverse_share_the_whole(seed):
    rng = np.random.default_rng(seed)
    scores, given = rng.integers(0, 6, 12).astype(np.float64), grades(*rng.integers(2, 11, 12) / 2)
    loss = 0.0
    for one, other in combinations(range(12), 2):
        agreement = np.sign(scores[one] - scores[other]) * np.sign(given[one] - given[other])
        loss += abs(given[one] - given[other]) * (1 - agreement) / 2
    actual, most = pair_loss(scores, given)
    assert actual == pytest.approx(loss)
    assert actual + pair_loss(-scores, given)[0] == pytest.approx(most)


def test_the_weighted_mean_is_that_of_all_pairs_together():
    """Losses of 1 of 2 and 0 of 6 are 1 of 8."""
    interval = weighted_bootstrap(np.array([0.5, 0.0]), np.array([2.0, 6.0]), seed=1)
    assert (interval.mean, interval.low, interval.high) == (0.125, 0, 0.5)
