"""Every system on every question of a trial: rows of figures."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.engine.data import FloatArray
from recommender.engine.evaluation import Case, Interval, MetricArray, bootstrap, measure, per_reader

from .tasks import Benchmark, Question, Reveal, Scorer, System, Task, mask_scores

CHUNK = 1000  # cases whose scores are in memory at one time

Say = Callable[[str], None]


class NotFinite(Exception):
    """A system scored with something that is no number."""


@dataclass(frozen=True)
class ResultRow:
    """One line of the result: a system at one number of revealed votes.

    each  (readers,) NDCG@10 of each reader, in the same order for all systems
    """

    protocol: str
    reveal: Reveal
    system: str
    readers: int
    seconds: float
    ndcg: Interval
    recall_20: float
    recall_100: float
    mrr: float
    each: MetricArray

    def as_dict(self) -> dict[str, Any]:
        return {
            "protocol": self.protocol,
            "reveal": self.reveal,
            "system": self.system,
            "readers": self.readers,
            "seconds": round(self.seconds, 2),
            "ndcg@10": self.ndcg.mean,
            "ndcg@10_low": self.ndcg.low,
            "ndcg@10_high": self.ndcg.high,
            "recall@20": self.recall_20,
            "recall@100": self.recall_100,
            "mrr": self.mrr,
        }


def evaluate(trial: Benchmark, systems: dict[str, System], say: Say = lambda line: None) -> Iterator[ResultRow]:
    """Each system on each question; its seconds are those of its learning, which it does once, and of this question.

    Raises NotFinite when a score is not a finite number.
    """
    for name, system in systems.items():
        started = time.perf_counter()
        scorer = system(trial.task)
        learning = time.perf_counter() - started
        say(f"{name}: learned in {learning:.1f} s")
        for question in trial.questions:
            yield _row(trial, name, scorer, question, learning)


def _row(trial: Benchmark, name: str, scorer: Scorer, question: Question, learning: float) -> ResultRow:
    started = time.perf_counter()
    metrics = measure(_answers(trial.task, name, scorer, question.cases), question.cases)
    seconds = learning + time.perf_counter() - started
    each = {metric: per_reader(values, question.cases) for metric, values in metrics.items()}
    return ResultRow(
        trial.protocol, question.reveal, name, len(each["mrr"]), seconds, bootstrap(each["ndcg@10"], trial.task.seed),
        float(each["recall@20"].mean()), float(each["recall@100"].mean()), float(each["mrr"].mean()), each["ndcg@10"],
    )  # fmt: skip


def _answers(task: Task, name: str, scorer: Scorer, cases: Sequence[Case]) -> Iterator[MetricArray]:
    for start in range(0, len(cases), CHUNK):
        part = cases[start : start + CHUNK]
        for scores, case in zip(_checked(name, scorer(part)), part, strict=True):
            yield mask_scores(task, case, scores)


def _checked(name: str, rows: Iterable[FloatArray]) -> Iterator[FloatArray]:
    for scores in rows:
        if not np.isfinite(scores).all():
            raise NotFinite(f"{name}: it scored {scores[~np.isfinite(scores)][0]}, which is no finite number")
        yield scores
