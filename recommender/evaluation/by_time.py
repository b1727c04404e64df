"""The protocol `time`: learn from the past, rank each later day.

The past is everything before a date.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime

import numpy as np

from recommender.engine.data import IntArray
from recommender.engine.evaluation import Case, rows_where, sample

from .input import EvaluationData, TimeArray
from .protocols import HELD_OUT, TIME, EvaluationPlan, NotMeasurable, Split, benchmark_of
from .tasks import ALL, FEW, MANY, Benchmark, Question, Reveal

GROUPS: dict[Reveal, range] = {
    0: range(1),
    1: range(1, 2),
    FEW: range(2, 5),
    MANY: range(5, sys.maxsize),
    ALL: range(1, sys.maxsize),
}  # numbers of earlier votes


def by_time(data: EvaluationData, plan: EvaluationPlan, start: date | None = None) -> Benchmark:
    """Train on papers and votes before `start`.

    By default `start` is the day with a fifth of the votes on or after it. There is a case for each reader and later
    day where the reader voted up one of the day's papers, on that day or later. The day's papers are ranked, and the
    reader's votes before the day are revealed. `ALL` holds the cases with such votes, 0 those without; 1, `FEW` and
    `MANY` hold those with one, two to four, and five and more. Raises NotMeasurable without times or days, when the
    plan reveals something else, or when there are no earlier up-votes or no later votes.
    """
    times = data.times
    if times is None:
        raise NotMeasurable(f"{TIME}: the votes have no times; add a fourth column `time` or use another protocol")
    if data.undated:
        raise NotMeasurable(f"{TIME}: {data.undated:,} papers have no `day`; add it or use another protocol")
    if other := [reveal for reveal in plan.reveals if reveal not in GROUPS]:
        groups = ", ".join(map(str, GROUPS))
        raise NotMeasurable(
            f"{TIME}: it reveals the votes before a day, of readers with {groups} of them; not {other[0]}"
        )

    first = start or _day_of(np.sort(times)[int(len(times) * (1 - HELD_OUT))])
    is_early = times < _midnight(first.toordinal())
    if is_early.all() or not (data.votes.values[is_early] > 0).any():
        missing = "later votes" if is_early.all() else "earlier up-votes"
        raise NotMeasurable(
            f"{TIME}: no {missing} at {first}; the votes are from {_day_of(times.min())} to {_day_of(times.max())}"
        )
    is_later = data.days >= first.toordinal()
    papers = np.union1d(rows_where(~is_later), data.votes.papers[is_early])
    split = Split(data, data.votes.only(is_early), papers, rows_where(is_later), plan.seed, few_at_a_time=True)
    cases = split.placed(list(_cases(data, times, first.toordinal(), plan)))
    questions = [
        Question(reveal, [case for case in cases if len(case.revealed) in GROUPS[reveal]]) for reveal in plan.reveals
    ]
    return benchmark_of(TIME, split.task, questions)


def _cases(data: EvaluationData, times: TimeArray, first: int, plan: EvaluationPlan) -> Iterator[Case]:
    """Cases over rows of the data set for sampled readers.

    Readers are sampled at random from the plan's part, each with all their days from `first` on.
    """
    votes = data.votes
    days = data.days[votes.papers]
    is_answer = (votes.values > 0) & (days >= first) & (times >= _midnight(days))
    readers = sample(data.measured(np.unique(votes.readers[is_answer]), plan.part), plan.readers, plan.seed + 1)
    by_reader = np.lexsort((times, votes.readers)).astype(np.int32)
    starts = np.searchsorted(votes.readers[by_reader], np.arange(votes.n_readers + 1))
    papers_of = {int(day): rows_where(data.days == day) for day in np.unique(days[is_answer])}
    for reader in readers:
        own = by_reader[starts[reader] : starts[reader + 1]]  # this reader's votes, the earliest first
        for day in np.unique(days[own][is_answer[own]]):
            revealed = own[times[own] < _midnight(day)]
            relevant = votes.papers[own[is_answer[own] & (days[own] == day)]]
            yield Case(int(reader), votes.papers[revealed], votes.values[revealed], relevant, papers_of[int(day)])


def _midnight(day: IntArray | int) -> TimeArray:
    """When the day, an ordinal, begins in UTC, in seconds since 1970."""
    return np.asarray((np.asarray(day, dtype=np.float64) - date(1970, 1, 1).toordinal()) * 86400)


def _day_of(seconds: float) -> date:
    return datetime.fromtimestamp(float(seconds), UTC).date()
