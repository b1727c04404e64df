"""What a reader has said, as rows of the model; and the candidates of a day or several likewise."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np
import scipy.sparse as sp

from accounts.models import Interest, User

from .dataset import interest_texts, texts_of
from .engine.data import IdArray
from .engine.features import scale_rows
from .engine.model import Model
from .engine.onboarding import start
from .engine.scoring import Candidates, Taste, prepare
from .models import Vote
from .seeds import papers_of
from .serving.model_cache import Served, is_in_memory
from .spans import Offer

StatedInterest = dict[str, Any]

DAYS = 4  # days whose candidates are kept ready
OFTEN = 300  # rankings of a day after which making the shared products pays
LARGEST = 40_000_000  # numbers in one of the two products
STATED = 6.0  # length of a topic or a category; an only vote with its neighbours is about 10 long


@dataclass(frozen=True)
class Said:
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


def said_from(kept: dict[str, Any]) -> Said:
    """What was said, from the form that a ranking keeps."""
    return Said(dict(kept.get("votes", [])), kept.get("interests", []))


def listen(reader: User) -> Said:
    """The reader's votes and interests."""
    ((_, said),) = listen_to([reader])
    return said


def listen_to(readers: Sequence[User]) -> list[tuple[User, Said]]:
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


def taste_of(model: Model, said: Said) -> Taste:
    """What a reader said, as the model sees it; papers that the model has never seen count by their text.

    One of those that has left the catalogue has a row of zeros: it says nothing, but counts among the votes.
    """
    [taste] = tastes_of(model, [said])
    return taste


def tastes_of(model: Model, heard: Sequence[Said]) -> list[Taste]:
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


def rows_of_papers(model: Model, paper_ids: IdArray) -> sp.csr_matrix:
    """Rows in the order of `paper_ids`: the model's own where it has one, else made from the text."""
    known = model.rows_of(paper_ids)
    new = known < 0
    stacked = sp.vstack([model.rows[known[~new]], model.represent(texts_of(paper_ids[new]))], format="csr")
    places = np.empty(len(paper_ids), dtype=np.int64)
    places[~new] = np.arange((~new).sum())
    places[new] = (~new).sum() + np.arange(new.sum())
    return stacked[places]


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
        return start(self._model, self.rows(paper_pks), self._model.rows_of(np.array(paper_pks, dtype=np.int64)))


def candidate_rows(served: Served, papers: Offer) -> tuple[IdArray, sp.csr_matrix]:
    """The day's papers, ascending by primary key, and their rows in the model."""
    key = _ByVersion(served)
    rows = _candidate_rows(key, papers)
    key.model = None
    return rows


def candidates_of(served: Served, papers: Offer) -> tuple[IdArray, Candidates]:
    """The day's papers, ascending by primary key, ready to be scored again and again.

    The `DAYS` asked for last are kept, each with its model, which an experiment has two of; those of several days are
    made anew. A day that is asked for often gets the products that make a ranking some ten times quicker; they take
    about a second and, for 500 papers, some 70 MB.
    """
    paper_ids, rows = candidate_rows(served, papers)
    if not papers.span.is_whole_day:
        return paper_ids, prepare(served.model, rows, served.model.rows_of(paper_ids))
    key = (served.row.version, papers)
    with _lock:
        asked = _kept.pop(key, None)
        if asked is None or asked.candidates.model is not served.model:
            asked = Asked(prepare(served.model, rows, served.model.rows_of(paper_ids)))
            _forget_old_models()
        _kept[key] = asked
        while len(_kept) > DAYS:
            del _kept[next(iter(_kept))]
        asked.times += 1
        pays = asked.times == OFTEN and len(paper_ids) * len(served.model.paper_ids) <= LARGEST
    if pays:  # outside the lock, so that nobody else waits for it
        asked.candidates.make_products()
    return paper_ids, asked.candidates


@dataclass
class Asked:
    """A day's candidates, and how often they were asked for."""

    candidates: Candidates
    times: int = 0


_kept: dict[tuple[str, Offer], Asked] = {}  # by the model's version and the day, the last asked for last
_lock = Lock()


def _forget_old_models() -> None:
    """A model that no longer serves goes with its days, so that none stays in memory because of them."""
    for key in [key for key, asked in _kept.items() if not is_in_memory(asked.candidates.model)]:
        del _kept[key]


def _taste(model: Model, said: Said, papers: _Papers) -> Taste:
    known = model.rows_of(np.array(list(said.votes), dtype=np.int64))
    values = np.array(list(said.votes.values()), dtype=np.float32)
    return Taste(papers.rows(said.votes), known, values, interest_rows(model, said.interests, papers))


def _stands_for(interests: Sequence[StatedInterest]) -> Iterable[int]:
    """Every paper that these interests stand for."""
    return (paper for said in interests for paper in said.get("papers", []))


def _said(votes: list[tuple[int, int, datetime]], interests: list[StatedInterest], version: int) -> Said:
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
def _candidate_rows(by_version: _ByVersion, papers: Offer) -> tuple[IdArray, sp.csr_matrix]:
    paper_ids = np.array(list(papers.papers().order_by("pk").values_list("pk", flat=True)), dtype=np.int64)
    assert by_version.model is not None  # a key is only asked for its model when it is new
    return paper_ids, rows_of_papers(by_version.model, paper_ids)
