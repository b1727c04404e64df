"""The columns of a personal ranking: its places, its scores, and what chance had to do with it."""

from datetime import timedelta

import numpy as np
import pytest

from recommender import votes
from recommender.engine.diversity import Arrangement, InterestGroups, arrange
from recommender.engine.explain import explain
from recommender.engine.exploration import SLOTS, own_order
from recommender.engine.freshness import lift_newer
from recommender.engine.score import ReaderVectors, prepare, score
from recommender.models import Paper, PlaceCause, Ranking
from recommender.ranking.placement import place_causes, seed_of
from recommender.ranking.rank import rank
from recommender.spans import Span
from tests.recommender.planted import DAYS, FIRST_DAY, fit_small, with_authors_and_vectors


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


def random_reader(world, model, chance):
    """Votes up on papers of two or three circles, and sometimes down on any."""
    circles = chance.choice(8, chance.integers(2, 4), replace=False)
    liked = [chance.permutation(np.flatnonzero(world.circles == one))[: chance.integers(1, 9)] for one in circles]
    others = np.setdiff1d(chance.permutation(len(world.texts))[: chance.integers(0, 4)], np.concatenate(liked))
    rows = np.concatenate([*liked, others]).astype(np.int32)
    values = np.where(np.isin(rows, others), -1, 1).astype(np.float32)
    return ReaderVectors(model.rows[rows], rows, values, model.rows[:0])


def placed(model, reader, candidates, ages, freshness):
    """Positions in order with the cause of each place, and the scores by position."""
    scores = score(model, reader, candidates)
    lifted = lift_newer(scores, ages, freshness)
    arrangement = arrange(reader, lifted, candidates)
    causes = np.array(place_causes(arrangement, arrangement.order, scores, lifted, np.zeros_like(ages)))
    return arrangement.order, causes, scores


@pytest.mark.parametrize("freshness", [0.0, 0.7])
def test_the_order_is_that_of_the_scores_or_the_place_has_a_cause(world, model, freshness):
    """200 readers: a place without a cause has no better paper below, and interests do cause places."""
    chance, causes_seen = np.random.default_rng(5), set()
    for _ in range(200):
        rows = np.sort(chance.permutation(len(world.texts))[:120])
        candidates, ages = prepare(model, model.rows[rows]), chance.integers(0, 7, 120).astype(np.float32)
        reader = random_reader(world, model, chance)
        order, causes, scores = placed(model, reader, candidates, ages, freshness)
        plain = causes == PlaceCause.SCORE
        unexplained = [place for place in np.flatnonzero(plain) if (scores[order[place:]] > scores[order[place]]).any()]
        assert unexplained == []
        causes_seen |= {"interest" if cause >= 0 else cause for cause in causes.tolist()}
    assert causes_seen >= {"interest", PlaceCause.SCORE}
    assert (PlaceCause.NEWER in causes_seen) == (freshness > 0)


def test_the_places_of_each_day_are_compared_with_that_day_alone():
    """Shown day by day: papers 1 and 3, then 0 and 2; only paper 2 stands above a better one of its day."""
    order, turns = np.array([2, 1, 0, 3], dtype=np.int32), np.array([1, 0, 0, -1], dtype=np.int32)
    no_groups = InterestGroups([], [], [], np.zeros(0))
    arrangement = Arrangement(order, turns, np.zeros(4, dtype=bool), no_groups)
    scores, days = np.array([9, 2, 8, 1], dtype=np.float32), np.array([1, 0, 1, 0], dtype=np.float32)
    own = np.array([1, 3, 2, 0], dtype=np.int32)
    assert place_causes(arrangement, own, scores, scores, days) == [-1, -1, 1, -1]
    in_one_list = place_causes(arrangement, order, scores, scores, np.zeros_like(days))
    assert in_one_list == [1, 0, -1, -1]


def test_without_its_vote_a_paper_passes_others_by_score_or_for_a_cause(world, model):
    """200 readers take back one vote up: whatever its paper now stands above and stood below has a reason for it."""
    chance, ages = np.random.default_rng(6), np.zeros(240, dtype=np.float32)
    candidates = prepare(model, model.rows, np.arange(240, dtype=np.int32))
    for _ in range(200):
        reader = random_reader(world, model, chance)
        paper, others = reader.known[0], np.arange(1, len(reader.known))
        without = ReaderVectors(reader.rows[others], reader.known[others], reader.values[others], reader.interests)
        before, _, _ = placed(model, reader, candidates, ages, 0)
        after, causes_after, scores = placed(model, without, candidates, ages, 0)
        place_before, place_after = np.argsort(before), np.argsort(after)
        is_passed = (place_before < place_before[paper]) & (place_after > place_after[paper])
        if causes_after[place_after[paper]] == PlaceCause.SCORE:
            assert (scores[is_passed] <= scores[paper]).all()


@pytest.mark.parametrize("of", ["words", "authors and vectors"])
def test_taking_back_a_vote_up_never_raises_its_paper_by_score(world, of):
    """200 readers, each vote up of each of them."""
    planted_world = world if of == "words" else with_authors_and_vectors(world)
    model, chance = fit_small(planted_world), np.random.default_rng(6)
    numbers = np.arange(len(model.paper_ids), dtype=np.int32)
    candidates = prepare(model, model.rows, numbers)
    for _ in range(200):
        reader = random_reader(planted_world, model, chance)
        scores, effects = score(model, reader, candidates), explain(model, reader, candidates)
        for paper, value, effect in zip(reader.known, reader.values, effects, strict=True):
            if value > 0:
                without = scores - effect
                assert (without > without[paper]).sum() >= (scores > scores[paper]).sum()


def test_a_reader_with_one_interest_has_no_placed_papers(town, served, ada):
    votes.cast(ada, town.of(2)[0], 1)
    assert rank(ada, FIRST_DAY).placed is None


def test_a_ranking_stores_whose_share_a_place_fills(town, served, ada):
    """Eight votes on proteins and two on markets: the smaller interest is named by its own two papers."""
    papers = [paper for circle, count in ((2, 8), (6, 2)) for paper in town.of(circle)[:count]]
    for paper in papers:
        votes.cast(ada, paper, 1)
    ranking = rank(ada, FIRST_DAY)
    voted = [pk for pk, _ in ranking.taste["votes"]]
    named = [{voted[row] for row in group["votes"]} for group in ranking.placed["groups"]]
    assert {papers[8].pk, papers[9].pk} in named
    assert named.index({papers[8].pk, papers[9].pk}) in ranking.placed["causes"]
