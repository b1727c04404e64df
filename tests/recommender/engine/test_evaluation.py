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
    per_reader,
    readers_with,
    recall,
    reciprocal_rank,
    rows_where,
    sample,
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
    metrics = measure(np.ones((2, 2), np.float32), cases)
    assert metrics["mrr"].tolist() == [1, 0.5]
    assert metrics["recall@20"].tolist() == metrics["recall@100"].tolist() == [1, 1]


def test_without_readers_there_are_no_measures():
    assert measure(np.zeros((0, 3), np.float32), [])["ndcg@10"].shape == (0,)


def test_a_constant_has_an_interval_of_no_width():
    interval = bootstrap(np.full(20, 0.25), seed=1)
    assert (interval.mean, interval.low, interval.high) == (0.25, 0.25, 0.25)


def test_the_interval_holds_the_mean_and_about_two_standard_errors():
    """400 coin flips: standard error sqrt(0.25 / 400) = 0.025, so about 0.45 to 0.55."""
    interval = bootstrap(np.tile([0.0, 1.0], 200), seed=1)
    assert interval.mean == 0.5
    assert (interval.low, interval.high) == (pytest.approx(0.45, abs=0.01), pytest.approx(0.55, abs=0.01))


def test_an_interval_is_the_same_each_time_and_zero_without_readers():
    values = np.random.default_rng(1).random(30)
    assert bootstrap(values, seed=4) == bootstrap(values, seed=4)
    assert vars(bootstrap(np.array([]), seed=4)) == {"mean": 0, "low": 0, "high": 0}


def test_a_readers_cases_are_averaged_first():
    """Reader 4 has 0.2 and 0.6, mean 0.4; reader 2 has 1."""
    cases = [Case(reader, at(), np.zeros(0, np.float32), at(0)) for reader in (4, 2, 4)]
    assert per_reader(np.array([0.2, 1.0, 0.6]), cases).tolist() == [1.0, pytest.approx(0.4)]


def test_a_split_holds_out_the_share_it_is_asked_for():
    assert split_new_papers(50, 0.2, seed=1).sum() == 10


def test_a_sample_has_each_row_once_and_all_where_there_are_fewer():
    rows = sample(at(3, 5, 7, 9), 2, seed=1)
    assert len(set(rows.tolist())) == 2
    assert set(rows.tolist()) < {3, 5, 7, 9}
    assert sorted(sample(at(3, 5), 9, seed=1)) == [3, 5]


def test_readers_with_enough_votes_are_found():
    votes = votes_from_triples([(0, 0, 1), (0, 1, -1), (2, 0, 1)], 3, 2)
    assert rows_where(readers_with(votes)).tolist() == [0, 2]
    assert rows_where(readers_with(votes, 2)).tolist() == [0]


def test_a_case_reveals_votes_and_its_answer_is_the_held_out_up_votes():
    """Votes on papers 0 (up) and 2 (down) are revealed; 1 (down) and 3 (up) are held out."""
    revealed = votes_from_triples([(0, 0, 1), (0, 2, -1)], 1, 4)
    held_out = votes_from_triples([(0, 1, -1), (0, 3, 1)], 1, 4)
    (case,) = cases_of(revealed, held_out, at(0), seed=1)
    assert dict(zip(case.revealed.tolist(), case.values.tolist(), strict=True)) == {0: 1, 2: -1}
    assert case.relevant.tolist() == [3]


def test_cases_come_in_the_order_of_the_readers_and_only_with_an_answer():
    """Reader 0 has no held-out up-vote, reader 1 reveals nothing, and reader 2 is not among the readers."""
    held_out = votes_from_triples([(0, 0, -1), (1, 0, 1), (2, 0, 1), (3, 0, 1)], 4, 1)
    revealed = votes_from_triples([], 4, 1)
    assert [case.reader for case in cases_of(revealed, held_out, at(3, 0, 1), seed=1)] == [3, 1]
