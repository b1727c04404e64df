"""REST: my reading list and collections, and the papers in them."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from feeds.entries import entries, with_provenance
from feeds.http.authentication import reader_of
from feeds.http.downloads import FileView, file_responses
from feeds.http.idempotency import KEY_PARAMETER, REUSED, idempotent
from feeds.http.problems import Problem, Unprocessable
from feeds.serializers.fields import OneLineField, StrictModelSerializer
from feeds.serializers.papers import PaperSerializer
from feeds.serializers.rankings import EntrySerializer
from feeds.transfer.export_collection import FORMATS, export_collection
from feeds.transfer.import_library import as_interests
from recommender import collections
from recommender.collections import NAME_LENGTH, NOTE_LENGTH, collections_of, saved_in
from recommender.models import Collection, Paper, Saved
from recommender.ranking.collections import SHOWN, WINDOWS, papers_like_collection

from .problem_responses import problem_response

FORMS = {file_format.ending: form for form, file_format in FORMATS.items()}  # by file extension


class NoteField(serializers.CharField):
    """A note by the reader, which may have several lines."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=NOTE_LENGTH, required=False, allow_blank=True, **options)


class CollectionSerializer(StrictModelSerializer):
    """A collection of papers."""

    id = serializers.CharField(source="public_id", read_only=True, help_text="The reading list has the ID `saved`.")
    name = OneLineField(max_length=NAME_LENGTH)
    note = NoteField()
    papers = serializers.IntegerField(source="size", read_only=True, help_text="Number of papers in it.")
    created_at = serializers.DateTimeField(read_only=True)

    class Meta:
        model = Collection
        fields = ["id", "name", "note", "papers", "created_at"]


class SavedSerializer(StrictModelSerializer):
    """A paper in a collection."""

    paper = PaperSerializer(read_only=True)
    note = NoteField()
    added_at = serializers.DateTimeField(read_only=True)

    class Meta:
        model = Saved
        fields = ["paper", "note", "added_at"]


class MoreSerializer(serializers.Serializer):
    """Papers like those of a collection."""

    reason = serializers.CharField(allow_null=True, help_text="Why there are no results. Null otherwise.")
    results = EntrySerializer(many=True)


class SeedsSerializer(serializers.Serializer):
    """How many papers became seed papers."""

    new = serializers.IntegerField(help_text="Number of new seed papers.")
    there = serializers.IntegerField(help_text="Number of papers that were seed papers already.")


class CollectionsView(generics.GenericAPIView[Collection]):
    """Your reading list and your other collections, by name."""

    serializer_class = CollectionSerializer
    queryset = Collection.objects.none()
    filter_backends: list[Any] = []

    @extend_schema(responses=CollectionSerializer(many=True), operation_id="me_collections_list")
    def get(self, request: Request) -> Response:
        """List your reading list and your collections, by name."""
        page = self.paginate_queryset(collections_of(reader_of(request)))
        return self.get_paginated_response(CollectionSerializer(page, many=True).data)

    @extend_schema(parameters=[KEY_PARAMETER], responses={201: CollectionSerializer, **REUSED})
    @idempotent
    def post(self, request: Request) -> Response:
        """Create a collection. You can have at most 100, each with a different name."""
        serializer = CollectionSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        collection = collections.create(reader_of(request), **serializer.validated_data)
        return Response(CollectionSerializer(collection).data, 201)


class CollectionDetailView(APIView):
    """One of your collections."""

    @extend_schema(responses=CollectionSerializer)
    def get(self, request: Request, collection_id: str) -> Response:
        """Retrieve a collection without its papers."""
        return Response(CollectionSerializer(_find(request, collection_id)).data)

    @extend_schema(request=CollectionSerializer(partial=True), responses=CollectionSerializer)
    def patch(self, request: Request, collection_id: str) -> Response:
        """Change the name or the note. The reading list cannot be renamed."""
        collection = _find(request, collection_id)
        serializer = CollectionSerializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        fields = {"name": collection.name, "note": collection.note} | serializer.validated_data
        collections.change(collection, **fields)
        return Response(CollectionSerializer(_find(request, collection_id)).data)

    @extend_schema(
        responses={
            204: None,
            **problem_response(422, "The reading list cannot be deleted."),
        }
    )
    def delete(self, request: Request, collection_id: str) -> Response:
        """Delete the collection with its notes. Its papers stay in the catalogue."""
        collection = _find(request, collection_id)
        if collection.is_reading_list:
            raise Unprocessable("the reading list cannot be deleted; remove its papers instead")
        collections.delete(collection)
        return Response(status=204)


class SavedPapersView(generics.ListAPIView[Saved]):
    """The papers of one of your collections, newest addition first."""

    serializer_class = SavedSerializer
    queryset = Saved.objects.none()
    filter_backends: list[Any] = []

    def get_queryset(self) -> QuerySet[Saved]:
        saved = saved_in(_find(self.request, self.kwargs["collection_id"]))
        return saved.prefetch_related(Prefetch("paper", _papers()))


class SavedPaperView(APIView):
    """One paper in one of your collections."""

    @extend_schema(request=SavedSerializer, responses=SavedSerializer)
    def put(self, request: Request, collection_id: str, public_id: str) -> Response:
        """Add the paper to the collection, or change its note. Repeating the request changes nothing.

        If you leave out `note`, an existing note does not change.
        """
        collection = _find(request, collection_id)
        serializer = SavedSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        paper = get_object_or_404(_papers(), public_id=public_id)
        collections.save(collection, [paper])
        collection = _find(request, collection_id)
        if "note" in serializer.validated_data:
            collections.write_note(collection, paper, serializer.validated_data["note"])
        saved = saved_in(collection).prefetch_related(Prefetch("paper", _papers())).get(paper=paper)
        return Response(SavedSerializer(saved, context={"request": request}).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, collection_id: str, public_id: str) -> Response:
        """Remove the paper from the collection. If it is not in the collection, nothing changes."""
        paper = get_object_or_404(Paper, public_id=public_id)
        collections.remove(_find(request, collection_id), [paper.pk])
        return Response(status=204)


class CollectionFileView(FileView):
    """One of your collections as a file."""

    @extend_schema(
        parameters=[OpenApiParameter("form", {"type": "string", "enum": list(FORMS)}, OpenApiParameter.PATH)],
        responses=file_responses(dict.fromkeys(FORMATS[form].media_type for form in FORMS.values())),
    )
    def get(self, request: Request, collection_id: str, form: str) -> HttpResponse:
        """Download the collection as BibTeX, RIS, CSL-JSON, CSV, Markdown, or JSON with all fields."""
        if form not in FORMS:
            raise NotFound(f"unknown format {form[:40]!r}; the formats are {', '.join(FORMS)}")
        return export_collection(_find(request, collection_id), FORMS[form])


class MoreLikeCollectionView(APIView):
    """New papers like those of one of your collections."""

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "window", {"type": "string", "enum": list(WINDOWS), "default": "week"},
                description="The newest day that has papers, or the seven days up to it.",
            )
        ],
        responses=MoreSerializer,
    )  # fmt: skip
    def get(self, request: Request, collection_id: str) -> Response:
        """List at most 50 papers, most similar first.

        Papers in the collection, papers that you voted on, and muted papers are left out.
        """
        window = request.query_params.get("window", "week")
        if window not in WINDOWS:
            raise Problem("window", window, f"must be {' or '.join(WINDOWS)}")
        more = papers_like_collection(_find(request, collection_id), window, timezone.now().date())
        results = entries(more.ranking, reader_of(request), 0, SHOWN) if more.ranking else []
        document = {"reason": more.reason or None, "results": results}
        return Response(MoreSerializer(document, context={"request": request}).data)


class CollectionAsInterestsView(APIView):
    """The papers of one of your collections as interests."""

    @extend_schema(
        parameters=[KEY_PARAMETER],
        request=None,
        responses={
            200: SeedsSerializer,
            **problem_response(400, "The Idempotency-Key is not valid."),
            **problem_response(
                422,
                "You would have too many interests, or the key was used for another request.",
            ),
        },
    )
    @idempotent
    def post(self, request: Request, collection_id: str) -> Response:
        """Make each paper a seed paper. Papers that are seed papers already do not change.

        If there is not enough room for all of them, none is added.
        """
        saved = saved_in(_find(request, collection_id)).select_related("paper")
        papers = [one.paper for one in saved]
        new = as_interests(reader_of(request), papers)
        return Response({"new": new, "there": len(papers) - new})


def _find(request: Request, collection_id: str) -> Collection:
    try:
        return collections.find(reader_of(request), collection_id)
    except Collection.DoesNotExist:
        raise NotFound(f"you have no collection {collection_id!r}; /api/v1/me/collections/ lists yours") from None


def _papers() -> Any:
    return with_provenance(Paper.objects.with_public_votes())
