"""What was learned of a reader, in words: topics, the votes and interests that matter most, separate interests."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import chain

from accounts.models import Interest, User

from .engine.features import words_of
from .engine.model import Model
from .engine.profile import Learned
from .models import Paper
from .ranking import day_to_show
from .serving.arms import served_to
from .serving.model_cache import Unavailable
from .tastes import Said, listen
from .weighing import Weighed, sources, weigh

SOURCES = 2  # votes and interests named for a topic
WEIGHTY = 10  # votes and interests named of those that matter most
EXAMPLES = 3  # votes and interests named for a separate interest
_KINDS = {"cat": "category", "au": "author", "tag": "word"}
_WORD = re.compile(r"[^\W_]+(?:[-'][^\W_]+)*")


@dataclass(frozen=True)
class Saying:
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
    sources: list[Saying]


@dataclass(frozen=True)
class Weight:
    """How much of all that votes and interests do to the day's papers one of them does, and what it moves most."""

    saying: Saying
    share: float
    moved: Paper | None
    effect: float


@dataclass(frozen=True)
class Group:
    """One of several interests that have little to do with each other; `share` is its part of what was said."""

    share: float
    size: int
    words: list[str]
    examples: list[Saying]


@dataclass(frozen=True)
class Taught:
    """All that was learned; where nothing was, `note` says why. Weights are about so many papers of `day`."""

    day: date | None
    note: str = ""
    papers: int = 0
    raising: list[Topic] = field(default_factory=list)
    lowering: list[Topic] = field(default_factory=list)
    weights: list[Weight] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)

    @property
    def strongest(self) -> float:
        """The size of the largest effect of a topic."""
        return max((abs(topic.effect) for topic in [*self.raising, *self.lowering]), default=0.0)


def what_was_learned(reader: User, today: date) -> Taught:
    """What the model that serves has learned of this reader, held against the newest papers up to today.

    The number of queries does not depend on how much was said.
    """
    said, day = listen(reader), day_to_show(today)
    if not said or day is None:
        return Taught(day, "Nothing yet. Your first vote or interest is the first thing to learn from.")
    served = served_to(reader)
    if isinstance(served, Unavailable):
        return Taught(day, served.reason)
    weighed = weigh(served, said, day)
    return _Telling(reader, said, served.model, weighed).about(day)


class _Telling:
    """Rows of `Weighed` and columns of the model, in words; the papers that are named are read once."""

    def __init__(self, reader: User, said: Said, model: Model, weighed: Weighed) -> None:
        self._votes, self._stated, self._model, self._weighed = list(said.votes.items()), said.interests, model, weighed
        self._interests = {(one.kind, one.text): one for one in reader.interests.all()}
        self._weighty = weighed.strongest(WEIGHTY)
        moved = (weighed.moved_most(row)[0] for row in self._weighty)
        self._papers = Paper.objects.in_bulk([*map(self._paper_of, self._rows()), *moved])

    def about(self, day: date) -> Taught:
        weighed = self._weighed
        raising, lowering = self._topics(weighed.raising), self._topics(weighed.lowering)
        return Taught(day, "", len(weighed.paper_ids), raising, lowering, self._weights(), self._groups())

    def _rows(self) -> set[int]:
        """Everything said that is named, or that a term is written out by."""
        weighed = self._weighed
        terms = [weighed.raising, weighed.lowering, *(words for _, _, words in weighed.groups)]
        named = [sources(some, place, SOURCES) for some in terms[:2] for place in range(len(some.columns))]
        examples = [self._examples(members) for members, _, _ in weighed.groups]
        return {*self._weighty, *chain(*named), *chain(*examples), *chain(*map(weighed.speakers, terms))}

    def _paper_of(self, row: int) -> int:
        """The primary key of the paper behind a row; 0, which no paper has, for an interest in words."""
        if row < len(self._votes):
            return self._votes[row][0]
        return next(iter(self._stated[row - len(self._votes)].get("papers", [])), 0)

    def _saying(self, row: int) -> Saying:
        paper = self._papers.get(self._paper_of(row))
        if row < len(self._votes):
            return Saying(paper, self._votes[row][1])
        stated = self._stated[row - len(self._votes)]
        seed = paper if stated["kind"] == Interest.Kind.PAPER else None
        return Saying(seed, interest=self._interests.get((stated["kind"], stated["text"])))

    def _examples(self, members: Iterable[int]) -> list[int]:
        sizes = self._weighed.sizes
        return sorted(members, key=lambda row: -sizes[row])[:EXAMPLES]

    def _topics(self, terms: Learned) -> list[Topic]:
        return [
            Topic(*word, float(terms.effects[place]), [*map(self._saying, sources(terms, place, SOURCES))])
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

    def _groups(self) -> list[Group]:
        return [
            Group(
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
        return [written(name, self._text(row)) for name, row in zip(names, speakers, strict=True)]

    def _text(self, row: int) -> list[str]:
        """Everything that the paper behind a row, or the interest itself, could write a term in."""
        paper = self._papers.get(self._paper_of(row))
        if paper is not None:
            return [*paper.authors, *paper.tags, paper.title, paper.abstract]
        return [] if row < len(self._votes) else [self._stated[row - len(self._votes)]["text"]]


def written(term: str, texts: Iterable[str]) -> tuple[str, str]:
    """Kind and text of a term of the vocabulary: `au:ada king` -> ("author", "Ada King") where a text has it so."""
    prefix, colon, name = term.partition(":")
    if colon and prefix in _KINDS:
        return _KINDS[prefix], next((text for text in texts if text.casefold() == name), name)
    words = (word for text in texts for word in _WORD.findall(text))
    found = next((word for word in words if term in words_of(word)), term)
    return "word", found if found.isupper() else found.lower()
