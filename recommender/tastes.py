"""What a reader has said, as rows of the model; and the day's candidates likewise."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import numpy as np
import scipy.sparse as sp
from django.db.models import Count, Max

from accounts.models import Interest, User

from .dataset import interest_texts, texts_of
from .engine.data import IdArray
from .engine.features import scale_rows
from .engine.model import Model, Taste
from .models import Paper, Vote
from .serving import Served


@dataclass(frozen=True)
class Day:
    """The papers of one date as they are now; `state` changes whenever one is added or changed."""

    day: date
    count: int
    state: str


@dataclass(frozen=True)
class Said:
    """What a reader has said until now: the basis of their ranking.

    votes      paper's primary key -> +1 or -1
    interests  {"kind", "text"} each
    until      when the newest of the votes was cast
    version    the reader's count of changes when this was read
    """

    votes: dict[int, int]
    interests: list[dict[str, str]]
    until: datetime | None = None
    version: int = 0

    def __bool__(self) -> bool:
        return bool(self.votes or self.interests)

    def as_dict(self) -> dict[str, Any]:
        """The form that a ranking keeps."""
        return {"votes": [[paper, value] for paper, value in self.votes.items()], "interests": self.interests}


def said_from(kept: dict[str, Any]) -> Said:
    """What was said, from the form that a ranking keeps."""
    return Said(dict(kept.get("votes", [])), kept.get("interests", []))


def look_at(day: date) -> Day:
    """The state of a day's papers, by one query."""
    found = Paper.objects.on(day).aggregate(count=Count("pk"), last=Max("pk"), changed=Max("updated_at"))
    return Day(day, found["count"], f"{found['count']}:{found['last']}:{found['changed']}")


def listen(reader: User) -> Said:
    """The reader's votes and interests."""
    ((_, said),) = listen_to([reader])
    return said


def listen_to(readers: Sequence[User]) -> list[tuple[User, Said]]:
    """Votes and interests of many readers, by three queries.

    The versions are read first, so that a vote that slips in makes a ranking stale instead of being lost.
    """
    versions = dict(User.objects.filter(pk__in=[reader.pk for reader in readers]).values_list("pk", "taste_version"))
    votes: dict[int, list[tuple[int, int, datetime]]] = defaultdict(list)
    cast = Vote.objects.filter(reader__in=readers).values_list("reader", "paper", "value", "voted_at")
    for reader_pk, paper, value, at in cast:
        votes[reader_pk].append((paper, value, at))
    interests: dict[int, list[dict[str, str]]] = defaultdict(list)
    for pk, kind, text in Interest.objects.filter(reader__in=readers).values_list("reader", "kind", "text"):
        interests[pk].append({"kind": kind, "text": text})
    return [(reader, _said(votes[reader.pk], interests[reader.pk], versions[reader.pk])) for reader in readers]


def taste_of(model: Model, said: Said) -> Taste:
    """What a reader said, as the model sees it; papers that the model has never seen count by their text.

    One of those that has left the catalogue has a row of zeros: it says nothing, but counts among the votes.
    """
    paper_ids = np.array(list(said.votes), dtype=np.int64)
    known = model.rows_of(paper_ids)
    rows = rows_of_papers(model, paper_ids)
    values = np.array(list(said.votes.values()), dtype=np.float32)
    return Taste(rows, known, values, interest_rows(model, said.interests))


def interest_rows(model: Model, interests: Sequence[dict[str, str]]) -> sp.csr_matrix:
    """Interests as rows of the model, (k, d + f), each of length 1 whether it is a topic or a category."""
    return scale_rows(model.represent(interest_texts([Interest(**interest) for interest in interests])))


def rows_of_papers(model: Model, paper_ids: IdArray) -> sp.csr_matrix:
    """Rows in the order of `paper_ids`: the model's own where it has one, else made from the text."""
    known = model.rows_of(paper_ids)
    new = known < 0
    stacked = sp.vstack([model.rows[known[~new]], model.represent(texts_of(paper_ids[new]))], format="csr")
    places = np.empty(len(paper_ids), dtype=np.int64)
    places[~new] = np.arange((~new).sum())
    places[new] = (~new).sum() + np.arange(new.sum())
    return stacked[places]


def candidate_rows(served: Served, papers: Day) -> tuple[IdArray, sp.csr_matrix]:
    """The day's papers, ascending by primary key, and their rows in the model."""
    key = _ByVersion(served)
    rows = _candidate_rows(key, papers)
    key.model = None
    return rows


def _said(votes: list[tuple[int, int, datetime]], interests: list[dict[str, str]], version: int) -> Said:
    until = max((at for _, _, at in votes), default=None)
    interests.sort(key=lambda interest: (interest["kind"], interest["text"]))
    return Said({paper: value for paper, value, _ in sorted(votes)}, interests, until, version)


class _ByVersion:
    """A served model that compares by its version, so that it can be the key of a cache.

    The model is taken out once its rows are made: a cache of small rows must not keep last month's models alive.
    """

    def __init__(self, served: Served) -> None:
        self.model: Model | None = served.model
        self._version = served.row.version

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByVersion) and self._version == other._version

    def __hash__(self) -> int:
        return hash(self._version)


@lru_cache(maxsize=32)
def _candidate_rows(by_version: _ByVersion, papers: Day) -> tuple[IdArray, sp.csr_matrix]:
    paper_ids = np.array(list(Paper.objects.on(papers.day).order_by("pk").values_list("pk", flat=True)), dtype=np.int64)
    assert by_version.model is not None  # a key is only asked for its model when it is new
    return paper_ids, rows_of_papers(by_version.model, paper_ids)
