"""A reader's votes and interests, from the tables and as rows of the model."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import scipy.sparse as sp

from accounts.models import Interest, User
from recommender.dataset import interest_texts
from recommender.engine.data import PaperText
from recommender.engine.model import Model
from recommender.engine.onboarding import seed_profile
from recommender.engine.rows import Rows, stack
from recommender.engine.score import ReaderVectors
from recommender.interests import papers_of
from recommender.models import Vote
from recommender.ranking.candidates import rows_of_papers
from recommender.vectors import current_kind, encode_texts, kind_of

StatedInterest = dict[str, Any]

STATED = 6.0  # length of the row of a topic or a category; a single vote with its neighbours is about 10 long


@dataclass(frozen=True)
class Profile:
    """A reader's votes and interests at one moment: what their ranking is made from.

    votes      paper's primary key -> +1 or -1
    interests  {"kind", "text"} each; a seed paper and an author also have "papers", the primary keys they stand for
    until      when the newest of the votes was cast
    version    the reader's count of changes when this was read
    """

    votes: dict[int, int]
    interests: list[StatedInterest]
    until: datetime | None = None
    version: int = 0

    def __bool__(self) -> bool:
        """Whether there is anything to rank by.

        An author or a seed paper without papers here does not count.
        """
        return bool(self.votes) or any(interest.get("papers", True) for interest in self.interests)

    def as_dict(self) -> dict[str, Any]:
        """The form that `Ranking.taste` stores."""
        return {"votes": [[paper, value] for paper, value in self.votes.items()], "interests": self.interests}


def profile_from_json(stored: dict[str, Any]) -> Profile:
    """The profile that `Ranking.taste` stores; without `until` and `version`."""
    return Profile(dict(stored.get("votes", [])), stored.get("interests", []))


def read_profile(reader: User) -> Profile:
    """The reader's votes and interests."""
    ((_, profile),) = read_profiles([reader])
    return profile


def read_profiles(readers: Sequence[User]) -> list[tuple[User, Profile]]:
    """Read the votes and interests of many readers.

    Takes three queries, and two more if there are seed papers and authors. The versions are read first, so that a vote
    cast meanwhile makes a ranking stale instead of being lost.
    """
    versions = dict(User.objects.filter(pk__in=[reader.pk for reader in readers]).values_list("pk", "taste_version"))
    votes: dict[int, list[tuple[int, int, datetime]]] = defaultdict(list)
    cast = Vote.objects.filter(reader__in=readers).values_list("reader", "paper", "value", "voted_at")
    for reader_pk, paper, value, at in cast:
        votes[reader_pk].append((paper, value, at))
    stated = list(Interest.objects.filter(reader__in=readers).values_list("reader", "kind", "text"))
    papers = papers_of((kind, text) for _, kind, text in stated)
    interests: dict[int, list[StatedInterest]] = defaultdict(list)
    for reader_pk, kind, text in stated:
        stands_for = {"papers": papers[kind, text]} if (kind, text) in papers else {}
        interests[reader_pk].append({"kind": kind, "text": text} | stands_for)
    profiles = []
    for reader in readers:
        own_votes = {paper: value for paper, value, _ in sorted(votes[reader.pk])}
        own_interests = sorted(interests[reader.pk], key=lambda interest: (interest["kind"], interest["text"]))
        until = max((at for _, _, at in votes[reader.pk]), default=None)
        profiles.append((reader, Profile(own_votes, own_interests, until, versions[reader.pk])))
    return profiles


def vectors_of(model: Model, profile: Profile) -> ReaderVectors:
    """The profile as the model sees it.

    Papers that the model does not know count by their text. A paper that has been deleted from the catalogue since has
    a row of zeros: it has no effect, but still counts as a vote.
    """
    [vectors] = vectors_of_many(model, [profile])
    return vectors


def vectors_of_many(model: Model, profiles: Sequence[Profile]) -> list[ReaderVectors]:
    """The same for many readers.

    Papers that the model does not know are read once for all of them.
    """
    voted = [paper for profile in profiles for paper in profile.votes]
    stated = [interest for profile in profiles for interest in profile.interests]
    papers = _Papers(model, [*voted, *(paper for interest in stated for paper in interest.get("papers", []))])
    return [
        ReaderVectors(
            papers.rows(profile.votes),
            model.rows_of(np.array(list(profile.votes), dtype=np.int64)),
            np.array(list(profile.votes.values()), dtype=np.float32),
            interest_rows(model, profile.interests, papers),
        )
        for profile in profiles
    ]


def interest_rows(model: Model, interests: Sequence[StatedInterest], papers: "_Papers") -> Rows:
    """Interests as rows of the model, (k, d + e).

    A topic or a category has a row of length `STATED`, so that it counts roughly as much as the first vote. A seed
    paper is its own row with its neighbours', as a single up-vote would be; an author is the mean over their papers.
    A seed paper that is not in the catalogue and an author without papers are rows of zeros: they have no effect.
    """
    texts = interest_texts([Interest(kind=interest["kind"], text=interest["text"]) for interest in interests])
    from_text = _of_length(text_rows(model, texts), STATED)
    rows = [
        papers.as_start(interest["papers"]) if "papers" in interest else from_text[place]
        for place, interest in enumerate(interests)
    ]
    return stack([from_text[:0], *rows])


def text_rows(model: Model, texts: Sequence[PaperText]) -> Rows:
    """Rows of topics and categories, (k, d + e), with vectors where the model has any of the present encoder."""
    kind = kind_of(model)
    has_vectors = kind is not None and kind == current_kind() and any(text.title for text in texts)
    return model.represent_topics(texts, encode_texts([text.title for text in texts], kind) if has_vectors else None)


def _of_length(rows: Rows, length: float) -> Rows:
    """The rows with this Euclidean length; rows of zeros stay."""
    lengths = np.sqrt(rows.squared_lengths())
    scale = np.divide(length, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    return Rows(sp.csr_matrix(sp.diags(scale) @ rows.terms, dtype=np.float32), scale[:, None] * rows.dense)


class _Papers:
    """The papers in some readers' profiles, with their rows.

    The rows in the model are made once for all readers.
    """

    def __init__(self, model: Model, paper_pks: Iterable[int]) -> None:
        self._model = model
        self._ids = np.unique(np.array(list(paper_pks), dtype=np.int64))
        self._rows = rows_of_papers(model, self._ids)

    def rows(self, paper_pks: Iterable[int]) -> Rows:
        """In this order, (n, d + e)."""
        return self._rows[np.searchsorted(self._ids, np.array(list(paper_pks), dtype=np.int64))]

    def as_start(self, paper_pks: Sequence[int]) -> Rows:
        """These papers as one interest, (1, d + e)."""
        return seed_profile(self._model, self.rows(paper_pks), self._model.rows_of(np.array(paper_pks, dtype=np.int64)))
