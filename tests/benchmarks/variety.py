"""`python -m tests.benchmarks.variety [FOLDER] [SEED]`: what variety gives readers with several interests, and costs.

1. Readers absent from training rank the papers held out: NDCG@10 by score and as arranged, paired over readers.
2. Readers are mixed: one gives 80 % of the votes of a made-up reader and another 20 %, or three give 60, 30 and 10 %,
   all of them readers whose votes have little in common. A place of the first 20 belongs to the reader whose own votes
   (all of them, not only those in the mixture) rank its paper highest. Hits are papers in that reader's own library.
3. Pairs of papers that share the first 300 characters of their abstracts, against every other paper's nearest
   neighbour: how many count as near-duplicates.
4. The time that arranging a day of 500 papers takes.
"""

import gzip
import json
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from recommender.engine.data import PaperText
from recommender.engine.diversity import ALIKE, arrange, near_duplicates, separate_interests
from recommender.engine.evaluation import bootstrap, ndcg
from recommender.engine.features import learn_vocabulary, scale_rows, terms_of
from recommender.engine.score import best_first, prepare

from .library import DATA, Library, borrow

MIXTURES = ((32, 8), (30, 15, 5))
MIXED = 100  # made-up readers of each kind
FEWEST = 40  # votes of a reader who is mixed
TOP = 20
LATEST = 8000  # papers that stand for ordinary ones


def cost(library: Library) -> None:
    tastes = [library.taste(case.revealed, case.values) for case in library.cases]
    scores = library.scores(tastes)
    orders = [arrange(taste, row, library.candidates).order for taste, row in zip(tastes, scores, strict=True)]
    plain = np.array([ndcg(best_first(row), case.relevant) for row, case in zip(scores, library.cases, strict=True)])
    varied = np.array([ndcg(order, case.relevant) for order, case in zip(orders, library.cases, strict=True)])
    lost = bootstrap(varied - plain, 1)
    several = np.bincount([len(separate_interests(library.model, taste).tastes) for taste in tastes])
    print(f"{len(tastes)} readers; with 0, 1, 2, ... interests: {several.tolist()}")
    print(
        f"NDCG@10 by score {plain.mean():.4f}, arranged {varied.mean():.4f} ({100 * lost.mean / plain.mean():+.2f} %, "
        f"95 % {100 * lost.low / plain.mean():+.2f} to {100 * lost.high / plain.mean():+.2f} %)"
    )


def mixtures(library: Library, sizes: Sequence[int], seed: int) -> list[list[int]]:
    """Cases to mix: the nearest two of them are among the 30 % of pairs with the least in common."""
    many = [number for number, case in enumerate(library.cases) if len(case.revealed) >= FEWEST]
    sums = [library.model.rows[library.cases[number].revealed].summed() for number in many]
    unit = np.array(sums) / np.linalg.norm(sums, axis=1, keepdims=True)
    alike = unit @ unit.T
    limit = np.quantile(alike[np.triu_indices(len(many), 1)], 0.3)
    chance, mixed = np.random.default_rng(seed), []
    while len(mixed) < MIXED:
        members = chance.choice(len(many), len(sizes), replace=False)
        if alike[np.ix_(members, members)][np.triu_indices(len(sizes), 1)].max() < limit:
            mixed.append([many[number] for number in members])
    return mixed


def similarity(library: Library, top: np.ndarray) -> float:
    """Mean cosine between the papers of a list."""
    rows = library.candidates.rows[top]
    lengths = np.maximum(np.sqrt(rows.squared_lengths()), 1e-12)
    between = rows.inner(rows) / np.outer(lengths, lengths)
    return float(between[np.triu_indices(len(top), 1)].mean())


def mix(library: Library, sizes: Sequence[int], seed: int) -> None:
    shares: dict[str, list[np.ndarray]] = defaultdict(list)
    hits: dict[str, list[list[float]]] = defaultdict(list)
    alike: dict[str, list[float]] = defaultdict(list)
    for numbers in mixtures(library, sizes, seed):
        cases = [library.cases[number] for number in numbers]
        revealed = np.concatenate([case.revealed[:size] for case, size in zip(cases, sizes, strict=True)])
        alone = library.scores([library.taste(case.revealed, case.values) for case in cases])
        place = np.argsort(np.argsort(-alone, axis=1, kind="stable"), axis=1)
        taste = library.taste(revealed)
        scores = library.scores([taste])[0]
        for name, order in (
            ("by score", best_first(scores)), ("arranged", arrange(taste, scores, library.candidates).order),
        ):  # fmt: skip
            top = order[:TOP]
            shares[name].append(np.bincount(place[:, top].argmin(axis=0), minlength=len(sizes)) / TOP)
            hits[name].append([float(np.isin(top, case.relevant).sum()) for case in cases])
            alike[name].append(similarity(library, top))
    target = " / ".join(f"{100 * size / sum(sizes):.0f}" for size in sizes)
    for name, values_of in shares.items():
        share = " / ".join(f"{100 * value:.0f}" for value in np.mean(values_of, axis=0))
        none = 100 * np.mean([values[-1] == 0 for values in values_of])
        hit = " / ".join(f"{value:.2f}" for value in np.mean(hits[name], axis=0))
        print(f"| {target} | {name} | {share} | {none:.0f} | {hit} | {np.mean(alike[name]):.3f} |")


def duplicates(file: Path) -> None:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        papers = [json.loads(line) for line in lines]
    same = defaultdict(list)
    for number, paper in enumerate(papers):
        if len(paper["abstract"] or "") >= 300:
            same[paper["abstract"][:300]].append(number)
    pairs = [numbers[:2] for numbers in same.values() if len(numbers) > 1]
    selected = sorted({number for pair in pairs for number in pair} | set(range(len(papers) - LATEST, len(papers))))
    rows = text_rows([papers[number] for number in selected])
    place = {number: row for row, number in enumerate(selected)}
    cosines = [float((rows[place[one]] @ rows[place[two]].T).sum()) for one, two in pairs]
    ordinary = np.setdiff1d(np.arange(len(selected)), [place[number] for pair in pairs for number in pair])
    nearest = np.concatenate([nearest_other(rows, part) for part in np.array_split(ordinary, 20)])
    print(
        f"near-duplicates (cosine of words from {ALIKE}): {sum(value >= ALIKE for value in cosines)} of {len(pairs)} "
        f"pairs with one beginning; {(nearest >= ALIKE).sum()} of {len(ordinary):,} other papers have one"
    )


def text_rows(papers: Sequence[dict]) -> np.ndarray:
    texts = [
        PaperText(paper["title"], paper["abstract"] or "", tuple(paper["authors"]), tuple(paper["categories"] or ()))
        for paper in papers
    ]
    vocabulary, rows = learn_vocabulary([terms_of(text) for text in texts], 120_000, author_weight=1.0)
    return scale_rows(rows[:, : vocabulary.content_terms])


def nearest_other(rows: np.ndarray, part: np.ndarray) -> np.ndarray:
    between = np.asarray((rows[part] @ rows.T).todense())
    between[np.arange(len(part)), part] = 0
    return between.max(axis=1)


def speed(library: Library) -> None:
    day = prepare(library.model, library.candidates.rows[:500])
    near_duplicates(day, np.arange(1, dtype=np.int32))
    taken = defaultdict(list)
    for case in library.cases[:200]:
        taste = library.taste(case.revealed, case.values)
        scores = library.scores([taste])[0][:500]
        _ = day.projected, library.model.projected
        started = time.perf_counter()
        arrange(taste, scores, day)
        taken[len(separate_interests(library.model, taste).tastes) > 1].append(1000 * (time.perf_counter() - started))
    for several, values in sorted(taken.items()):
        kind = "several interests" if several else "one interest"
        print(f"arranging 500 papers, {kind}: median {np.median(values):.1f} ms, slowest {max(values):.1f} ms")


def main(folder: Path, seed: int) -> None:
    library = borrow(folder, seed)
    cost(library)
    print("| votes, % | order | of the first 20, % | smallest has none, % | hits | similarity |")
    print("| --- | --- | --- | --- | --- | --- |")
    for sizes in MIXTURES:
        mix(library, sizes, seed)
    duplicates(DATA / "papers.jsonl.gz")
    speed(library)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA / "citeulike-a", int((sys.argv[2:] or ["1"])[0]))
