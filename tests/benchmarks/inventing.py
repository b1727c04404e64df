"""A town of any size, invented from the real papers: `Town` says who votes on what, `Writer` what the papers say.

A paper takes its authors and categories from a real paper, the first half of its title from that one and the second
from another of the same subject, and as many sentences of abstracts of that subject as the real one has, one by one by
chance. Subjects are `SUBJECTS` clusters of the real papers' words. A day has `A_DAY` papers, so that a larger town
looks back further. A reader is active for `WINDOW` days at most and cares for three subjects; a tenth of their votes
goes anywhere. Within a subject and those days a paper is picked by its popularity, which is log-normal as Hugging
Face's upvotes are (median 6, most 250); a tenth of the votes are down.
"""

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from sklearn.cluster import MiniBatchKMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

DATA = Path(__file__).parents[2] / ".." / "shared" / "data" / "papers.jsonl.gz"
SEED = 20261123
SUBJECTS, A_DAY, WINDOW = 60, 500, 250
LAST = date(2026, 11, 22)
CARES = (0.55, 0.25, 0.1)  # share of the votes on the first, second and third subject; the rest go anywhere
VOTES_EACH, MOST_EACH = 1.0, 1500  # spread of the log-normal number of votes of a reader, and the most
POPULARITY, DOWN = 1.3, 0.1
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


@dataclass(frozen=True)
class Real:
    """The real papers, the sentences of their abstracts, and the subject of each."""

    papers: list[dict[str, Any]]
    sentences: list[list[str]]
    subjects: np.ndarray


def read_real(file: Path = DATA) -> Real:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        papers = [json.loads(line) for line in lines]
    words = TfidfVectorizer(max_features=20_000, stop_words="english").fit_transform(
        [f"{paper['title']} {paper['abstract'][:600]}" for paper in papers]
    )
    dense = TruncatedSVD(32, n_iter=2, random_state=SEED).fit_transform(words)
    subjects = MiniBatchKMeans(SUBJECTS, random_state=SEED, n_init=1).fit_predict(dense)
    return Real(papers, [_SENTENCE.split(paper["abstract"]) for paper in papers], subjects)


@dataclass(frozen=True)
class Town:
    """So many papers, readers and votes; rows count from 0, papers in order of their days."""

    real: Real
    n_papers: int
    n_readers: int
    n_votes: int

    @cached_property
    def bases(self) -> np.ndarray:
        """The real paper behind each paper, (n_papers,) int64."""
        return self._chance(1).integers(0, len(self.real.papers), self.n_papers)

    @property
    def days(self) -> int:
        return -(-self.n_papers // A_DAY)

    def day_of(self, paper: int) -> date:
        return LAST - timedelta(days=self.days - 1 - paper // A_DAY)

    def first_of_month(self, paper: int) -> int:
        """The first paper of this one's month."""
        return max(0, paper - paper % A_DAY - A_DAY * (self.day_of(paper).day - 1))

    def votes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Readers, papers, values and times of the votes, (n_votes,) each, in order of time; seconds since 1970.

        No pair occurs twice. Raises ValueError where the readers cannot cast so many votes.
        """
        chance, pairs = self._chance(2), np.zeros(0, dtype=np.int64)
        while len(pairs) < self.n_votes:
            readers = self._readers(chance, int(1.2 * (self.n_votes - len(pairs))) + 100)
            papers = self._papers(chance, readers)
            before = len(pairs)
            pairs = np.union1d(pairs, readers * self.n_papers + papers)
            if len(pairs) - before < len(readers) // 100:
                raise ValueError(f"{self.n_readers:,} readers have no {self.n_votes:,} votes to cast")
        pairs = pairs[chance.permutation(len(pairs))[: self.n_votes]]
        readers, papers = pairs // self.n_papers, pairs % self.n_papers
        values = np.where(chance.random(self.n_votes) < DOWN, -1, 1)
        first = (self.day_of(0) - date(1970, 1, 1)).days
        times = 86_400 * (first + papers // A_DAY + 0.3) + chance.exponential(20_000, self.n_votes)
        order = np.argsort(times)
        return readers[order], papers[order], values[order], times[order]

    def _readers(self, chance: np.random.Generator, count: int) -> np.ndarray:
        """Who casts each of so many votes: some readers many, most of them few."""
        keen = np.minimum(self._chance(3).lognormal(0, VOTES_EACH, self.n_readers), MOST_EACH / 60)
        return np.sort(chance.choice(self.n_readers, count, p=keen / keen.sum()))

    def _papers(self, chance: np.random.Generator, readers: np.ndarray) -> np.ndarray:
        """A paper for each of these votes."""
        own = self._chance(4)
        cares = own.integers(0, SUBJECTS, (self.n_readers, len(CARES)))
        window = min(self.days, WINDOW)
        starts = own.integers(0, self.days - window + 1, self.n_readers)
        which = np.searchsorted(np.cumsum(CARES), chance.random(len(readers)))
        anywhere = chance.integers(0, SUBJECTS, len(readers))
        wanted = np.column_stack([cares[readers], anywhere])[np.arange(len(readers)), which]
        popularity, subjects = self._chance(5).lognormal(0, POPULARITY, self.n_papers), self.real.subjects[self.bases]
        found = np.empty(len(readers), dtype=np.int64)
        for subject in range(SUBJECTS):
            votes, papers = np.flatnonzero(wanted == subject), np.flatnonzero(subjects == subject)
            reach = np.concatenate([[0.0], np.cumsum(popularity[papers])])
            edges = starts[readers[votes]][:, None] + np.array([0, window])
            low, high = reach[np.searchsorted(papers, A_DAY * edges)].T
            places = np.searchsorted(reach, low + chance.random(len(votes)) * (high - low), side="right") - 1
            found[votes] = papers[np.clip(places, 0, len(papers) - 1)]
        return found

    def _chance(self, purpose: int) -> np.random.Generator:
        return np.random.default_rng([SEED, purpose, self.n_papers])


class Writer:
    """Makes the texts of a town's papers; the same part gives the same texts again."""

    def __init__(self, town: Town) -> None:
        self._town, self._real = town, town.real
        self._alike = [np.flatnonzero(self._real.subjects == subject).tolist() for subject in range(SUBJECTS)]

    def papers(self, rows: range) -> Iterator[dict[str, Any]]:
        """Number in its month, day, title, abstract, authors, categories and upvotes of the papers of these rows."""
        chance = Random(f"{SEED}-{rows.start}")
        for row in rows:
            base = int(self._town.bases[row])
            yield self._paper(base, self._alike[self._real.subjects[base]], chance) | {"day": self._town.day_of(row)}

    def _paper(self, base: int, alike: list[int], chance: Random) -> dict[str, Any]:
        own = self._real.papers[base]
        front, back = own["title"].split(), self._real.papers[chance.choice(alike)]["title"].split()
        said = [chance.choice(self._real.sentences[chance.choice(alike)]) for _ in self._real.sentences[base]]
        return {
            "title": " ".join([*front[: len(front) // 2 + 1], *back[len(back) // 2 :]]),
            "abstract": " ".join(said),
            "authors": own["authors"],
            "categories": own["categories"] or ["cs.AI"],
            "source_upvotes": (own["hf"] or {}).get("upvotes", 0),
        }
