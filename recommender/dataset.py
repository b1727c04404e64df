"""Database rows -> engine arrays: the only bridge between the tables and the engine."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from django.db.models import Max

from accounts.models import Interest, InterestKind

from .categories import within
from .engine.data import IdArray, IntArray, PaperText, Votes
from .models import Paper, Vote
from .vote_rings import count_for_models

BACKGROUND = 20_000  # papers beside the voted ones, the newest, that stand for "nobody picked this"
VOTED = 150_000  # papers voted on that are learned from, at most: every web process holds some 6 kB of each in memory
HALF_LIFE = 365 * 86_400.0  # seconds in which a vote loses half its say in which papers those are
_TEXT_FIELDS = ("title", "abstract", "authors", "categories", "tags")
_CAST = np.dtype([("reader", np.int64), ("paper", np.int64), ("value", np.float32), ("time", np.float64)])
Read = tuple[np.ndarray, datetime | None]


@dataclass(frozen=True)
class Aside:
    """How much was there and is not learned from, since its readers do not count for others (yet); see `standing`."""

    votes: int = 0
    readers: int = 0


@dataclass(frozen=True)
class Dataset:
    """What a training learns from.

    paper_ids, texts  the papers, ascending by id
    votes             over rows of these papers and of reader_ids
    times             (v,) float64, when each vote was cast, in seconds since 1970
    days              (n,) int32, the day of each paper as an ordinal
    """

    paper_ids: IdArray
    texts: Sequence[PaperText]
    votes: Votes
    reader_ids: IdArray
    times: np.ndarray
    days: IntArray
    votes_until: datetime | None
    aside: Aside = field(default_factory=Aside)


def collect(read: Read | None = None) -> Dataset:
    """The papers that votes say most about, at most `VOTED`, all votes on them, and the newest `BACKGROUND` others.

    read  the votes, as `read_votes` gave them; None: as they are now. Those of readers who do not count are set aside
    """
    cast, until = read or read_votes()
    counted = cast[count_for_models(cast["reader"])]
    readers_aside = len(np.unique(cast["reader"])) - len(np.unique(counted["reader"]))
    aside, cast = Aside(len(cast) - len(counted), readers_aside), counted
    paper_ids = np.union1d(most_voted(cast["paper"], cast["time"], VOTED), _background())
    cast = cast[np.isin(cast["paper"], paper_ids)]
    reader_ids, readers = np.unique(cast["reader"], return_inverse=True)
    votes = Votes(
        readers.astype(np.int32),
        np.searchsorted(paper_ids, cast["paper"]).astype(np.int32),
        cast["value"].copy(),
        len(reader_ids),
        len(paper_ids),
    )
    texts, days = texts_of(paper_ids), _days(paper_ids)
    return Dataset(paper_ids, texts, votes, reader_ids, cast["time"].copy(), days, until, aside)


def most_voted(papers: IdArray, times: np.ndarray, most: int) -> IdArray:
    """The `most` papers with the most votes, a vote counting half for each `HALF_LIFE` before the newest; ascending.

    papers, times  (v,) each, of every vote; among papers of equal weight the newer one, by primary key, comes first
    """
    paper_ids, rows = np.unique(papers, return_inverse=True)
    if len(paper_ids) <= most:
        return paper_ids
    weight = np.bincount(rows, 0.5 ** ((times.max() - times) / HALF_LIFE))
    return np.sort(paper_ids[::-1][np.argsort(-weight[::-1], kind="stable")[:most]])


def texts_of(paper_ids: IdArray) -> list[PaperText]:
    """The texts of these papers, in this order; a paper that has left the catalogue has an empty one."""
    found: dict[int, PaperText] = {}
    for start in range(0, len(paper_ids), 500):
        batch = [int(paper_id) for paper_id in paper_ids[start : start + 500]]
        for paper_id, *fields in Paper.objects.filter(pk__in=batch).values_list("pk", *_TEXT_FIELDS):
            found[paper_id] = _text(*fields)
    return [found.get(int(paper_id), PaperText()) for paper_id in paper_ids]


def interest_texts(interests: Iterable[Interest]) -> list[PaperText]:
    """Interests as papers that say nothing else: a topic is a title, a category a category, an archive all of its.

    A seed paper and an author have no text of their own: their papers speak for them (`tastes.interest_rows`).
    """
    return [
        PaperText(categories=tuple(within(interest.text)))
        if interest.kind == InterestKind.CATEGORY
        else PaperText(title=interest.text if interest.kind == InterestKind.TOPIC else "")
        for interest in interests
    ]


def read_votes() -> Read:
    """Every vote, (v,) of `_CAST`: 28 bytes each, read through a cursor that holds some of them; their newest time."""
    until = Vote.objects.aggregate(until=Max("voted_at"))["until"]  # first: a vote cast meanwhile is not claimed
    rows = Vote.objects.order_by().values_list("reader", "paper", "value", "voted_at").iterator(20_000)
    return np.fromiter(((*vote, at.timestamp()) for *vote, at in rows), dtype=_CAST), until


def _background() -> IdArray:
    newest = Paper.objects.order_by("-day", "-pk").values_list("pk", flat=True)[:BACKGROUND]
    return np.array(list(newest), dtype=np.int64)


def _days(paper_ids: IdArray) -> IntArray:
    """The day of each of these papers, (n,) int32; they are read by the thousand, and no others with them."""
    days = np.zeros(len(paper_ids), dtype=np.int32)
    for start in range(0, len(paper_ids), 5000):
        part = paper_ids[start : start + 5000]
        day_of = dict(Paper.objects.filter(pk__in=part.tolist()).values_list("pk", "day"))
        days[start : start + 5000] = [day_of[paper_id].toordinal() for paper_id in part.tolist()]
    return days


def _text(title: str, abstract: str, authors: list[str], categories: list[str], tags: list[str]) -> PaperText:
    return PaperText(title, abstract, tuple(authors), tuple(categories), tuple(tags))
