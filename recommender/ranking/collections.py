"""Orders made with collections.

A collection in its reader's order, and new papers like those of a collection.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from django.db.models import Q

from accounts.models import User
from recommender.collections import saved_in
from recommender.engine.data import IdArray
from recommender.engine.rows import Rows
from recommender.engine.score import best_first, prepare, score
from recommender.models import Collection, Ranking, Vote, pack, pack_pks
from recommender.mutes import hidden, muted_by
from recommender.serving.first_model import current_or_first, served_or_first
from recommender.serving.model_cache import Served, Unavailable
from recommender.spans import Span, pool_of

from .candidates import candidate_rows, rows_of_papers
from .profile import Profile, read_profile, vectors_of
from .rank import latest_day

SORTS = ("added", "day", "mine")
WINDOWS = {"day": 1, "week": 7}  # days
EXAMPLES = 200  # papers of a collection, the newest additions, that others are compared with
SHOWN = 50


@dataclass(frozen=True)
class CollectionOrder:
    """Primary keys of `Saved` in order.

    `note` says why the order is not the one requested.
    """

    saved_pks: list[int]
    note: str = ""


@dataclass(frozen=True)
class SimilarToCollection:
    """Papers like those of a collection, or None and the reason.

    They are a ranking that is not saved.
    """

    ranking: Ranking | None
    reason: str = ""


def sort_collection(collection: Collection, words: str, sort: str) -> CollectionOrder:
    """The papers of the collection in one of `SORTS`.

    They must have all the words in title, authors or note. "mine" is the reader's own order; without one the newest
    additions come first, with the reason as the note. Raises ValueError for an unknown sort.
    """
    if sort not in SORTS:
        raise ValueError(f"a collection is sorted by {', '.join(SORTS)}; got {sort!r}")
    saved = saved_in(collection)
    for word in words.replace("\x00", " ").split():
        saved = saved.filter(
            Q(paper__title__icontains=word) | Q(paper__authors__icontains=word) | Q(note__icontains=word)
        )
    newest = ("-added_at", "-pk")
    saved = saved.order_by("-paper__day", *newest) if sort == "day" else saved.order_by(*newest)
    if sort != "mine":
        return CollectionOrder(list(saved.values_list("pk", flat=True)))
    rows = list(saved.values_list("pk", "paper"))
    saved_pks, papers = [pk for pk, _ in rows], np.array([paper for _, paper in rows], dtype=np.int64)
    served, profile = served_or_first(collection.reader), read_profile(collection.reader)
    if collection.reader.is_paused:
        reason = "You have paused personalisation."
    elif isinstance(served, Unavailable):
        reason = served.reason
    elif not profile:
        reason = "You have no votes and no interests yet."
    else:
        candidates = prepare(served.model, rows_of_papers(served.model, papers), served.model.rows_of(papers))
        order = best_first(score(served.model, vectors_of(served.model, profile), candidates))
        return CollectionOrder([saved_pks[place] for place in order])
    return CollectionOrder(saved_pks, f"{reason} Until then, the papers added last come first.")


def papers_like_collection(collection: Collection, window: str, today: date) -> SimilarToCollection:
    """New papers that are most like those of the collection.

    They are of the newest day, or of the seven days up to it. Each paper of the collection counts as an up-vote, and
    nothing else counts, not even what readers in general like. Left out are papers whose score this does not raise,
    papers of the collection, and papers that the reader has voted on or muted. Raises ValueError for an unknown window.
    """
    if window not in WINDOWS:
        raise ValueError(f"a window is {' or '.join(WINDOWS)}; got {window!r}")
    saved_pks = list(saved_in(collection).values_list("paper", flat=True))
    newest = latest_day(today)
    if not saved_pks or newest is None:
        return SimilarToCollection(None, "This collection is empty. Save a few papers here first.")
    served = current_or_first()
    if isinstance(served, Unavailable):
        return SimilarToCollection(None, f"{served.reason} Papers cannot be compared without a model.")
    span = Span(newest - timedelta(days=WINDOWS[window] - 1), newest)
    paper_ids, rows = _unmuted_candidates(served, span, collection.reader)
    voted_pks = Vote.objects.filter(reader=collection.reader).values_list("paper", flat=True)
    new = np.flatnonzero(~np.isin(paper_ids, [*saved_pks, *voted_pks]))
    paper_ids, candidates = paper_ids[new], prepare(served.model, rows[new], served.model.rows_of(paper_ids[new]))

    profile, nothing = Profile(dict.fromkeys(saved_pks[:EXAMPLES], 1), []), Profile({}, [])
    with_collection, without = (
        score(served.model, vectors_of(served.model, each), candidates) for each in (profile, nothing)
    )
    scores = with_collection - without
    first = best_first(scores, SHOWN)
    first = first[scores[first] > 0]
    ranking = Ranking(
        **span.columns,
        mode=served.mode,
        model=served.row if served.is_trained else None,
        taste=profile.as_dict() | ({} if served.is_trained else {"first_model": served.row.version}),
        paper_pks=pack_pks(paper_ids[first]),
        scores=pack(scores[first], "<f4"),
    )
    return SimilarToCollection(ranking)


def _unmuted_candidates(served: Served, span: Span, reader: User) -> tuple[IdArray, Rows]:
    """All unmuted papers of the span, with their rows."""
    papers = pool_of(span)
    paper_ids, rows, *_ = candidate_rows(served, papers)
    unmuted = ~np.isin(paper_ids, list(hidden(muted_by(reader), papers)))
    return paper_ids[unmuted], rows[unmuted]
