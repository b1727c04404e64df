"""The protocols: which votes and papers are learned from, which papers are ranked, and for whom."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from recommender.engine.data import IntArray, Votes
from recommender.engine.evaluation import Case, cases_of, readers_with, rows_where, sample, split_new_papers
from recommender.engine.features import terms_of

from .input import EvaluationData
from .tasks import ALL, KNOWN, Benchmark, Question, Reveal, Task

HELD_OUT = 0.2
NEW_PAPERS, WARM, TIME = "new-papers", "warm", "time"


class NotMeasurable(Exception):
    """The data set does not have what the protocol needs; says what is missing."""


@dataclass(frozen=True)
class EvaluationPlan:
    """What is to be measured.

    reveals  numbers of votes, `ALL` or `KNOWN`
    readers  readers of each question at most, > 0
    """

    reveals: Sequence[Reveal]
    readers: int
    seed: int


def new_papers(data: EvaluationData, wanted: EvaluationPlan) -> Benchmark:
    """A fifth of the papers held out whole: nobody has voted on any of them. The product's daily case.

    Numbers and `ALL`: readers absent from training, who reveal so many of their votes on other papers. `KNOWN`: other
    readers, whose votes on other papers were all learned from.
    """
    held = split_new_papers(len(data.papers), HELD_OUT, wanted.seed)
    told, asked = data.votes.only(~held[data.votes.papers]), data.votes.only(held[data.votes.papers])
    fit_readers = rows_where(readers_with(told) & readers_with(asked.only(asked.values > 0)))
    absent, known = _two_groups(fit_readers, wanted)
    split = Split(data, _without(told, absent), rows_where(~held), rows_where(held), wanted.seed)
    strangers = split.placed(cases_of(told, asked, absent, wanted.seed + 2))
    regulars = split.placed(cases_of(told, asked, known, wanted.seed + 3))
    questions = [
        Question(reveal, regulars if reveal == KNOWN else _first(strangers, reveal)) for reveal in wanted.reveals
    ]
    return benchmark_of(NEW_PAPERS, split.task, questions)


def warm(data: EvaluationData, wanted: EvaluationPlan) -> Benchmark:
    """All papers are candidates, except those whose votes the reader revealed.

    `ALL` (or `KNOWN`, which is the same here): a random fifth of everybody's votes is held out, the rest learned from
    and revealed. Numbers: readers absent from training reveal so many votes, their other up-votes are the answer.
    """
    likes = data.votes.only(data.votes.values > 0)
    absent, _ = _two_groups(rows_where(readers_with(likes, 2)), wanted)
    hidden = np.random.default_rng(wanted.seed + 4).random(len(data.votes)) < HELD_OUT
    present = ~np.isin(data.votes.readers, absent)
    train, asked = data.votes.only(present & ~hidden), data.votes.only(present & hidden)
    every = np.arange(len(data.papers), dtype=np.int32)
    split = Split(data, train, every, every, wanted.seed)
    known = rows_where(readers_with(train) & readers_with(asked.only(asked.values > 0)))
    regulars = cases_of(train, asked, sample(known, wanted.readers, wanted.seed + 5), wanted.seed + 3)
    questions = []
    for reveal in wanted.reveals:
        is_word = reveal in (ALL, KNOWN)
        cases = regulars if is_word else _parted(data.votes, absent, int(reveal), wanted.seed + 2)
        questions.append(Question(reveal, split.placed(cases)))
    return benchmark_of(WARM, split.task, questions)


@dataclass(frozen=True)
class Split:
    """Papers to learn from and to rank, as rows of the whole data set, and the votes between."""

    data: EvaluationData
    train: Votes
    papers: IntArray
    ranked: IntArray
    seed: int

    @property
    def order(self) -> IntArray:
        """The candidates in an order that says nothing, so that a system without an opinion scores as chance does."""
        return np.random.default_rng(self.seed + 9).permutation(self.ranked)

    @property
    def task(self) -> Task:
        data, order, row = self.data, self.order, self._rows()
        return Task(
            papers=[data.papers[paper] for paper in self.papers],
            days=data.days[self.papers],
            votes=replace(self.train, papers=row[self.train.papers], n_papers=len(self.papers)),
            candidates=[data.papers[paper] for paper in order],
            known=row[order],
            appeared=data.days[order],
            seed=self.seed,
        )

    def placed(self, cases: Sequence[Case]) -> list[Case]:
        """Cases over rows of the data set as cases over the task's rows and positions."""
        place = np.zeros(len(self.data.papers), dtype=np.int32)
        place[self.order] = np.arange(len(self.ranked))
        row = self._rows()
        row = np.where(row < 0, len(self.papers) + place, row).astype(np.int32)
        return [
            replace(
                case,
                revealed=row[case.revealed],
                relevant=place[case.relevant],
                among=None if case.among is None else place[case.among],
            )
            for case in cases
        ]

    def _rows(self) -> IntArray:
        row = np.full(len(self.data.papers), -1, dtype=np.int32)
        row[self.papers] = np.arange(len(self.papers))
        return row


def _two_groups(readers: IntArray, wanted: EvaluationPlan) -> tuple[IntArray, IntArray]:
    """Readers to keep out of training (at most half of these) and readers to leave in it, `wanted.readers` of each."""
    mixed = sample(readers, len(readers), wanted.seed + 1)
    absent = mixed[: min(wanted.readers, len(readers) // 2)]
    return absent, mixed[len(absent) :][: wanted.readers]


def _without(votes: Votes, readers: IntArray) -> Votes:
    return votes.only(~np.isin(votes.readers, readers))


def _first(cases: Sequence[Case], reveal: Reveal) -> list[Case]:
    """The cases with only the first `reveal` votes."""
    most = None if reveal == ALL else int(reveal)
    return [replace(case, revealed=case.revealed[:most], values=case.values[:most]) for case in cases]


def _parted(votes: Votes, readers: IntArray, reveal: int, seed: int) -> list[Case]:
    """The first `reveal` votes of each reader in a random order; the up-votes behind them are the answer."""
    cases = []
    for case in cases_of(votes, votes, readers, seed):
        relevant = case.revealed[reveal:][case.values[reveal:] > 0]
        if len(relevant):
            cases.append(Case(case.reader, case.revealed[:reveal], case.values[:reveal], relevant))
    return cases


def benchmark_of(protocol: str, task: Task, questions: Sequence[Question]) -> Benchmark:
    """The trial with the questions that have a case; raises NotMeasurable when none has or nothing can be learned."""
    found = [question for question in questions if question.cases]
    if not found:
        asked = ", ".join(str(question.reveal) for question in questions)
        raise NotMeasurable(
            f"{protocol}, reveal {asked}: no reader has both votes to reveal and held-out up-votes; "
            "more readers with more votes are needed"
        )
    if not (task.votes.values > 0).any() or not any(map(terms_of, task.papers)):
        raise NotMeasurable(f"{protocol}: no up-vote or no word is left to learn from; more votes or texts are needed")
    return Benchmark(protocol, task, found)
