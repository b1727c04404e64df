"""A readers votes and interests, as rows of the model."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import scipy.sparse as sp

from accounts.models import Interest, User
from recommender.dataset import interest_texts
from recommender.engine.features import scale_rows
from recommender.engine.model import Model
from recommender.engine.onboarding import seed_profile
from recommender.engine.score import ReaderVectors
from recommender.interests import papers_of
from recommender.models import Vote
from recommender.ranking.candidates import rows_of_papers

StatedInterest = dict[str, Any]


STATED = 6.0  # length of a topic or a category; an only vote with its neighbours is about 10 long


@dataclass(frozen=True)
class Profile:
    """What a reader has said until now: the basis of their ranking.

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
        """Whether there is anything to rank by: an author or a seed paper without papers here is nothing yet."""
        return bool(self.votes) or any(interest.get("papers", True) for interest in self.interests)

    def as_dict(self) -> dict[str, Any]:
        """The form that a ranking keeps."""
        return {"votes": [[paper, value] for paper, value in self.votes.items()], "interests": self.interests}


def profile_from_json(kept: dict[str, Any]) -> Profile:
    """What was said, from the form that a ranking keeps."""
    return Profile(dict(kept.get("votes", [])), kept.get("interests", []))


def read_profile(reader: User) -> Profile:
    """The reader's votes and interests."""
    ((_, said),) = read_profiles([reader])
    return said


def read_profiles(readers: Sequence[User]) -> list[tuple[User, Profile]]:
    """Votes and interests of many readers, by three queries, and two more where there are seed papers and authors.

    The versions are read first, so that a vote that slips in makes a ranking stale instead of being lost.
    """
    versions = dict(User.objects.filter(pk__in=[reader.pk for reader in readers]).values_list("pk", "taste_version"))
    votes: dict[int, list[tuple[int, int, datetime]]] = defaultdict(list)
    cast = Vote.objects.filter(reader__in=readers).values_list("reader", "paper", "value", "voted_at")
    for reader_pk, paper, value, at in cast:
        votes[reader_pk].append((paper, value, at))
    stated = list(Interest.objects.filter(reader__in=readers).values_list("reader", "kind", "text"))
    papers = papers_of((kind, text) for _, kind, text in stated)
    interests: dict[int, list[StatedInterest]] = defaultdict(list)
    for pk, kind, text in stated:
        found = {"papers": papers[kind, text]} if (kind, text) in papers else {}
        interests[pk].append({"kind": kind, "text": text} | found)
    return [(reader, _said(votes[reader.pk], interests[reader.pk], versions[reader.pk])) for reader in readers]


def vectors_of(model: Model, said: Profile) -> ReaderVectors:
    """What a reader said, as the model sees it; papers that the model has never seen count by their text.

    One of those that has left the catalogue has a row of zeros: it says nothing, but counts among the votes.
    """
    [taste] = vectors_of_many(model, [said])
    return taste


def vectors_of_many(model: Model, heard: Sequence[Profile]) -> list[ReaderVectors]:
    """The same for many readers; the papers that the model has never seen are read once for all of them."""
    papers = _Papers(model, [paper for said in heard for paper in (*said.votes, *_stands_for(said.interests))])
    return [_taste(model, said, papers) for said in heard]


def interest_rows(model: Model, interests: Sequence[StatedInterest], papers: "_Papers") -> sp.csr_matrix:
    """Interests as rows of the model, (k, d + f): topics and categories of one length, others as votes.

    Topics and categories count as much as the first vote does, roughly. A seed paper is its row with its neighbours',
    as an only up-vote would be; an author the mean of theirs. A seed paper that has left the catalogue and an author
    without papers are rows of zeros: they say nothing.
    """
    texts = interest_texts([Interest(kind=said["kind"], text=said["text"]) for said in interests])
    from_text = STATED * scale_rows(model.represent(texts))
    rows = [
        papers.as_start(said["papers"]) if "papers" in said else from_text[place]
        for place, said in enumerate(interests)
    ]
    return sp.vstack([from_text[:0], *rows], format="csr")


class _Papers:
    """Papers that readers named, with their rows in the model, made once for all of these readers."""

    def __init__(self, model: Model, paper_pks: Iterable[int]) -> None:
        self._model = model
        self._ids = np.unique(np.array(list(paper_pks), dtype=np.int64))
        self._rows = rows_of_papers(model, self._ids)

    def rows(self, paper_pks: Iterable[int]) -> sp.csr_matrix:
        """In this order, (n, d + f)."""
        return self._rows[np.searchsorted(self._ids, np.array(list(paper_pks), dtype=np.int64))]

    def as_start(self, paper_pks: Sequence[int]) -> sp.csr_matrix:
        """These papers as one interest, (1, d + f)."""
        return seed_profile(self._model, self.rows(paper_pks), self._model.rows_of(np.array(paper_pks, dtype=np.int64)))


def _taste(model: Model, said: Profile, papers: _Papers) -> ReaderVectors:
    known = model.rows_of(np.array(list(said.votes), dtype=np.int64))
    values = np.array(list(said.votes.values()), dtype=np.float32)
    return ReaderVectors(papers.rows(said.votes), known, values, interest_rows(model, said.interests, papers))


def _stands_for(interests: Sequence[StatedInterest]) -> Iterable[int]:
    """Every paper that these interests stand for."""
    return (paper for said in interests for paper in said.get("papers", []))


def _said(votes: list[tuple[int, int, datetime]], interests: list[StatedInterest], version: int) -> Profile:
    until = max((at for _, _, at in votes), default=None)
    interests.sort(key=lambda interest: (interest["kind"], interest["text"]))
    return Profile({paper: value for paper, value, _ in sorted(votes)}, interests, until, version)
