"""Database rows -> engine arrays: the only bridge between the tables and the engine."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db.models import Max

from accounts.categories import within
from accounts.models import Interest

from .engine.data import IdArray, IntArray, PaperText, Votes
from .models import Paper, Vote

BACKGROUND = 20_000  # papers beside the voted ones, the newest, that stand for "nobody picked this"
_TEXT_FIELDS = ("title", "abstract", "authors", "categories", "tags")


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


def collect() -> Dataset:
    """All votes, all papers voted on, and the newest `BACKGROUND` others."""
    until = Vote.objects.aggregate(until=Max("voted_at"))["until"]  # first: a vote cast meanwhile is not claimed
    cast = Vote.objects.values_list("reader", "paper", "value", "voted_at").iterator()
    rows = np.array([(*vote, at.timestamp()) for *vote, at in cast], dtype=np.float64).reshape(-1, 4)
    reader_ids, readers = np.unique(rows[:, 0].astype(np.int64), return_inverse=True)
    paper_ids = np.union1d(rows[:, 1].astype(np.int64), _background())
    votes = Votes(
        readers.astype(np.int32),
        np.searchsorted(paper_ids, rows[:, 1].astype(np.int64)).astype(np.int32),
        rows[:, 2].astype(np.float32),
        len(reader_ids),
        len(paper_ids),
    )
    return Dataset(paper_ids, texts_of(paper_ids), votes, reader_ids, rows[:, 3], _days(paper_ids), until)


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
        if interest.kind == Interest.Kind.CATEGORY
        else PaperText(title=interest.text if interest.kind == Interest.Kind.TOPIC else "")
        for interest in interests
    ]


def _background() -> IdArray:
    newest = Paper.objects.order_by("-day", "-pk").values_list("pk", flat=True)[:BACKGROUND]
    return np.array(list(newest), dtype=np.int64)


def _days(paper_ids: IdArray) -> IntArray:
    day_of = dict(Paper.objects.values_list("pk", "day"))
    return np.array([day_of[int(paper_id)].toordinal() for paper_id in paper_ids], dtype=np.int32)


def _text(title: str, abstract: str, authors: list[str], categories: list[str], tags: list[str]) -> PaperText:
    return PaperText(title, abstract, tuple(authors), tuple(categories), tuple(tags))
