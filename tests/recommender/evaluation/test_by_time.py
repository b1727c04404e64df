"""The protocol `time`: nothing from a day or after it is learned from or revealed."""

from datetime import date

import numpy as np
import pytest

from recommender.evaluation.by_time import by_time
from recommender.evaluation.input import read_evaluation_data
from recommender.evaluation.protocols import EvaluationPlan, NotMeasurable

from .folder import FIRST_DAY, day_of, write

TIMED = "reader\tpaper\tvalue\ttime"
PLAN = EvaluationPlan((0, "all"), readers=500, seed=1)
PAPERS = [
    {"id": "old", "title": "old", "day": "2026-01-01"},
    {"id": "two", "title": "two", "day": "2026-01-02"},
    {"id": "three", "title": "three", "day": "2026-01-03"},
    {"id": "beside", "title": "beside", "day": "2026-01-03"},
]
SECOND = date(2026, 1, 2)


@pytest.fixture
def small(tmp_path):
    """Ada votes on a paper of each day, and comes back to the second on the third; Bob votes on the third alone."""
    votes = ["ada\told\t1\t2026-01-01T09:00", "ada\ttwo\t1\t2026-01-02T09:00", "ada\tthree\t1\t2026-01-03T09:00"]
    return read_evaluation_data(write(tmp_path, PAPERS, [*votes, "bob\tthree\t1\t2026-01-03T10:00"], TIMED))


def revealed(benchmark, case):
    names = [*(paper.title for paper in benchmark.task.papers), *(paper.title for paper in benchmark.task.candidates)]
    return {names[row] for row in case.revealed}


def names(benchmark, positions):
    return {benchmark.task.candidates[position].title for position in positions}


def test_a_reader_has_a_case_for_each_later_day_with_their_earlier_votes(small):
    benchmark = by_time(small, PLAN, SECOND)
    every = {question.reveal: question.cases for question in benchmark.questions}
    assert [(revealed(benchmark, case), names(benchmark, case.relevant)) for case in every["all"]] == [
        ({"old"}, {"two"}), ({"old", "two"}, {"three"}),
    ]  # fmt: skip
    assert [names(benchmark, case.relevant) for case in every[0]] == [{"three"}]


def test_only_the_papers_of_the_day_are_ranked(small):
    benchmark = by_time(small, PLAN, SECOND)
    cases = benchmark.questions[1].cases
    assert [names(benchmark, case.among) for case in cases] == [{"two"}, {"three", "beside"}]


def test_only_what_was_before_the_date_is_learned_from(small):
    task = by_time(small, PLAN, SECOND).task
    assert ([paper.title for paper in task.papers], len(task.votes)) == (["old"], 1)
    assert len(task.new) == 3


def test_without_a_date_about_a_fifth_of_the_votes_is_later(data):
    """Twelve or so votes a day for each of twenty days: the fifth begins on the seventeenth, day 16 from 0."""
    benchmark = by_time(data, PLAN)
    later = len(data.votes) - len(benchmark.task.votes)
    assert later / len(data.votes) == pytest.approx(0.2, abs=0.06)


def test_no_later_paper_and_no_later_vote_is_in_training(data):
    task = by_time(data, PLAN, day_of(10)).task
    assert task.days.max() < day_of(10).toordinal() <= task.appeared.min()


def test_revealed_votes_were_cast_before_the_day(data):
    benchmark = by_time(data, PLAN, day_of(10))
    days = np.concatenate([benchmark.task.days, benchmark.task.appeared])
    for question in benchmark.questions:
        for case in question.cases:
            (day,) = set(benchmark.task.appeared[case.among].tolist())
            assert (days[case.revealed] < day).all()


def test_a_paper_that_was_voted_on_before_the_date_of_its_day_is_known(tmp_path):
    votes = ["ada\ttwo\t1\t2026-01-01T09:00", "bob\ttwo\t1\t2026-01-02T09:00"]
    benchmark = by_time(read_evaluation_data(write(tmp_path, PAPERS, votes, TIMED)), PLAN, SECOND)
    known = {
        paper.title for paper, row in zip(benchmark.task.candidates, benchmark.task.known, strict=True) if row >= 0
    }
    assert known == {"two"}


def test_votes_without_times_cannot_be_split_by_time(tmp_path):
    with pytest.raises(NotMeasurable, match="the votes have no times"):
        by_time(read_evaluation_data(write(tmp_path, PAPERS, ["r\told\t1"])), PLAN)


def test_papers_without_days_cannot_be_split_by_time(tmp_path):
    papers = [*PAPERS, {"id": "s", "title": "s", "year": 2020}]
    with pytest.raises(NotMeasurable, match="1 papers have no `day`"):
        by_time(read_evaluation_data(write(tmp_path, papers, ["r\told\t1\t0"], TIMED)), PLAN)


@pytest.mark.parametrize(("start", "side"), [(date(2025, 1, 1), "earlier up-votes"), (date(2027, 1, 1), "later votes")])
def test_a_date_with_nothing_on_one_side_is_refused_with_the_dates_there_are(small, start, side):
    with pytest.raises(NotMeasurable, match=f"no {side} at {start}; the votes are from 2026-01-01 to 2026-01-03"):
        by_time(small, PLAN, start)


def test_numbers_of_votes_cannot_be_revealed_by_time(small):
    with pytest.raises(NotMeasurable, match=r"of readers with 0, 1, 2-4, 5\+, all of them; not 7"):
        by_time(small, EvaluationPlan((0, 7), 5, seed=1), SECOND)


def test_readers_can_be_limited(data):
    benchmark = by_time(data, EvaluationPlan(("all",), readers=3, seed=1), FIRST_DAY.replace(day=10))
    assert len({case.reader for case in benchmark.questions[0].cases}) == 3


def test_cases_are_grouped_by_their_number_of_earlier_votes(tmp_path):
    """Ada votes on the paper of each of eight days: on day i, i votes are earlier."""
    papers = [{"id": str(day), "title": f"word{day}", "day": f"2026-01-0{day + 1}"} for day in range(8)]
    votes = [f"ada\t{day}\t1\t2026-01-0{day + 1}T09:00" for day in range(8)]
    plan = EvaluationPlan((1, "2-4", "5+", "all"), 5, seed=1)
    benchmark = by_time(read_evaluation_data(write(tmp_path, papers, votes, TIMED)), plan, SECOND)
    counts = {question.reveal: [len(case.revealed) for case in question.cases] for question in benchmark.questions}
    assert counts == {1: [1], "2-4": [2, 3, 4], "5+": [5, 6, 7], "all": [1, 2, 3, 4, 5, 6, 7]}


def test_the_groups_are_all_cases_with_earlier_votes_each_once(data):
    plan = EvaluationPlan((1, "2-4", "5+", "all"), 500, seed=1)
    *groups, every = (question.cases for question in by_time(data, plan, day_of(10)).questions)
    assert sorted(id(case) for group in groups for case in group) == sorted(map(id, every))


def test_only_readers_of_the_part_are_measured(data):
    parts = {
        part: {case.reader for q in by_time(data, EvaluationPlan(("all",), 500, 1, part)).questions for case in q.cases}
        for part in ("tuning", "final", None)
    }
    assert parts["tuning"] | parts["final"] == parts[None]
    assert not parts["tuning"] & parts["final"]
