"""Pages of a ranking, and the cursors that lead from page to page."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
from django.core import signing
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from accounts.models import User
from feeds.entries import entries_at
from feeds.http.problems import Problem
from feeds.paper_search import reader_or_none
from feeds.serializers.rankings import FeedSerializer
from recommender.models import Impression, Paper, Ranking, Vote

from .ranking_query import ALL, PlaceFilter, limit_of

CURSOR_SALT = "place in a ranking"


@dataclass(frozen=True)
class RankingPage:
    """A page of a ranking: places from `start` that pass the filter.

    Places are counted from 0.
    """

    ranking: Ranking
    start: int = 0
    filter: PlaceFilter = ALL


def page_at_cursor(request: Request) -> RankingPage:
    """Return the page that the request's cursor leads to.

    Raises Problem for an invalid cursor or a parameter beside it other than `limit`, NotFound if the ranking is gone.
    """
    query = request.query_params
    cursor = query["cursor"]
    if others := sorted(set(query) - {"cursor", "limit"}):
        raise Problem(others[0], query[others[0]], "the cursor includes the other parameters; send it with limit only")
    try:
        ranking_id, start, place_filter = signing.loads(cursor, salt=CURSOR_SALT)
    except signing.BadSignature:
        raise Problem("cursor", cursor, "not a cursor of this site; start again without one") from None
    mine = Ranking.objects.filter(reader=reader_or_none(request))
    ranking = mine.filter(public_id=ranking_id).select_related("model").first()
    if ranking is None:
        raise NotFound("the ranking of this cursor does not exist or is not yours; start again without a cursor")
    return RankingPage(ranking, start, PlaceFilter(*place_filter))


def page_json(request: Request, page: RankingPage) -> dict[str, Any]:
    """The page with its ranking's fields, as JSON."""
    limit, reader, ranking = limit_of(request.query_params), reader_or_none(request), page.ranking
    places = places_to_show(ranking, reader, page.filter)
    remaining = [place for place in places if place >= page.start]
    next_page = None
    if len(remaining) > limit:
        state = [ranking.public_id, remaining[limit - 1] + 1, list(astuple(page.filter))]
        cursor = signing.dumps(state, salt=CURSOR_SALT)
        next_page = request.build_absolute_uri(f"{request.path}?cursor={cursor}&limit={limit}")
    document = {
        "ranking": ranking,
        "mode_reason": ranking.mode_reason or None,
        "count": len(places),
        "next": next_page,
        "results": entries_at(ranking, reader, remaining[:limit], explain=page.filter.explain),
    }
    return dict(FeedSerializer(document, context={"request": request, "explain": page.filter.explain}).data)


def places_to_show(ranking: Ranking, reader: User | None, place_filter: PlaceFilter) -> Sequence[int]:
    """Return the places, counted from 0, that pass the filter.

    Takes at most three queries, none without a filter.
    """
    if place_filter.is_all:
        return range(len(ranking.order))
    passes = np.ones(len(ranking.order), dtype=bool)
    pks = ranking.order.tolist()
    if place_filter.min_score is not None:
        has_scores = ranking.mode != Ranking.Mode.RECENT
        passes &= ranking.score_values >= np.float32(place_filter.min_score if has_scores else np.inf)
    if place_filter.category:
        in_category = Paper.objects.filter(pk__in=pks).in_category(place_filter.category).values_list("pk", flat=True)
        passes &= np.isin(ranking.order, list(in_category))
    if place_filter.exclude_seen and reader is not None:
        voted = Vote.objects.filter(reader=reader, paper__in=pks).values_list("paper", flat=True)
        viewed = Impression.objects.filter(reader=reader, paper__in=pks).values_list("paper", flat=True)
        passes &= ~np.isin(ranking.order, [*voted, *viewed])
    return [int(place) for place in np.flatnonzero(passes)]
