"""Evaluation protocols: training data, candidates, and readers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from recommender.engine.data import IntArray, Votes
from recommender.engine.evaluation import Case, cases_of, readers_with, rows_where, sample, split_new_papers
from recommender.engine.features import terms_of

from .input import EvaluationData
from .tasks import ALL, KNOWN, Benchmark, Question, Reveal, Task

HELD_OUT = 0.2
NEW_PAPERS, WARM, TIME, RATINGS = "new-papers", "warm", "time", "ratings"


class NotMeasurable(Exception):
    """The data set does not have what the protocol needs.

    The message says what is missing.
    """


@dataclass(frozen=True)
class EvaluationPlan:
    """What to measure.

    reveals  numbers of votes, `ALL` or `KNOWN`; each is a question
    readers  the largest number of readers of a question, > 0
    part     measure only readers of this part, `TUNING` or `FINAL`; others may be learned from
    """

    reveals: Sequence[Reveal]
    readers: int
    seed: int
    part: str | None = None


def new_papers(data: EvaluationData, plan: EvaluationPlan) -> Benchmark:
    """Hold out a fifth of the papers with all their votes.

    These are ranked, as new papers are on the site every day. Numbers and `ALL`: readers absent from training, who
    reveal that many of their votes on other papers. `KNOWN`: other readers, whose votes on other papers are all in the
    training data.
    """
    is_held_out = split_new_papers(len(data.papers), HELD_OUT, plan.seed)
    revealed = data.votes.only(~is_held_out[data.votes.papers])
    held_out = data.votes.only(is_held_out[data.votes.papers])
    eligible = rows_where(readers_with(revealed) & readers_with(held_out.only(held_out.values > 0)))
    absent, known = _two_groups(data.measured(eligible, plan.part), plan)
    train = revealed.only(~np.isin(revealed.readers, absent))
    split = Split(data, train, rows_where(~is_held_out), rows_where(is_held_out), plan.seed)
    absent_cases = split.placed(cases_of(revealed, held_out, absent, plan.seed + 2))
    known_cases = split.placed(cases_of(revealed, held_out, known, plan.seed + 3))
    questions = []
    for reveal in plan.reveals:
        cases = known_cases if reveal == KNOWN else absent_cases
        if isinstance(reveal, int):
            cases = [replace(case, revealed=case.revealed[:reveal], values=case.values[:reveal]) for case in cases]
        questions.append(Question(reveal, cases))
    return benchmark_of(NEW_PAPERS, split.task, questions)


def warm(data: EvaluationData, plan: EvaluationPlan) -> Benchmark:
    """All papers are candidates, except those whose votes the reader revealed.

    `ALL` (or `KNOWN`, which is the same here): a random fifth of all votes is held out, the rest is revealed and in the
    training data. Numbers: readers absent from training reveal that many votes; their other up-votes are the answer.
    """
    likes = data.votes.only(data.votes.values > 0)
    absent, _ = _two_groups(data.measured(rows_where(readers_with(likes, 2)), plan.part), plan)
    is_held_out = np.random.default_rng(plan.seed + 4).random(len(data.votes)) < HELD_OUT
    is_present = ~np.isin(data.votes.readers, absent)
    train, held_out = data.votes.only(is_present & ~is_held_out), data.votes.only(is_present & is_held_out)
    all_papers = np.arange(len(data.papers), dtype=np.int32)
    split = Split(data, train, all_papers, all_papers, plan.seed)
    known = rows_where(readers_with(train) & readers_with(held_out.only(held_out.values > 0)))
    known = data.measured(known, plan.part)
    known_cases = cases_of(train, held_out, sample(known, plan.readers, plan.seed + 5), plan.seed + 3)
    questions = []
    for reveal in plan.reveals:
        is_word = reveal in (ALL, KNOWN)
        cases = known_cases if is_word else _partly_revealed(data.votes, absent, int(reveal), plan.seed + 2)
        questions.append(Question(reveal, split.placed(cases)))
    return benchmark_of(WARM, split.task, questions)


@dataclass(frozen=True)
class Split:
    """Papers to learn from and to rank, and votes to learn from.

    Papers are rows of the whole data set. `few_at_a_time` is that of the task.
    """

    data: EvaluationData
    train: Votes
    papers: IntArray
    ranked: IntArray
    seed: int
    few_at_a_time: bool = False

    @property
    def order(self) -> IntArray:
        """Put the candidates into random order.

        A system without an opinion then scores as chance does.
        """
        return np.random.default_rng(self.seed + 9).permutation(self.ranked)

    @property
    def task(self) -> Task:
        data, order, row_of = self.data, self.order, self._task_rows()
        return Task(
            papers=[data.papers[paper] for paper in self.papers],
            days=data.days[self.papers],
            votes=replace(self.train, papers=row_of[self.train.papers], n_papers=len(self.papers)),
            candidates=[data.papers[paper] for paper in order],
            known=row_of[order],
            appeared=data.days[order],
            seed=self.seed,
            vectors=None if data.vectors is None else data.vectors[self.papers],
            candidate_vectors=None if data.vectors is None else data.vectors[order],
            few_at_a_time=self.few_at_a_time,
        )

    def placed(self, cases: Sequence[Case]) -> list[Case]:
        """Convert cases from data set rows to task rows and positions."""
        place_of = np.zeros(len(self.data.papers), dtype=np.int32)
        place_of[self.order] = np.arange(len(self.ranked))
        row_of = self._task_rows()
        row_of = np.where(row_of < 0, len(self.papers) + place_of, row_of).astype(np.int32)
        return [
            replace(
                case,
                revealed=row_of[case.revealed],
                relevant=place_of[case.relevant],
                among=None if case.among is None else place_of[case.among],
            )
            for case in cases
        ]

    def _task_rows(self) -> IntArray:
        """Map each paper of the data set to its task row.

        -1 where it is not among the task's papers.
        """
        row_of = np.full(len(self.data.papers), -1, dtype=np.int32)
        row_of[self.papers] = np.arange(len(self.papers))
        return row_of


def _two_groups(readers: IntArray, plan: EvaluationPlan) -> tuple[IntArray, IntArray]:
    """Split readers into those outside and inside training.

    At most half are kept out; each group has `plan.readers`.
    """
    shuffled = sample(readers, len(readers), plan.seed + 1)
    absent = shuffled[: min(plan.readers, len(readers) // 2)]
    return absent, shuffled[len(absent) :][: plan.readers]


def _partly_revealed(votes: Votes, readers: IntArray, reveal: int, seed: int) -> list[Case]:
    """Cases that reveal `reveal` random votes of each reader.

    The other up-votes are relevant.
    """
    cases = []
    for case in cases_of(votes, votes, readers, seed):
        relevant = case.revealed[reveal:][case.values[reveal:] > 0]
        if len(relevant):
            cases.append(Case(case.reader, case.revealed[:reveal], case.values[:reveal], relevant))
    return cases


def benchmark_of(protocol: str, task: Task, questions: Sequence[Question]) -> Benchmark:
    """The benchmark with the questions that have a case.

    Raises NotMeasurable when none has one, or when there is nothing to learn from.
    """
    answerable = [question for question in questions if question.cases]
    if not answerable:
        reveals = ", ".join(str(question.reveal) for question in questions)
        raise NotMeasurable(
            f"{protocol}, reveal {reveals}: no reader has both votes to reveal and held-out up-votes; "
            "more readers with more votes are needed"
        )
    if not (task.votes.values > 0).any() or not any(map(terms_of, task.papers)):
        raise NotMeasurable(f"{protocol}: no up-vote or no word is left to learn from; more votes or texts are needed")
    return Benchmark(protocol, task, answerable)
