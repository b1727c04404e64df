"""Run every system on every question of a benchmark."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.engine.data import Report
from recommender.engine.evaluation import Case, Interval, MetricArray, bootstrap, measure, per_reader

from .tasks import Benchmark, Reveal, Scorer, System, Task, mask_scores

CHUNK = 1000  # cases whose scores are in memory at one time


class NotFinite(Exception):
    """A system returned a score that is not a finite number."""


@dataclass(frozen=True)
class ResultRow:
    """The results of one system at one number of revealed votes.

    seconds  for training and for scoring this question
    ndcg     NDCG@10, the mean over readers with its interval
    each     (readers,) float64, NDCG@10 of each reader, in the same order for all systems
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


def evaluate(
    benchmark: Benchmark, systems: dict[str, System], report: Report = lambda line: None
) -> Iterator[ResultRow]:
    """Train each system once and run it on each question.

    Raises NotFinite when a score is not a finite number.
    """
    task = benchmark.task
    for name, system in systems.items():
        started = time.perf_counter()
        scorer = system(task)
        training_seconds = time.perf_counter() - started
        report(f"{name}: learned in {training_seconds:.1f} s")
        for question in benchmark.questions:
            started = time.perf_counter()
            metrics = measure(_scores(task, name, scorer, question.cases), question.cases)
            each = {metric: per_reader(values, question.cases) for metric, values in metrics.items()}
            yield ResultRow(
                protocol=benchmark.protocol,
                reveal=question.reveal,
                system=name,
                readers=len(each["mrr"]),
                seconds=training_seconds + time.perf_counter() - started,
                ndcg=bootstrap(each["ndcg@10"], task.seed),
                recall_20=float(each["recall@20"].mean()),
                recall_100=float(each["recall@100"].mean()),
                mrr=float(each["mrr"].mean()),
                each=each["ndcg@10"],
            )


def _scores(task: Task, name: str, scorer: Scorer, cases: Sequence[Case]) -> Iterator[MetricArray]:
    """The scores of a system for each case, some cases at a time.

    What cannot be an answer is masked.
    """
    for start in range(0, len(cases), CHUNK):
        chunk = cases[start : start + CHUNK]
        for scores, case in zip(scorer(chunk), chunk, strict=True):
            if not np.isfinite(scores).all():
                raise NotFinite(f"{name} scored {scores[~np.isfinite(scores)][0]}, which is not a finite number")
            yield mask_scores(task, case, scores)
