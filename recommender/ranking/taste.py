"""What the model has learned about a reader, as numbers and in words.

The statements of a profile are numbered as rows: first its votes, then its interests, as in `ReaderVectors`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import chain

import numpy as np

from accounts.models import Interest, InterestKind, User
from recommender.engine.data import FloatArray, IdArray, IntArray
from recommender.engine.diversity import separate_interests
from recommender.engine.explain import explain, explain_interests
from recommender.engine.features import words_of
from recommender.engine.model import Model
from recommender.engine.rows import Rows, stack
from recommender.engine.topics import TermEffects, term_effects
from recommender.models import Paper
from recommender.serving.first_model import served_or_first
from recommender.serving.model_cache import Served, Unavailable
from recommender.spans import pool_of

from .candidates import candidates_of
from .profile import Profile, read_profile, vectors_of
from .rank import latest_day

TOPICS = 8  # shown of those that raise a paper, and of those that lower one
GROUPS = 6  # separate interests shown, the largest
WORDS = 4  # shown of each separate interest
PRODUCTS = 100_000  # votes times papers that are measured; of more papers every second, third, ... is taken
SOURCES = 2  # votes and interests shown for a topic
WEIGHTY = 10  # votes and interests shown of those with the largest effect
EXAMPLES = 3  # votes and interests shown for a separate interest
_KINDS = {"cat": "category", "au": "author", "tag": "word"}
_WORD = re.compile(r"[^\W_]+(?:[-'][^\W_]+)*")


@dataclass(frozen=True)
class StatementEffects:
    """The effects of votes and interests on papers of a day.

    n votes and k interests on c papers: all of the day, or an even sample.

    entries    (n + k, d + e) float32, the statements as rows of the model
    paper_ids  (c,) int64
    effects    (n + k, c) float32, what each statement adds to each paper's score
    raising, lowering  the strongest terms
    groups     for each separate interest, the largest first: its rows, its share and its strongest terms
    """

    entries: Rows
    paper_ids: IdArray
    effects: FloatArray
    raising: TermEffects
    lowering: TermEffects
    groups: list[tuple[list[int], float, TermEffects]]

    @property
    def sizes(self) -> FloatArray:
        """The sum of each row's absolute effects, (n + k,) float32."""
        return np.asarray(np.abs(self.effects).sum(axis=1), dtype=np.float32)

    def strongest(self, most: int) -> list[int]:
        """Rows with an effect, the largest first."""
        order = np.argsort(-self.sizes, kind="stable")[:most]
        return order[self.sizes[order] > 0].tolist()

    def moved_most(self, row: int) -> tuple[int, float]:
        """The primary key of the paper that this row moves most, and how far."""
        place = int(np.abs(self.effects[row]).argmax())
        return int(self.paper_ids[place]), float(self.effects[row, place])

    def main_rows(self, terms: TermEffects) -> list[int]:
        """For each term the row with the largest entry.

        Its paper or interest shows how the term is written.
        """
        entries = self.entries.terms[:, terms.columns].toarray()
        return entries.argmax(axis=0).tolist() if entries.size else []


def measure_effects(served: Served, profile: Profile, day: date) -> StatementEffects:
    """Measure a reader's statements on the papers of a day."""
    model, vectors = served.model, vectors_of(served.model, profile)
    paper_ids, candidates, _ = candidates_of(served, pool_of(day))
    step = max(-(-len(paper_ids) * len(profile.votes) // PRODUCTS), 1)
    if step > 1:
        sample = np.arange(0, len(paper_ids), step, dtype=np.int32)
        paper_ids, candidates = paper_ids[sample], candidates.only(sample)
    effects = [explain(model, vectors, candidates), explain_interests(model, vectors, candidates)]
    raising, lowering = term_effects(model, vectors, TOPICS)
    separated, n_votes = separate_interests(model, vectors), len(vectors.values)
    groups = []
    for number in np.argsort(-separated.shares, kind="stable")[:GROUPS]:
        rows = [*separated.votes[number].tolist(), *(n_votes + separated.stated[number]).tolist()]
        terms, _ = term_effects(model, separated.tastes[number], WORDS)
        groups.append((rows, float(separated.shares[number]), terms))
    entries = stack([vectors.rows, vectors.interests])
    return StatementEffects(entries, paper_ids, np.concatenate(effects), raising, lowering, groups)


def term_sources(terms: TermEffects, place: int, most: int) -> list[int]:
    """Rows that the effect of this term comes from.

    Those with the largest parts of its sign, the largest first.
    """
    parts: FloatArray = terms.parts[:, place] * np.sign(terms.effects[place])
    order: IntArray = np.argsort(-parts, kind="stable")[:most].astype(np.int32)
    return [int(row) for row in order if parts[row] > 0]


@dataclass(frozen=True)
class Statement:
    """A vote on a paper, or an interest.

    The paper is None if it was deleted; a seed paper's interest has the paper.
    """

    paper: Paper | None = None
    vote: int = 0
    interest: Interest | None = None


@dataclass(frozen=True)
class Topic:
    """A word, a category or an author, with its effect.

    What it adds to the score of a paper that has it, and what this comes from.
    """

    kind: str
    text: str
    effect: float
    sources: list[Statement]


@dataclass(frozen=True)
class Weight:
    """The share of one statement in all effects.

    With the paper that it moves most.
    """

    saying: Statement
    share: float
    moved: Paper | None
    effect: float


@dataclass(frozen=True)
class InterestGroup:
    """One of several interests that have little to do with each other.

    `share` is its part of the profile.
    """

    share: float
    size: int
    words: list[str]
    examples: list[Statement]


@dataclass(frozen=True)
class LearnedTaste:
    """All that was learned.

    If nothing was, `note` says why. Weights are measured on `papers` papers of `day`.
    """

    day: date | None
    note: str = ""
    papers: int = 0
    raising: list[Topic] = field(default_factory=list)
    lowering: list[Topic] = field(default_factory=list)
    weights: list[Weight] = field(default_factory=list)
    groups: list[InterestGroup] = field(default_factory=list)

    @property
    def strongest(self) -> float:
        """The absolute value of the largest effect of a topic."""
        return max((abs(topic.effect) for topic in [*self.raising, *self.lowering]), default=0.0)


def learned_taste(reader: User, today: date) -> LearnedTaste:
    """What the serving model has learned about this reader.

    Measured on the newest papers up to today. The number of queries does not depend on the number of votes and
    interests.
    """
    profile, day = read_profile(reader), latest_day(today)
    if not profile or day is None:
        return LearnedTaste(day, "Nothing yet. Your first vote or interest is the first thing to learn from.")
    served = served_or_first(reader)
    if isinstance(served, Unavailable):
        return LearnedTaste(day, served.reason)
    effects = measure_effects(served, profile, day)
    words = _Words(reader, profile, served.model, effects)
    raising, lowering = words.topics(effects.raising), words.topics(effects.lowering)
    return LearnedTaste(day, "", len(effects.paper_ids), raising, lowering, words.weights(), words.groups())


class _Words:
    """Turn rows of `StatementEffects` and model columns into words.

    Reads all papers at once.
    """

    def __init__(self, reader: User, profile: Profile, model: Model, effects: StatementEffects) -> None:
        self._votes, self._stated = list(profile.votes.items()), profile.interests
        self._interests = {(one.kind, one.text): one for one in reader.interests.all()}
        self._vocabulary, self._effects = model.vocabulary, effects
        self._weighty = effects.strongest(WEIGHTY)
        topics = [effects.raising, effects.lowering]
        sources = [term_sources(terms, place, SOURCES) for terms in topics for place in range(len(terms.columns))]
        examples = [self._examples(members) for members, _, _ in effects.groups]
        writers = [effects.main_rows(terms) for terms in (*topics, *(terms for _, _, terms in effects.groups))]
        rows = {*self._weighty, *chain(*sources, *examples, *writers)}
        moved = (effects.moved_most(row)[0] for row in self._weighty)
        self._papers = Paper.objects.in_bulk([*map(self._paper_pk, rows), *moved])

    def topics(self, terms: TermEffects) -> list[Topic]:
        topics = []
        for place, (kind, text) in enumerate(self._written(terms)):
            sources = [self._statement(row) for row in term_sources(terms, place, SOURCES)]
            topics.append(Topic(kind, text, float(terms.effects[place]), sources))
        return topics

    def weights(self) -> list[Weight]:
        sizes = self._effects.sizes
        whole = float(sizes.sum())
        weights = []
        for row in self._weighty:
            pk, effect = self._effects.moved_most(row)
            weights.append(Weight(self._statement(row), float(sizes[row]) / whole, self._papers.get(pk), effect))
        return weights

    def groups(self) -> list[InterestGroup]:
        groups = []
        for members, share, terms in self._effects.groups:
            words = [text for _, text in self._written(terms)]
            examples = [self._statement(row) for row in self._examples(members)]
            groups.append(InterestGroup(share, len(members), words, examples))
        return groups

    def _examples(self, members: Iterable[int]) -> list[int]:
        sizes = self._effects.sizes
        return sorted(members, key=lambda row: -sizes[row])[:EXAMPLES]

    def _paper_pk(self, row: int) -> int:
        """The primary key of the paper of a row.

        0, which no paper has, for a topic or a category.
        """
        if row < len(self._votes):
            return self._votes[row][0]
        return next(iter(self._stated[row - len(self._votes)].get("papers", [])), 0)

    def _statement(self, row: int) -> Statement:
        paper = self._papers.get(self._paper_pk(row))
        if row < len(self._votes):
            return Statement(paper, self._votes[row][1])
        stated = self._stated[row - len(self._votes)]
        seed = paper if stated["kind"] == InterestKind.PAPER else None
        return Statement(seed, interest=self._interests.get((stated["kind"], stated["text"])))

    def _written(self, terms: TermEffects) -> list[tuple[str, str]]:
        """Kind and text of each term, spelled as in its main source.

        That is the paper or the interest that has most of it.
        """
        written = []
        for column, row in zip(terms.columns, self._effects.main_rows(terms), strict=True):
            paper = self._papers.get(self._paper_pk(row))
            if paper is not None:
                texts = [*paper.authors, *paper.tags, paper.title, paper.abstract]
            else:
                texts = [] if row < len(self._votes) else [self._stated[row - len(self._votes)]["text"]]
            written.append(written_term(self._vocabulary.terms[column], texts))
        return written


def written_term(term: str, texts: Iterable[str]) -> tuple[str, str]:
    """Kind and text of a vocabulary term, spelled as in the texts.

    `au:ada king` becomes ("author", "Ada King").
    """
    prefix, colon, name = term.partition(":")
    if colon and prefix in _KINDS:
        return _KINDS[prefix], next((text for text in texts if text.casefold() == name), name)
    words = (word for text in texts for word in _WORD.findall(text))
    spelled = next((word for word in words if term in words_of(word)), term)
    return "word", spelled if spelled.isupper() else spelled.lower()
