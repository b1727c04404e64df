"""The engine as a system: it finds planted circles, and does what the product does."""

import numpy as np
import pytest

from recommender.engine.data import Settings
from recommender.engine.fit import fit
from recommender.engine.score import ReaderVectors, prepare, score_many
from recommender.engine.training import learn_embeddings
from recommender.engine.weights import choose_weights
from recommender.evaluation.by_time import by_time
from recommender.evaluation.input import read_evaluation_data
from recommender.evaluation.paperboy import HELD_OUT, paperboy, popular_then_recent, without_lightfm
from recommender.evaluation.protocols import EvaluationPlan, new_papers
from recommender.evaluation.run import evaluate

from .folder import day_of, write


@pytest.fixture(scope="module")
def rows(new_benchmark):
    return {row.reveal: row for row in evaluate(new_benchmark, {"paperboy": paperboy})}


def test_it_finds_the_readers_circle_among_papers_nobody_voted_on(rows, new_benchmark):
    cases = new_benchmark.questions[0].cases
    chance = np.mean([len(case.relevant) / len(new_benchmark.task.candidates) for case in cases])
    assert rows[5].ndcg.mean > 3 * chance
    assert rows["all"].ndcg.low > chance
    assert rows["known"].ndcg.low > chance


def test_candidates_in_chunks_score_as_all_at_once(warm_benchmark, monkeypatch):
    cases = warm_benchmark.questions[1].cases
    whole = paperboy(warm_benchmark.task)(cases)
    monkeypatch.setattr("recommender.evaluation.paperboy.CHUNK", 7)
    monkeypatch.setattr("recommender.evaluation.paperboy.REUSABLE", 0)
    assert np.allclose(paperboy(warm_benchmark.task)(cases), whole, atol=1e-4 * np.abs(whole).max())


def test_without_lightfm_nothing_of_it_is_learned(warm_benchmark, monkeypatch):
    sizes = []
    learn = "recommender.engine.fit.learn_embeddings"
    monkeypatch.setattr(learn, lambda *given: sizes.append(given[-1].embedding_size) or learn_embeddings(*given))
    cases = warm_benchmark.questions[1].cases
    ablated = without_lightfm(warm_benchmark.task)(cases)
    assert set(sizes) == {0}
    assert not np.allclose(ablated, paperboy(warm_benchmark.task)(cases))


def test_readers_who_told_nothing_get_the_popular_papers(warm_benchmark):
    case = warm_benchmark.questions[0].cases[0]
    nothing = case.__class__(case.reader, case.revealed[:0], case.values[:0], case.relevant)
    assert np.array_equal(paperboy(warm_benchmark.task)([nothing])[0], popular_then_recent(warm_benchmark.task))


def lists_to_choose_by(benchmark, monkeypatch):
    """The lists of papers by which `paperboy` chooses its weights."""
    lists = []
    choose = "recommender.evaluation.paperboy.choose_weights"
    monkeypatch.setattr(choose, lambda *given: lists.extend(case.among for case in given[2]) or choose_weights(*given))
    paperboy(benchmark.task)
    return lists


def test_weights_for_one_long_list_are_chosen_by_one_long_list(new_benchmark, monkeypatch):
    lists = lists_to_choose_by(new_benchmark, monkeypatch)
    assert new_benchmark.task.days.any()
    assert len({tuple(each) for each in lists}) == 1
    assert len(lists[0]) == pytest.approx(HELD_OUT * len(new_benchmark.task.papers), rel=0.2)


def test_weights_for_days_are_chosen_by_days(data, monkeypatch):
    benchmark = by_time(data, EvaluationPlan(("all",), 500, seed=1), day_of(15))
    days = benchmark.task.days
    lists = lists_to_choose_by(benchmark, monkeypatch)
    assert len({tuple(each) for each in lists}) > 1
    assert all(len(np.unique(days[each])) == 1 for each in lists)


def test_popular_is_net_votes_and_then_the_day(warm_benchmark):
    task = warm_benchmark.task
    net = np.asarray(task.votes.matrix.sum(axis=0)).ravel()[task.known]
    order = np.lexsort((task.appeared, net))
    assert (np.diff(popular_then_recent(task)[order]) >= 0).all()


def test_votes_on_papers_that_training_has_not_seen_count(data):
    """By time, a reader's votes on papers newer than the training are revealed and change the scores."""
    benchmark = by_time(data, EvaluationPlan(("all",), 500, seed=1), day_of(10))
    task = benchmark.task
    case = next(c for c in benchmark.questions[0].cases if (c.revealed >= len(task.papers)).any())
    known = case.revealed < len(task.papers)
    fewer = case.__class__(case.reader, case.revealed[known], case.values[known], case.relevant, case.among)
    both = paperboy(task)([case, fewer])
    assert not np.allclose(both[0], both[1])


def test_it_scores_as_the_engine_does(new_benchmark):
    task, cases = new_benchmark.task, new_benchmark.questions[3].cases[:3]
    model = fit(task.papers, np.arange(len(task.papers)), task.votes, Settings(), vectors=task.vectors)
    tastes = [ReaderVectors(model.rows[c.revealed], c.revealed, c.values, model.rows[:0]) for c in cases]
    expected = score_many(model, tastes, prepare(model, model.represent(task.candidates, task.candidate_vectors)))
    assert np.allclose(paperboy(task, Settings())(cases), expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("title", ["word", ""])
def test_it_takes_a_vocabulary_of_one_word_and_papers_without_any(tmp_path, title):
    papers = [{"id": str(row), "title": title if row else "word"} for row in range(12)]
    votes = [f"{reader}\t{paper}\t1" for reader in range(12) for paper in range(12) if (reader + paper) % 2]
    benchmark = new_papers(
        read_evaluation_data(write(tmp_path, papers, votes)), EvaluationPlan((0, 2, "known"), 20, seed=1)
    )
    assert len(list(evaluate(benchmark, {"paperboy": paperboy}))) == 3
