"""REST: papers, search, batches, similar papers, citations, and submissions."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import content_disposition_header
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_serializer,
    extend_schema_view,
)
from rest_framework import generics, serializers
from rest_framework.exceptions import NotFound
from rest_framework.permissions import SAFE_METHODS, AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from feeds.citations import FORMATS, file_name
from feeds.entries import with_provenance
from feeds.http import params
from feeds.http.authentication import reader_of
from feeds.http.downloads import FileView, file_responses
from feeds.http.problems import Problem, QuotaExceeded, Unprocessable
from feeds.markdown import paper_as_markdown
from feeds.models import SubmissionState
from feeds.paper_search import PaperFilter, PaperPagination
from feeds.serializers.papers import (
    PaperSerializer,
    SubmissionRequestSerializer,
    SubmissionResultSerializer,
    WholePaperSerializer,
)
from feeds.sources.submissions import TooMany, submit
from recommender.models import Paper
from recommender.paper_ids import canonical
from recommender.ranking.similar import nearest_papers

from .problem_responses import problem_response
from .ranking_query import LIMIT, MOST, limit_of

MOST_IDS = 500
LONGEST_BACK = 3650  # days back from today
MARKDOWN = "text/markdown"
CITATIONS = {"bib": "bib", "ris": "ris", "csl.json": "json"}  # file extension in the URL -> key of FORMATS
FORMS = {form: FORMATS[name][0] for form, name in CITATIONS.items()} | {"md": MARKDOWN}


@extend_schema_serializer(component_name="Wanted")
class BatchRequestSerializer(serializers.Serializer):
    """The IDs of the papers to retrieve."""

    ids = serializers.ListField(
        child=serializers.CharField(max_length=300, allow_blank=True, trim_whitespace=False),
        min_length=1,
        max_length=MOST_IDS,
        help_text="IDs in any form that `/papers/{id}/` accepts.",
    )


class BatchSerializer(serializers.Serializer):
    """The papers with the requested IDs."""

    results = PaperSerializer(many=True, help_text="In the order of the request, each paper once.")
    missing = serializers.ListField(
        child=serializers.CharField(), help_text="IDs without a paper in the catalogue, as you sent them."
    )


class BatchGetView(APIView):
    """Many papers in one request."""

    permission_classes = [AllowAny]

    @extend_schema(request=BatchRequestSerializer, responses=BatchSerializer)
    def post(self, request: Request) -> Response:
        """Retrieve up to 500 papers by their IDs. No token is needed.

        This request changes nothing. It is a POST because the IDs would not fit into a URL.
        """
        serializer = BatchRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        public_ids = {text: canonical(text) or "" for text in serializer.validated_data["ids"]}
        matching = with_provenance(Paper.objects.with_public_votes()).filter(public_id__in=set(public_ids.values()))
        papers = {paper.public_id: paper for paper in matching}
        results = {public_id: papers[public_id] for public_id in public_ids.values() if public_id in papers}
        missing = [text for text, public_id in public_ids.items() if public_id not in papers]
        document = {"results": list(results.values()), "missing": missing}
        return Response(BatchSerializer(document, context={"request": request}).data)


@extend_schema_serializer(component_name="Near")
class SimilarPaperSerializer(serializers.Serializer):
    """A similar paper."""

    paper = PaperSerializer()
    score = serializers.FloatField(help_text="Similarity of words, authors and categories, from 0 to 1.")


class SimilarSerializer(serializers.Serializer):
    """Papers that are similar to a paper."""

    count = serializers.IntegerField()
    note = serializers.CharField(allow_null=True, help_text="Why there are no results. Null otherwise.")
    results = SimilarPaperSerializer(many=True)


class SimilarView(APIView):
    """Papers similar to a paper."""

    permission_classes = [AllowAny]

    @extend_schema(
        parameters=[
            OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": LIMIT}),
            OpenApiParameter(
                "within_days",
                {"type": "integer", "minimum": 1, "maximum": LONGEST_BACK},
                description="Only papers announced in this number of days up to today.",
            ),
        ],
        responses=SimilarSerializer,
    )
    def get(self, request: Request, public_id: str) -> Response:
        """List the most similar papers first, without the paper itself.

        Only papers that the current model was trained with are compared.
        """
        limit, within = limit_of(request.query_params), request.query_params.get("within_days")
        days = None if within is None else params.whole_number("within_days", within, 1, LONGEST_BACK)
        paper = get_object_or_404(Paper, public_id=public_id)
        similar = nearest_papers(paper, limit, timezone.now().date() - timedelta(days=days - 1) if days else None)
        papers = with_provenance(Paper.objects.with_public_votes()).in_bulk(similar.cosines)
        results = [{"paper": papers[pk], "score": cosine} for pk, cosine in similar.cosines.items() if pk in papers]
        document = {"count": len(results), "note": similar.note or None, "results": results}
        return Response(SimilarSerializer(document, context={"request": request}).data)


class ExportView(FileView):
    """One paper as a file."""

    permission_classes = [AllowAny]

    @extend_schema(
        parameters=[OpenApiParameter("form", {"type": "string", "enum": list(FORMS)}, OpenApiParameter.PATH)],
        responses=file_responses(FORMS.values()) | problem_response(404, "There is no such paper or no such format."),
    )
    def get(self, request: Request, public_id: str, form: str) -> HttpResponse:
        """Download the paper as BibTeX, RIS, CSL-JSON or Markdown."""
        if form not in FORMS:
            raise NotFound(f"unknown format {form[:40]!r}; the formats are {', '.join(FORMS)}")
        paper = get_object_or_404(with_provenance(Paper.objects.with_public_votes()), public_id=public_id)
        if form == "md":
            text = paper_as_markdown(paper, request._request)
        else:
            _, write = FORMATS[CITATIONS[form]]
            text = write([paper])
        response = HttpResponse(text, content_type=f"{FORMS[form]}; charset=utf-8")
        response["Content-Disposition"] = content_disposition_header(True, file_name(paper, form)) or "attachment"
        return response


@extend_schema_view(get=extend_schema(description="List the catalogue, newest day first, or search it."))
class PapersView(generics.ListAPIView[Paper]):
    """The catalogue, newest day first, or the results of a search."""

    serializer_class = PaperSerializer
    filterset_class = PaperFilter
    pagination_class = PaperPagination
    queryset = with_provenance(Paper.objects.with_public_votes().order_by("-day", "-pk"))

    def get_permissions(self) -> Sequence[Any]:
        return [AllowAny()] if self.request.method in SAFE_METHODS else super().get_permissions()

    @extend_schema(
        request=SubmissionRequestSerializer,
        responses={
            200: OpenApiResponse(SubmissionResultSerializer, "The catalogue has the paper already. This is free."),
            201: OpenApiResponse(SubmissionResultSerializer, "The paper was added to today's list."),
            202: OpenApiResponse(
                SubmissionResultSerializer, "arXiv did not answer. The paper is looked up again later."
            ),
            **problem_response(422, "The paper is unknown at arXiv or was withdrawn."),
            **problem_response(429, "No submissions are left for today. See `Retry-After`."),
        },
    )
    def post(self, request: Request) -> Response:
        """Submit a paper to today's list. It is looked up at arXiv, which may take a few seconds."""
        serializer = SubmissionRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        paper_id = serializer.validated_data["id"]
        try:
            outcome = submit(reader_of(request), paper_id, timezone.now())
        except ValidationError as error:
            raise Problem("id", paper_id, error.messages[0]) from None
        except TooMany as error:
            raise QuotaExceeded(error.retry_after, str(error)) from None
        if outcome.state == SubmissionState.REFUSED:
            raise Unprocessable(f"{outcome.public_id} is not listed: {outcome.reason}")
        document = SubmissionResultSerializer(outcome, context={"request": request}).data
        return Response(document, {"here": 200, "listed": 201, "waiting": 202}[outcome.state])


class PaperDetailView(generics.RetrieveAPIView[Paper]):
    """One paper, by its arXiv ID in any form or by its own ID."""

    permission_classes = [AllowAny]
    serializer_class = WholePaperSerializer
    queryset = with_provenance(Paper.objects.with_public_votes())
    lookup_field = lookup_url_kwarg = "public_id"
