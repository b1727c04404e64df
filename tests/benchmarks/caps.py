"""`python -m tests.benchmarks.caps [FOLDER]`: what a model loses that learns from a part of what there is.

Above `dataset.VOTED` voted papers a night learns from those that votes say most about, and above `most_steps` up-votes
LightFM goes over them fewer times. Here both bounds are lowered until they leave as much of a data set as they leave of
a million papers with ten million votes: `PAPERS` of the voted papers, `STEPS` of the steps. Readers reveal their votes,
also those on papers that the model has not learned from, and the fifth of the papers that was held out is ranked.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from recommender.engine.data import FloatArray, IntArray, Settings
from recommender.engine.evaluation import Case
from recommender.evaluation.comparison import compare
from recommender.evaluation.input import read_evaluation_data
from recommender.evaluation.paperboy import paperboy
from recommender.evaluation.protocols import EvaluationPlan, new_papers
from recommender.evaluation.run import ResultRow, evaluate
from recommender.evaluation.tasks import ALL, KNOWN, OURS, Scorer, System, Task

from .town import DATA, SEED, machine, table

PAPERS, STEPS = 1 / 6, 1 / 12
READERS, REVEALS = 500, (1, 5, ALL, KNOWN)


def of_few_papers(task: Task, settings: Settings | None = None) -> Scorer:
    """The engine that has learned only from the papers with most votes, `PAPERS` of those with any."""
    votes = np.bincount(task.votes.papers, minlength=len(task.papers))
    most = round(PAPERS * np.count_nonzero(votes))
    kept = np.sort(np.argsort(-votes, kind="stable")[:most]).astype(np.int32)
    out = np.setdiff1d(np.arange(len(task.papers), dtype=np.int32), kept)
    scorer, row_of = paperboy(_with(task, kept, out), settings), _rows(task, kept, out)

    def score(cases: Sequence[Case]) -> FloatArray:
        bounded_cases = [replace(case, revealed=row_of[case.revealed]) for case in cases]
        return np.asarray([*scorer(bounded_cases)], dtype=np.float32)[:, : len(task.candidates)]

    return score


def in_few_steps(task: Task) -> Scorer:
    return paperboy(task, _hurried(task))


def of_few_papers_in_few_steps(task: Task) -> Scorer:
    return of_few_papers(task, _hurried(task))


SYSTEMS: dict[str, System] = {
    OURS: paperboy,
    "few papers": of_few_papers,
    "few steps": in_few_steps,
    "both": of_few_papers_in_few_steps,
}


def _hurried(task: Task) -> Settings:
    whole = Settings()
    return replace(whole, most_steps=round(STEPS * whole.epochs * (task.votes.values > 0).sum()))


def _with(task: Task, kept: IntArray, out: IntArray) -> Task:
    """The task with these papers alone to learn from; those left out stand behind the candidates, as new ones."""
    row = np.full(len(task.papers), -1, dtype=np.int32)
    row[kept] = np.arange(len(kept))
    votes = task.votes.only(row[task.votes.papers] >= 0)
    return replace(
        task,
        papers=[task.papers[paper] for paper in kept],
        days=task.days[kept],
        votes=replace(votes, papers=row[votes.papers], n_papers=len(kept)),
        candidates=[*task.candidates, *(task.papers[paper] for paper in out)],
        known=np.concatenate([np.where(task.known < 0, -1, row[task.known]), np.full(len(out), -1)]).astype(np.int32),
        appeared=np.concatenate([task.appeared, task.days[out]]),
    )


def _rows(task: Task, kept: IntArray, out: IntArray) -> IntArray:
    """Where what was revealed, a row of the papers or a place among the candidates behind them, is in that task."""
    n, c = len(task.papers), len(task.candidates)
    row = np.empty(n + c, dtype=np.int32)
    row[kept] = np.arange(len(kept))
    row[out] = len(kept) + c + np.arange(len(out))
    row[n:] = len(kept) + np.arange(c)
    return row


def report(rows: Sequence[ResultRow]) -> str:
    ours = {row.reveal: f"{row.ndcg.mean:.4f}" for row in rows if row.system == OURS}
    body = []
    for cost in compare(rows, SEED):
        interval = _interval_cells(cost.difference.mean, cost.difference.low, cost.difference.high)
        body.append([cost.peer, str(cost.reveal), ours[cost.reveal], *interval])
    return table(["bounded", "votes revealed", "NDCG@10, unbounded", "what the bounds cost", "95 % interval"], body)


def _interval_cells(mean: float, low: float, high: float) -> list[str]:
    return [f"{mean:.4f}", f"{low:.4f} to {high:.4f}"]


def main(folder: Path) -> None:
    benchmark = new_papers(read_evaluation_data(folder), EvaluationPlan(REVEALS, READERS, SEED))
    rows = [*evaluate(benchmark, SYSTEMS, lambda line: print(line, file=sys.stderr, flush=True))]
    print(f"{folder.name}: {len(benchmark.task.papers):,} papers, {len(benchmark.task.votes):,} votes; {machine()}\n")
    print(report(rows))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA)
