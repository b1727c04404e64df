"""Metrics on cases worked by hand, splits, intervals."""

from math import log2

import numpy as np
import pytest

from recommender.engine.data import votes_from_triples
from recommender.engine.evaluation import (
    Case,
    bootstrap,
    cases_of,
    measure,
    ndcg,
    pick_absent,
    recall,
    reciprocal_rank,
    split_new_papers,
)


def at(*positions):
    return np.array(positions, dtype=np.int32)


def test_ndcg_is_one_when_the_relevant_come_first_and_zero_when_none_comes():
    assert ndcg(at(2, 0, 1, 3), at(0, 2), k=2) == pytest.approx(1)
    assert ndcg(at(1, 3, 0, 2), at(0, 2), k=2) == 0


def test_ndcg_discounts_by_the_logarithm_of_the_place():
    """Relevant at places 1 and 3 of 3: (1 + 1/log2 4) / (1 + 1/log2 3)."""
    assert ndcg(at(5, 6, 7), at(5, 7), k=3) == pytest.approx((1 + 0.5) / (1 + 1 / log2(3)))


def test_ndcg_forgives_relevant_papers_that_k_has_no_room_for():
    assert ndcg(at(0, 1, 2, 3), at(0, 1, 2), k=2) == pytest.approx(1)


def test_ndcg_takes_fewer_candidates_than_k():
    """The only relevant paper is second of two: 1/log2 3 against 1."""
    assert ndcg(at(0, 1), at(1), k=10) == pytest.approx(1 / log2(3))


def test_recall_is_the_share_found():
    assert recall(at(0, 1, 2, 3), at(1, 3, 9), k=2) == pytest.approx(1 / 3)


def test_the_reciprocal_rank_is_that_of_the_first_relevant_paper():
    assert reciprocal_rank(at(4, 3, 2), at(2, 3)) == pytest.approx(1 / 2)
    assert reciprocal_rank(at(4), at(2)) == 0


def test_measures_are_per_reader_and_ties_go_to_the_earlier_candidate():
    """Both score 1; candidate 0 comes first. Relevant for one reader is 0 (place 1), for the other 1 (place 2)."""
    cases = [Case(0, at(), np.zeros(0, np.float32), at(0)), Case(1, at(), np.zeros(0, np.float32), at(1))]
    found = measure(np.ones((2, 2), np.float32), cases)
    assert found["mrr"].tolist() == [1, 0.5]
    assert found["recall@20"].tolist() == found["recall@100"].tolist() == [1, 1]


def test_no_readers_measure_to_nothing():
    assert measure(np.zeros((0, 3), np.float32), [])["ndcg@10"].shape == (0,)


def test_a_constant_has_an_interval_of_no_width():
    found = bootstrap(np.full(20, 0.25), seed=1)
    assert (found.mean, found.low, found.high) == (0.25, 0.25, 0.25)


def test_the_interval_holds_the_mean_and_about_two_standard_errors():
    """400 coin flips: standard error sqrt(0.25 / 400) = 0.025, so about 0.45 to 0.55."""
    found = bootstrap(np.tile([0.0, 1.0], 200), seed=1)
    assert found.mean == 0.5
    assert (found.low, found.high) == (pytest.approx(0.45, abs=0.01), pytest.approx(0.55, abs=0.01))


def test_an_interval_is_the_same_each_time_and_zero_without_readers():
    values = np.random.default_rng(1).random(30)
    assert bootstrap(values, seed=4) == bootstrap(values, seed=4)
    assert vars(bootstrap(np.array([]), seed=4)) == {"mean": 0, "low": 0, "high": 0}


def test_splits_hold_out_the_share_they_are_asked_for():
    assert split_new_papers(50, 0.2, seed=1).sum() == 10
    assert pick_absent(50, 8, seed=1).sum() == 8
    assert pick_absent(10, 8, seed=1).sum() == 5


def test_a_case_reveals_votes_on_other_papers_and_asks_for_held_out_likes():
    """Papers 1 and 3 are held out, so they are candidates 0 and 1; the reader liked 3 and disliked 1."""
    votes = votes_from_triples([(0, 0, 1), (0, 1, -1), (0, 2, -1), (0, 3, 1)], 1, 4)
    (case,) = cases_of(votes, np.array([True]), np.array([False, True, False, True]), seed=1)
    assert dict(zip(case.revealed.tolist(), case.values.tolist(), strict=True)) == {0: 1, 2: -1}
    assert case.relevant.tolist() == [1]


def test_a_reader_without_revealed_votes_or_held_out_likes_is_no_case():
    """Reader 0 voted on held-out papers only, reader 1 disliked the held-out one, reader 2 was not asked for."""
    votes = votes_from_triples([(0, 1, 1), (1, 0, 1), (1, 1, -1), (2, 0, 1), (2, 1, 1)], 3, 2)
    assert cases_of(votes, np.array([True, True, False]), np.array([False, True]), seed=1) == []
