"""Orders made with collections: what is in one by its reader's taste, and new papers by what is in one."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import scipy.sparse as sp
from django.db.models import Q, QuerySet

from accounts.models import User
from recommender.collections import saved_in
from recommender.engine.data import FloatArray, IdArray
from recommender.engine.model import Model
from recommender.engine.score import best_first, prepare, score
from recommender.models import Collection, Ranking, Saved, Vote, pack
from recommender.mutes import hidden, muted_by
from recommender.serving import model_cache
from recommender.serving.arms import served_to
from recommender.serving.model_cache import Served, Unavailable
from recommender.spans import Span, pool_of

from .candidates import candidate_rows, rows_of_papers
from .profile import Profile, read_profile, vectors_of
from .rank import latest_day

SORTS = ("added", "day", "mine")
WINDOWS = {"day": 1, "week": 7}  # days
SPEAKING = 200  # papers of a collection, the newest additions, that say what others are to be like
SHOWN = 50
_MEANWHILE = "What was added last comes first meanwhile."


@dataclass(frozen=True)
class CollectionOrder:
    """Places of a collection, as primary keys of `Saved`, the first first; `note` says why they are not as asked."""

    saved_pks: list[int]
    note: str = ""


@dataclass(frozen=True)
class SimilarToCollection:
    """Papers like those of a collection: an order that is not kept, or None and why there is none."""

    ranking: Ranking | None
    reason: str = ""


def sort_collection(collection: Collection, words: str, sort: str) -> CollectionOrder:
    """What is in the collection and has all the words, in title, authors or note, in the order that is asked for.

    Raises ValueError for an unknown sort.
    """
    if sort not in SORTS:
        raise ValueError(f"a collection is sorted by {', '.join(SORTS)}; got {sort!r}")
    found = _matching(saved_in(collection), words)
    if sort == "mine":
        return _by_taste(collection.reader, found)
    newest = ["-added_at", "-pk"] if sort == "added" else ["-paper__day", "-added_at", "-pk"]
    return CollectionOrder(list(found.order_by(*newest).values_list("pk", flat=True)))


def papers_like_collection(collection: Collection, window: str, today: date) -> SimilarToCollection:
    """The papers of the newest day, or of the seven days up to it, that are most like those of the collection.

    Each paper of the collection counts as an up-vote would, and nothing else does, not even what readers like in
    general; papers that this does not raise are left out, and so is what is in the collection, has the reader's vote
    or is muted. Raises ValueError for an unknown window.
    """
    if window not in WINDOWS:
        raise ValueError(f"a window is {' or '.join(WINDOWS)}; got {window!r}")
    said = Profile(dict.fromkeys(saved_in(collection).values_list("paper", flat=True)[:SPEAKING], 1), [])
    newest = latest_day(today)
    if not said or newest is None:
        return SimilarToCollection(None, "There is nothing in it yet. Save a few papers here first.")
    served = model_cache.current()
    if isinstance(served, Unavailable):
        return SimilarToCollection(None, f"{served.reason} Without one nothing can be compared.")
    span = Span(newest - timedelta(days=WINDOWS[window] - 1), newest)
    paper_ids, rows = _candidates(served, span, collection.reader)
    left = np.flatnonzero(~np.isin(paper_ids, _seen(collection)))
    here, nothing = (_scores(served.model, one, paper_ids[left], rows[left]) for one in (said, Profile({}, [])))
    scores = here - nothing
    first = best_first(scores, SHOWN)
    first = first[scores[first] > 0]
    return SimilarToCollection(_unkept(span, served, said, paper_ids[left][first], scores[first]))


def _matching(saved: QuerySet[Saved], words: str) -> QuerySet[Saved]:
    for word in words.replace("\x00", " ").split():
        saved = saved.filter(
            Q(paper__title__icontains=word) | Q(paper__authors__icontains=word) | Q(note__icontains=word)
        )
    return saved


def _by_taste(reader: User, saved: QuerySet[Saved]) -> CollectionOrder:
    """The reader's own order; the newest additions first, and why, where there is none."""
    places = list(saved.order_by("-added_at", "-pk").values_list("pk", "paper"))
    as_added = [pk for pk, _ in places]
    served, said = served_to(reader), read_profile(reader)
    if reader.is_paused:
        return CollectionOrder(as_added, f"You have paused personalisation. {_MEANWHILE}")
    if isinstance(served, Unavailable):
        return CollectionOrder(as_added, f"{served.reason} {_MEANWHILE}")
    if not said:
        return CollectionOrder(as_added, f"You have no votes and no interests yet. {_MEANWHILE}")
    papers = np.array([paper for _, paper in places], dtype=np.int64)
    order = best_first(_scores(served.model, said, papers, rows_of_papers(served.model, papers)))
    return CollectionOrder([as_added[place] for place in order])


def _scores(model: Model, said: Profile, paper_ids: IdArray, rows: sp.csr_matrix) -> FloatArray:
    return score(model, vectors_of(model, said), prepare(model, rows, model.rows_of(paper_ids)))


def _candidates(served: Served, span: Span, reader: User) -> tuple[IdArray, sp.csr_matrix]:
    """All papers of the days but those that the reader has muted, with their rows, which each day keeps ready."""
    days = [pool_of(day) for day in span.papers().order_by("day").values_list("day", flat=True).distinct()]
    found, muted = [candidate_rows(served, papers) for papers in days], muted_by(reader)
    out = [pk for papers in days for pk in hidden(muted, papers)]
    paper_ids, rows = np.concatenate([ids for ids, _ in found]), sp.vstack([rows for _, rows in found], format="csr")
    left = ~np.isin(paper_ids, out)
    return paper_ids[left], rows[left]


def _seen(collection: Collection) -> list[int]:
    voted = Vote.objects.filter(reader=collection.reader).values_list("paper", flat=True)
    return [*saved_in(collection).values_list("paper", flat=True), *voted]


def _unkept(span: Span, served: Served, said: Profile, paper_ids: IdArray, scores: FloatArray) -> Ranking:
    """A ranking for the moment: it answers one request, explains itself as any other does, and is not stored."""
    return Ranking(
        day=span.last,
        first_day=None if span.is_day else span.first,
        mode=served.mode,
        model=served.row,
        taste=said.as_dict(),
        paper_pks=pack(paper_ids, "<i8"),
        scores=pack(scores, "<f4"),
    )
