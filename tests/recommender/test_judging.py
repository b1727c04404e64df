"""The gate: planted structure passes, noise and damage are refused with the reason."""

from dataclasses import replace

import numpy as np
import pytest

from recommender import judging
from recommender.dataset import Dataset
from recommender.engine.data import votes_from_triples
from recommender.engine.evaluation import Case
from recommender.engine.fitting import fit
from recommender.judging import Trial, content_only, decide, judge, popularity, split
from recommender.models import TrainedModel
from tests.recommender.planted import READERS, SMALL, dataset_of, fit_small, shuffled_labels


@pytest.fixture(scope="module")
def data(world):
    return dataset_of(world)


@pytest.fixture(scope="module")
def verdict(model, data):
    return judge(model, data, previous=None, say=lambda line: None)


def told(line):
    pass


def small_data(triples, times, n_papers=4):
    votes = votes_from_triples(triples, 3, n_papers)
    days = np.zeros(n_papers, np.int32)
    return Dataset(np.arange(n_papers), [], votes, np.arange(3), np.array(times, dtype=float), days, None)


def trial(readers=1):
    case = Case(0, np.array([], np.int32), np.array([], np.float32), np.array([0], np.int32))
    return Trial(votes_from_triples([], 1, 1), np.array([0], np.int32), [case] * readers, "time")


def results(**means):
    """Twenty readers for whom each system scores the same."""
    base = {"recipe": 0.5, "model": 0.5, "content": 0.4, "popularity": 0.1, "recency": 0.1} | means
    return {name: np.full(20, value) for name, value in base.items()}


def test_planted_structure_is_promoted(verdict):
    assert verdict.passed
    assert "better than popularity and recency" in verdict.reason


def test_what_other_readers_know_beats_content_and_content_beats_the_simple_orders(verdict):
    means = {name: verdict.figures[name]["mean"] for name in ("recipe", "content", "popularity", "recency")}
    assert means["recipe"] > means["content"] > 2 * max(means["popularity"], means["recency"])


def test_the_figures_say_what_they_rest_on(verdict, data):
    assert verdict.figures["split"] == "time"
    assert verdict.figures["papers"] == len(data.texts)
    assert 10 <= verdict.figures["readers"] <= READERS
    for name in ("recipe", "model", "content", "popularity", "recency"):
        found = verdict.figures[name]
        assert 0 <= found["low"] <= found["mean"] <= found["high"] <= 1


def test_judging_twice_gives_the_same_verdict(verdict, model, data):
    assert judge(model, data, previous=None, say=told) == verdict


def test_a_model_trained_on_shuffled_labels_is_refused(data, world):
    shuffled = fit(data.texts, data.paper_ids, shuffled_labels(world.votes), SMALL)
    verdict = judge(shuffled, data, previous=None, say=told)
    assert not verdict.passed
    assert "the model has seen the newest votes and is worse than without" in verdict.reason


def test_a_model_with_nan_is_refused(model, data):
    spoiled = replace(model, embeddings=np.full_like(model.embeddings, np.nan))
    verdict = judge(spoiled, data, previous=None, say=told)
    assert (verdict.passed, verdict.reason) == (False, "it holds numbers that are not finite")


def test_a_model_clearly_worse_than_the_serving_one_is_refused(model, data):
    better = TrainedModel(metrics={"recipe": {"mean": 0.99, "low": 0.98, "high": 1.0}})
    verdict = judge(model, data, previous=better, say=told)
    assert not verdict.passed
    assert "worse than the serving model" in verdict.reason


def test_too_few_readers_to_judge_by_are_said_so(world):
    few = replace(world, votes=world.votes.only(world.votes.readers < 5))
    verdict = judge(fit_small(few), dataset_of(few), previous=None, say=told)
    assert verdict.passed
    assert verdict.reason.startswith("not judged: readers")


def test_without_an_earlier_up_vote_there_is_nothing_to_judge_by(model):
    # 12 readers vote nine papers down each; the newest tenth of the 120 votes are their 12 up-votes
    down = [(reader, paper, -1.0) for paper in range(9) for reader in range(12)]
    up = [(reader, 9 + reader, 1.0) for reader in range(12)]
    times = [*range(108), *range(1000, 1012)]
    votes = votes_from_triples(down + up, 12, 21)
    days = np.zeros(21, np.int32)
    data = Dataset(np.arange(21), [], votes, np.arange(12), np.array(times, dtype=float), days, None)
    verdict = judge(model, data, previous=None, say=told)
    assert verdict.reason == "not judged: nobody voted up before the votes to hold out"


@pytest.mark.parametrize("ours", ["recipe", "model"])
@pytest.mark.parametrize("simple", ["popularity", "recency"])
def test_no_better_than_a_simple_order_is_refused_even_when_equal(ours, simple):
    verdict = decide(results(**{ours: 0.3, simple: 0.3, "content": 0.2}), {}, trial())
    assert not verdict.passed
    assert f"is not better than {simple} (0.3000 against 0.3000)" in verdict.reason


def test_worse_than_content_alone_is_refused_only_beyond_chance():
    """Every reader loses 0.1: the interval of the difference is -0.1 to -0.1. Half lose, half win: it holds 0."""
    certain = decide(results(content=0.6), {}, trial())
    mixed = results()
    mixed["content"] = mixed["recipe"] + np.tile([0.1, -0.09], 10)
    assert not certain.passed
    assert "worse than content alone by 0.1000" in certain.reason
    assert decide(mixed, {}, trial()).passed


@pytest.mark.parametrize(("low", "passed"), [(0.51, False), (0.5, True), (0.49, True)])
def test_a_model_is_refused_when_its_interval_lies_below_that_of_the_serving_one(low, passed):
    before = {"recipe": {"mean": 0.55, "low": low, "high": 0.6}}
    assert decide(results(), before, trial()).passed is passed


def test_a_serving_model_that_was_never_judged_sets_no_bar():
    assert decide(results(), {"passed": True}, trial()).passed


def test_a_model_that_did_not_learn_from_the_votes_it_saw_is_refused():
    verdict = decide(results(model=0.45), {}, trial())
    assert (verdict.passed, verdict.reason) == (
        False, "the model has seen the newest votes and is worse than without by 0.0500",
    )  # fmt: skip


def test_every_complaint_is_named():
    """Each of the two against popularity, recency and content."""
    verdict = decide(results(recipe=0.05, model=0.05), {}, trial())
    assert len(verdict.reason.split("; ")) == 6


def test_the_newest_votes_are_held_out():
    """Twenty votes, the newest two are above the quantile at 0.9; reader 0 has earlier votes and liked paper 3 late."""
    triples = [(r, p, 1) for r in range(3) for p in range(7) if (r, p) != (0, 3)]
    times = list(range(len(triples)))
    found = split(small_data([*triples, (0, 3, 1)], [*times, 100], n_papers=7))
    assert found.kind == "time"
    assert len(found.earlier) == 21 - 2
    (case,) = [case for case in found.cases if case.reader == 0]
    assert found.pool[case.relevant].tolist() == [3]
    assert 3 not in case.revealed


def test_votes_without_distinct_times_are_split_by_chance():
    triples = [(r, p, 1) for r in range(3) for p in range(40)]
    found = split(small_data(triples, [5.0] * len(triples), n_papers=40))
    assert found.kind == "random"
    assert 0 < len(triples) - len(found.earlier) < len(triples) / 3


def test_no_votes_split_into_no_cases():
    found = split(small_data([], []))
    assert (len(found.cases), len(found.earlier)) == (0, 0)


def test_a_reader_is_a_case_only_with_earlier_votes_and_later_likes():
    """Of the two late votes one is reader 1's first, the other is reader 2's down-vote."""
    triples = [(0, p, 1) for p in range(10)] + [(2, p, 1) for p in range(8)] + [(1, 11, 1), (2, 11, -1)]
    found = split(small_data(triples, [*range(18), 50, 50], n_papers=12))
    assert found.kind == "time"
    assert {case.reader for case in found.cases} == set()


def test_popularity_is_the_net_of_the_earlier_votes():
    """Paper 2: one up, one down; paper 0: one up."""
    earlier = votes_from_triples([(0, 2, 1), (1, 2, -1), (0, 0, 1)], 2, 4)
    assert popularity(Trial(earlier, np.array([0, 2, 3], np.int32), [], "time")).tolist() == [1, 0, 0]


def test_papers_voted_on_before_are_no_answer():
    case = Case(0, np.array([3], np.int32), np.ones(1, np.float32), np.array([0], np.int32))
    found = Trial(votes_from_triples([], 1, 5), np.array([1, 3], np.int32), [case], "time")
    assert judging._without_told(np.array([[1, 2]], np.float32), found).tolist() == [[1, -np.inf]]


def test_content_alone_learns_nothing_from_other_readers():
    plain = content_only(SMALL)
    assert (plain.embedding_size, plain.neighbours, plain.width) == (0, 0, SMALL.width)
