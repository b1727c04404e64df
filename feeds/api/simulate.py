"""The REST API of the feed as it would be after some votes."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from feeds.entries import as_if, entries
from feeds.http.authentication import reader_of
from feeds.http.problems import PROBLEM_TYPE, Problem
from feeds.serializers.rankings import SimulatedFeedSerializer
from feeds.serializers.taste import WHAT_IS_TRIED, TriedValueField
from recommender.models import Paper
from recommender.paper_ids import canonical
from recommender.ranking.what_if import SimulatedRanking, simulate

from .ranking_query import LIMIT_PARAMETER, asked_day, limit_of

MOST_TRIED = 100
PROBLEM = {"$ref": "#/components/schemas/Problem"}


class Strict(serializers.Serializer):
    """Refuses fields that it would otherwise ignore in silence."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (others := [str(name)[:100] for name in data if name not in self.fields]):
            words = f"what can be set: {', '.join(self.fields)}"
            raise serializers.ValidationError({name: [words] for name in others[:20]})
        return super().to_internal_value(data)


class TriedVoteSerializer(Strict):
    paper_id = serializers.CharField(max_length=100)
    value = TriedValueField(error_messages={"null": WHAT_IS_TRIED, "required": WHAT_IS_TRIED})


class WishToSimulateSerializer(Strict):
    """The votes to try, each on another paper, and the day whose feed is wanted."""

    votes = serializers.ListField(child=TriedVoteSerializer(), max_length=MOST_TRIED)
    day = serializers.DateField(required=False, help_text="default: the last day that has papers")


class SimulateView(APIView):
    """The feed as it would be after some votes."""

    permission_classes = [IsAuthenticated]  # without TokenScope: it is a POST that changes nothing

    @extend_schema(
        parameters=[LIMIT_PARAMETER],
        request=WishToSimulateSerializer,
        responses={
            200: SimulatedFeedSerializer,
            (404, PROBLEM_TYPE): OpenApiResponse(PROBLEM, "no such day, or no papers"),
        },
    )
    def post(self, request: Request) -> Response:
        """The first places of the day as casting these votes would make them; a token that may only read will do.

        Nothing is kept: no vote, no ranking. All but `ranking_id` and `next` is what `/me/feed/` would answer, the
        time of the votes aside.
        """
        limit = limit_of(request.query_params)
        wish = WishToSimulateSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        asked = wish.validated_data
        day = asked_day({"day": str(asked["day"])} if "day" in asked else {})
        found = simulate(reader_of(request), _by_paper(asked["votes"]), day, timezone.now())
        return Response(_answer(request, found, limit))


def _answer(request: Request, found: SimulatedRanking, limit: int) -> dict[str, Any]:
    page = {
        "ranking": found.ranking,
        "mode_reason": found.ranking.mode_reason or None,
        "count": len(found.ranking.order),
        "next": None,
        "results": as_if(entries(found.ranking, reader_of(request), 0, limit), found.changes),
    }
    return dict(SimulatedFeedSerializer(page, context={"request": request}).data)


def _by_paper(votes: list[dict[str, Any]]) -> dict[int, int]:
    """The votes by primary key; raises Problem for a paper that is not here, or is there twice."""
    wanted = [canonical(vote["paper_id"]) or "" for vote in votes]
    known = dict(Paper.objects.filter(public_id__in=wanted).values_list("public_id", "pk"))
    found: dict[int, int] = {}
    for place, (public_id, vote) in enumerate(zip(wanted, votes, strict=True)):
        field = f"votes.{place}.paper_id"
        if public_id not in known:
            raise Problem(field, vote["paper_id"], "this paper is not in the catalogue; write an id such as 2607.21557")
        if known[public_id] in found:
            raise Problem(field, vote["paper_id"], "a vote on this paper stands before this one; try one on each")
        found[known[public_id]] = vote["value"]
    return found
