"""Scores by every way of computing them: by the formula, for one reader, for many, and from shared products."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.engine.data import PaperText, Settings
from recommender.engine.score import best_first, prepare, score, score_many, trust

from .readers import CASES, NEW, every_paper, represent, taste, tastes_of, written_out

TRUST = Settings(smoothing=16, smoothing_power=1, interest_weight=2, interest_votes=4)


def slow_scores(model, reader, rows, numbers=()):
    """The formula of the module, vote by vote in double precision."""
    ridge, every = written_out(model), model.rows.toarray()
    smoothing, interest = trust(len(reader.values), model)
    votes = np.zeros(len(rows))
    whole = interest * reader.interests.toarray().sum(axis=0) + model.prior
    directly, shared = np.zeros(len(rows)), np.zeros(model.rows.shape[1])
    if len(numbers):
        votes = model.direct.votes[numbers]
        ease = model.direct.vote_scores(numbers, np.float32(1), model.direct.from_readers(numbers))
    for row, known, value in zip(reader.rows.toarray(), reader.known, reader.values, strict=True):
        neighbours = 0 if known < 0 else (model.item_map[known] @ every)[0]
        weight = 1 if value > 0 else -model.settings.down_weight
        whole, shared = whole + weight * row, shared + weight * smoothing * neighbours
        if known >= 0 and len(numbers):
            directly += weight * model.settings.direct_weight * ease[known]
    return rows.toarray() @ ridge @ whole + rows.toarray() @ ridge @ shared / (1 + votes) + directly


@pytest.mark.parametrize("case", CASES)
def test_the_score_follows_the_formula(model, case):
    rows = model.rows[:60]
    reader = tastes_of(model)[case]
    np.testing.assert_allclose(score(model, reader, prepare(model, rows)), slow_scores(model, reader, rows), atol=1e-5)


@pytest.mark.parametrize("case", CASES)
def test_papers_that_had_votes_in_training_are_scored_directly_as_well(model, case):
    reader, numbers = tastes_of(model)[case], np.arange(60, dtype=np.int32)
    scores = score(model, reader, prepare(model, model.rows[:60], numbers))
    np.testing.assert_allclose(scores, slow_scores(model, reader, model.rows[:60], numbers), atol=1e-5)


def test_only_the_known_among_the_candidates_are_scored_directly(model):
    voted = int(np.argmax(model.direct.votes))
    numbers = model.item_map[voted].indices[:2]
    reader = taste(model, [voted], [1])
    rows = model.rows[numbers]
    mixed = score(model, reader, prepare(model, rows, np.array([numbers[0], -1], dtype=np.int32)))
    known = score(model, reader, prepare(model, rows, numbers))
    new = score(model, reader, prepare(model, rows))
    np.testing.assert_allclose(mixed, [known[0], new[1]], atol=1e-6)
    assert abs(known[1] - new[1]) > 1e-4


def test_a_batch_of_readers_gets_the_scores_of_each_alone(model):
    reader = list(tastes_of(model).values())
    candidates = prepare(model, represent(model, [*NEW, PaperText(title="marketa marketc")]))
    together = score_many(model, reader, candidates)
    np.testing.assert_allclose(together, [score(model, one, candidates) for one in reader], atol=1e-5)


def test_a_large_batch_with_as_many_votes_each_gets_the_same_scores(model):
    """170 readers with 3 votes each are over twice as many votes as the 240 papers: one product; one has 2 votes."""
    rng = np.random.default_rng(3)
    reader = [taste(model, rng.permutation(240)[:3], rng.choice([1, -1], 3)) for _ in range(170)]
    reader.insert(7, taste(model, [3, 5], [1, -1]))
    candidates = every_paper(model)
    alone = [score(model, one, candidates) for one in reader]
    np.testing.assert_allclose(score_many(model, reader, candidates), alone, atol=1e-5)


@pytest.mark.parametrize("case", CASES)
def test_a_reader_gets_the_same_scores_once_the_shared_products_are_made(model, case):
    reader, candidates = tastes_of(model)[case], every_paper(model)
    before = score(model, reader, candidates)
    assert not candidates.is_whole
    assert len(candidates.blocks) == 2  # 240 papers, 128 at a time
    assert candidates.is_whole
    np.testing.assert_allclose(score(model, reader, candidates), before, atol=1e-5)


def test_a_batch_of_nobody_has_no_scores(model):
    candidates = prepare(model, model.rows[:4])
    assert score_many(model, [], candidates).shape == (0, 4)


def test_a_reader_without_votes_gets_what_readers_like_in_general(model):
    nothing = taste(model, [], [])
    candidates = prepare(model, model.rows[:5])
    np.testing.assert_allclose(score(model, nothing, candidates), candidates.prior, atol=1e-6)
    assert np.ptp(candidates.prior) > 0


def test_the_order_of_the_votes_does_not_matter(model):
    forth, back = taste(model, [3, 5, 200], [1, -1, 1]), taste(model, [200, 5, 3], [1, -1, 1])
    candidates = prepare(model, model.rows)
    np.testing.assert_allclose(score(model, forth, candidates), score(model, back, candidates), atol=1e-6)


def test_the_other_candidates_do_not_matter(model):
    reader = taste(model, [3, 5], [1, -1])
    alone = score(model, reader, prepare(model, model.rows[7]))
    np.testing.assert_allclose(alone, score(model, reader, prepare(model, model.rows))[[7]], atol=1e-6)


def test_everything_voted_on_still_has_finite_scores(model):
    reader = taste(model, range(240), [1] * 240)
    assert np.isfinite(score(model, reader, prepare(model, model.rows))).all()


def test_an_abstract_with_no_known_word_scores_zero(model):
    reader = taste(model, [3, 5], [1, -1])
    assert score(model, reader, prepare(model, model.represent([PaperText(abstract="xyzzy")]))).tolist() == [0]


def test_a_down_vote_takes_away_its_weight(model):
    """One vote alone, beside what readers like in general: down is exactly -down_weight times up."""
    candidates = prepare(model, model.rows)
    up, down = (score(model, taste(model, [3], [value]), candidates) - candidates.prior for value in (1, -1))
    np.testing.assert_allclose(down, -model.settings.down_weight * up, atol=1e-6)


def test_neighbours_and_interests_count_less_with_every_vote(model):
    """With smoothing 16 * 0.5 / n and interests 2 / (1 + n / 4): 8 and 2 without votes, 2 and 1 with four."""
    half = replace(model, settings=TRUST, neighbour_trust=0.5)
    assert trust(0, half) == (8, 2)
    assert trust(4, half) == (2, 1)


@pytest.mark.parametrize("whole", [False, True])
def test_some_of_the_candidates_score_as_among_all(model, whole):
    candidates, positions = every_paper(model), np.array([7, 0, 41], dtype=np.int32)
    if whole:
        candidates.make_products()
    reader = tastes_of(model)["interests beside"]
    some = score(model, reader, candidates.only(positions))
    np.testing.assert_allclose(some, score(model, reader, candidates)[positions], atol=1e-4)


def test_the_best_come_first_and_ties_go_to_the_lower_position():
    assert best_first(np.array([1, 3, 3, 2], np.float32)).tolist() == [1, 2, 3, 0]
    assert best_first(np.array([1, 3, 3, 2], np.float32), 2).tolist() == [1, 2]
    assert best_first(np.array([], np.float32)).tolist() == []


@pytest.mark.parametrize("k", [0, 1, 5, 24, 25, 100, 200])
def test_the_first_of_many_are_those_of_the_whole_order(k):
    """Of equal scores the lower position is first, also where the last place is shared; what is no number is last."""
    scores = np.random.default_rng(k).integers(0, 12, 100).astype(np.float32)
    scores[[3, 50]] = np.nan
    np.testing.assert_array_equal(best_first(scores, k), np.argsort(-scores, kind="stable")[:k])
