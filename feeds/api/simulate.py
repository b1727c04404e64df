"""REST: my feed as it would be after some votes."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from feeds.entries import as_if, entries
from feeds.http.authentication import reader_of
from feeds.http.problems import Problem
from feeds.serializers.fields import StrictSerializer, TriedValueField
from feeds.serializers.rankings import SimulatedFeedSerializer
from recommender.models import Paper
from recommender.paper_ids import canonical
from recommender.ranking.what_if import simulate

from .problem_responses import problem_response
from .ranking_query import LIMIT_PARAMETER, asked_day, limit_of

MOST_TRIED = 100


class TriedVoteSerializer(StrictSerializer):
    """A vote to try."""

    paper_id = serializers.CharField(max_length=100)
    value = TriedValueField()


@extend_schema_serializer(component_name="WishToSimulate")
class SimulationRequestSerializer(StrictSerializer):
    """The votes to try, each on another paper, and the day of the feed."""

    votes = serializers.ListField(child=TriedVoteSerializer(), max_length=MOST_TRIED)
    day = serializers.DateField(required=False, help_text="Defaults to the newest day that has papers.")


class SimulateView(APIView):
    """Your feed as it would be after some votes."""

    permission_classes = [IsAuthenticated]  # without TokenScope, because this POST changes nothing

    @extend_schema(
        parameters=[LIMIT_PARAMETER],
        request=SimulationRequestSerializer,
        responses={
            200: SimulatedFeedSerializer,
            **problem_response(404, "There are no papers for this day."),
        },
    )
    def post(self, request: Request) -> Response:
        """Retrieve the first places of the day as they would be if you cast these votes.

        Nothing is saved, so a read-only token is enough. Apart from `ranking_id`, `next` and the time of the votes,
        the response is the one that `/me/feed/` would return after the votes.
        """
        limit = limit_of(request.query_params)
        serializer = SimulationRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields = serializer.validated_data
        reader = reader_of(request)
        day = asked_day({"day": str(fields["day"])} if "day" in fields else {})
        simulation = simulate(reader, _by_paper(fields["votes"]), day, timezone.now())
        ranking = simulation.ranking
        page = {
            "ranking": ranking,
            "mode_reason": ranking.mode_reason or None,
            "count": len(ranking.order),
            "next": None,
            "results": as_if(entries(ranking, reader, 0, limit), simulation.changes),
        }
        return Response(SimulatedFeedSerializer(page, context={"request": request}).data)


def _by_paper(votes: list[dict[str, Any]]) -> dict[int, int]:
    """The votes by the primary key of their paper.

    Raises Problem for an unknown paper or a second vote on a paper.
    """
    public_ids = [canonical(vote["paper_id"]) or "" for vote in votes]
    pks = dict(Paper.objects.filter(public_id__in=public_ids).values_list("public_id", "pk"))
    values: dict[int, int] = {}
    for index, (public_id, vote) in enumerate(zip(public_ids, votes, strict=True)):
        field = f"votes.{index}.paper_id"
        if public_id not in pks:
            remedy = "not in the catalogue; send the ID of a paper, such as 2607.21557"
            raise Problem(field, vote["paper_id"], remedy)
        if pks[public_id] in values:
            raise Problem(field, vote["paper_id"], "an earlier vote is on the same paper; send one vote per paper")
        values[pks[public_id]] = vote["value"]
    return values
