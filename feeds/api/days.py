"""REST: days with papers, and the papers of a day, week or month."""

from datetime import date
from typing import Any

from django.db.models import Count
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from feeds.http.problems import Problem
from feeds.paper_search import reader_or_none
from feeds.serializers.rankings import DaySerializer, FeedSerializer
from recommender.models import Paper
from recommender.ranking.rank import rank
from recommender.spans import Span, day_of

from .problem_responses import problem_response
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

RESPONSES: dict[Any, Any] = {
    200: FeedSerializer,
    **problem_response(404, "There are no papers for this day, week or month."),
}


class DaysView(generics.ListAPIView):
    """The days that have papers, newest first."""

    permission_classes = [AllowAny]
    serializer_class = DaySerializer
    filter_backends: list[Any] = []
    queryset = Paper.objects.offered().order_by("-day").values("day").annotate(papers=Count("pk"))


def _documented(name: str, pattern: str) -> Any:
    """The schema of a list of papers whose path parameter is `name`."""
    path_parameter = OpenApiParameter(name, {"type": "string", "pattern": f"^{pattern}$"}, OpenApiParameter.PATH)
    parameters = [path_parameter, SORT_PARAMETER, CATEGORY_PARAMETER, LIMIT_PARAMETER, CURSOR_PARAMETER]
    return extend_schema(parameters=parameters, responses=RESPONSES)


class DayView(APIView):
    """The papers of a day."""

    permission_classes = [AllowAny]

    @_documented("day", r"\d{4}-\d{2}-\d{2}")
    def get(self, request: Request, day: date) -> Response:
        """List the papers in your own order, the most popular first, or the newest first."""
        return _listing(request, day_of(day))


class WeekView(APIView):
    """The papers of an ISO week, Monday to Sunday."""

    permission_classes = [AllowAny]

    @_documented("week", r"\d{4}-W\d{2}")
    def get(self, request: Request, week: Span) -> Response:
        """List the papers in your own order, the most popular first, or the newest first.

        All papers are ranked; the first 1,000 are listed.
        """
        return _listing(request, week)


class MonthView(APIView):
    """The papers of a month."""

    permission_classes = [AllowAny]

    @_documented("month", r"\d{4}-\d{2}")
    def get(self, request: Request, month: Span) -> Response:
        """List the papers in your own order, the most popular first, or the newest first.

        All papers are ranked; the first 1,000 are listed.
        """
        return _listing(request, month)


def _listing(request: Request, span: Span) -> Response:
    """The page at the cursor, else the first page of a new ranking."""
    query = request.query_params
    limit_of(query)
    if "cursor" in query:
        page = page_at_cursor(request)
        if (page.ranking.first_day or page.ranking.day, page.ranking.day) != (span.first, span.last):
            raise Problem("cursor", query["cursor"], "belongs to another day, week or month; start again without it")
        return Response(page_json(request, page))
    reader = reader_or_none(request)
    sort = sort_of(query, reader, span)
    span, category = with_category(query, span)
    try:
        ranking = rank(reader, span, sort)
    except Paper.DoesNotExist as error:
        raise NotFound(f"{error}{f' in {span.category}' if span.category else ''}; {NO_DAY}") from None
    return Response(page_json(request, RankingPage(ranking, filter=PlaceFilter(category))))
