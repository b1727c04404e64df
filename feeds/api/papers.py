"""REST: papers, search, batches, similar papers, citations, and submitting a paper."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import content_disposition_header
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics, serializers
from rest_framework.exceptions import NotFound
from rest_framework.permissions import SAFE_METHODS, AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from feeds.citations import FORMATS, file_name
from feeds.entries import with_provenance
from feeds.http.authentication import reader_of
from feeds.http.downloads import FileView, one_of
from feeds.http.problems import PROBLEM_TYPE, Problem, Unprocessable, UsedUp
from feeds.markdown import paper_as_markdown
from feeds.models import SubmissionState
from feeds.paper_search import PaperFilter, PaperPagination
from feeds.serializers.papers import (
    OutcomeOfSubmissionSerializer,
    PaperSerializer,
    SubmissionRequestSerializer,
    WholePaperSerializer,
)
from feeds.sources.submissions import SubmissionOutcome, TooMany, submit
from recommender.models import Paper
from recommender.paper_ids import canonical
from recommender.ranking.similar import nearest_papers

from .ranking_query import LIMIT, MOST, whole_number

MOST_IDS = 500
LONGEST_BACK = 3650  # days
PROBLEM = {"$ref": "#/components/schemas/Problem"}
MARKDOWN = "text/markdown"
CITATIONS = {"bib": "bib", "ris": "ris", "csl.json": "json"}  # the form in the address -> that of `citing`
FORMS = {form: FORMATS[name][0] for form, name in CITATIONS.items()} | {"md": MARKDOWN}


class WantedSerializer(serializers.Serializer):
    """Papers by their ids."""

    ids = serializers.ListField(
        child=serializers.CharField(max_length=300, allow_blank=True, trim_whitespace=False),
        min_length=1,
        max_length=MOST_IDS,
        help_text="in any form that /papers/{id}/ takes",
    )


class BatchSerializer(serializers.Serializer):
    results = PaperSerializer(many=True, help_text="in the order asked for; one that was asked for twice, once")
    missing = serializers.ListField(child=serializers.CharField(), help_text="ids without a paper here, as sent")


class BatchGetView(APIView):
    """Many papers at once."""

    permission_classes = [AllowAny]

    @extend_schema(request=WantedSerializer, responses=BatchSerializer)
    def post(self, request: Request) -> Response:
        """Reads, as a GET would whose address could be long enough: no token is needed, and any will do."""
        wanted = WantedSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        named = {text: canonical(text) or "" for text in wanted.validated_data["ids"]}
        known = with_provenance(Paper.objects.with_public_votes()).filter(public_id__in=set(named.values()))
        papers = {paper.public_id: paper for paper in known}
        found = {name: papers[name] for name in named.values() if name in papers}
        missing = [text for text, name in named.items() if name not in papers]
        answer = {"results": list(found.values()), "missing": missing}
        return Response(BatchSerializer(answer, context={"request": request}).data)


class NearSerializer(serializers.Serializer):
    paper = PaperSerializer()
    score = serializers.FloatField(help_text="how near its words, authors and categories are, from 0 to 1")


class SimilarSerializer(serializers.Serializer):
    count = serializers.IntegerField()
    note = serializers.CharField(allow_null=True, help_text="why there is none")
    results = NearSerializer(many=True)


class SimilarView(APIView):
    """Papers like a given one."""

    permission_classes = [AllowAny]

    @extend_schema(
        parameters=[
            OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": LIMIT}),
            OpenApiParameter(
                "within_days",
                {"type": "integer", "minimum": 1, "maximum": LONGEST_BACK},
                description="only papers announced in the last so many days, today included",
            ),
        ],
        responses=SimilarSerializer,
    )
    def get(self, request: Request, public_id: str) -> Response:
        """The nearest first, never the paper itself; of the papers that the model was trained with."""
        limit = whole_number(request.query_params, "limit", MOST) or LIMIT
        days = whole_number(request.query_params, "within_days", LONGEST_BACK)
        paper = get_object_or_404(Paper, public_id=public_id)
        near = nearest_papers(paper, limit, timezone.now().date() - timedelta(days=days - 1) if days else None)
        papers = with_provenance(Paper.objects.with_public_votes()).in_bulk(near.cosines)
        found = [{"paper": papers[pk], "score": cosine} for pk, cosine in near.cosines.items() if pk in papers]
        answer = {"count": len(found), "note": near.note or None, "results": found}
        return Response(SimilarSerializer(answer, context={"request": request}).data)


class ExportView(FileView):
    """One paper as a file."""

    permission_classes = [AllowAny]

    @extend_schema(
        parameters=[OpenApiParameter("form", {"type": "string", "enum": list(FORMS)}, OpenApiParameter.PATH)],
        responses=one_of(FORMS.values())
        | {(404, PROBLEM_TYPE): OpenApiResponse(PROBLEM, "no such paper, or no such form")},
    )
    def get(self, request: Request, public_id: str, form: str) -> HttpResponse:
        """`export.bib`, `export.ris`, `export.csl.json` or `export.md`."""
        if form not in FORMS:
            raise NotFound(f"there is no export.{form[:40]}; there is {', '.join(FORMS)}")
        paper = get_object_or_404(with_provenance(Paper.objects.with_public_votes()), public_id=public_id)
        response = HttpResponse(_written(request, paper, form), content_type=f"{FORMS[form]}; charset=utf-8")
        response["Content-Disposition"] = content_disposition_header(True, file_name(paper, form)) or "attachment"
        return response


def _written(request: Request, paper: Any, form: str) -> str:
    if form == "md":
        return paper_as_markdown(paper, request._request)
    return FORMATS[CITATIONS[form]][1]([paper])


class PapersView(generics.ListAPIView[Paper]):
    """The catalogue, newest day first, or what a search in it found; a member may add to it."""

    serializer_class = PaperSerializer
    filterset_class = PaperFilter
    pagination_class = PaperPagination
    queryset = with_provenance(Paper.objects.with_public_votes().order_by("-day", "-pk"))

    def get_permissions(self) -> Sequence[Any]:
        return [AllowAny()] if self.request.method in SAFE_METHODS else super().get_permissions()

    @extend_schema(
        request=SubmissionRequestSerializer,
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
        wish = SubmissionRequestSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        outcome = _submitted(reader_of(request), wish.validated_data["id"])
        answer = OutcomeOfSubmissionSerializer(outcome, context={"request": request}).data
        return Response(answer, {"here": 200, "listed": 201, "waiting": 202}[outcome.state])


class PaperDetailView(generics.RetrieveAPIView[Paper]):
    """One paper by its arXiv id (any form of it) or its own id."""

    permission_classes = [AllowAny]
    serializer_class = WholePaperSerializer
    queryset = with_provenance(Paper.objects.with_public_votes())
    lookup_field = lookup_url_kwarg = "public_id"


def _submitted(reader: User, text: str) -> SubmissionOutcome:
    try:
        outcome = submit(reader, text, timezone.now())
    except ValidationError as error:
        raise Problem("id", text, error.messages[0]) from None
    except TooMany as error:
        raise UsedUp(error.retry_after, str(error)) from None
    if outcome.state == SubmissionState.REFUSED:
        raise Unprocessable(f"{outcome.public_id} is not listed: {outcome.reason}")
    return outcome
