"""Splits that leak nothing: answers are never in the training data or among the revealed votes."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.evaluation.input import part_of, read_evaluation_data
from recommender.evaluation.protocols import EvaluationPlan, NotMeasurable, benchmark_of, new_papers, warm
from recommender.evaluation.tasks import Question, revealed_positions
from tests.peers.votes import is_trained

from .folder import write


def question(benchmark, reveal):
    (match,) = (question for question in benchmark.questions if question.reveal == reveal)
    return match.cases


def likes(task):
    """Reader row -> the texts that training has an up-vote on."""
    votes = task.votes.only(task.votes.values > 0)
    texts_of = {}
    for reader, paper in zip(votes.readers, votes.papers, strict=True):
        texts_of.setdefault(int(reader), set()).add(task.papers[paper])
    return texts_of


def liked_by(benchmark, data, case):
    """What the reader of a case likes in the data set, as texts."""
    rows = (data.votes.readers == case.reader) & (data.votes.values > 0)
    return {data.papers[row] for row in data.votes.papers[rows]}


def test_a_fifth_of_the_papers_is_new_and_nobody_voted_on_them(new_benchmark):
    task = new_benchmark.task
    assert (len(task.papers), len(task.candidates), task.votes.n_papers) == (192, 48, 192)
    assert (task.known == -1).all()
    assert len(task.new) == 48


def test_readers_of_numbers_and_all_are_absent_from_training_and_known_ones_are_in_it(new_benchmark):
    for reveal in (0, 1, 5, "all"):
        assert not any(is_trained(new_benchmark.task.votes, question(new_benchmark, reveal)))
    assert all(is_trained(new_benchmark.task.votes, question(new_benchmark, "known")))


def test_known_readers_reveal_just_what_training_has_of_them(new_benchmark):
    matrix = new_benchmark.task.votes.matrix
    for case in question(new_benchmark, "known"):
        assert sorted(case.revealed) == sorted(matrix[case.reader].indices)


def test_revealing_shows_the_first_votes_of_the_same_readers(new_benchmark):
    five, every = question(new_benchmark, 5), question(new_benchmark, "all")
    assert {len(case.revealed) for case in five} == {5}
    assert all(np.array_equal(few.revealed, many.revealed[:5]) for few, many in zip(five, every, strict=True))
    assert {len(case.revealed) for case in question(new_benchmark, 0)} == {0}


@pytest.mark.parametrize("reveal", [1, "all", "known"])
def test_the_answers_are_the_readers_likes_among_the_new_papers(new_benchmark, data, reveal):
    task = new_benchmark.task
    for case in question(new_benchmark, reveal):
        answers = {task.candidates[position] for position in case.relevant}
        assert answers == liked_by(new_benchmark, data, case) & set(task.candidates)


def test_warm_ranks_every_paper(warm_benchmark):
    task = warm_benchmark.task
    assert len(task.papers) == len(task.candidates) == 240
    assert sorted(task.known) == list(range(240))
    assert all(task.papers[row] is paper for row, paper in zip(task.known, task.candidates, strict=True))


@pytest.mark.parametrize("reveal", [1, 5])
def test_warm_absent_readers_are_asked_for_all_that_they_did_not_reveal(warm_benchmark, data, reveal):
    task = warm_benchmark.task
    for case in question(warm_benchmark, reveal):
        revealed = {task.papers[row] for row in case.revealed}
        answers = {task.candidates[position] for position in case.relevant}
        assert len(case.revealed) == reveal
        assert answers == liked_by(warm_benchmark, data, case) - revealed
    assert not any(is_trained(task.votes, question(warm_benchmark, reveal)))


def test_warm_known_readers_are_asked_for_likes_that_training_has_not_seen(warm_benchmark, data):
    task, learned = warm_benchmark.task, likes(warm_benchmark.task)
    for case in question(warm_benchmark, "known"):
        answers = {task.candidates[position] for position in case.relevant}
        assert answers == liked_by(warm_benchmark, data, case) - learned[case.reader]


def test_warm_holds_out_about_a_fifth_of_the_votes_of_those_in_training(warm_benchmark, data):
    """44 of 64 readers with 13 votes each are in training: 572 votes, of which 458 +- 10 stay."""
    assert len(warm_benchmark.task.votes) == pytest.approx(458, abs=30)


def test_no_answer_is_revealed(new_benchmark, warm_benchmark):
    for benchmark in (new_benchmark, warm_benchmark):
        for question in benchmark.questions:
            for case in question.cases:
                assert not set(revealed_positions(benchmark.task, case)) & set(case.relevant)


def test_the_order_of_the_candidates_does_not_follow_the_file(warm_benchmark):
    assert not (np.diff(warm_benchmark.task.known) > 0).all()


def test_another_seed_splits_otherwise_and_the_same_one_alike(data):
    held = [set(new_papers(data, EvaluationPlan((1,), 5, seed)).task.candidates) for seed in (1, 1, 2)]
    assert held[0] == held[1] != held[2]


def test_one_reader_alone_cannot_be_measured_and_it_says_so(tmp_path):
    papers = [{"id": str(row), "title": f"word{row}"} for row in range(10)]
    data = read_evaluation_data(write(tmp_path, papers, [f"r\t{row}\t1" for row in range(10)]))
    for protocol in (new_papers, warm):
        with pytest.raises(NotMeasurable, match="reveal 1: no reader has both votes to reveal and held-out up-votes"):
            protocol(data, EvaluationPlan((1,), 5, seed=1))


def test_warm_calls_those_in_training_all_or_known(data):
    every, known = warm(data, EvaluationPlan(("all", "known"), 5, seed=1)).questions
    assert [case.relevant.tolist() for case in every.cases] == [case.relevant.tolist() for case in known.cases]


def test_nothing_left_to_learn_from_is_refused(tmp_path):
    """The same split with its up-votes gone."""
    papers = [{"id": str(row), "title": f"word{row}"} for row in range(10)]
    votes = [f"{reader}\t{row}\t1" for reader in "rs" for row in range(2)]
    data = read_evaluation_data(write(tmp_path, papers, votes))
    task = warm(data, EvaluationPlan((1,), 5, seed=1)).task
    task = replace(task, votes=data.votes.only(data.votes.values < 0))
    with pytest.raises(NotMeasurable, match="warm: no up-vote or no word is left to learn from"):
        benchmark_of("warm", task, [Question(1, [None])])


@pytest.mark.parametrize("protocol", [new_papers, warm])
def test_a_part_measures_its_readers_alone(data, protocol):
    for part in ("tuning", "final"):
        benchmark = protocol(data, EvaluationPlan((1, "known"), 500, 1, part))
        readers = {case.reader for question in benchmark.questions for case in question.cases}
        assert {part_of(data.reader_ids[reader]) for reader in readers} == {part}
