"""Similar papers, recommendations, and any papers in a reader's order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.db.models import QuerySet

from accounts.models import User
from recommender.engine.score import best_first, prepare, score
from recommender.engine.similar import nearest
from recommender.models import Paper
from recommender.serving.first_model import current_or_first, served_or_first
from recommender.serving.model_cache import Unavailable

from .candidates import rows_of_papers
from .profile import Profile, read_profile, vectors_of

MOST_NEW = 1_000  # papers scored that have no row in the model: their texts are read on every request
CHUNK = 4_000  # papers scored at a time, so that their rows need some megabytes
SHOWN = 6
SPARE = 30  # looked up beyond the count requested, for papers that were deleted or withdrawn


def recommend(
    liked: Sequence[int], disliked: Sequence[int], papers: "QuerySet[Any]", limit: int
) -> list[int] | Unavailable:
    """Recommend the best of `papers` from likes and dislikes.

    Returns primary keys, best first.

    liked, disliked  primary keys, none in both; they are not among the results
    papers           what to choose from: those that the model knows, and of the others the newest `MOST_NEW`

    Scores come from these votes alone, without what readers in general like. Ties go to the newer paper. Returns
    Unavailable if no model serves and the catalogue has no words to make one from.
    """
    served = current_or_first()
    if isinstance(served, Unavailable):
        return served
    model, votes = served.model, dict.fromkeys(liked, 1) | dict.fromkeys(disliked, -1)
    newest = papers.order_by("-day", "-pk").values_list("pk", flat=True)
    pks = np.array([pk for pk in newest if pk not in votes], dtype=np.int64)
    is_new = model.rows_of(pks) < 0
    pks = pks[~is_new | (np.cumsum(is_new) <= MOST_NEW)]
    vectors, scores = vectors_of(model, Profile(votes, [])), np.empty(len(pks), dtype=np.float32)
    for start in range(0, len(pks), CHUNK):
        chunk = pks[start : start + CHUNK]
        candidates = prepare(model, rows_of_papers(model, chunk), model.rows_of(chunk))
        scores[start : start + CHUNK] = score(model, vectors, candidates) - candidates.prior
    return list(pks[best_first(scores, limit)].tolist())


def sort_for_reader(reader: User | None, pks: Sequence[int]) -> tuple[list[int], str]:
    """Sort papers for this reader, best first.

    Ties keep the given order; if the order is unchanged, the reason is returned too.
    """
    if reader is None:
        return list(pks), "You are not signed in."
    profile = read_profile(reader)
    if not profile:
        return list(pks), "You have no votes and no interests yet."
    served = served_or_first(reader)
    if isinstance(served, Unavailable):
        return list(pks), served.reason
    ids = np.array(pks, dtype=np.int64)
    candidates = prepare(served.model, rows_of_papers(served.model, ids), served.model.rows_of(ids))
    scores = score(served.model, vectors_of(served.model, profile), candidates)
    return ids[best_first(scores)].tolist(), ""


@dataclass(frozen=True)
class SimilarPapers:
    """Papers, the nearest first; `note` says why there are none."""

    papers: list[Paper]
    note: str = ""


@dataclass(frozen=True)
class NearestPapers:
    """The nearest papers with their cosines, nearest first.

    Primary keys and cosines from 0 to 1; `note` says why there are none.
    """

    cosines: dict[int, float]
    note: str = ""


def similar_papers(paper: Paper) -> SimilarPapers:
    """The `SHOWN` papers nearest to this one.

    Only papers that the model has are compared: those of its training, or of the first model the newest.
    """
    near = nearest_papers(paper, SHOWN)
    papers = Paper.objects.in_bulk(near.cosines)
    return SimilarPapers([papers[pk] for pk in near.cosines if pk in papers], near.note)


def nearest_papers(paper: Paper, count: int, since: date | None = None) -> NearestPapers:
    """The `count` papers nearest to this one.

    They are among those that the model was trained with and that are offered now.

    since  only papers announced on this day or later
    """
    served = current_or_first()
    if isinstance(served, Unavailable):
        return NearestPapers({}, served.reason)
    row = rows_of_papers(served.model, np.array([paper.pk], dtype=np.int64))
    rows, cosines = nearest(served.model, row, len(served.model.paper_ids) if since else count + SPARE)
    pks = served.model.paper_ids[rows].tolist()
    offered = Paper.objects.offered()
    offered = offered.filter(day__gte=since) if since else offered.filter(pk__in=pks)
    allowed = set(offered.values_list("pk", flat=True)) - {paper.pk}
    near = [(pk, cosine) for pk, cosine in zip(pks, cosines.tolist(), strict=True) if pk in allowed][:count]
    if near:
        return NearestPapers(dict(near))
    if since and set(pks) - {paper.pk}:
        return NearestPapers({}, f"No similar paper was announced on or after {since}.")
    return NearestPapers({}, "The model has no paper that shares words with this one.")
