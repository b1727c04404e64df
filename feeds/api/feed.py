"""The REST API of my feed, of one place of it, and of my past rankings."""

from datetime import date, datetime
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from feeds.entries import whole_entry
from feeds.http.authentication import reader_of
from feeds.http.conditional import not_modified
from feeds.http.problems import PROBLEM_TYPE, Problem
from feeds.serializers.rankings import FeedSerializer, WhySerializer
from recommender.models import Paper, Ranking
from recommender.ranking.rank import rank, ranking_at

from .ranking_etags import remembered, tag_of
from .ranking_pages import RankingPage, follow, page_of
from .ranking_query import CURSOR_PARAMETER, FEED_PARAMETERS, LIMIT_PARAMETER, NO_DAY, RankingQuery, limit_of, query_of

PROBLEM = {"$ref": "#/components/schemas/Problem"}


class FeedView(APIView):
    """A day's papers, or those of several days, in my own order."""

    @extend_schema(
        parameters=FEED_PARAMETERS,
        responses={
            200: FeedSerializer,
            (404, PROBLEM_TYPE): OpenApiResponse(PROBLEM, "no such day, no papers, or no ranking of then"),
        },
    )
    def get(self, request: Request) -> Response:
        """The ranking made from my votes up to now, or the one that the cursor belongs to."""
        limit_of(request.query_params)
        if "cursor" in request.query_params:
            return Response(page_of(request, follow(request)))
        reader = reader_of(request)
        wish = query_of(request.query_params, reader)
        tag = tag_of(request, reader, wish)
        if tag is None:
            return Response(_made(request, reader, wish))
        unchanged = not_modified(request, tag)
        return unchanged or Response(
            remembered(tag, lambda: _made(request, reader, wish), lambda: tag_of(request, reader, wish))
        )


class WhyView(APIView):
    """Why a paper stands where it stands."""

    @extend_schema(
        responses={
            200: WhySerializer,
            (404, PROBLEM_TYPE): OpenApiResponse(PROBLEM, "no such paper, or it has no place in my ranking of its day"),
        }
    )
    def get(self, request: Request, public_id: str) -> Response:
        """Its place in my ranking of its day, and every vote and interest that moved it."""
        reader, paper = reader_of(request), get_object_or_404(Paper, public_id=public_id)
        try:
            ranking = rank(reader, paper.day)
        except Paper.DoesNotExist as error:
            raise NotFound(f"{error}; {NO_DAY}") from None
        places = (ranking.order == paper.pk).nonzero()[0]
        if not len(places):
            raise NotFound(f"{public_id} has no place in your ranking of {paper.day}: muted, withdrawn or too far down")
        entry = whole_entry(ranking, reader, int(places[0]))
        found = {"ranking": ranking, "mode_reason": ranking.mode_reason or None, "count": len(ranking.order)}
        return Response(WhySerializer(found | {"entry": entry}, context={"request": request}).data)


class RankingDetailView(APIView):
    """One of my past rankings as it was made."""

    @extend_schema(parameters=[LIMIT_PARAMETER, CURSOR_PARAMETER], responses=FeedSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        """Its order, scores, exploration and reasons stay; votes on its papers are as they are now."""
        ranking = get_object_or_404(reader_of(request).rankings.select_related("model"), public_id=public_id)
        turn = RankingPage(ranking)
        if "cursor" in request.query_params:
            turn = follow(request)
            if turn.ranking.pk != ranking.pk:
                raise Problem("cursor", request.query_params["cursor"], "this cursor belongs to another ranking")
        return Response(page_of(request, turn))


def _made(request: Request, reader: User, wish: RankingQuery) -> dict[str, Any]:
    return page_of(request, RankingPage(_ranking(reader, wish), kept=wish.kept))


def _ranking(reader: User, wish: RankingQuery) -> Ranking:
    if wish.as_of is not None:
        return _past(reader, wish.span.last, wish.sort, wish.as_of)
    try:
        return rank(reader, wish.span, wish.sort, exploration=wish.explore)
    except Paper.DoesNotExist as error:
        among = f" in {wish.span.category}" if wish.span.category else ""
        raise NotFound(f"{error}{among}; {NO_DAY}") from None


def _past(reader: User, day: date, sort: str, at: datetime) -> Ranking:
    found = ranking_at(reader, day, sort, at)
    if found is None:
        said = f"no ranking of {day} was made for you by {at:%Y-%m-%dT%H:%M:%SZ}"
        raise NotFound(f"{said}; leave out as_of for the one of now")
    return found
