"""REST: my feed, why a paper is in its place, and my past rankings."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from feeds.entries import whole_entry
from feeds.http.authentication import reader_of
from feeds.http.conditional import not_modified
from feeds.http.problems import Problem
from feeds.serializers.rankings import FeedSerializer, WhySerializer
from recommender.models import Paper, Ranking
from recommender.ranking.rank import rank, ranking_at

from .problem_responses import problem_response
from .ranking_etags import cached_page, etag_of
from .ranking_pages import RankingPage, page_at_cursor, page_json
from .ranking_query import (
    CURSOR_PARAMETER,
    FEED_PARAMETERS,
    LIMIT_PARAMETER,
    NO_DAY,
    RankingQuery,
    limit_of,
    parse_query,
)


class FeedView(APIView):
    """The papers of a day or of several days in your own order."""

    @extend_schema(
        parameters=FEED_PARAMETERS,
        responses={
            200: FeedSerializer,
            **problem_response(404, "There are no papers for these days, or there was no ranking at that time."),
        },
    )
    def get(self, request: Request) -> Response:
        """Retrieve the ranking made from your votes up to now, or the next page of an earlier one."""
        limit_of(request.query_params)
        if "cursor" in request.query_params:
            return Response(page_json(request, page_at_cursor(request)))
        reader = reader_of(request)
        query = parse_query(request.query_params, reader)

        def make() -> dict[str, Any]:
            return page_json(request, RankingPage(_ranking(reader, query), filter=query.filter))

        etag = etag_of(request, reader, query)
        if etag is None:
            return Response(make())
        unchanged = not_modified(request, etag)
        return unchanged or Response(cached_page(etag, make, lambda: etag_of(request, reader, query)))


def _ranking(reader: User, query: RankingQuery) -> Ranking:
    if query.as_of is not None:
        past = ranking_at(reader, query.span.last, query.sort, query.as_of)
        if past is None:
            moment = f"{query.as_of:%Y-%m-%dT%H:%M:%SZ}"
            raise NotFound(
                f"no ranking of {query.span.last} was made for you by {moment}; leave out as_of for the current one"
            )
        return past
    try:
        return rank(reader, query.span, query.sort, exploration=query.explore)
    except Paper.DoesNotExist as error:
        in_category = f" in {query.span.category}" if query.span.category else ""
        raise NotFound(f"{error}{in_category}; {NO_DAY}") from None


class WhyView(APIView):
    """Why a paper is in its place."""

    @extend_schema(
        responses={
            200: WhySerializer,
            **problem_response(404, "There is no such paper, or it has no place in your ranking of its day."),
        }
    )
    def get(self, request: Request, public_id: str) -> Response:
        """Retrieve the paper's place in your ranking of its day, with every vote and interest that moved it."""
        reader, paper = reader_of(request), get_object_or_404(Paper, public_id=public_id)
        try:
            ranking = rank(reader, paper.day)
        except Paper.DoesNotExist as error:
            raise NotFound(f"{error}; {NO_DAY}") from None
        places = (ranking.order == paper.pk).nonzero()[0]
        if not len(places):
            raise NotFound(f"{public_id} has no place in your ranking of {paper.day}: muted, withdrawn or too far down")
        document = {
            "ranking": ranking,
            "mode_reason": ranking.mode_reason or None,
            "count": len(ranking.order),
            "entry": whole_entry(ranking, reader, int(places[0])),
        }
        return Response(WhySerializer(document, context={"request": request}).data)


class RankingDetailView(APIView):
    """One of your past rankings."""

    @extend_schema(parameters=[LIMIT_PARAMETER, CURSOR_PARAMETER], responses=FeedSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        """Retrieve the order, scores, exploration and reasons as they were. `my_vote` is your current vote."""
        ranking = get_object_or_404(reader_of(request).rankings.select_related("model"), public_id=public_id)
        page = RankingPage(ranking)
        if "cursor" in request.query_params:
            page = page_at_cursor(request)
            if page.ranking.pk != ranking.pk:
                cursor = request.query_params["cursor"]
                raise Problem("cursor", cursor, "belongs to another ranking; start again without it")
        return Response(page_json(request, page))
