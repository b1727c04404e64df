"""Systems on benchmarks: the results are those of the orders, whatever a system does."""

import numpy as np
import pytest

from recommender.evaluation.protocols import EvaluationPlan, new_papers
from recommender.evaluation.run import NotFinite, evaluate

COLUMNS = {
    "protocol", "reveal", "system", "readers", "seconds", "ndcg@10", "ndcg@10_low", "ndcg@10_high", "recall@20",
    "recall@100", "mrr",
}  # fmt: skip


def all_the_same(task):
    return lambda cases: np.zeros((len(cases), len(task.candidates)))


def clairvoyant(task):
    """Scores 1 for every answer."""

    def score(case):
        scores = np.zeros(len(task.candidates))
        scores[case.relevant] = 1
        return scores

    return lambda cases: map(score, cases)


def likes_the_revealed(task):
    """Ranks the papers with a revealed vote first."""

    def score(case):
        return np.where(np.isin(task.known, case.revealed), 9.0, 0.0)

    return lambda cases: map(score, cases)


def test_who_knows_the_answers_gets_one_for_every_metric(new_benchmark):
    for row in evaluate(new_benchmark, {"clairvoyant": clairvoyant}):
        assert (row.ndcg.mean, row.ndcg.low, row.recall_20, row.recall_100, row.mrr) == (1, 1, 1, 1, 1)


def test_there_is_a_row_for_each_system_and_question_with_the_promised_columns(new_benchmark):
    rows = [row.as_dict() for row in evaluate(new_benchmark, {"a": all_the_same, "b": clairvoyant})]
    assert all(set(row) == COLUMNS for row in rows)
    assert [(row["system"], row["reveal"]) for row in rows] == [
        (system, reveal) for system in "ab" for reveal in (0, 1, 5, "all", "known")
    ]


def test_papers_with_a_revealed_vote_do_not_take_the_places_of_answers(warm_benchmark):
    rows = zip(
        evaluate(warm_benchmark, {"revealed": likes_the_revealed}),
        evaluate(warm_benchmark, {"same": all_the_same}),
        strict=True,
    )
    assert all(revealed.ndcg.mean == same.ndcg.mean for revealed, same in rows)


def test_a_score_that_is_not_a_number_is_refused(new_benchmark):
    def broken(task):
        return lambda cases: np.full((len(cases), len(task.candidates)), np.nan)

    with pytest.raises(NotFinite, match="broken scored nan"):
        list(evaluate(new_benchmark, {"broken": broken}))


def test_cases_are_scored_in_chunks_with_the_same_figures(new_benchmark, monkeypatch):
    whole = [row.ndcg for row in evaluate(new_benchmark, {"clairvoyant": clairvoyant})]
    monkeypatch.setattr("recommender.evaluation.run.CHUNK", 3)
    assert [row.ndcg for row in evaluate(new_benchmark, {"clairvoyant": clairvoyant})] == whole


def test_a_system_learns_once(new_benchmark):
    learned = []

    def counting(task):
        learned.append(task)
        return all_the_same(task)

    assert len(list(evaluate(new_benchmark, {"counting": counting}))) == 5
    assert len(learned) == 1


def test_no_more_readers_are_measured_than_the_plan_allows(data):
    benchmark = new_papers(data, EvaluationPlan((1, "known"), readers=4, seed=1))
    assert [row.readers for row in evaluate(benchmark, {"same": all_the_same})] == [4, 4]
