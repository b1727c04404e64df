"""Run every system on every question of a benchmark."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from recommender.engine.data import Report
from recommender.engine.evaluation import Case, Interval, MetricArray, bootstrap, measure, per_reader

from .graded import pair_loss, weighted_bootstrap
from .tasks import Benchmark, Question, Reveal, Scorer, System, Task, mask_scores

CHUNK = 1000  # cases whose scores are in memory at one time


class NotFinite(Exception):
    """A system returned a score that is not a finite number."""


@dataclass(frozen=True)
class ResultRow:
    """The results of one system at one number of revealed votes.

    seconds  for training and for scoring this question
    ndcg     NDCG@10, the mean over readers with its interval
    each     (readers,) float64, NDCG@10 of each reader (with ratings their loss), in the same order for all systems
    loss     with ratings only, the loss (`graded.pair_loss`) over all readers' pairs as a share of the largest possible
    weights  with ratings only, (readers,) float64, the largest possible loss of each reader
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
    loss: Interval | None = None
    weights: MetricArray | None = None

    @property
    def main(self) -> Interval:
        """The figure by which systems are compared: the loss where there are ratings, otherwise NDCG@10."""
        return self.loss or self.ndcg

    @property
    def quality(self) -> float:
        """Higher is better: NDCG@10, or minus the loss."""
        return -self.loss.mean if self.loss else self.ndcg.mean

    def interval_of(self, values: MetricArray, seed: int) -> Interval:
        """The mean of a figure of each reader, weighted as `each` is, with its interval."""
        return bootstrap(values, seed) if self.weights is None else weighted_bootstrap(values, self.weights, seed)

    def as_dict(self) -> dict[str, Any]:
        loss = {"loss": self.loss.mean, "loss_low": self.loss.low, "loss_high": self.loss.high} if self.loss else {}
        return loss | {
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
            losses: list[tuple[float, float]] = []
            scores = _with_losses(_scores(task, name, scorer, question.cases), question, losses)
            metrics = measure(scores, question.cases)
            each = {metric: per_reader(values, question.cases) for metric, values in metrics.items()}
            row = ResultRow(
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
            yield _with_loss(row, np.array(losses), task.seed) if losses else row


def _with_losses(
    scores: Iterator[MetricArray], question: Question, losses: list[tuple[float, float]]
) -> Iterator[MetricArray]:
    """The same scores; with grades, the loss of each case is added to `losses` on the way."""
    if question.grades is None:
        yield from scores
        return
    for row, case, grades in zip(scores, question.cases, question.grades, strict=True):
        losses.append(pair_loss(row[case.among], grades))
        yield row


def _with_loss(row: ResultRow, losses: MetricArray, seed: int) -> ResultRow:
    """The row of a question with ratings.

    losses  (readers, 2), as `pair_loss` returns them; each reader has one case
    """
    weights = losses[:, 1]
    each = losses[:, 0] / weights
    return replace(row, each=each, weights=weights, loss=weighted_bootstrap(each, weights, seed))


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
