"""What the benchmarks of speed share: a data set with one day's papers kept back, a model of the rest, a clock."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from recommender.engine.data import IntArray, Settings, Votes
from recommender.engine.evaluation import rows_where, sample
from recommender.engine.fit import fit
from recommender.engine.model import Model
from recommender.engine.score import Candidates, ReaderVectors, prepare, score, score_votes
from recommender.evaluation.input import EvaluationData, read_evaluation_data
from recommender.evaluation.protocols import Split
from recommender.evaluation.tasks import Task

DATA = Path(__file__).parents[2] / ".." / "shared" / "data" / "citeulike-a"
DAY = 500  # papers that are new on the day to rank
SEED = 20261123
QUICK = Settings(epochs=1)  # what LightFM learns does not change the shape of anything that is timed


def keep_a_day_back(data: EvaluationData) -> Task:
    """`DAY` papers by chance are the candidates; every vote on the others is learned from."""
    new = np.zeros(len(data.papers), dtype=np.bool_)
    new[sample(np.arange(len(new), dtype=np.int32), DAY, SEED)] = True
    return Split(data, data.votes.only(~new[data.votes.papers]), rows_where(~new), rows_where(new), SEED).task


def settle(folder: Path) -> tuple[Task, Model]:
    """The data set with a day kept back, and a quick model of the rest."""
    task = keep_a_day_back(read_evaluation_data(folder))
    return task, fit(task.papers, np.arange(len(task.papers), dtype=np.int64), task.votes, QUICK)


def the_day(model: Model, task: Task) -> Candidates:
    """The candidates with what one reader's ranking needs of them already made, as a web process keeps them."""
    candidates = prepare(model, model.represent(task.candidates))
    score(model, taste(model, np.zeros(0, dtype=np.int32)), candidates)
    return candidates


def make_products(candidates: Candidates) -> None:
    """Makes what all readers of a day share, as the first batch does: here for one reader without votes."""
    nobody = sp.csr_matrix((1, len(candidates.model.paper_ids)), dtype=np.float32)
    score_votes(candidates, nobody, np.ones(1, dtype=np.float32))


def taste(model: Model, rows: IntArray, values: Sequence[float] | None = None) -> ReaderVectors:
    """A reader with these votes on papers of the model, up where no values are given."""
    votes = np.ones(len(rows), dtype=np.float32) if values is None else np.array(values, dtype=np.float32)
    return ReaderVectors(model.rows[rows], rows, votes, model.rows[:0])


def own_papers(votes: Votes) -> list[IntArray]:
    """The papers that each reader voted on, by reader row."""
    order = np.argsort(votes.readers, kind="stable")
    return np.split(votes.papers[order], np.cumsum(np.bincount(votes.readers, minlength=votes.n_readers))[:-1])


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def in_turn(ours: Callable[[], object], rival: Callable[[], object], turn: int) -> tuple[float, float]:
    """Seconds of both, one right after the other, three times each; the least counts, because others use the machine.

    On odd turns the rival goes first.
    """
    one, other = (rival, ours) if turn % 2 else (ours, rival)
    least = [min(both) for both in zip(*((seconds(one), seconds(other)) for _ in range(3)), strict=True)]
    return (least[1], least[0]) if turn % 2 else (least[0], least[1])


def machine() -> str:
    threads = os.environ.get("OPENBLAS_NUM_THREADS", "all")
    return f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, BLAS threads: {threads}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Markdown, the first row `header`."""
    return "\n".join("| " + " | ".join(row) + " |" for row in (header, ["---"] * len(header), *rows))
