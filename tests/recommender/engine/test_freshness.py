"""Newer papers are boosted by the stated formula, as far as the reader wants."""

import numpy as np
import pytest

from recommender.engine.freshness import DAYS, lift_newer

SCORES = np.array([4, 2, 0, 2], dtype=np.float32)  # mean 2, deviation sqrt((4 + 0 + 4 + 0) / 4) = sqrt(2)
AGES = np.array([6, 0, 0, 3], dtype=np.float32)


def test_at_full_freshness_three_days_cost_one_standard_deviation():
    """4 - 2 sqrt(2), 2, 0, 2 - sqrt(2): the best paper, six days old, falls behind the newest good one."""
    boosted = lift_newer(SCORES, AGES, 1.0)
    np.testing.assert_allclose(boosted, [4 - 2 * 2**0.5, 2, 0, 2 - 2**0.5], rtol=1e-6)
    assert (DAYS, np.argsort(-boosted).tolist()) == (3, [1, 0, 3, 2])


def test_at_half_freshness_they_cost_half_of_it():
    np.testing.assert_allclose(lift_newer(SCORES, AGES, 0.5), [4 - 2**0.5, 2, 0, 2 - 2**0.5 / 2], rtol=1e-6)


@pytest.mark.parametrize(("ages", "freshness"), [(AGES, 0.0), (np.zeros(4, dtype=np.float32), 1.0)])
def test_without_freshness_and_within_a_day_nothing_is_lifted(ages, freshness):
    assert lift_newer(SCORES, ages, freshness).tolist() == SCORES.tolist()


def test_no_papers_are_no_trouble():
    assert lift_newer(SCORES[:0], AGES[:0], 1.0).tolist() == []


@pytest.mark.parametrize("freshness", [-0.1, 1.1])
def test_a_freshness_outside_its_range_is_refused(freshness):
    with pytest.raises(ValueError, match="from 0 to 1, got"):
        lift_newer(SCORES, AGES, freshness)
