"""What was learned about a reader, as numbers and in words.

Rows number what the reader said, the votes first and then the interests, as in `Taste`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import chain

import numpy as np
import scipy.sparse as sp

from accounts.models import Interest, InterestKind, User
from recommender.engine.data import FloatArray, IdArray, IntArray
from recommender.engine.diversity import InterestGroups, separate
from recommender.engine.explain import explain, explain_interests
from recommender.engine.features import words_of
from recommender.engine.model import Model
from recommender.engine.score import Candidates
from recommender.engine.topics import Learned, learned
from recommender.models import Paper
from recommender.serving.arms import served_to
from recommender.serving.model_cache import Served, Unavailable
from recommender.spans import pool_of

from .candidates import candidates_of
from .profile import Profile, read_profile, vectors_of
from .rank import latest_day

TOPICS = 8  # of those that raise a paper, and of those that lower one
GROUPS = 6  # separate interests, the largest ...
WORDS = 4  # ... each with so many words
PRODUCTS = 100_000  # votes times papers that are weighed; of more papers every second, third, ... is taken


@dataclass(frozen=True)
class StatementEffects:
    """What was said, (n + k,) rows, against c papers of a day: all of them, or an even sample.

    entries    (n + k, d + f) float32, the rows in the model
    paper_ids  (c,) int64
    effects    (n + k, c) float32, what each row does to each paper's score
    raising, lowering  the strongest terms
    groups     rows of each separate interest, the largest interest first; with its share and its strongest terms
    """

    entries: sp.csr_matrix
    paper_ids: IdArray
    effects: FloatArray
    raising: Learned
    lowering: Learned
    groups: list[tuple[list[int], float, Learned]]

    @property
    def sizes(self) -> FloatArray:
        """How much each row moves the papers, all of them together, (n + k,) float32."""
        return np.asarray(np.abs(self.effects).sum(axis=1), dtype=np.float32)

    def strongest(self, most: int) -> list[int]:
        """Rows that move something, the one that moves most first."""
        order = np.argsort(-self.sizes, kind="stable")[:most]
        return order[self.sizes[order] > 0].tolist()

    def moved_most(self, row: int) -> tuple[int, float]:
        """The primary key of the paper that this row moves most, and how far."""
        place = int(np.abs(self.effects[row]).argmax())
        return int(self.paper_ids[place]), float(self.effects[row, place])

    def speakers(self, terms: Learned) -> list[int]:
        """For each term the row that has most of it: its paper or interest writes the term out."""
        entries = self.entries[:, terms.columns].toarray()
        return entries.argmax(axis=0).tolist() if entries.size else []


def measure_effects(served: Served, said: Profile, day: date) -> StatementEffects:
    """What this reader said, against the papers of the day."""
    taste = vectors_of(served.model, said)
    paper_ids, candidates = _sample(*candidates_of(served, pool_of(day)), len(said.votes))
    effects = [find(served.model, taste, candidates) for find in (explain, explain_interests)]
    raising, lowering = learned(served.model, taste, TOPICS)
    entries = sp.vstack([taste.rows, taste.interests], format="csr")
    groups = _groups(served, separate(served.model, taste), len(taste.values))
    return StatementEffects(entries, paper_ids, np.concatenate(effects), raising, lowering, groups)


def _sample(paper_ids: IdArray, candidates: Candidates, votes: int) -> tuple[IdArray, Candidates]:
    step = max(-(-len(paper_ids) * votes // PRODUCTS), 1)
    if step == 1:
        return paper_ids, candidates
    taken = np.arange(0, len(paper_ids), step, dtype=np.int32)
    return paper_ids[taken], candidates.only(taken)


def term_sources(terms: Learned, place: int, most: int) -> list[int]:
    """Rows that the effect of this term comes from, those with the largest parts of its sign first."""
    parts: FloatArray = terms.parts[:, place] * np.sign(terms.effects[place])
    order: IntArray = np.argsort(-parts, kind="stable")[:most].astype(np.int32)
    return [int(row) for row in order if parts[row] > 0]


def _groups(served: Served, found: InterestGroups, votes: int) -> list[tuple[list[int], float, Learned]]:
    order = np.argsort(-found.shares, kind="stable")[:GROUPS]
    return [
        (
            [*found.votes[number].tolist(), *(votes + found.stated[number]).tolist()],
            float(found.shares[number]),
            learned(served.model, found.tastes[number], WORDS)[0],
        )
        for number in order
    ]


SOURCES = 2  # votes and interests named for a topic
WEIGHTY = 10  # votes and interests named of those that matter most
EXAMPLES = 3  # votes and interests named for a separate interest
_KINDS = {"cat": "category", "au": "author", "tag": "word"}
_WORD = re.compile(r"[^\W_]+(?:[-'][^\W_]+)*")


@dataclass(frozen=True)
class Statement:
    """One thing that the reader said: a vote on a paper (None: it has left), or an interest, a seed paper's with it."""

    paper: Paper | None = None
    vote: int = 0
    interest: Interest | None = None


@dataclass(frozen=True)
class Topic:
    """A word, a category or an author; what it adds to the score of a paper that has it; what that comes from."""

    kind: str
    text: str
    effect: float
    term_sources: list[Statement]


@dataclass(frozen=True)
class Weight:
    """How much of all that votes and interests do to the day's papers one of them does, and what it moves most."""

    saying: Statement
    share: float
    moved: Paper | None
    effect: float


@dataclass(frozen=True)
class InterestGroup:
    """One of several interests that have little to do with each other; `share` is its part of what was said."""

    share: float
    size: int
    words: list[str]
    examples: list[Statement]


@dataclass(frozen=True)
class LearnedTaste:
    """All that was learned; where nothing was, `note` says why. Weights are about so many papers of `day`."""

    day: date | None
    note: str = ""
    papers: int = 0
    raising: list[Topic] = field(default_factory=list)
    lowering: list[Topic] = field(default_factory=list)
    weights: list[Weight] = field(default_factory=list)
    groups: list[InterestGroup] = field(default_factory=list)

    @property
    def strongest(self) -> float:
        """The size of the largest effect of a topic."""
        return max((abs(topic.effect) for topic in [*self.raising, *self.lowering]), default=0.0)


def learned_taste(reader: User, today: date) -> LearnedTaste:
    """What the model that serves has learned of this reader, held against the newest papers up to today.

    The number of queries does not depend on how much was said.
    """
    said, day = read_profile(reader), latest_day(today)
    if not said or day is None:
        return LearnedTaste(day, "Nothing yet. Your first vote or interest is the first thing to learn from.")
    served = served_to(reader)
    if isinstance(served, Unavailable):
        return LearnedTaste(day, served.reason)
    weighed = measure_effects(served, said, day)
    return _Telling(reader, said, served.model, weighed).about(day)


class _Telling:
    """Rows of `StatementEffects` and columns of the model, in words; the papers that are named are read once."""

    def __init__(self, reader: User, said: Profile, model: Model, weighed: StatementEffects) -> None:
        self._votes, self._stated, self._model, self._weighed = list(said.votes.items()), said.interests, model, weighed
        self._interests = {(one.kind, one.text): one for one in reader.interests.all()}
        self._weighty = weighed.strongest(WEIGHTY)
        moved = (weighed.moved_most(row)[0] for row in self._weighty)
        self._papers = Paper.objects.in_bulk([*map(self._paper_of, self._rows()), *moved])

    def about(self, day: date) -> LearnedTaste:
        weighed = self._weighed
        raising, lowering = self._topics(weighed.raising), self._topics(weighed.lowering)
        return LearnedTaste(day, "", len(weighed.paper_ids), raising, lowering, self._weights(), self._groups())

    def _rows(self) -> set[int]:
        """Everything said that is named, or that a term is written out by."""
        weighed = self._weighed
        terms = [weighed.raising, weighed.lowering, *(words for _, _, words in weighed.groups)]
        named = [term_sources(some, place, SOURCES) for some in terms[:2] for place in range(len(some.columns))]
        examples = [self._examples(members) for members, _, _ in weighed.groups]
        return {*self._weighty, *chain(*named), *chain(*examples), *chain(*map(weighed.speakers, terms))}

    def _paper_of(self, row: int) -> int:
        """The primary key of the paper behind a row; 0, which no paper has, for an interest in words."""
        if row < len(self._votes):
            return self._votes[row][0]
        return next(iter(self._stated[row - len(self._votes)].get("papers", [])), 0)

    def _saying(self, row: int) -> Statement:
        paper = self._papers.get(self._paper_of(row))
        if row < len(self._votes):
            return Statement(paper, self._votes[row][1])
        stated = self._stated[row - len(self._votes)]
        seed = paper if stated["kind"] == InterestKind.PAPER else None
        return Statement(seed, interest=self._interests.get((stated["kind"], stated["text"])))

    def _examples(self, members: Iterable[int]) -> list[int]:
        sizes = self._weighed.sizes
        return sorted(members, key=lambda row: -sizes[row])[:EXAMPLES]

    def _topics(self, terms: Learned) -> list[Topic]:
        return [
            Topic(*word, float(terms.effects[place]), [*map(self._saying, term_sources(terms, place, SOURCES))])
            for place, word in enumerate(self._written(terms))
        ]

    def _weights(self) -> list[Weight]:
        weighed, whole = self._weighed, float(self._weighed.sizes.sum())
        found = []
        for row in self._weighty:
            pk, effect = weighed.moved_most(row)
            share = float(weighed.sizes[row]) / whole
            found.append(Weight(self._saying(row), share, self._papers.get(pk), effect))
        return found

    def _groups(self) -> list[InterestGroup]:
        return [
            InterestGroup(
                share,
                len(members),
                [text for _, text in self._written(words)],
                [*map(self._saying, self._examples(members))],
            )
            for members, share, words in self._weighed.groups
        ]

    def _written(self, terms: Learned) -> list[tuple[str, str]]:
        """Kind and text of each term, as the paper or the interest writes it that has most of it."""
        speakers = self._weighed.speakers(terms)
        names = [self._model.vocabulary.terms[column] for column in terms.columns]
        return [written_term(name, self._text(row)) for name, row in zip(names, speakers, strict=True)]

    def _text(self, row: int) -> list[str]:
        """Everything that the paper behind a row, or the interest itself, could write a term in."""
        paper = self._papers.get(self._paper_of(row))
        if paper is not None:
            return [*paper.authors, *paper.tags, paper.title, paper.abstract]
        return [] if row < len(self._votes) else [self._stated[row - len(self._votes)]["text"]]


def written_term(term: str, texts: Iterable[str]) -> tuple[str, str]:
    """Kind and text of a term of the vocabulary: `au:ada king` -> ("author", "Ada King") where a text has it so."""
    prefix, colon, name = term.partition(":")
    if colon and prefix in _KINDS:
        return _KINDS[prefix], next((text for text in texts if text.casefold() == name), name)
    words = (word for text in texts for word in _WORD.findall(text))
    found = next((word for word in words if term in words_of(word)), term)
    return "word", found if found.isupper() else found.lower()
