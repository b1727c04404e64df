"""The REST API of days, weeks and months: which days have papers, and the papers of one of them in some order."""

from datetime import date
from typing import Any

from django.db.models import Count
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from feeds.http.problems import PROBLEM_TYPE, Problem
from feeds.paper_search import reader_or_none
from feeds.serializers.rankings import DaySerializer, FeedSerializer
from recommender.models import Paper
from recommender.ranking.rank import rank
from recommender.spans import Span, day_of

from .ranking_pages import RankingPage, page_at_cursor, page_json
from .ranking_query import (
    CATEGORY_PARAMETER,
    CURSOR_PARAMETER,
    LIMIT_PARAMETER,
    NO_DAY,
    SORT_PARAMETER,
    PlaceFilter,
    limit_of,
    sort_of,
    with_category,
)

PROBLEM = {"$ref": "#/components/schemas/Problem"}
RESPONSES: dict[Any, Any] = {
    200: FeedSerializer,
    (404, PROBLEM_TYPE): OpenApiResponse(PROBLEM, "no such day, week or month, or no papers in it"),
}


class DaysView(generics.ListAPIView):
    """The days that have papers, newest first."""

    permission_classes = [AllowAny]
    serializer_class = DaySerializer
    filter_backends: list[Any] = []
    queryset = Paper.objects.offered().order_by("-day").values("day").annotate(papers=Count("pk"))


def _documented(name: str, pattern: str) -> Any:
    """The schema of a listing whose address ends with `name`."""
    named = OpenApiParameter(name, {"type": "string", "pattern": f"^{pattern}$"}, OpenApiParameter.PATH)
    parameters = [named, SORT_PARAMETER, CATEGORY_PARAMETER, LIMIT_PARAMETER, CURSOR_PARAMETER]
    return extend_schema(parameters=parameters, responses=RESPONSES)


class DayView(APIView):
    """The papers of a day."""

    permission_classes = [AllowAny]

    @_documented("day", r"\d{4}-\d{2}-\d{2}")
    def get(self, request: Request, day: date) -> Response:
        """In my own order, the most popular first, or the most recent first."""
        return _listing(request, day_of(day))


class WeekView(APIView):
    """The papers of an ISO week, Monday to Sunday."""

    permission_classes = [AllowAny]

    @_documented("week", r"\d{4}-W\d{2}")
    def get(self, request: Request, week: Span) -> Response:
        """In my own order, the most popular first, or the most recent first; at most 1,000."""
        return _listing(request, week)


class MonthView(APIView):
    """The papers of a month."""

    permission_classes = [AllowAny]

    @_documented("month", r"\d{4}-\d{2}")
    def get(self, request: Request, month: Span) -> Response:
        """In my own order, the most popular first, or the most recent first; at most 1,000."""
        return _listing(request, month)


def _listing(request: Request, span: Span) -> Response:
    limit_of(request.query_params)
    turn = _followed(request, span) if "cursor" in request.query_params else _first(request, span)
    return Response(page_json(request, turn))


def _first(request: Request, span: Span) -> RankingPage:
    asked, reader = request.query_params, reader_or_none(request)
    sort = sort_of(asked, reader)
    wanted, category = with_category(asked, span)
    try:
        return RankingPage(rank(reader, wanted, sort), kept=PlaceFilter(category))
    except Paper.DoesNotExist as error:
        raise NotFound(f"{error}{f' in {wanted.category}' if wanted.category else ''}; {NO_DAY}") from None


def _followed(request: Request, span: Span) -> RankingPage:
    turn = page_at_cursor(request)
    of = (turn.ranking.first_day or turn.ranking.day, turn.ranking.day)
    if of != (span.first, span.last):
        raise Problem("cursor", request.query_params["cursor"], "this cursor belongs to another day, week or month")
    return turn
