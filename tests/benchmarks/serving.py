"""`python -m tests.benchmarks.serving [FOLDER]`: ranking one day for one reader, against fitting a model per reader.

500 papers of the data set are the day; the engine learned from all votes on the others. Readers with at least 100
votes tell 100 of them. Ours: rows of the voted papers, scores, order. The rival: Scholar Inbox's logistic regression on
TF-IDF as `evaluate` measures it (fit, decision function), then the order. Both in turn, reader by reader, in this
process; the rival's TF-IDF rows and our model are made before, and so is what the day's candidates keep: first what one
reader's ranking makes of them, then also what a batch of readers makes. Then fresh processes: what their first request
costs, when nothing is made yet.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from recommender.engine.data import IntArray, PaperText
from recommender.engine.evaluation import Case
from recommender.engine.model import Model
from recommender.engine.score import Candidates, best_first, prepare, score
from recommender.engine.storage import load, save
from recommender.evaluation.tasks import Task
from tests.peers.content import logistic_regression

from .town import DATA, QUICK, in_turn, machine, make_products, own_papers, settle, table, taste, the_day

VOTES, READERS, FRESH = 100, 30, 3


def tellers(task: Task) -> list[IntArray]:
    """The papers that `READERS` readers tell of, `VOTES` each."""
    chance = np.random.default_rng(task.seed)
    many = [papers for papers in own_papers(task.votes) if len(papers) >= VOTES]
    if len(many) < READERS:
        raise SystemExit(f"{READERS} readers with {VOTES} votes are needed; the data set has {len(many)}")
    picked = chance.permutation(len(many))[:READERS]
    return [chance.permutation(many[number])[:VOTES].astype(np.int32) for number in picked]


def ours(model: Model, candidates: Candidates, papers: IntArray) -> IntArray:
    return best_first(score(model, taste(model, papers), candidates))


def rival(task: Task) -> Callable[[IntArray], IntArray]:
    fit_and_score = logistic_regression(task)
    nothing = np.zeros(0, dtype=np.int32)

    def rank(papers: IntArray) -> IntArray:
        [scores] = fit_and_score([Case(0, papers, np.ones(len(papers), dtype=np.float32), nothing)])
        return best_first(scores)

    return rank


def against_the_rival(task: Task, model: Model, candidates: Candidates, what: str) -> str:
    fit_and_rank = rival(task)
    pairs = [
        in_turn(partial(ours, model, candidates, papers), partial(fit_and_rank, papers), turn)
        for turn, papers in enumerate(tellers(task))
    ]
    mine, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratios = sorted(other / own for own, other in pairs)
    spread = f"{statistics.median(ratios):.0f} ({ratios[0]:.0f} to {ratios[-1]:.0f})"
    rows = [
        ["the engine", f"{1000 * mine:.2f} ms"],
        ["logistic regression per reader", f"{1000 * theirs:.1f} ms"],
        ["ratio, median of readers (least to most)", spread],
    ]
    return table([f"one reader, {what}", "median"], rows)


def first_request(folder: Path, texts: Sequence[PaperText], papers: IntArray) -> list[float]:
    """Seconds of loading, of the candidates' rows, of the first order and of the second."""
    moments = [time.perf_counter()]
    model = load(folder)
    moments.append(time.perf_counter())
    candidates = prepare(model, model.represent(texts))
    for _ in range(2):
        moments.append(time.perf_counter())
        ours(model, candidates, papers)
    return [*np.diff(moments).tolist(), time.perf_counter() - moments[-1]]


def fresh_processes(task: Task, model: Model) -> str:
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "model"
        save(model, folder)
        rounds = []
        for papers in tellers(task)[:FRESH]:
            with get_context("spawn").Pool(1) as process:
                rounds.append(process.apply(first_request, (folder, task.candidates, papers)))
    steps = [
        "the model from disk, checksums included",
        "the day's papers as rows",
        "the first order",
        "the second order",
    ]
    medians = (statistics.median(step) for step in zip(*rounds, strict=True))
    rows = [[step, f"{1000 * median:.1f} ms"] for step, median in zip(steps, medians, strict=True)]
    return table([f"a fresh process, {FRESH} of them", "median"], rows)


def main(folder: Path) -> None:
    task, model = settle(folder)
    print(f"{len(task.papers):,} papers, {len(task.votes):,} votes, {len(task.candidates)} candidates")
    print(f"{READERS} readers tell {VOTES} votes each; LightFM had {QUICK.epochs} epoch; {machine()}\n")
    candidates = the_day(model, task)
    print(against_the_rival(task, model, candidates, "the day projected"), end="\n\n")
    make_products(candidates)
    print(against_the_rival(task, model, candidates, "and a batch ranked before"), end="\n\n")
    print(fresh_processes(task, model))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA)
