"""Paired differences on figures worked by hand."""

import numpy as np
import pytest

from recommender.engine.evaluation import bootstrap
from recommender.evaluation.comparison import compare
from recommender.evaluation.run import ResultRow


def row(system, *each, reveal=1):
    values = np.array(each, dtype=np.float64)
    return ResultRow("warm", reveal, system, len(each), 1.0, bootstrap(values, 1), 0.0, 0.0, 0.0, values)


def test_ours_is_compared_with_every_peer_and_the_best_is_marked():
    """Ours has the mean 0.6, the peers 0.5 and 0.3: differences 0.1 and 0.3, gains 20 and 100 %."""
    rows = [row("paperboy", 0.6, 0.6), row("good", 0.4, 0.6), row("poor", 0.3, 0.3)]
    good, poor = compare(rows, seed=1)
    assert (good.peer, good.is_best, poor.peer, poor.is_best) == ("good", True, "poor", False)
    assert (good.difference.mean, poor.difference.mean) == (pytest.approx(0.1), pytest.approx(0.3))
    assert (good.gain_percent, poor.gain_percent) == (pytest.approx(20), pytest.approx(100))


def test_differences_are_paired():
    """Readers differ among each other by 0.8, the two systems for each of them by 0.1 exactly."""
    (only,) = compare([row("paperboy", 0.2, 1.0), row("peer", 0.1, 0.9)], seed=1)
    assert (only.difference.low, only.difference.high) == (pytest.approx(0.1), pytest.approx(0.1))


def test_only_the_same_number_of_votes_is_compared():
    rows = [row("paperboy", 0.5), row("peer", 0.4, reveal=5)]
    assert list(compare(rows, seed=1)) == []


def test_a_peer_that_finds_nothing_has_no_relative_gain():
    (only,) = compare([row("paperboy", 0.5), row("peer", 0.0)], seed=1)
    assert (only.gain_percent, only.difference.mean) == (None, 0.5)


def test_without_ours_there_is_nothing_to_compare():
    assert list(compare([row("good", 0.5), row("poor", 0.1)], seed=1)) == []
