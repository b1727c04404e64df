"""`python -m tests.benchmarks.batch [FOLDER [READERS]]`: a night's rankings, against a loop and against the hardware.

Made-up readers resample real ones: each takes the votes of one reader of the data set who has enough, so many of them
by chance. The day is 500 papers that the model has not seen. Three ways, chunk by chunk in turn: the engine (scores
of a chunk of readers, the best 100 in order); the limit (one bare product of the same sparse votes with a dense matrix
of the same shape, and `np.argpartition` of what comes out); and, for some readers, the engine's `score` in a loop.
Once with 50 votes each, then with 1 to 100 votes, as readers come and sorted by their number of votes.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from recommender.engine.data import FloatArray, IntArray, Votes
from recommender.engine.model import Model
from recommender.engine.score import Candidates, best_first, score, score_many, score_rows, score_votes, trust

from .town import DATA, QUICK, SEED, in_turn, machine, make_products, own_papers, seconds, settle, table, taste, the_day

READERS, VOTES, MOST, BEST, CHUNK = 100_000, 50, 100, 100, 20_000
LOOPED, TASTES = 200, 2_000  # readers who are timed one after the other, and as tastes


def made_up(votes: Votes, counts: IntArray, chance: np.random.Generator) -> sp.csr_matrix:
    """(len(counts), n_papers) float32: row r holds `counts[r]` up-votes of one real reader who has as many."""
    libraries = sorted(own_papers(votes), key=len)
    sizes = np.array([len(papers) for papers in libraries])
    first = np.searchsorted(sizes, counts)
    if first.max() >= len(libraries):
        raise SystemExit(f"a reader with {counts.max()} votes is needed; the data set has {sizes.max()} at most")
    reader_rows = chance.integers(first, len(libraries))
    papers = [chance.permutation(libraries[who])[:count] for who, count in zip(reader_rows, counts, strict=True)]
    starts = np.concatenate([[0], np.cumsum(counts)])
    whole = np.concatenate(papers).astype(np.int32)
    rows = sp.csr_matrix((np.ones(len(whole), np.float32), whole, starts), shape=(len(counts), votes.n_papers))
    rows.sort_indices()
    return rows


def best_of_each(scores: FloatArray) -> IntArray:
    """The best 100 of each row in order, (r, 100)."""
    top = np.argpartition(scores, -BEST, axis=1)[:, -BEST:]
    order = np.argsort(-np.take_along_axis(scores, top, axis=1), axis=1)
    return np.take_along_axis(top, order, axis=1)


@dataclass
class Race:
    """Seconds of the engine and of the limit, chunk by chunk."""

    engine: list[float] = field(default_factory=list)
    limit: list[float] = field(default_factory=list)

    def rows(self, readers: int) -> Iterator[list[str]]:
        engine, limit = sum(self.engine), sum(self.limit)
        ratios = [one / other for one, other in zip(self.engine, self.limit, strict=True)]
        yield ["the engine: scores, best 100", *_speed(engine, readers)]
        yield ["the limit: product, argpartition", *_speed(limit, readers)]
        yield ["engine / limit", f"{engine / limit:.2f}", f"chunks: {min(ratios):.2f} to {max(ratios):.2f}"]


def shares(model: Model, voted: sp.csr_matrix) -> FloatArray:
    """Each reader's weight of neighbours, (r,) float32."""
    return np.array([trust(int(count), model)[0] for count in np.diff(voted.indptr)], dtype=np.float32)


def race(candidates: Candidates, voted: sp.csr_matrix) -> Race:
    """Both on the same votes, one chunk of readers after the other."""
    model, result = candidates.model, Race()
    smoothing, dense = shares(model, voted), score_rows(model, model.rows, candidates)
    for turn, start in enumerate(range(0, voted.shape[0], CHUNK)):
        part, share = voted[start : start + CHUNK], smoothing[start : start + CHUNK]
        engine, limit = in_turn(
            lambda part=part, share=share: best_of_each(score_votes(candidates, part, share)),
            lambda part=part: np.argpartition(part @ dense, -BEST, axis=1),
            turn,
        )
        result.engine.append(engine)
        result.limit.append(limit)
    return result


def loop(model: Model, candidates: Candidates, voted: sp.csr_matrix) -> tuple[float, FloatArray]:
    """Seconds for each reader of scoring and ordering one after the other, and the scores."""
    tastes = [taste(model, voted[reader].indices) for reader in range(min(LOOPED, voted.shape[0]))]
    spent = seconds(lambda: [best_first(score(model, said, candidates), BEST) for said in tastes])
    return spent / len(tastes), np.array([score(model, said, candidates) for said in tastes])


def from_tastes(model: Model, candidates: Candidates, voted: sp.csr_matrix) -> float:
    """Seconds for each reader when the readers come as tastes, which the night makes from the tables."""
    tastes = [taste(model, voted[reader].indices) for reader in range(min(TASTES, voted.shape[0]))]
    return seconds(lambda: best_of_each(score_many(model, tastes, candidates))) / len(tastes)


def _speed(spent: float, readers: int) -> list[str]:
    return [f"{spent:.2f} s", f"{readers / spent:,.0f} readers a second"]


def all_alike(candidates: Candidates, voted: sp.csr_matrix, prepared: float) -> Iterator[list[str]]:
    """Every way on readers with one number of votes."""
    model, readers = candidates.model, voted.shape[0]
    result = race(candidates, voted)
    each, alone = loop(model, candidates, voted)
    together = score_votes(candidates, voted[: len(alone)], shares(model, voted)[: len(alone)])
    batched = sum(result.engine)
    yield from result.rows(readers)
    yield ["what all readers of the day share, once", f"{prepared:.2f} s", ""]
    yield [f"`score` in a loop ({len(alone)} readers timed)", *_speed(each * readers, readers)]
    with_shared = f"{each * readers / (batched + prepared):.1f} with what they share"
    yield ["loop / engine", f"{each * readers / batched:.1f}", with_shared]
    yield ["largest difference of a score, loop to engine", f"{np.abs(together - alone).max():.0e}", ""]
    many = from_tastes(model, candidates, voted)
    yield [f"`score_many` on tastes ({TASTES:,} timed)", *_speed(many * readers, readers)]


def main(folder: Path, readers: int) -> None:
    task, model = settle(folder)
    chance, candidates = np.random.default_rng(SEED), the_day(model, task)
    prepared = seconds(lambda: make_products(candidates))
    print(
        f"{readers:,} readers in chunks of {CHUNK:,}, {len(candidates.known)} candidates, {len(task.papers):,} papers"
    )
    print(f"LightFM had {QUICK.epochs} epoch; {machine()}\n")
    alike = made_up(task.votes, np.full(readers, VOTES, dtype=np.int32), chance)
    print(table([f"{VOTES} votes each", "", ""], list(all_alike(candidates, alike, prepared))), end="\n\n")
    varied = made_up(task.votes, chance.integers(1, MOST + 1, readers).astype(np.int32), chance)
    by_size = varied[np.argsort(np.diff(varied.indptr), kind="stable")]
    for title, voted in (("as they come", varied), ("fewest first", by_size)):
        rows = list(race(candidates, voted).rows(readers))
        print(table([f"1 to {MOST} votes, {title}", "", ""], rows), end="\n\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA, int(sys.argv[2]) if len(sys.argv) > 2 else READERS)
