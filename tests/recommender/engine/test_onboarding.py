"""Which papers a newcomer is asked about, and that the quantities of each pick are the computed ones."""

import numpy as np
import pytest

from recommender.engine.gaussian_process import Posterior
from recommender.engine.onboarding import (
    CLOSE,
    FLOOR,
    OWN_SHARE,
    UNVOTED,
    Crowd,
    choose_papers,
    probabilities,
    seed_profile,
)
from recommender.engine.score import ReaderVectors, prepare, score

from .readers import written_out

NOTHING = np.zeros(0, dtype=np.int32)


@pytest.fixture(scope="module")
def crowd(world):
    likes = world.votes.likes
    return Crowd(np.asarray(likes.sum(axis=0)).ravel(), np.zeros(likes.shape[1], np.float32), world.votes.n_readers)


@pytest.fixture(scope="module")
def targets(model):
    return model.rows[::4]


def voted(model, rows, values=None):
    rows = np.array(rows, dtype=np.int32)
    values = np.ones(len(rows)) if values is None else np.array(values)
    return ReaderVectors(model.rows[rows], rows, values.astype(np.float32), model.rows[:0])


def rows_in(world, circle):
    return np.flatnonzero(world.circles == circle)


def covariance(model, left, right):
    """k(x, z) = x A z' with A = gain I - V V', written out."""
    return left.toarray() @ written_out(model) @ right.toarray().T


def total_variance(model, observed, targets, noise):
    """The targets' variances after answers about the observed rows, by the textbook formula of a Gaussian process."""
    across = covariance(model, targets, observed)
    within = covariance(model, observed, observed) + noise * np.eye(len(observed))
    posterior = covariance(model, targets, targets) - across @ np.linalg.solve(within, across.T)
    return np.trace(posterior)


def test_each_share_is_the_share_of_variance_that_an_answer_removes(model, crowd, targets):
    """What the textbook gives before and after each pick, one after another."""
    picks = choose_papers(model, voted(model, [3, 50]), crowd, targets, NOTHING, 4)
    noise = Posterior(model, voted(model, [3, 50]), np.setdiff1d(np.arange(240), [3, 50]), targets).noise
    observed = [3, 50]
    for pick in picks:
        before = total_variance(model, model.rows[observed], targets, noise)
        observed.append(pick.row)
        after = total_variance(model, model.rows[observed], targets, noise)
        assert pick.share == pytest.approx((before - after) / before, rel=2e-3)


def test_an_answer_teaches_so_many_times_what_a_typical_one_does(model, crowd, targets):
    [pick] = choose_papers(model, voted(model, []), crowd, targets, NOTHING, 1)
    squares = (covariance(model, model.rows, targets) ** 2).sum(axis=1)
    own = np.diag(covariance(model, model.rows, model.rows))
    explained = squares / (own + np.median(own))
    assert pick.times == pytest.approx(explained[pick.row] / explained.mean(), rel=2e-3)


def test_an_up_vote_is_so_many_times_as_likely_as_on_a_typical_paper(model, crowd, targets):
    [pick] = choose_papers(model, voted(model, [3]), crowd, targets, NOTHING, 1)
    chances = probabilities(model, voted(model, [3]), crowd, NOTHING)
    assert pick.probability == pytest.approx(chances[pick.row])
    assert pick.likelier == pytest.approx(chances[pick.row] / np.delete(chances, 3).mean(), rel=1e-4)


def test_the_named_terms_are_words_of_the_paper_and_of_the_one_near_it(model, crowd, targets):
    columns = model.vocabulary.columns
    picks = choose_papers(model, voted(model, [3]), crowd, targets, NOTHING, 8)
    assert any(pick.near_terms for pick in picks)
    for pick in picks:
        own = model.rows[pick.row].toarray().ravel()
        assert pick.terms
        assert all(own[columns[term]] > 0 for term in pick.terms)
        near = model.rows[pick.near].toarray().ravel()
        assert all(near[columns[term]] > own[columns[term]] for term in pick.near_terms)


def test_the_near_paper_is_the_observed_one_that_correlates_most(model, crowd, targets):
    picks = choose_papers(model, voted(model, [3, 50, 90]), crowd, targets, NOTHING, 3)
    observed = [3, 50, 90]
    for pick in picks:
        own = np.sqrt(np.diag(covariance(model, model.rows, model.rows)))
        correlation = covariance(model, model.rows[[pick.row]], model.rows[observed])[0] / own[pick.row] / own[observed]
        assert pick.near == (observed[int(np.argmax(correlation))] if correlation.max() >= CLOSE else -1)
        observed.append(pick.row)


def test_no_paper_is_asked_about_twice(model, crowd, targets):
    asked_rows = np.array([7, 8, 9], dtype=np.int32)
    picks = [pick.row for pick in choose_papers(model, voted(model, [3, 50], [1, -1]), crowd, targets, asked_rows, 300)]
    assert len(picks) == len(set(picks)) == 240 - 5
    assert not {3, 50, 7, 8, 9} & set(picks)


def test_without_papers_to_come_nothing_can_be_chosen(model, crowd):
    with pytest.raises(ValueError, match="give at least one paper"):
        choose_papers(model, voted(model, []), crowd, model.rows[:0], NOTHING, 5)


def test_a_stranger_is_asked_by_popularity_first(model, crowd):
    """Shares of the votes, times how many a reader gives: 640 up-votes by 64 readers are 10 each."""
    assert crowd.votes_each == 10
    popular = crowd.up_votes + UNVOTED
    expected = 10 * popular / popular.sum()
    np.testing.assert_allclose(probabilities(model, voted(model, []), crowd, NOTHING), expected, rtol=1e-5)


def test_the_first_questions_are_about_different_topics(model, world, crowd, targets):
    picks = choose_papers(model, voted(model, []), crowd, targets, NOTHING, 4)
    assert len({world.circles[pick.row] // 2 for pick in picks}) >= 3


def test_a_like_makes_the_papers_of_its_readers_probable(model, world, crowd):
    """The walk from paper 0 of a circle to its readers to their papers, counted vote by vote."""
    liked = int(rows_in(world, 2)[0])
    likes = world.votes.likes.toarray()
    readers = likes[:, liked] > 0
    walked = 10 * (likes[readers] / likes[readers].sum(axis=1, keepdims=True)).sum(axis=0) / readers.sum()
    every = prepare(model, model.rows, np.arange(240, dtype=np.int32))
    scores = np.maximum(score(model, voted(model, [liked]), every) - score(model, voted(model, []), every), 0)
    weight = (crowd.up_votes + UNVOTED) * (scores + FLOOR * scores.max())
    expected = OWN_SHARE * np.minimum(walked, 0.95) + (1 - OWN_SHARE) * 10 * weight / weight.sum()
    chances = probabilities(model, voted(model, [liked]), crowd, NOTHING)
    others = np.arange(240) != liked
    np.testing.assert_allclose(chances[others], np.minimum(expected, 0.95)[others], rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("circle", range(8))
def test_after_a_like_the_next_question_is_about_its_circle(model, world, crowd, targets, circle):
    liked = max(rows_in(world, circle), key=lambda row: crowd.up_votes[row])
    [pick] = choose_papers(model, voted(model, [liked]), crowd, targets, NOTHING, 1)
    assert world.circles[pick.row] == circle


def test_a_skipped_paper_takes_away_the_readers_who_would_have_liked_it(model, world, crowd):
    """Of each paper's readers those who would not have passed over it, counted on the walk from them to it."""
    skipped = int(rows_in(world, 2)[0])
    likes = world.votes.likes.toarray()
    chance = likes[:, [skipped]] / likes.sum(axis=1, keepdims=True)
    would_like = 10 * (likes * chance).sum(axis=0) / np.maximum(likes.sum(axis=0), 1)
    before = probabilities(model, voted(model, []), crowd, NOTHING)
    after = probabilities(model, voted(model, []), crowd, np.array([skipped], dtype=np.int32))
    others = np.arange(240) != skipped
    expected = before * (1 - np.minimum(would_like, 0.95))
    np.testing.assert_allclose(after[others], expected[others], rtol=1e-3)


def test_a_young_site_can_ask_about_any_paper(model, targets):
    nobody = Crowd(np.zeros(240, np.float32), np.zeros(240, np.float32), 0)
    assert nobody.votes_each == 1
    assert len(choose_papers(model, voted(model, []), nobody, targets, NOTHING, 5)) == 5


def test_one_seed_paper_scores_new_papers_as_one_vote_on_it_does(model):
    known = np.array([5], dtype=np.int32)
    seeded = ReaderVectors(
        model.rows[:0], NOTHING, np.zeros(0, np.float32), seed_profile(model, model.rows[known], known)
    )
    by_seed, by_vote = (score(model, taste, prepare(model, model.rows)) for taste in (seeded, voted(model, [5])))
    np.testing.assert_allclose(by_seed, by_vote, rtol=1e-3, atol=1e-5)


def test_a_start_of_no_papers_says_nothing_and_one_of_several_points_between_them(model):
    """The direction of the sum, the mean of the lengths."""
    one, other = (seed_profile(model, model.rows[[row]], np.array([row], dtype=np.int32)).toarray() for row in (5, 9))
    both = seed_profile(model, model.rows[[5, 9]], np.array([5, 9], dtype=np.int32)).toarray()
    length = (np.linalg.norm(one) + np.linalg.norm(other)) / 2
    np.testing.assert_allclose(both, (one + other) / np.linalg.norm(one + other) * length, rtol=1e-4, atol=1e-6)
    assert not seed_profile(model, model.rows[:0], NOTHING).toarray().any()


def test_a_paper_that_the_model_does_not_know_starts_by_its_text(model):
    row = seed_profile(model, model.rows[[5]], np.array([-1], dtype=np.int32))
    np.testing.assert_allclose(row.toarray(), model.rows[[5]].toarray(), rtol=1e-5)
