"""The gate: planted structure passes; noise, damage, copies and losses are refused with the reason."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
import scipy.sparse as sp

from recommender.dataset import Dataset
from recommender.engine.data import PaperText, votes_from_triples
from recommender.engine.fit import fit
from recommender.engine.rows import Rows
from recommender.engine.trial import popularity
from recommender.models import TrainedModel
from recommender.night.judge import (
    AGAIN,
    BLIND,
    OURS,
    Trials,
    data_losses,
    decide,
    judge_model,
    judge_recipe,
    loss_to_content,
)
from recommender.night.trial import NEWEST, SINCE
from recommender.serving.model_cache import Served
from tests.recommender.planted import READERS, SMALL, dataset_of, fit_small, shuffled_labels

FIGURES = ("candidate", "finished", "content", "popularity", "recency")


@pytest.fixture(scope="module")
def data(world):
    return dataset_of(world)


@pytest.fixture(scope="module")
def late(data):
    """The same votes, but each reader's last up-vote was cast later than all the others."""
    ups = np.flatnonzero(data.votes.values > 0)
    _, from_the_end = np.unique(data.votes.readers[ups][::-1], return_index=True)
    last = ups[-1 - from_the_end]
    times = data.times.copy()
    times[last] += 10_000
    return replace(data, times=times)


@pytest.fixture(scope="module")
def verdict(model, data):
    return judged(model, data)


def judged(model, data, serving=None):
    return judge_model(model, Trials(data, serving), lambda line: None)


def moment(seconds):
    return datetime.fromtimestamp(seconds, UTC)


def serving(model, **columns):
    return Served(TrainedModel(**columns), model)


def trained(data, settings=SMALL, only=None):
    votes = data.votes if only is None else data.votes.only(only)
    return fit(data.texts, data.paper_ids, votes, settings)


def results(readers=60, **means):
    """Readers for whom each system scores the same."""
    base = {"candidate": 0.5, "finished": 0.5, "content": 0.4, "popularity": 0.1, "recency": 0.1} | means
    return {name: np.full(readers, value) for name, value in base.items()}


def spread(readers, mean, wide=0.4):
    """Half the readers lie above the mean by `wide`, half below."""
    return mean + wide * np.where(np.arange(readers) % 2, 1, -1)


def test_planted_structure_is_promoted(verdict):
    assert verdict.passed
    assert verdict.reason.endswith("better than popularity and recency, not worse than content alone")


def test_what_other_readers_know_beats_content_and_content_beats_the_simple_orders(verdict):
    means = {name: verdict.figures[name]["mean"] for name in FIGURES}
    assert means["candidate"] > means["content"] > 2 * max(means["popularity"], means["recency"])


def test_the_figures_come_with_the_facts_of_the_trial(verdict, data):
    facts = {name: verdict.figures[name] for name in ("split", "papers", "days", "yesterday_is")}
    assert facts == {"split": NEWEST, "papers": len(data.texts), "days": 5, "yesterday_is": None}
    assert 10 <= verdict.figures["readers"] <= READERS
    for name in FIGURES:
        figure = verdict.figures[name]
        assert 0 <= figure["low"] <= figure["mean"] <= figure["high"] <= 1


def test_differences_are_on_record(verdict):
    figures = verdict.figures
    assert set(figures["differences"]) == {"popularity", "recency", "content"}
    expected = figures["candidate"]["mean"] - figures["popularity"]["mean"]
    assert figures["differences"]["popularity"]["mean"] == pytest.approx(expected)


def test_judging_twice_gives_the_same_verdict(verdict, model, data):
    assert judged(model, data) == verdict


def test_a_model_trained_on_shuffled_labels_is_refused(data, world):
    shuffled = fit(data.texts, data.paper_ids, shuffled_labels(world.votes), SMALL)
    verdict = judged(shuffled, data)
    assert not verdict.passed
    assert "the finished model is worse than the candidate, which has not seen the newest votes" in verdict.reason


def test_a_model_with_nan_is_refused(model, data):
    spoiled = replace(model, embeddings=np.full_like(model.embeddings, np.nan))
    verdict = judged(spoiled, data)
    assert (verdict.passed, verdict.reason) == (False, "it contains numbers that are not finite")


def clone_of_popularity(model, data):
    """A model all of whose scores are net votes: one column holds them, and a vote's own row weighs nothing else.

    score(x) = (sum over the up-votes of their net votes) * (net votes of x)
    """
    net = popularity(data.votes)
    of_terms = (net, (np.arange(len(net)), np.zeros(len(net), int)))
    terms = sp.csr_matrix(of_terms, shape=model.rows.terms.shape, dtype=np.float32)
    rows = Rows(terms, np.zeros_like(model.rows.dense))
    flat = replace(model.ridge, directions=np.zeros_like(model.ridge.directions), gain=1.0)
    nothing = sp.csr_matrix(model.item_map.shape, dtype=np.float32)
    settings = replace(model.settings, down_weight=0.0)
    return replace(model, rows=rows, ridge=flat, item_map=nothing, settings=settings)


def test_a_popularity_clone_is_refused(model, data):
    verdict = judged(clone_of_popularity(model, data), data)
    assert not verdict.passed
    assert "the finished model is not better than popularity: it copies it (rank correlation 1.00)" in verdict.reason


def test_a_recipe_that_ranks_by_popularity_is_refused():
    verdict = decide(results(candidate=0.3, finished=0.3, content=0.2, popularity=0.3))
    assert (verdict.passed, verdict.reason.split(":")[0]) == (False, "the candidate is not better than popularity")


def test_a_loss_of_half_the_data_is_refused_with_the_reason(model, data):
    half = np.random.default_rng(0).random(len(data.votes)) < 0.5
    left = replace(data, votes=data.votes.only(half), times=data.times[half])
    before = serving(model, votes_seen=len(data.votes), readers_seen=READERS, papers_seen=len(data.texts))
    verdict = judged(trained(left), left, before)
    assert not verdict.passed
    assert verdict.reason.startswith(f"data are lost: {len(data.votes)} votes for the serving model, {half.sum()} now")


@pytest.mark.parametrize("name", ["votes", "readers", "papers"])
def test_up_to_a_fifth_may_go(model, data, name):
    """1,000 before: 800 is the least that may be left."""
    now = {"votes": len(data.votes), "readers": READERS, "papers": len(data.texts)}[name]
    assert data_losses(data, serving(model, **{f"{name}_seen": int(now / 0.8)})) == []
    assert len(data_losses(data, serving(model, **{f"{name}_seen": int(now / 0.8) + 2}))) == 1


def test_a_loss_is_refused_even_where_nobody_can_be_asked(world):
    few = dataset_of(replace(world, votes=world.votes.only(world.votes.readers < 5)))
    verdict = judged(trained(few), few, serving(trained(few), votes_seen=832))
    assert (verdict.passed, verdict.reason[:13]) == (False, "data are lost")


def test_too_few_readers_to_judge_by_are_reported(world):
    few = replace(world, votes=world.votes.only(world.votes.readers < 5))
    verdict = judged(fit_small(few), dataset_of(few))
    assert not verdict.passed
    assert verdict.reason.startswith("not enough votes to judge, readers with votes before the trial")


def test_without_an_earlier_up_vote_there_is_nothing_to_judge_by(model):
    # 12 readers vote nine papers down each; the newest tenth of the 120 votes are their 12 up-votes
    down = [(reader, paper, -1.0) for paper in range(9) for reader in range(12)]
    up = [(reader, 9 + reader, 1.0) for reader in range(12)]
    times = np.array([*range(108), *range(1000, 1012)], dtype=float)
    votes = votes_from_triples(down + up, 12, 21)
    data = Dataset(np.arange(21), [], votes, np.arange(12), times, np.zeros(21, np.int32), None)
    verdict = judged(model, data)
    assert verdict.reason.startswith("not enough votes to judge, readers with votes before the trial")


def test_yesterdays_model_is_measured_as_it_is_on_votes_that_neither_has_seen(late):
    """It learned from exactly the votes that the candidate is told, by the same recipe: not one place differs."""
    known = late.times < 10_000
    before = serving(trained(late, only=known), votes_until=moment(late.times[known].max()))
    verdict = judged(trained(late), late, before)
    assert (verdict.passed, verdict.figures["split"], verdict.figures["yesterday_is"]) == (True, SINCE, BLIND)
    assert verdict.figures["yesterday"] == verdict.figures["candidate"]
    assert verdict.figures["differences"]["yesterday"] == {"mean": 0, "low": 0, "high": 0}


def test_a_recipe_worse_than_yesterdays_is_refused(late):
    """Without anything from other readers the two circles of a topic cannot be told apart."""
    known = late.times < 10_000
    before = serving(trained(late, only=known), votes_until=moment(late.times[known].max()))
    verdict = judged(trained(late, SMALL.content_only()), late, before)
    assert not verdict.passed
    assert verdict.reason.startswith("the candidate is worse than the serving model")


def test_the_same_recipe_that_has_seen_the_votes_is_not_compared_with_itself(model, data):
    verdict = judged(model, data, serving(model))
    assert (verdict.passed, verdict.figures["yesterday_is"]) == (True, None)
    assert "yesterday" not in verdict.figures
    assert "the serving model" not in verdict.reason


def test_another_recipe_that_has_seen_the_votes_is_trained_anew(model, data):
    """Otherwise the recipe that learns by heart would win; here yesterday's is content alone, trained on the rest."""
    verdict = judged(model, data, serving(trained(data, SMALL.content_only())))
    assert (verdict.passed, verdict.figures["yesterday_is"]) == (True, AGAIN)
    assert verdict.figures["yesterday"] == verdict.figures["content"]


@pytest.mark.parametrize("ours", ["candidate", "finished"])
@pytest.mark.parametrize("simple", ["popularity", "recency"])
def test_each_of_ours_must_be_better_than_each_simple_order(ours, simple):
    verdict = decide(results(**{ours: 0.05, simple: 0.05}))
    assert not verdict.passed
    assert f"{OURS[ours]} is not better than {simple}: 0.0500 against 0.0500" in verdict.reason


@pytest.mark.parametrize("readers", [10, 48, 50, 500])
def test_better_means_proven(readers):
    """0.01 better on average, 0.4 up or down for each: even 500 readers leave an interval of 0.01 +- 0.035."""
    scattered = {
        "candidate": spread(readers, 0.11),
        "finished": np.full(readers, 0.5),
        "content": np.full(readers, 0.1),
    }
    assert not decide(results(readers) | scattered).passed


@pytest.mark.parametrize(("readers", "mean", "passed"), [(20, 0.11, True), (20, 0.0, False), (50, 0.11, False)])
def test_few_readers_refuse_content_only_where_it_is_worse(readers, mean, passed):
    """0.4 up or down for each of 20 is a standard error of 0.09: 0.11 against 0.1 is within it, 0.0 is not."""
    scattered = {"candidate": spread(readers, mean), "finished": np.full(readers, mean)}
    del (base := results(readers) | scattered)["content"]
    assert decide(base, has_learned=False).passed is passed


@pytest.mark.parametrize("readers", [10, 49])
def test_few_readers_are_enough_to_see_what_is_no_better(readers):
    assert not decide(results(readers, candidate=0.1, finished=0.1, content=0.1)).passed


def test_the_verdict_states_what_few_readers_cannot_prove():
    del (base := results(20) | {"candidate": spread(20, 0.11), "finished": np.full(20, 0.11)})["content"]
    assert decide(base, has_learned=False).reason == (
        "NDCG@10 0.1100 for 20 readers: "
        "not enough votes to judge against popularity and recency: the content order serves"
    )


@pytest.mark.parametrize(("other", "name"), [("content", "content alone"), ("yesterday", "the serving model")])
def test_worse_means_an_interval_below_zero(other, name):
    """A constant loss is certain; one that lies between +0.4 and -0.4 for 60 readers is not."""
    certain = decide(results(**{"yesterday": 0.5, other: 0.6}), BLIND)
    assert f"the candidate is worse than {name}: 0.5000 against 0.6000" in certain.reason
    assert decide(results(yesterday=0.5) | {other: spread(60, 0.51)}, BLIND).passed


def test_a_model_that_did_not_learn_from_the_votes_it_saw_is_refused():
    assert decide(results(finished=0.45)).reason == (
        "the finished model is worse than the candidate, which has not seen the newest votes: "
        "0.4500 against 0.5000, difference -0.0500 [-0.0500, -0.0500]"
    )


def test_every_complaint_is_named():
    """Each of the two against popularity, recency and content; the candidate against yesterday's."""
    verdict = decide(results(candidate=0.05, finished=0.05, yesterday=0.4), BLIND)
    assert len(verdict.reason.split("; ")) == 7


def test_content_alone_learns_nothing_from_other_readers():
    plain = SMALL.content_only()
    assert (plain.embedding_size, plain.neighbours, plain.width) == (0, 0, SMALL.width)
    assert SMALL.learns_from_others
    assert not plain.learns_from_others


@pytest.mark.parametrize("part", ["embedding_size", "neighbours", "direct_weight", "prior_weight"])
def test_each_part_that_other_readers_feed_counts_as_learning_from_them(part):
    assert replace(SMALL.content_only(), **{part: 1}).learns_from_others


def test_a_content_model_is_not_compared_with_itself(data):
    verdict = judged(trained(data, SMALL.content_only()), data)
    assert verdict.passed
    assert verdict.reason.endswith("better than popularity and recency")
    assert "content" not in verdict.figures
    assert set(verdict.figures["differences"]) == {"popularity", "recency"}


def test_the_figure_of_a_recipe_does_not_depend_on_who_asks_for_it(data, verdict):
    """The judge of the hybrid measures content as a bar, the judge of a content model as the candidate."""
    content = judged(trained(data, SMALL.content_only()), data)
    assert content.figures["candidate"] == verdict.figures["content"]


@pytest.mark.parametrize(("finished", "passed"), [(0.495, True), (0.485, False)])
def test_a_finished_content_model_may_lose_one_hundredth_to_the_candidate(finished, passed):
    """The number of votes changes how far each is trusted, and nothing else; 0.005 of 0.5 is no fault, 0.015 is."""
    verdict = decide(results(finished=finished), has_learned=False)
    assert verdict.passed is passed
    assert not decide(results(finished=finished)).passed


def test_a_content_model_whose_words_were_mixed_up_is_refused(data):
    """Every paper has the text of another one."""
    order = np.random.default_rng(0).permutation(len(data.texts))
    mixed = replace(data, texts=[data.texts[row] for row in order])
    verdict = judged(trained(mixed, SMALL.content_only()), data)
    assert not verdict.passed
    assert "the finished model is worse than the candidate" in verdict.reason


def test_the_serving_content_model_of_the_same_recipe_takes_no_part(data):
    content = trained(data, SMALL.content_only())
    verdict = judged(content, data, serving(content))
    assert verdict.passed
    assert verdict.figures["yesterday_is"] is None


def test_content_would_pass_where_it_beats_the_simple_orders(data):
    assert judge_recipe(SMALL.content_only(), Trials(data, None)).passed


def test_content_would_not_pass_beside_a_better_model_that_serves(data, model):
    assert not judge_recipe(SMALL.content_only(), Trials(data, serving(model))).passed


def test_content_would_not_pass_where_popularity_knows_better():
    """60 readers like some of the ten last papers, which have no word in common: three each, and later a fourth."""
    chance = np.random.default_rng(4)
    liked = [90 + chance.permutation(10)[:4] for _ in range(60)]
    triples = [(reader, int(papers[place]), 1.0) for place in range(4) for reader, papers in enumerate(liked)]
    texts = [PaperText(title=f"first{row} second{row}") for row in range(100)]
    times = np.array([*range(180), *range(1000, 1060)], dtype=float)
    votes = votes_from_triples(triples, 60, 100)
    data = Dataset(np.arange(100), texts, votes, np.arange(60), times, np.zeros(100, np.int32), None)
    assert not judge_recipe(SMALL.content_only(), Trials(data, None)).passed


def test_a_recipe_that_scores_lower_than_content_loses_to_it_without_proof(data):
    """The means decide, whether or not the interval of the difference holds zero."""
    trials = Trials(data, None)
    drowned = replace(SMALL, prior_weight=1000.0)
    means = [trials.recipe(settings).mean() for settings in (drowned, drowned.content_only())]
    assert means[0] < means[1]
    loss = loss_to_content(trials, drowned)
    assert loss.startswith(f"content alone scores higher: {means[0]:.4f} against {means[1]:.4f}, difference -")
    assert loss_to_content(trials, SMALL) == ""
    assert loss_to_content(trials, SMALL.content_only()) == ""


def test_no_recipe_would_pass_after_data_were_lost(data, model):
    before = serving(model, votes_seen=2 * len(data.votes))
    assert not judge_recipe(SMALL, Trials(data, before)).passed


def test_unmeasured_only_content_would_pass(world):
    few = dataset_of(replace(world, votes=world.votes.only(world.votes.readers < 5)))
    assert judge_recipe(SMALL.content_only(), Trials(few, None)).passed
    assert not judge_recipe(SMALL, Trials(few, None)).passed
