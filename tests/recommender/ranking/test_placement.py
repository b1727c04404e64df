"""The columns of a personal ranking: its places, its scores, and what chance had to do with it."""

from datetime import timedelta

import numpy as np
import pytest

from recommender import votes
from recommender.engine.exploration import SLOTS, own_order
from recommender.models import Paper, Ranking
from recommender.ranking.placement import seed_of
from recommender.ranking.rank import rank
from recommender.spans import Span
from tests.recommender.planted import DAYS, FIRST_DAY


@pytest.fixture
def explorer(town, served, ada):
    """Ada, who lets chance fill 30 % and has voted up three papers of another day."""
    for paper in [paper for paper in town.of(2) if paper.day != FIRST_DAY][:3]:
        votes.cast(ada, paper, 1)
    ada.exploration = 0.3
    ada.save()
    return ada


def test_a_ranking_keeps_the_probability_of_every_slot(explorer):
    """48 papers: 28 to draw from. A slot in order has 0.7; the j-th that explores 0.3 / (28 - j), j from 0."""
    ranking = Ranking.objects.get(pk=rank(explorer, FIRST_DAY).pk)
    slots = ranking.exploration["slots"]
    expected = np.full(len(ranking.order), 1.0)
    expected[:SLOTS] = 0.7
    expected[slots] = [0.3 / (28 - j) for j in range(len(slots))]
    np.testing.assert_allclose(ranking.propensity_values, expected, rtol=1e-6)


def test_an_exploring_ranking_holds_every_paper_of_the_day_once(town, explorer):
    order = rank(explorer, FIRST_DAY).order.tolist()
    assert sorted(order) == sorted(paper.pk for paper in town.papers if paper.day == FIRST_DAY)


def test_the_own_order_comes_back_from_an_exploring_ranking(explorer):
    exploring = rank(explorer, FIRST_DAY)
    explorer.exploration = 0
    own = rank(explorer, FIRST_DAY).order
    slots, came_from = (np.array(exploring.exploration[name], dtype=np.int32) for name in ("slots", "came_from"))
    assert own_order(exploring.order, slots, came_from).tolist() == own.tolist()


def test_an_unchanged_state_explores_the_same_again(explorer):
    first = rank(explorer, FIRST_DAY)
    first.delete()
    assert rank(explorer, FIRST_DAY).order.tolist() == first.order.tolist()


def test_a_vote_keeps_the_slots_that_explore(town, explorer):
    first = rank(explorer, FIRST_DAY)
    votes.cast(explorer, town.of(6)[0], -1)
    second = rank(explorer, FIRST_DAY)
    assert second.public_id != first.public_id
    assert second.exploration["slots"] == first.exploration["slots"]


def test_every_reader_and_day_has_a_seed_of_its_own(ada, bob):
    seeds = {seed_of(reader, FIRST_DAY + timedelta(days=n)) for reader in (ada, bob) for n in range(2)}
    assert len(seeds) == 4
    assert seed_of(ada, FIRST_DAY) in seeds


def test_freshness_orders_several_days_by_the_lifted_score_and_keeps_the_score(town, served, ada):
    """One interest and no near-duplicates: the places follow score - deviation * age / 3 days."""
    votes.cast(ada, town.of(2)[0], 1)
    ada.freshness = 1.0
    ranking = rank(ada, Span(FIRST_DAY, FIRST_DAY + timedelta(days=DAYS - 1)))
    day_of = dict(Paper.objects.values_list("pk", "day"))
    ages = [(FIRST_DAY - day_of[pk]).days + DAYS - 1 for pk in ranking.order.tolist()]
    lifted = ranking.score_values - ranking.score_values.std() * np.array(ages) / 3
    assert (np.diff(lifted) <= 1e-5).all()
    assert (np.diff(ranking.score_values) > 0).any()
    assert ranking.taste["freshness"] == 1.0


def test_another_freshness_ranks_anew_and_a_single_day_keeps_its_order(town, served, ada):
    votes.cast(ada, town.of(2)[0], 1)
    first = rank(ada, FIRST_DAY)
    ada.freshness = 0.5
    second = rank(ada, FIRST_DAY)
    assert second != first
    assert second.order.tolist() == first.order.tolist()
