"""Convert database rows to engine arrays.

This is the only bridge between the tables and the engine.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from django.db.models import Max

from accounts.models import Interest, InterestKind

from .categories import within
from .engine.data import FloatArray, IdArray, IntArray, PaperText, Votes
from .models import Paper, Vote
from .vectors import current_kind, vectors_of
from .vote_rings import count_for_models

BACKGROUND = 20_000  # the newest papers without a vote, learned from as papers that nobody picked
VOTED = 150_000  # most papers with a vote to learn from: each takes about 6 kB in every web process
HALF_LIFE = 365 * 86_400.0  # seconds in which a vote loses half its weight in the choice of those papers
_TEXT_FIELDS = ("title", "abstract", "authors", "categories", "tags")
_CAST = np.dtype([("reader", np.int64), ("paper", np.int64), ("value", np.float32), ("time", np.float64)])
CastVotes = tuple[np.ndarray, datetime | None]  # the votes as `_CAST`, and the time of the newest


@dataclass(frozen=True)
class Aside:
    """The number of votes and readers that are not learned from.

    These readers do not count for others (`vote_rings`).
    """

    votes: int = 0
    readers: int = 0


@dataclass(frozen=True)
class Dataset:
    """What a model is trained on.

    paper_ids, texts  the papers, ascending by id
    votes             over rows of these papers and of reader_ids
    times             (v,) float64, when each vote was cast, in seconds since 1970
    days              (n,) int32, the day of each paper as an ordinal
    vectors           (n, v) float32, the papers' sentence vectors, zeros where there is none; None without an encoder
    encoder           the encoder that made them, by name and version; empty without one
    """

    paper_ids: IdArray
    texts: Sequence[PaperText]
    votes: Votes
    reader_ids: IdArray
    times: np.ndarray
    days: IntArray
    votes_until: datetime | None
    aside: Aside = field(default_factory=Aside)
    vectors: FloatArray | None = None
    encoder: str = ""


def collect(cast_votes: CastVotes | None = None) -> Dataset:
    """Collect papers and votes to train on.

    These are the papers with the most votes, at most `VOTED`, all votes on them, and the newest `BACKGROUND` papers.

    cast_votes  from `read_votes`; None reads them now. Votes of readers who do not count for models are left out
    """
    every, until = cast_votes or read_votes()
    cast = every[count_for_models(every["reader"])]
    excluded_readers = len(np.unique(every["reader"])) - len(np.unique(cast["reader"]))
    aside = Aside(len(every) - len(cast), excluded_readers)
    newest = Paper.objects.order_by("-day", "-pk").values_list("pk", flat=True)[:BACKGROUND]
    background = np.array(list(newest), dtype=np.int64)
    paper_ids = np.union1d(most_voted(cast["paper"], cast["time"], VOTED), background)
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
    kind = current_kind()
    encoder, vectors = (kind.encoder, vectors_of(paper_ids, kind)) if kind else ("", None)
    return Dataset(paper_ids, texts, votes, reader_ids, cast["time"].copy(), days, until, aside, vectors, encoder)


def most_voted(papers: IdArray, times: np.ndarray, most: int) -> IdArray:
    """The `most` papers with the most votes, ascending.

    A vote weighs half for each `HALF_LIFE` before the newest.

    papers, times  (v,) each, of every vote; of papers with equal weight the one with the higher primary key is taken
    """
    paper_ids, rows = np.unique(papers, return_inverse=True)
    if len(paper_ids) <= most:
        return paper_ids
    weight = np.bincount(rows, 0.5 ** ((times.max() - times) / HALF_LIFE))
    return np.sort(paper_ids[::-1][np.argsort(-weight[::-1], kind="stable")[:most]])


def texts_of(paper_ids: IdArray) -> list[PaperText]:
    """The texts of these papers, in this order.

    A paper that is not in the catalogue has an empty one.
    """
    texts: dict[int, PaperText] = {}
    for start in range(0, len(paper_ids), 500):
        batch = [int(paper_id) for paper_id in paper_ids[start : start + 500]]
        rows = Paper.objects.filter(pk__in=batch).values_list("pk", *_TEXT_FIELDS)
        for paper_id, title, abstract, authors, categories, tags in rows:
            texts[paper_id] = PaperText(title, abstract, tuple(authors), tuple(categories), tuple(tags))
    return [texts.get(int(paper_id), PaperText()) for paper_id in paper_ids]


def interest_texts(interests: Iterable[Interest]) -> list[PaperText]:
    """Interests as papers.

    A topic becomes a title, a category its category, and an archive all of its categories. A seed paper and an author
    have an empty text: their papers count instead (`ranking.profile.interest_rows`).
    """
    return [
        PaperText(categories=tuple(within(interest.text)))
        if interest.kind == InterestKind.CATEGORY
        else PaperText(title=interest.text if interest.kind == InterestKind.TOPIC else "")
        for interest in interests
    ]


def read_votes() -> CastVotes:
    """All votes by reader and paper, (v,) of `_CAST`, and the time of the newest.

    A vote takes 28 bytes; they are read through a cursor in chunks. They are sorted here, because a model depends on
    their order, and a database that was restored may have another one.
    """
    until = Vote.objects.aggregate(until=Max("voted_at"))["until"]  # first, so that no later vote is claimed
    rows = Vote.objects.order_by().values_list("reader", "paper", "value", "voted_at").iterator(20_000)
    every = np.fromiter(((*vote, at.timestamp()) for *vote, at in rows), dtype=_CAST)
    return every[np.lexsort((every["paper"], every["reader"]))], until


def _days(paper_ids: IdArray) -> IntArray:
    """The day of each paper as an ordinal, (n,) int32.

    They are read in batches.
    """
    days = np.zeros(len(paper_ids), dtype=np.int32)
    for start in range(0, len(paper_ids), 5000):
        batch = paper_ids[start : start + 5000].tolist()
        day_of = dict(Paper.objects.filter(pk__in=batch).values_list("pk", "day"))
        days[start : start + 5000] = [day_of[paper_id].toordinal() for paper_id in batch]
    return days
