"""A down-vote lowers papers similar to the one voted on and no others."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.engine.data import PaperText
from recommender.engine.score import ReaderVectors, best_first, prepare, score
from tests.recommender import planted

from .readers import WORDS_ALONE

ALONE = replace(planted.SMALL, embedding_size=0)  # LightFM's directions tie every paper to every other


def plain(text):
    """The paper without the words that mean nothing, which are all that two topics share."""
    title, abstract = (" ".join(w for w in field.split() if "noise" not in w) for field in (text.title, text.abstract))
    return PaperText(title=title, abstract=abstract)


@pytest.fixture(scope="module")
def apart(world):
    """A model of the planted world in which papers of two topics share nothing."""
    return planted.fit_small(replace(world, texts=[plain(text) for text in world.texts]), ALONE)


def topics(world):
    """The topic of each paper by number, -1 for none."""
    return np.where(world.circles < 0, -1, world.circles // 2)


def scores(model, up, down):
    rows = np.array([*up, *down], dtype=np.int32)
    values = np.repeat(np.array([1, -1], dtype=np.float32), [len(up), len(down)])
    reader = ReaderVectors(model.rows[rows], rows, values, model.rows[:0])
    return score(model, reader, prepare(model, model.rows))


def first_of(world, circle, count):
    return np.flatnonzero(world.circles == circle)[:count]


def fallen(model, up, down):
    """How much the down-votes lower the score of each paper."""
    return scores(model, up, []) - scores(model, up, down)


def test_a_down_vote_lowers_every_paper_of_its_topic(world, apart):
    """The up-votes are on topic 0 and say nothing of topic 1: all that changes there is the down-vote."""
    change = fallen(apart, first_of(world, 0, 3), first_of(world, 2, 1))
    assert (change[topics(world) == 1] > 0).all()


@WORDS_ALONE  # by their vectors all papers share something
def test_papers_that_share_nothing_with_any_vote_keep_their_scores_and_their_order(world, apart):
    up, down = first_of(world, 0, 3), first_of(world, 2, 1)
    unrelated = ~np.isin(topics(world), (0, 1))
    before, after = (scores(apart, up, votes)[unrelated] for votes in ([], down))
    np.testing.assert_allclose(after, before, atol=1e-6)
    assert best_first(after.round(5)).tolist() == best_first(before.round(5)).tolist()


def test_a_down_vote_of_no_weight_lowers_nothing_where_nobody_else_is_known(world, apart):
    """Without neighbours a vote says only what its weight says, which here is nothing."""
    silent = replace(apart, settings=replace(ALONE, down_weight=0, smoothing=0))
    np.testing.assert_allclose(fallen(silent, first_of(world, 0, 3), first_of(world, 2, 1)), 0, atol=1e-6)


@WORDS_ALONE  # by their vectors the papers voted up say something of every topic
def test_a_heavier_down_vote_lowers_its_topic_in_proportion(world, apart):
    """The score is linear in the weights, so four times the weight takes away four times as much."""
    up, down, similar = first_of(world, 0, 3), first_of(world, 2, 1), topics(world) == 1
    light, heavy = (
        fallen(replace(apart, settings=replace(ALONE, down_weight=weight)), up, down)[similar] for weight in (0.5, 2)
    )
    np.testing.assert_allclose(heavy, 4 * light, rtol=1e-4)


def test_with_everything_learned_a_down_vote_lowers_its_topic_more_than_all_others(world, model):
    """LightFM ties all papers a little, so others move as well, but none of the other topics as much on average."""
    heavy = replace(model, settings=replace(model.settings, down_weight=2))
    change = fallen(heavy, first_of(world, 0, 3), first_of(world, 2, 1))
    own, *others = (change[topics(world) == topic].mean() for topic in (1, 0, 2, 3, -1))
    assert own > 0
    assert max(np.abs(others)) < own / 2
