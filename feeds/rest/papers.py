"""The REST API of papers: the catalogue, what a search in it found, one paper, and putting one on the day's list."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import generics
from rest_framework.permissions import SAFE_METHODS, AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from feeds.finding import PaperFilter, PaperPagination
from feeds.http.authentication import reader_of
from feeds.http.problems import PROBLEM_TYPE, Problem, Unprocessable, UsedUp
from feeds.models import Submission
from feeds.provenance import with_provenance
from feeds.serializers.papers import (
    OutcomeOfSubmissionSerializer,
    PaperSerializer,
    WholePaperSerializer,
    WishSerializer,
)
from feeds.sources.submissions import Outcome, TooMany, submit
from recommender.models import Paper

PROBLEM = {"$ref": "#/components/schemas/Problem"}


class Papers(generics.ListAPIView[Paper]):
    """The catalogue, newest day first, or what a search in it found; a member may add to it."""

    serializer_class = PaperSerializer
    filterset_class = PaperFilter
    pagination_class = PaperPagination
    queryset = with_provenance(Paper.objects.with_public_votes().order_by("-day", "-pk"))

    def get_permissions(self) -> Sequence[Any]:
        return [AllowAny()] if self.request.method in SAFE_METHODS else super().get_permissions()

    @extend_schema(
        request=WishSerializer,
        responses={
            200: OpenApiResponse(OutcomeOfSubmissionSerializer, "it was here already; this costs no submission"),
            201: OpenApiResponse(OutcomeOfSubmissionSerializer, "it is on today's list"),
            202: OpenApiResponse(OutcomeOfSubmissionSerializer, "arXiv does not answer now; it is asked again later"),
            (422, PROBLEM_TYPE): OpenApiResponse(PROBLEM, "arXiv does not know it, or it was withdrawn"),
            (429, PROBLEM_TYPE): OpenApiResponse(PROBLEM, "your submissions of today are used up; see Retry-After"),
        },
    )
    def post(self, request: Request) -> Response:
        """Put a paper on today's list; arXiv is asked for it while you wait, for a few seconds."""
        wish = WishSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        outcome = _submitted(reader_of(request), wish.validated_data["id"])
        answer = OutcomeOfSubmissionSerializer(outcome, context={"request": request}).data
        return Response(answer, {"here": 200, "listed": 201, "waiting": 202}[outcome.state])


class PaperDetail(generics.RetrieveAPIView[Paper]):
    """One paper by its arXiv id (any form of it) or its own id."""

    permission_classes = [AllowAny]
    serializer_class = WholePaperSerializer
    queryset = with_provenance(Paper.objects.with_public_votes())
    lookup_field = lookup_url_kwarg = "public_id"


def _submitted(reader: User, text: str) -> Outcome:
    try:
        outcome = submit(reader, text, timezone.now())
    except ValidationError as error:
        raise Problem("id", text, error.messages[0]) from None
    except TooMany as error:
        raise UsedUp(error.retry_after, str(error)) from None
    if outcome.state == Submission.State.REFUSED:
        raise Unprocessable(f"{outcome.public_id} is not listed: {outcome.reason}")
    return outcome
