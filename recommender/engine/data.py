"""Inputs of the engine: papers as text, votes as arrays, settings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int32]
IdArray = npt.NDArray[np.int64]
Report = Callable[[str], None]  # called with a line of text on the progress of a long run


@dataclass(frozen=True)
class PaperText:
    """The text of one paper; every field may be empty.

    bow  a bag of words, (word, count) pairs, for data sets that have no running text
    """

    title: str = ""
    abstract: str = ""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    bow: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Votes:
    """Votes as three arrays of the same length.

    readers  (v,) int32 in [0, n_readers)
    papers   (v,) int32 in [0, n_papers)
    values   (v,) float32, +1 (up) or -1 (down); a pair that is absent is no vote

    Raises ValueError for an index out of range, a value other than +1 or -1, or a pair that occurs twice.
    """

    readers: IntArray
    papers: IntArray
    values: FloatArray
    n_readers: int
    n_papers: int

    def __post_init__(self) -> None:
        if not len(self.readers) == len(self.papers) == len(self.values):
            raise ValueError(
                f"votes need arrays of the same length, got {len(self.readers)}, {len(self.papers)}, {len(self.values)}"
            )
        for name, rows, size in (("reader", self.readers, self.n_readers), ("paper", self.papers, self.n_papers)):
            outside = rows[(rows < 0) | (rows >= size)]
            if len(outside):
                raise ValueError(f"{name} row {outside[0]} is outside 0..{size - 1}")
        if not np.isin(self.values, (1.0, -1.0)).all():
            bad = self.values[~np.isin(self.values, (1.0, -1.0))][0]
            raise ValueError(f"a vote is +1 or -1, got {bad}")
        pairs = self.readers.astype(np.int64) * max(self.n_papers, 1) + self.papers
        if len(np.unique(pairs)) < len(pairs):
            raise ValueError("a reader votes at most once on a paper; remove the repeated pairs")

    def __len__(self) -> int:
        return len(self.values)

    @property
    def matrix(self) -> sp.csr_matrix:
        """(n_readers, n_papers) float32 of +1, -1 and zeros."""
        shape = (self.n_readers, self.n_papers)
        return sp.csr_matrix((self.values, (self.readers, self.papers)), shape=shape, dtype=np.float32)

    @property
    def likes(self) -> sp.csr_matrix:
        """Up-votes only, (n_readers, n_papers) float32."""
        return self.only(self.values > 0).matrix

    def only(self, mask: npt.NDArray[np.bool_]) -> "Votes":
        """The votes where `mask`, (v,) bool, is true.

        Readers and papers keep their row numbers.
        """
        return Votes(self.readers[mask], self.papers[mask], self.values[mask], self.n_readers, self.n_papers)


def votes_from_triples(triples: Sequence[tuple[int, int, float]], n_readers: int, n_papers: int) -> Votes:
    """Votes from (reader row, paper row, value) triples."""
    table = np.array(triples, dtype=np.float64).reshape(-1, 3)
    return Votes(
        table[:, 0].astype(np.int32),
        table[:, 1].astype(np.int32),
        table[:, 2].astype(np.float32),
        n_readers,
        n_papers,
    )


@dataclass(frozen=True)
class Settings:
    """Every number that shapes a model.

    The defaults were chosen by measurement (README, quality).
    """

    width: int = 120_000  # terms in the vocabulary, those with the most weight
    author_weight: float | None = 1.0  # of shared authors beside shared words; None counts authors among the words
    vector_weight: float = 0.5  # of sentence vectors as they are, beside words and LightFM ...
    flat_vector_weight: float = 0.25  # ... and with all their directions weighed alike
    many_votes: int = 2000  # votes of all readers at which what is learned from them has half its weight
    embedding_size: int = 64
    embedding_terms: int = 40  # terms of a paper that LightFM is trained on: its cost follows the non-zeros
    loss: str = "warp"
    epochs: int = 20
    most_steps: int = 8_000_000  # training steps of LightFM: fewer epochs of many votes, a sample of still more
    learning_rate: float = 0.05
    max_sampled: int = 30  # tries of WARP to find a paper that is ranked too high
    identity: float = 0.3  # weight of a paper's own column in training, which absorbs what its words do not explain
    embedding_weight: float = 1.0  # of the LightFM kernel beside the text kernel, with any number of votes ...
    embedding_votes: int = 50_000  # ... and half of it with this many: of few thousand it learns what misleads
    ridge: float = 11.0  # with many votes, when a paper without votes is informative ...
    ridge_of_few: float = 40.0  # ... and this much more while there are few
    rank: int = 512  # directions of the ridge map that are exact
    neighbours: int = 200  # entries in each row of the item-item map; 0 leaves it out
    direct_weight: float = 0.8  # of the direct map, for papers that others voted on; 0 leaves it out
    direct_readers: int = 5000  # readers, those with the most votes, that the direct map is made from
    direct_ridge: float = 30.0
    prior_weight: float = 0.1  # of what readers like in general, in votes; 0 leaves it out
    down_weight: float = 0.5  # of a down-vote against an up-vote; more hurts liked papers (tests.benchmarks.down_votes)
    smoothing: float = 50.0  # weight of the neighbours of a single vote, where papers have very many votes each ...
    many_votes_each: float = 30.0  # ... half as much where voted papers have this many on average
    smoothing_power: float = 0.8  # the weight falls with this power of the reader's number of votes
    interest_weight: float = 1.0  # of an interest against a vote, before the first vote ...
    interest_votes: float = 10.0  # ... halved at this many votes
    seed: int = 20261123

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def learns_from_others(self) -> bool:
        """Whether a reader's scores depend on the votes of others.

        If not, they depend on content alone.
        """
        return bool(self.embedding_size or self.neighbours or self.direct_weight or self.prior_weight)

    def without_weights(self) -> "Settings":
        """The settings that decide what is learned: equal for recipes that only weigh it differently."""
        authors = None if self.author_weight is None else 1.0
        return replace(
            self,
            author_weight=authors,
            vector_weight=0.0,
            flat_vector_weight=0.0,
            embedding_weight=0.0,
            prior_weight=0.0,
            smoothing=0.0,
        )

    def without_unused(self) -> "Settings":
        """The same settings with nothing learned that has a weight of 0."""
        return replace(
            self,
            embedding_size=self.embedding_size if self.embedding_weight else 0,
            neighbours=self.neighbours if self.smoothing else 0,
        )

    def content_only(self) -> "Settings":
        """The same settings without anything learned from other readers."""
        return replace(self, embedding_size=0, neighbours=0, direct_weight=0.0, prior_weight=0.0)


def settings_from(stored: Mapping[str, Any]) -> Settings:
    """The settings that a model was trained with, as `Settings.as_dict` gave them.

    Names that this version does not know are ignored. Models that were trained before authors and vectors had weights
    count authors among the words and have no vectors.
    """
    names = {field.name for field in fields(Settings)}
    older = {"author_weight": None, "vector_weight": 0.0, "flat_vector_weight": 0.0}
    return Settings(**{name: value for name, value in (older | dict(stored)).items() if name in names})
