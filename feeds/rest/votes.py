"""The REST API of my vote on one paper; all of them are in `feeds.my_votes_api`."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from feeds.http.authentication import reader_of
from feeds.http.rate_limits import spend_votes
from feeds.serializers.rankings import CastSerializer, OutcomeSerializer
from recommender import votes
from recommender.models import Paper


class VoteDetail(APIView):
    """My vote on one paper."""

    @extend_schema(request=CastSerializer, responses=OutcomeSerializer)
    def put(self, request: Request, public_id: str) -> Response:
        """Vote up or down; the same vote again changes nothing."""
        asked = CastSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        paper = get_object_or_404(Paper, public_id=public_id)
        spend_votes(reader_of(request), 1)
        return Response(OutcomeSerializer(votes.cast(reader_of(request), paper, asked.validated_data["value"])).data)

    @extend_schema(responses={200: OutcomeSerializer})
    def delete(self, request: Request, public_id: str) -> Response:
        """Take the vote back; without one nothing changes."""
        paper = get_object_or_404(Paper, public_id=public_id)
        return Response(OutcomeSerializer(votes.take_back(reader_of(request), paper)).data)
