"""`python -m tests.benchmarks.down_votes [PAPERS.jsonl.gz]`: what the weight of a down-vote should be.

No data set here has true dislikes, so readers are made up on real papers: the arXiv papers of the last 60 days. A
reader likes what is near one paper, A, and dislikes what is near another, B: the nearest 2 % of all papers, those
nearer to the other one left out. Near is said by a representation that the engine does not have: 100 latent dimensions
of pairs of words, with categories and authors beside them. Apart: B is of another primary category. Close: B is of
the same one, and among the tenth of all papers that is nearest to A behind its 2 %. 300 such readers, 10 votes up and
2 down each, train the model; 200 others of each kind vote on papers of the first 50 days, which the model knows, and
rank each of the last 10, whose papers are new to it.

Liked, disliked and other papers: their mean place on their day, 0 first and 1 last. NDCG@10: of the liked ones. Net:
what disliked papers in the first ten places would gain, were they liked, is taken off the NDCG. Lost: what the NDCG
loses against the same up-votes without any down-vote, and the 95 % interval over readers.
"""

import itertools
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

from recommender.engine.data import FloatArray, IntArray, PaperText, Settings, votes_from_triples
from recommender.engine.evaluation import MetricArray, bootstrap, ndcg
from recommender.engine.fit import fit
from recommender.engine.model import Model
from recommender.engine.score import Candidates, ReaderVectors, best_first, prepare, score_many

from .topics import DEFAULT, RANKED_DAYS, load
from .town import SEED, machine, table

WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0, 2.0, 3.0, 4.0, 8.0)
UP, DOWN = (1, 3, 10), (1, 3)
TEACHERS, READERS, NEAR, CLOSE = 300, 200, 0.02, 0.12
DIMENSIONS = 100
KINDS = ("apart", "close")
MEASURES = ("liked", "disliked", "others", "NDCG@10", "net", "top ten not disliked", "lost (95 %)")


@dataclass(frozen=True)
class Catalogue:
    """Papers by row: their texts, days, latent directions (n, 100) of length 1, and whether each is to be ranked."""

    texts: Sequence[PaperText]
    days: np.ndarray
    directions: FloatArray
    ranked: np.ndarray

    @property
    def old(self) -> IntArray:
        return np.flatnonzero(~self.ranked).astype(np.int32)


@dataclass(frozen=True)
class Person:
    """Rows of the papers that somebody likes and dislikes."""

    liked: IntArray
    disliked: IntArray

    def sides(self, papers: int) -> IntArray:
        """For each of so many papers 1 where it is liked, -1 where it is disliked, else 0."""
        side_of = np.zeros(papers, dtype=np.int32)
        side_of[self.liked], side_of[self.disliked] = 1, -1
        return side_of


def open_catalogue(file: Path) -> Catalogue:
    texts, days = load(file)
    return Catalogue(texts, days, latent(texts), np.isin(days, np.unique(days)[-RANKED_DAYS:]))


def latent(texts: Sequence[PaperText]) -> FloatArray:
    """Directions of length 1 from pairs of words, with categories and authors beside them, (n, 100)."""
    pairs = CountVectorizer(ngram_range=(2, 2), min_df=3, stop_words="english", binary=True)
    words = TfidfTransformer().fit_transform(pairs.fit_transform(f"{text.title}. {text.abstract}" for text in texts))
    others = CountVectorizer(analyzer=lambda text: [*text.categories, *text.authors], min_df=2, binary=True)
    named = TfidfTransformer().fit_transform(others.fit_transform(texts))
    both = sp.hstack([words, 0.5 * named], format="csr", dtype=np.float32)
    reduced = TruncatedSVD(DIMENSIONS, random_state=SEED).fit_transform(both)
    return reduced / np.maximum(np.linalg.norm(reduced, axis=1, keepdims=True), 1e-9)


def people(town: Catalogue, kind: str, chance: np.random.Generator) -> Iterator[Person]:
    """Made-up readers with enough old papers to vote on, and new ones to judge by."""
    near, close = (int(share * len(town.texts)) for share in (NEAR, CLOSE))
    while True:
        one = int(chance.integers(len(town.texts)))
        to_one = town.directions @ town.directions[one]
        other = second(town, one, best_first(to_one)[near:close], kind, chance)
        if other is None:
            continue
        to_other = town.directions @ town.directions[other]
        liked, disliked = best_first(to_one, near), best_first(to_other, near)
        person = Person(liked[to_one[liked] > to_other[liked]], disliked[to_other[disliked] > to_one[disliked]])
        if all(min(town.ranked[own].sum(), (~town.ranked[own]).sum()) >= 10 for own in (person.liked, person.disliked)):
            yield person


def second(town: Catalogue, one: int, close: IntArray, kind: str, chance: np.random.Generator) -> int | None:
    """The paper whose like is disliked."""
    primary = [text.categories[:1] for text in town.texts]
    if not primary[one]:
        return None
    others = range(len(primary)) if kind == "apart" else close
    fit_papers = [paper for paper in others if primary[paper] and (primary[paper] == primary[one]) == (kind == "close")]
    return int(chance.choice(fit_papers)) if fit_papers else None


def train(town: Catalogue, chance: np.random.Generator) -> Model:
    """A model of the old papers and of the votes of `TEACHERS` readers, half of each kind."""
    row = np.cumsum(~town.ranked) - 1
    triples = []
    for kind in KINDS:
        for person in itertools.islice(people(town, kind, chance), TEACHERS // len(KINDS)):
            number = len(triples) // 12
            up, down = votes(town, person, 10, 2, chance)
            triples += [(number, row[paper], 1.0) for paper in up] + [(number, row[paper], -1.0) for paper in down]
    texts = [town.texts[paper] for paper in town.old]
    ids = np.arange(len(texts), dtype=np.int64)
    return fit(texts, ids, votes_from_triples(triples, TEACHERS, len(texts)), Settings())


def votes(
    town: Catalogue, person: Person, up: int, down: int, chance: np.random.Generator
) -> tuple[IntArray, IntArray]:
    """Papers of the first days that the reader votes up and down."""
    liked, disliked = (own[~town.ranked[own]] for own in (person.liked, person.disliked))
    return chance.permutation(liked)[:up], chance.permutation(disliked)[:down]


def taste(model: Model, rows: IntArray, down: int) -> ReaderVectors:
    """A reader whose last `down` votes are down."""
    values = np.ones(len(rows), dtype=np.float32)
    values[len(rows) - down :] = -1
    return ReaderVectors(model.rows[rows], rows, values, model.rows[:0])


def judge(town: Catalogue, person: Person, scores: FloatArray) -> tuple[float, ...]:
    """The figures of `MEASURES` but `lost`, means over the days."""
    days, sides = town.days[town.ranked], person.sides(len(town.texts))[town.ranked]
    places, gains, nets, clean = np.zeros(len(days)), [], [], []
    for day in np.unique(days):
        own = np.flatnonzero(days == day)
        order = best_first(scores[own])
        places[own[order]] = np.arange(len(own)) / len(own)
        liked, disliked = (np.flatnonzero(sides[own] == side) for side in (1, -1))
        clean.append((sides[own[order[:10]]] != -1).mean())
        if len(liked):
            gains.append(ndcg(order, liked))
            nets.append(gains[-1] - discounted(order, disliked) / discounted(liked, liked))
    means = (places[sides == side].mean() for side in (1, -1, 0))
    return (*means, float(np.mean(gains)), float(np.mean(nets)), float(np.mean(clean)))


def discounted(order: IntArray, others: IntArray) -> float:
    """DCG@10: 1 / log2(1 + place) for every wanted paper in the first ten places."""
    return float((np.isin(order[:10], others) / np.log2(2 + np.arange(len(order[:10])))).sum())


@dataclass(frozen=True)
class Trial:
    """Readers of one kind with one number of votes up and down; those voted down are the last of their rows."""

    kind: str
    up: int
    down: int
    group: Sequence[Person]
    rows: Sequence[IntArray]


def trials(town: Catalogue, kind: str, chance: np.random.Generator) -> Iterator[Trial]:
    row = (np.cumsum(~town.ranked) - 1).astype(np.int32)
    group = list(itertools.islice(people(town, kind, chance), READERS))
    said = [votes(town, person, max(UP), max(DOWN), chance) for person in group]
    for up, down in itertools.product(UP, DOWN):
        yield Trial(kind, up, down, group, [row[np.concatenate([yes[:up], no[:down]])] for yes, no in said])


@dataclass(frozen=True)
class Judge:
    """Measures trials on the days that are new to the model."""

    town: Catalogue
    model: Model
    candidates: Candidates

    def before(self, trial: Trial) -> MetricArray:
        """Without the down-votes, (readers, measures)."""
        return self._measure(trial, self.model, [taste(self.model, rows[: trial.up], 0) for rows in trial.rows])

    def with_weight(self, trial: Trial, weight: float) -> MetricArray:
        """With down-votes of this weight, (readers, measures)."""
        model = replace(self.model, settings=replace(self.model.settings, down_weight=weight))
        return self._measure(trial, model, [taste(model, rows, trial.down) for rows in trial.rows])

    def _measure(self, trial: Trial, model: Model, tastes: Sequence[ReaderVectors]) -> MetricArray:
        scores = score_many(model, tastes, self.candidates)
        return np.array([judge(self.town, *pair) for pair in zip(trial.group, scores, strict=True)])


def line(name: str, measured: MetricArray, before: MetricArray) -> list[str]:
    *figures, clean = measured.mean(axis=0)
    lost = bootstrap(before[:, 3] - measured[:, 3], SEED)
    interval = f"{lost.mean:+.3f} ({lost.low:+.3f} to {lost.high:+.3f})"
    return [name, *(f"{figure:.3f}" for figure in figures), f"{100 * clean:.1f} %", interval]


def report(judges: Judge, asked: Sequence[Trial], title: str) -> str:
    """One line for each weight, means over these trials of the same readers."""
    before = np.mean([judges.before(trial) for trial in asked], axis=0)
    lines = [line("none", before, before)]
    for weight in WEIGHTS:
        measured = np.mean([judges.with_weight(trial, weight) for trial in asked], axis=0)
        lines.append(line(f"{weight:g}", measured, before))
    return table([f"{title}: weight", *MEASURES], lines)


def main(file: Path) -> None:
    town, chance = open_catalogue(file), np.random.default_rng(SEED)
    model = train(town, chance)
    new = [text for text, is_ranked in zip(town.texts, town.ranked, strict=True) if is_ranked]
    judges = Judge(town, model, prepare(model, model.represent(new)))
    print(f"{len(town.texts):,} papers, {len(new):,} of them ranked; {READERS} readers of a kind; {machine()}\n")
    for kind in KINDS:
        asked = list(trials(town, kind, chance))
        print(report(judges, asked, f"{kind}, all numbers of votes"), end="\n\n")
        for trial in asked:
            print(report(judges, [trial], f"{kind}, {trial.up} up, {trial.down} down"), end="\n\n", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
