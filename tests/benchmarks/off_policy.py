"""`python -m tests.benchmarks.off_policy [REPETITIONS] [SEED]`: how often the intervals of off-policy estimates hold
the truth.

The world: CiteULike readers whom training has not seen, four made-up days each of 300 held-out papers (some of their
own among them), in the engine's order. A reader looks at slot k with probability 1/log2(k + 1) and then votes up a
paper of their library with probability 0.6, another one with a small probability that falls with its place. The log
is made by `engine.exploration.draw` with 10 % exploration; readers and days are drawn with replacement, so that the
value of an order is exactly its mean over all of them. The target orders are re-rankings of the first 100 papers of
the engine's order: that order itself, popularity, LightFM's representations alone, and one by chance.

For each order, size of log and estimator: the share of repetitions whose 95 % interval holds the truth with its
binomial standard error, the mean error with its standard error, and the mean width. Then the same where the estimator
believes in another curve of examination than the one that readers follow: what the assumption costs.
"""

import sys
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from recommender.engine.exploration import REACH, SLOTS, draw, expected_examination
from recommender.engine.off_policy import EXAMINATION, Log, estimate, target_examination
from recommender.engine.score import best_first

from .library import DATA, Library, borrow

SIZES = (500, 2000, 10_000)
SHARE, POOL = 0.1, REACH - SLOTS
DAYS, PAPERS = 4, 300
OWN = 3  # papers of the reader's library on a day at most
STEEPER = 1 / np.arange(1, SLOTS + 1)


@dataclass(frozen=True)
class World:
    """By place in the own order: the chance of a vote when looked at, (c, REACH), and target orders, (c, SLOTS)."""

    attraction: np.ndarray
    orders: dict[str, np.ndarray]

    def truth(self, order: str) -> float:
        return float((np.take_along_axis(self.attraction, self.orders[order], axis=1) @ EXAMINATION).mean())

    def log(self, rankings: int, chance: np.random.Generator, believed: np.ndarray) -> tuple[Log, np.ndarray]:
        """A log of so many rankings, and the row of the world that each of them comes from."""
        rows = chance.integers(len(self.attraction), size=rankings)
        keys = chance.integers(2**63, size=(rankings, POOL)).astype(np.uint64)
        places = draw(SHARE, chance.random((rankings, SLOTS)), keys).places
        likely = np.take_along_axis(self.attraction[rows], places, axis=1) * EXAMINATION
        votes = (chance.random(places.shape) < likely).astype(np.float32)
        looked_at = np.broadcast_to(expected_examination(SHARE, POOL, believed), (rankings, REACH))
        return Log(places, votes, believed, looked_at, np.arange(rankings, dtype=np.int32)), rows


def world(library: Library, seed: int) -> World:
    chance = np.random.default_rng(seed)
    popularity = np.bincount(np.concatenate([case.relevant for case in library.cases]), minlength=papers(library))
    width = len(library.model.vocabulary.terms)
    meanings = np.asarray(library.candidates.rows[:, width:].todense())
    scores = library.scores([library.taste(case.revealed, case.values) for case in library.cases])
    attraction, keys = [], defaultdict(list)
    for case, row in zip(library.cases, scores, strict=True):
        profile = np.asarray(library.model.rows[case.revealed][:, width:].sum(axis=0)).ravel()
        for _ in range(DAYS):
            day = np.union1d(chance.permutation(papers(library))[:PAPERS], chance.permutation(case.relevant)[:OWN])
            own = day[best_first(row[day])][:REACH]
            liked = np.isin(own, case.relevant)
            attraction.append(np.where(liked, 0.6, 0.01 + 0.1 * np.exp(-np.arange(REACH) / 15)))
            keys["popularity"].append(popularity[own] - liked + 0.01 * chance.random(REACH))
            keys["representations"].append(meanings[own] @ profile)
            keys["chance"].append(chance.random(REACH))
    orders = {name: np.argsort(-np.array(rows), axis=1, kind="stable")[:, :SLOTS] for name, rows in keys.items()}
    orders["own order"] = np.tile(np.arange(SLOTS), (len(attraction), 1))
    return World(np.array(attraction), orders)


def papers(library: Library) -> int:
    return int(library.candidates.rows.shape[0])


def repeat(planted: World, rankings: int, repetitions: int, seed: int, believed: np.ndarray) -> None:
    """Prints a line for each order and estimator."""
    chance = np.random.default_rng(seed)
    estimates = defaultdict(list)
    targets = {name: target_examination(places, believed, REACH) for name, places in planted.orders.items()}
    for _ in range(repetitions):
        log, rows = planted.log(rankings, chance, believed)
        for order, target in targets.items():
            for name, one in estimate(log, target[rows]).items():
                estimates[order, name].append((one.mean, one.low, one.high))
    for (order, name), values in estimates.items():
        print(line(rankings, order, name, np.array(values), planted.truth(order)), flush=True)


def line(rankings: int, order: str, name: str, values: np.ndarray, truth: float) -> str:
    mean, low, high = values.T
    held = float(((low <= truth) & (truth <= high)).mean())
    error = np.sqrt(held * (1 - held) / len(values))
    bias, doubt = (mean - truth).mean(), mean.std() / np.sqrt(len(values))
    return (
        f"| {rankings:,} | {order} | {truth:.3f} | {name} | {100 * held:.1f} ± {100 * error:.1f} | "
        f"{bias:+.4f} ± {doubt:.4f} | {(high - low).mean():.3f} |"
    )


def main(repetitions: int, seed: int) -> None:
    planted = world(borrow(DATA / "citeulike-a", seed), seed)
    print(f"{len(planted.attraction):,} readers' days, {repetitions:,} repetitions, {100 * SHARE:.0f} % exploration")
    head = "| rankings | order | truth | estimator | holds the truth, % | error | width |"
    print(f"{head}\n| --- | --- | --- | --- | --- | --- | --- |")
    for rankings in SIZES:
        repeat(planted, rankings, repetitions, seed, EXAMINATION)
    print(f"Examination believed to be 1/k, and is 1/log2(k + 1):\n{head}\n| --- | --- | --- | --- | --- | --- | --- |")
    repeat(planted, SIZES[1], repetitions // 10, seed, STEEPER)


if __name__ == "__main__":
    main(int((sys.argv[1:] or ["1000"])[0]), int((sys.argv[2:] or ["1"])[0]))
