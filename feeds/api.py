"""The REST API of papers, votes, feeds, rankings, models and the status."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics
from rest_framework.exceptions import NotFound
from rest_framework.permissions import SAFE_METHODS, AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import reader_of
from accounts.http import PROBLEM_TYPE, Problem, Unprocessable, UsedUp
from accounts.models import User
from recommender import voting
from recommender.models import Paper, Ranking, TrainedModel, Vote
from recommender.ranking import day_to_show, rank

from .finding import PaperFilter, PaperPagination, day_from
from .models import Submission
from .paper_serializers import (
    OutcomeOfSubmissionSerializer,
    PaperSerializer,
    WholePaperSerializer,
    WishSerializer,
)
from .presenting import entries
from .provenance import with_provenance
from .serializers import (
    CastSerializer,
    DaySerializer,
    FeedSerializer,
    MyVoteSerializer,
    OutcomeSerializer,
    StatusSerializer,
    TrainedModelSerializer,
)
from .status import status_now
from .submitting import Outcome, TooMany, submit

LIMIT, MOST = 25, 100
CURSOR_SALT = "feed cursor"
PROBLEM = {"$ref": "#/components/schemas/Problem"}
LIMIT_PARAMETER = OpenApiParameter(
    "limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": LIMIT}, description="results in one answer"
)
CURSOR_PARAMETER = OpenApiParameter("cursor", str, description="from `next`; stays with the ranking that it began with")


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


class VoteDetail(APIView):
    """My vote on one paper."""

    @extend_schema(request=CastSerializer, responses=OutcomeSerializer)
    def put(self, request: Request, public_id: str) -> Response:
        """Vote up or down; the same vote again changes nothing."""
        asked = CastSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        paper = get_object_or_404(Paper, public_id=public_id)
        return Response(OutcomeSerializer(voting.cast(reader_of(request), paper, asked.validated_data["value"])).data)

    @extend_schema(responses={200: OutcomeSerializer})
    def delete(self, request: Request, public_id: str) -> Response:
        """Take the vote back; without one nothing changes."""
        paper = get_object_or_404(Paper, public_id=public_id)
        return Response(OutcomeSerializer(voting.take_back(reader_of(request), paper)).data)


class MyVotes(generics.ListAPIView[Vote]):
    """My votes as they are now, newest first."""

    serializer_class = MyVoteSerializer
    queryset = Vote.objects.none()

    def get_queryset(self) -> QuerySet[Vote]:
        return reader_of(self.request).votes.select_related("paper")


class Feed(APIView):
    """A day's papers in my own order."""

    @extend_schema(
        parameters=[
            OpenApiParameter("day", OpenApiTypes.DATE, description="default: the last day that has papers"),
            LIMIT_PARAMETER,
            CURSOR_PARAMETER,
        ],
        responses={
            200: FeedSerializer,
            (404, PROBLEM_TYPE): OpenApiResponse(PROBLEM, "no such day, or no papers"),
        },
    )
    def get(self, request: Request) -> Response:
        """The ranking made from my votes up to now, or the one that the cursor belongs to."""
        if "cursor" in request.query_params:
            ranking, offset = _follow(request)
        else:
            ranking, offset = rank(reader_of(request), _asked_day(request)), 0
        return Response(_page(request, ranking, offset))


class RankingDetail(APIView):
    """One of my past rankings as it was made."""

    @extend_schema(parameters=[LIMIT_PARAMETER, CURSOR_PARAMETER], responses=FeedSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        ranking = get_object_or_404(reader_of(request).rankings.select_related("model"), public_id=public_id)
        offset = 0
        if "cursor" in request.query_params:
            followed, offset = _follow(request)
            if followed.pk != ranking.pk:
                raise Problem("cursor", request.query_params["cursor"], "this cursor belongs to another ranking")
        return Response(_page(request, ranking, offset))


class Days(generics.ListAPIView):
    """The days that have papers, newest first."""

    permission_classes = [AllowAny]
    serializer_class = DaySerializer
    filter_backends: list[Any] = []
    queryset = Paper.objects.offered().order_by("-day").values("day").annotate(papers=Count("pk"))


class Models(generics.ListAPIView[TrainedModel]):
    """The public record of nightly models: figures and verdicts, refused ones included."""

    permission_classes = [AllowAny]
    serializer_class = TrainedModelSerializer
    queryset = TrainedModel.objects.all()


class Status(APIView):
    """What runs and how old it is."""

    permission_classes = [AllowAny]

    @extend_schema(responses=StatusSerializer)
    def get(self, request: Request) -> Response:
        return Response(StatusSerializer(status_now(timezone.now())).data)


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


def _asked_day(request: Request) -> date:
    asked = request.query_params.get("day")
    if asked is not None:
        day = day_from("day", asked)
        if not Paper.objects.on(day).offered().exists():
            raise NotFound(f"no papers were announced on {day}; /api/v1/days/ lists the days that have some")
        return day
    newest = day_to_show(timezone.now().date())
    if newest is None:
        raise NotFound("the catalogue is empty; import papers first")
    return newest


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(LIMIT))
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MOST):
        raise Problem("limit", text, f"the limit is a whole number from 1 to {MOST}")
    return int(text)


def _follow(request: Request) -> tuple[Ranking, int]:
    """The ranking and the offset that a cursor holds; only the reader it was given to can follow it."""
    cursor = request.query_params["cursor"]
    try:
        name, offset = signing.loads(cursor, salt=CURSOR_SALT)
    except signing.BadSignature:
        raise Problem("cursor", cursor, "this cursor was not given out here; start again without one") from None
    ranking = reader_of(request).rankings.filter(public_id=name).select_related("model").first()
    if ranking is None:
        raise NotFound("the ranking of this cursor is not there, or it is not yours; start again without a cursor")
    return ranking, offset


def _page(request: Request, ranking: Ranking, offset: int) -> dict[str, Any]:
    limit = _limit(request)
    after = offset + limit
    count = len(ranking.order)
    page = {
        "ranking": ranking,
        "mode_reason": ranking.mode_reason or None,
        "count": count,
        "next": _link(request, ranking, after, limit) if after < count else None,
        "results": entries(ranking, reader_of(request), offset, limit),
    }
    return dict(FeedSerializer(page, context={"request": request}).data)


def _link(request: Request, ranking: Ranking, offset: int, limit: int) -> str:
    cursor = signing.dumps([ranking.public_id, offset], salt=CURSOR_SALT)
    return request.build_absolute_uri(f"{request.path}?cursor={cursor}&limit={limit}")
