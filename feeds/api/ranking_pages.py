"""Pages of a ranking: which of its places are shown, and the cursor that stays with it and with the filters."""

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
    """A page of a ranking: the places from `start` (from 0) on, of those that are kept."""

    ranking: Ranking
    start: int = 0
    kept: PlaceFilter = ALL


def page_at_cursor(request: Request) -> RankingPage:
    """The page that a cursor leads to; only the reader it was given to can follow it."""
    asked, reader = request.query_params, reader_or_none(request)
    cursor = asked["cursor"]
    if others := sorted(set(asked) - {"cursor", "limit"}):
        raise Problem(others[0], asked[others[0]], "the cursor holds what was asked for; send it with limit alone")
    try:
        name, start, kept = signing.loads(cursor, salt=CURSOR_SALT)
    except signing.BadSignature:
        raise Problem("cursor", cursor, "this cursor was not given out here; start again without one") from None
    ranking = Ranking.objects.filter(reader=reader, public_id=name).select_related("model").first()
    if ranking is None:
        raise NotFound("the ranking of this cursor is not there, or it is not yours; start again without a cursor")
    return RankingPage(ranking, start, PlaceFilter(*kept))


def page_json(request: Request, turn: RankingPage) -> dict[str, Any]:
    """The page with its ranking's head, as JSON has it."""
    limit, reader, ranking = limit_of(request.query_params), reader_or_none(request), turn.ranking
    places = places_to_show(ranking, reader, turn.kept)
    left = [place for place in places if place >= turn.start]
    page = {
        "ranking": ranking,
        "mode_reason": ranking.mode_reason or None,
        "count": len(places),
        "next": _link(request, turn, left[limit - 1] + 1, limit) if len(left) > limit else None,
        "results": entries_at(ranking, reader, left[:limit], explain=turn.kept.explain),
    }
    return dict(FeedSerializer(page, context={"request": request, "explain": turn.kept.explain}).data)


def places_to_show(ranking: Ranking, reader: User | None, kept: PlaceFilter) -> Sequence[int]:
    """The places, from 0, that are kept; three queries at most, none where all are."""
    if kept.is_all:
        return range(len(ranking.order))
    stays = np.ones(len(ranking.order), dtype=bool)
    pks = ranking.order.tolist()
    if kept.min_score is not None:
        is_timely = ranking.mode == Ranking.Mode.RECENT
        stays &= ranking.score_values >= np.float32(np.inf if is_timely else kept.min_score)
    if kept.category:
        of_it = Paper.objects.filter(pk__in=pks).in_category(kept.category).values_list("pk", flat=True)
        stays &= np.isin(ranking.order, list(of_it))
    if kept.exclude_seen and reader is not None:
        stays &= ~np.isin(ranking.order, _seen(reader, pks))
    return [int(place) for place in np.flatnonzero(stays)]


def _seen(reader: User, pks: Sequence[int]) -> list[int]:
    """Which of these papers the reader has voted on, or was shown."""
    voted = Vote.objects.filter(reader=reader, paper__in=pks).values_list("paper", flat=True)
    shown = Impression.objects.filter(reader=reader, paper__in=pks).values_list("paper", flat=True)
    return [*voted, *shown]


def _link(request: Request, turn: RankingPage, start: int, limit: int) -> str:
    cursor = signing.dumps([turn.ranking.public_id, start, list(astuple(turn.kept))], salt=CURSOR_SALT)
    return request.build_absolute_uri(f"{request.path}?cursor={cursor}&limit={limit}")
