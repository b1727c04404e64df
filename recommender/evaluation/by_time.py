"""The protocol `time`: everything before a date trains, the papers of each later day are ranked day by day."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import numpy as np

from recommender.engine.data import IntArray
from recommender.engine.evaluation import BoolArray, Case, rows_where, sample

from .input import EvaluationData, TimeArray
from .protocols import HELD_OUT, TIME, EvaluationPlan, NotMeasurable, Split, benchmark_of
from .tasks import ALL, Benchmark, Question


def by_time(data: EvaluationData, wanted: EvaluationPlan, start: date | None = None) -> Benchmark:
    """Papers and votes before `start` (default: the day that leaves a fifth of the votes after it) are learned from.

    A reader and a later day are a case when the reader voted up one of that day's papers, on that day or after it:
    the day's papers are ranked, and the reader's votes before that day are revealed. `ALL` holds the cases with any
    such vote, 0 those without. Raises NotMeasurable without times or days, or when nothing is before or after.
    """
    times = _times(data)
    if other := [reveal for reveal in wanted.reveals if reveal not in (0, ALL)]:
        raise NotMeasurable(f"{TIME}: it reveals all votes before a day, or there are none: {ALL} or 0, not {other[0]}")
    first = start or _default_start(times)
    early = times < _midnight(first.toordinal())
    if early.all() or not (data.votes.values[early] > 0).any():
        side = "later votes" if early.all() else "earlier up-votes"
        raise NotMeasurable(
            f"{TIME}: no {side} at {first}; the votes are from {_day_of(times.min())} to {_day_of(times.max())}"
        )
    is_later = data.days >= first.toordinal()
    learned = np.union1d(rows_where(~is_later), data.votes.papers[early])
    split = Split(data, data.votes.only(early), learned, rows_where(is_later), wanted.seed)
    cases = split.placed(_cases(data, times, first.toordinal(), wanted))
    revealing = {
        ALL: [case for case in cases if len(case.revealed)],
        0: [case for case in cases if not len(case.revealed)],
    }
    questions = [Question(reveal, revealing[reveal]) for reveal in wanted.reveals]
    return benchmark_of(TIME, split.task, questions)


def _times(data: EvaluationData) -> TimeArray:
    if data.times is None:
        raise NotMeasurable(f"{TIME}: the votes have no times; a fourth column `time` is needed, or another protocol")
    if data.undated:
        raise NotMeasurable(f"{TIME}: {data.undated:,} papers have no `day`; each needs one, or take another protocol")
    return data.times


def _default_start(times: TimeArray) -> date:
    return _day_of(np.sort(times)[int(len(times) * (1 - HELD_OUT))])


def _cases(data: EvaluationData, times: TimeArray, first: int, wanted: EvaluationPlan) -> list[Case]:
    """Over rows of the data set: readers by chance, each with all their days."""
    days = data.days[data.votes.papers]
    asked = (data.votes.values > 0) & (days >= first) & (times >= _midnight(days))
    readers = sample(np.unique(data.votes.readers[asked]), wanted.readers, wanted.seed + 1)
    order = np.lexsort((times, data.votes.readers)).astype(np.int32)
    starts = np.searchsorted(data.votes.readers[order], np.arange(data.votes.n_readers + 1))
    of_day = {int(day): rows_where(data.days == day) for day in np.unique(days[asked])}
    spans = (order[starts[reader] : starts[reader + 1]] for reader in readers)
    return [case for own in spans for case in _days_of(data, times, own, asked[own], of_day)]


def _days_of(
    data: EvaluationData, times: TimeArray, own: IntArray, asked: BoolArray, of_day: dict[int, IntArray]
) -> Iterator[Case]:
    """One reader's cases.

    own  their votes, the earliest first
    """
    votes = data.votes
    days = data.days[votes.papers[own]]
    for day in np.unique(days[asked]):
        told = own[times[own] < _midnight(day)]
        wanted = own[asked & (days == day)]
        yield Case(
            int(votes.readers[own[0]]), votes.papers[told], votes.values[told], votes.papers[wanted], of_day[int(day)]
        )


def _midnight(day: IntArray | int) -> TimeArray:
    """Seconds since 1970 at which the day begins, UTC."""
    return np.asarray((np.asarray(day, dtype=np.float64) - date(1970, 1, 1).toordinal()) * 86400)


def _day_of(seconds: float) -> date:
    return datetime.fromtimestamp(float(seconds), UTC).date()
