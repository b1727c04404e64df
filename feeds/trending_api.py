"""The API of what is trending."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from .http.problems import PROBLEM_TYPE, Problem
from .serializers.papers import PaperSerializer
from .trending import WINDOWS, trending

PROBLEM = {"$ref": "#/components/schemas/Problem"}


class TrendSerializer(serializers.Serializer):
    position = serializers.IntegerField(source="entry.position")
    paper = PaperSerializer(source="entry.paper")
    score = serializers.FloatField(
        source="trend.score", help_text="weight of the votes for it, less those against it, less one standard error"
    )
    readers_for = serializers.IntegerField(source="trend.readers_for", help_text="whose votes count")
    readers_against = serializers.IntegerField(source="trend.readers_against")


class TrendingSerializer(serializers.Serializer):
    window = serializers.ChoiceField(list(WINDOWS))
    count = serializers.IntegerField()
    results = TrendSerializer(many=True)


class Trending(APIView):
    """What readers vote for now."""

    permission_classes = [AllowAny]

    @extend_schema(
        parameters=[OpenApiParameter("window", {"type": "string", "enum": list(WINDOWS), "default": "week"})],
        responses={
            200: TrendingSerializer,
            (400, PROBLEM_TYPE): OpenApiResponse(PROBLEM, "no such window"),
        },
    )
    def get(self, request: Request) -> Response:
        """At most 50 papers, the best first; the page of the same name states how votes are counted."""
        window = request.query_params.get("window", "week")
        if window not in WINDOWS:
            raise Problem("window", window, f"a window is {', '.join(WINDOWS)}")
        found = trending(window, timezone.now(), None)
        answer: dict[str, Any] = {"window": window, "count": len(found), "results": found}
        return Response(TrendingSerializer(answer, context={"request": request}).data)
