"""`python -m tests.benchmarks.onboarding FOLDER [--readers N] [--svg FILE]`: what questions and other starts teach.

Readers who are absent from training are asked about papers, one after another. A simulated reader votes up a paper that
is in their library (among the papers of training) and gives no answer about any other: that a paper was not saved is
not taken for dislike. Then the papers that nobody has voted on are ranked. `paperboy` asks as the product does,
`popular` asks about the most voted papers, `random` about any. Titles and abstracts only: tags are the readers' own.
With a folder `reviewer_expertise` beside FOLDER, the last table ranks rated papers by the raters' own publications.
"""

import argparse
import gzip
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np

from recommender.engine.data import IntArray, PaperText, Settings, votes_from_triples
from recommender.engine.evaluation import Case, Interval, bootstrap, measure
from recommender.engine.fit import fit
from recommender.engine.model import Model
from recommender.engine.onboarding import Crowd, choose_papers, seed_profile
from recommender.engine.rows import Rows, stack
from recommender.engine.score import ReaderVectors, prepare, score, score_many
from recommender.evaluation.charts import curves
from recommender.evaluation.input import read_evaluation_data
from recommender.evaluation.protocols import EvaluationPlan, new_papers
from recommender.evaluation.run import ResultRow
from recommender.evaluation.tasks import ALL, OURS, Task

ASKED = (5, 10, 20, 40)
STARTS = (1, 3, 10)
TARGETS = 400
SEED = 11
NOBODY = np.zeros(0, dtype=np.int32)

Asker = Callable[[Sequence[int], Sequence[int]], int]  # (liked, asked) -> the next paper's row


class World:
    """A trained model, papers that nobody voted on, readers that it has never seen."""

    def __init__(self, folder: Path, readers: int) -> None:
        benchmark = new_papers(read_evaluation_data(folder, ["tags"]), EvaluationPlan([ALL], readers, SEED))
        self.task: Task = benchmark.task
        self.cases: Sequence[Case] = benchmark.questions[0].cases
        self.model = fit(
            self.task.papers, np.arange(len(self.task.papers), dtype=np.int64), self.task.votes, Settings()
        )
        rows = self.model.represent(self.task.candidates)
        self.candidates = prepare(self.model, rows)
        self.targets = rows[:: -(-len(rows) // TARGETS)]
        likes = self.task.votes.likes
        ups = np.asarray(likes.sum(axis=0), dtype=np.float32).ravel()
        self.crowd = Crowd(ups, np.zeros_like(ups), int((np.diff(likes.indptr) > 0).sum()))

    def voted(self, liked: Sequence[int]) -> ReaderVectors:
        rows = np.array(liked, dtype=np.int32)
        return ReaderVectors(self.model.rows[rows], rows, np.ones(len(rows), dtype=np.float32), self.model.rows[:0])

    def ndcg(self, tastes: Sequence[ReaderVectors]) -> np.ndarray:
        return measure(score_many(self.model, tastes, self.candidates), self.cases)["ndcg@10"]


def guided(world: World) -> Callable[[int], Asker]:
    """As the page asks: the next one chosen after each answer. Who has liked nothing yet is asked as all such are."""
    same: dict[int, int] = {}

    def next_one(liked: Sequence[int], asked: Sequence[int]) -> int:
        if not liked and len(asked) in same:
            return same[len(asked)]
        asked_rows = np.array(asked, dtype=np.int32)
        row = choose_papers(world.model, world.voted(liked), world.crowd, world.targets, asked_rows, 1)[0].row
        if not liked:
            same[len(asked)] = row
        return row

    return lambda reader: next_one


def popular(world: World) -> Callable[[int], Asker]:
    order = np.argsort(-world.crowd.up_votes, kind="stable")
    return lambda reader: lambda liked, asked: int(order[len(asked)])


def by_chance(world: World) -> Callable[[int], Asker]:
    def asker(reader: int) -> Asker:
        order = np.random.default_rng([SEED, reader]).permutation(len(world.task.papers))
        return lambda liked, asked: int(order[len(asked)])

    return asker


def answers(world: World, askers: Callable[[int], Asker]) -> dict[int, list[list[int]]]:
    """The up-votes that each reader has given after so many questions."""
    got: dict[int, list[list[int]]] = {count: [] for count in ASKED}
    for case in world.cases:
        asker, library = askers(case.reader), set(case.revealed.tolist())
        asked: list[int] = []
        while len(asked) < max(ASKED):
            asked.append(asker([row for row in asked if row in library], asked))
            if len(asked) in got:
                got[len(asked)].append([row for row in asked if row in library])
    return got


def questions(world: World, svg: Path | None) -> None:
    print(f"\n{len(world.cases)} absent readers, {len(world.task.papers):,} papers to ask about")
    print("| asked by | asked | up-votes got | readers with one | NDCG@10 | 95 % | paperboy's lead, 95 % |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    rows: list[ResultRow] = []
    for name, askers in {OURS: guided(world), "popular": popular(world), "random": by_chance(world)}.items():
        for count, liked in answers(world, askers).items():
            row = _row(world, name, count, world.ndcg([world.voted(papers) for papers in liked]))
            rows.append(row)
            first = next(other for other in rows if other.reveal == count)
            lead = "" if row is first else _interval(bootstrap(first.each - row.each, SEED))
            got = np.array([len(papers) for papers in liked])
            figures = f"{got.mean():.2f} | {(got > 0).mean():.0%} | {row.ndcg.mean:.4f}"
            print(f"| {name} | {count} | {figures} | {_interval(row.ndcg, mean=False)} | {lead} |", flush=True)
    if svg:
        svg.write_text(curves(rows).replace("votes revealed", "questions asked"), encoding="utf-8")


def starts(world: World) -> None:
    print("\n| start, without a vote | NDCG@10 | 95 % |\n| --- | --- | --- |")
    kinds = {"nothing": [world.voted([]) for _ in world.cases]}
    for count in STARTS:
        first = [case.revealed[:count] for case in world.cases]
        kinds[f"{count} of their papers as seeds"] = [_seeded(world.model, rows) for rows in first]
        kinds[f"(votes on the same {count})"] = [world.voted(rows) for rows in first]
    kinds["all their papers as one author's"] = [_as_author(world.model, case.revealed) for case in world.cases]
    for name, tastes in kinds.items():
        figure = bootstrap(world.ndcg(tastes), SEED)
        print(f"| {name} | {figure.mean:.4f} | {_interval(figure, mean=False)} |")


def own_publications(folder: Path) -> None:
    """Pairs of papers that a researcher rated differently: how often the higher one scores higher."""
    names, texts = _expertise_papers(folder)
    row_of = {name: row for row, name in enumerate(names)}
    authored, rated = _by_user(folder / "authored.tsv.gz"), _by_user(folder / "ratings.tsv.gz")
    others = [user for user in authored if user not in rated]
    triples = [(reader, row_of[line[0]], 1.0) for reader, user in enumerate(others) for line in authored[user]]
    votes = votes_from_triples(triples, len(others), len(texts))
    model = fit(texts, np.arange(len(texts), dtype=np.int64), votes, Settings())
    shares, pairs = [], 0
    for user, lines in rated.items():
        written = np.array([row_of[line[0]] for line in authored[user]], dtype=np.int32)
        rows = np.array([row_of[line[0]] for line in lines], dtype=np.int32)
        scores = score(model, _as_author(model, written), prepare(model, model.rows[rows]))
        ratings = [float(line[1]) for line in lines]
        concordant = list(_concordant(ratings, scores.tolist()))
        shares.append(float(np.mean(concordant)) if concordant else 0.5)
        pairs += len(concordant)
    right = bootstrap(np.array(shares), SEED)
    print(f"\n{len(rated)} researchers, {pairs} pairs of papers that they rated differently; the votes are others'")
    print("| start: own publications | value | 95 % |\n| --- | --- | --- |")
    print(f"| pairs in the right order (chance: 0.5) | {right.mean:.3f} | {_interval(right, mean=False)} |")
    tau = Interval(*(2 * value - 1 for value in (right.mean, right.low, right.high)))
    print(f"| Kendall's tau over these pairs (chance: 0) | {tau.mean:.3f} | {_interval(tau, mean=False)} |")


def _row(world: World, name: str, count: int, each: np.ndarray) -> ResultRow:
    return ResultRow("onboarding", count, name, len(world.cases), 0.0, bootstrap(each, SEED), 0.0, 0.0, 0.0, each)


def _seeded(model: Model, rows: IntArray) -> ReaderVectors:
    """Each paper an interest of its own."""
    seeds = [seed_profile(model, model.rows[[row]], np.array([row], dtype=np.int32)) for row in rows]
    return _interested(model, seeds)


def _as_author(model: Model, rows: IntArray) -> ReaderVectors:
    return _interested(model, [seed_profile(model, model.rows[rows], rows)])


def _interested(model: Model, rows: Sequence[Rows]) -> ReaderVectors:
    return ReaderVectors(model.rows[:0], NOBODY, np.zeros(0, dtype=np.float32), stack(rows))


def _expertise_papers(folder: Path) -> tuple[list[str], list[PaperText]]:
    with gzip.open(folder / "papers.jsonl.gz", "rt", encoding="utf-8") as lines:
        papers = [json.loads(line) for line in lines]
    return [paper["paper"] for paper in papers], [
        PaperText(paper["title"], paper["abstract"] or "") for paper in papers
    ]


def _by_user(file: Path) -> dict[str, list[list[str]]]:
    lines_of: dict[str, list[list[str]]] = defaultdict(list)
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            user, *rest = line.rstrip("\n").split("\t")
            lines_of[user].append(rest)
    return dict(lines_of)


def _concordant(ratings: Sequence[float], scores: Sequence[float]) -> Iterator[float]:
    """1 for each pair of different ratings whose scores are in the same order, 0.5 for equal scores, else 0."""
    for (one, first), (two, second) in combinations(zip(ratings, scores, strict=True), 2):
        if one != two:
            yield 0.5 if first == second else float((one > two) == (first > second))


def _interval(value: Interval, *, mean: bool = True) -> str:
    ends = f"{value.low:.4f} to {value.high:.4f}"
    return f"{value.mean:+.4f} ({ends})" if mean else ends


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--readers", type=int, default=300)
    parser.add_argument("--svg", type=Path)
    chosen = parser.parse_args()
    expertise = chosen.folder.resolve().parent / "reviewer_expertise"
    if expertise.is_dir():
        own_publications(expertise)
    else:
        print(f"no folder {expertise.name} beside {chosen.folder.name}: own publications not measured")
    world = World(chosen.folder, chosen.readers)
    starts(world)
    questions(world, chosen.svg)


if __name__ == "__main__":
    main()
