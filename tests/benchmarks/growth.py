"""`python -m tests.benchmarks.growth [FOLDER]`: what ten times the readers and their votes cost, in time and memory.

The papers stay, the readers grow: a tenth of the data set's readers with their votes, all of them, and ten times as
many. Those are ten copies of every reader. In nine of them three votes of ten move: to a paper that another reader of
the same paper voted on, unless the reader has that one already; so popularity and tastes stay alike, and the votes
are exactly ten times as many. A process for each size trains, another ranks the day for every reader by their own
votes; peak memory is that of the process, with Python, the libraries, the data set and everything else in it.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from recommender.engine.data import Settings, Votes
from recommender.engine.fit import fit
from recommender.engine.score import score_votes, trust
from recommender.engine.storage import load, save
from recommender.evaluation.input import read_evaluation_data
from recommender.evaluation.tasks import Task

from .batch import CHUNK, best_of_each
from .town import DATA, QUICK, SEED, keep_a_day_back, machine, make_products, seconds, table, the_day

SIZES = (0.1, 1, 10)
MOVED = 0.3
TURNS = 3  # of ranking everybody, which is quick; the least counts


@dataclass(frozen=True)
class Cost:
    """What one stage took: seconds, and the process's peak memory by its end in megabytes."""

    stage: str
    seconds: float
    megabytes: float


def sized(votes: Votes, size: float) -> Votes:
    chance = np.random.default_rng(SEED)
    if size < 1:
        present = np.flatnonzero(chance.random(votes.n_readers) < size)
        fewer = votes.only(np.isin(votes.readers, present))
        return replace(fewer, readers=np.searchsorted(present, fewer.readers).astype(np.int32), n_readers=len(present))
    copies = [votes, *(replace(votes, papers=moved(votes, chance)) for _ in range(1, int(size)))]
    return Votes(
        np.concatenate([one.readers + number * votes.n_readers for number, one in enumerate(copies)]).astype(np.int32),
        np.concatenate([one.papers for one in copies]),
        np.concatenate([one.values for one in copies]),
        len(copies) * votes.n_readers,
        votes.n_papers,
    )


def moved(votes: Votes, chance: np.random.Generator) -> np.ndarray:
    """The papers of the votes, (v,) int32, some of them moved to a paper of a fellow reader."""
    fellows = _another(votes.papers, votes.n_papers, chance)
    papers = votes.papers[_another(votes.readers, votes.n_readers, chance)[fellows]]
    pair = votes.readers.astype(np.int64) * votes.n_papers
    goes = (chance.random(len(votes)) < MOVED) & ~np.isin(pair + papers, pair + votes.papers)
    first = np.zeros(len(votes), dtype=np.bool_)
    first[np.unique(np.where(goes, pair + papers, -1), return_index=True)[1]] = True
    return np.where(goes & first, papers, votes.papers).astype(np.int32)


def _another(groups: np.ndarray, n_groups: int, chance: np.random.Generator) -> np.ndarray:
    """For each vote some vote of the same group, by chance, (v,) int64."""
    order = np.argsort(groups, kind="stable")
    sizes = np.bincount(groups, minlength=n_groups)
    starts = np.cumsum(sizes) - sizes
    return order[starts[groups] + chance.integers(0, sizes[groups])]


def settled(folder: Path, size: float) -> Task:
    task = keep_a_day_back(read_evaluation_data(folder))
    return replace(task, votes=sized(task.votes, size))


def training(folder: Path, size: float, model_folder: Path) -> tuple[tuple[int, int], list[Cost]]:
    """Readers and votes, and the cost of every stage; the model is kept in a folder."""
    task, costs = settled(folder, size), []
    last = time.perf_counter()

    def ended(stage: str) -> None:
        nonlocal last
        now = time.perf_counter()
        costs.append(Cost(stage, now - last, peak()))
        last = now

    ids = np.arange(len(task.papers), dtype=np.int64)
    save(fit(task.papers, ids, task.votes, QUICK, report=ended), model_folder)
    whole = Cost("whole training step", sum(cost.seconds for cost in costs), max(cost.megabytes for cost in costs))
    return (task.votes.n_readers, len(task.votes)), [*costs, whole]


def ranking(folder: Path, size: float, model_folder: Path) -> list[Cost]:
    """What all readers of the day share, and everybody's best papers."""
    task, model = settled(folder, size), load(model_folder)
    candidates, votes = the_day(model, task), task.votes.matrix
    smoothing = np.array([trust(int(count), model)[0] for count in np.diff(votes.indptr)], dtype=np.float32)

    def everybody() -> None:
        for start in range(0, votes.shape[0], CHUNK):
            span = slice(start, start + CHUNK)
            best_of_each(score_votes(candidates, votes[span], smoothing[span]))

    shared = Cost("ranking: what readers share", seconds(lambda: make_products(candidates)), peak())
    return [shared, Cost("ranking: every reader", min(seconds(everybody) for _ in range(TURNS)), peak())]


def peak() -> float:
    """Megabytes; the kernel counts in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(folder: Path, size: float) -> tuple[tuple[int, int], list[Cost]]:
    """Both processes; the folder of the model goes when they have ended."""
    with tempfile.TemporaryDirectory() as parent:
        arguments = (folder, size, Path(parent) / "model")
        with get_context("spawn").Pool(1) as process:
            counts, trained = process.apply(training, arguments)
        with get_context("spawn").Pool(1) as process:
            return counts, trained + process.apply(ranking, arguments)


def report(stages: Sequence[Sequence[Cost]], unit: str, figures: Sequence[Sequence[float]]) -> str:
    rows = [
        [cost.stage, *(f"{figure:,.2f}" if unit == "s" else f"{figure:,.0f}" for figure in line)]
        + [f"{after / before:.1f}" for before, after in pairwise(line)]
        for cost, line in zip(stages[0], zip(*figures, strict=True), strict=True)
    ]
    sizes = [f"x {size}, {unit}" for size in SIZES]
    return table(["stage", *sizes, "x 0.1 to x 1", "x 1 to x 10"], rows)


def main(folder: Path) -> None:
    stages = []
    for size in SIZES:
        (readers, votes), costs = measure(folder, size)
        stages.append(costs)
        print(f"x {size}: {readers:,} readers, {votes:,} votes", flush=True)
    print(f"LightFM with {QUICK.epochs} epoch (a night has {Settings().epochs}); {machine()}\n")
    print(report(stages, "s", [[cost.seconds for cost in costs] for costs in stages]), end="\n\n")
    print(report(stages, "MB", [[cost.megabytes for cost in costs] for costs in stages]))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA)
