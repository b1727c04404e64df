"""The REST API of what a reader keeps: their reading list and collections, and the papers in them."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics, serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from feeds.entries import entries, with_provenance
from feeds.http.authentication import reader_of
from feeds.http.downloads import FileView, one_of
from feeds.http.problems import PROBLEM_TYPE, Problem, Unprocessable
from feeds.serializers.account import OneLineField, StrictSerializer
from feeds.serializers.papers import PaperSerializer
from feeds.serializers.rankings import EntrySerializer
from feeds.transfer.export_collection import FORMATS, exported
from feeds.transfer.import_library import as_interests
from recommender import collections
from recommender.collections import NAME_LENGTH, NOTE_LENGTH, collections_of, saved_in
from recommender.models import Collection, Paper, Saved
from recommender.ranking.collections import SHOWN, WINDOWS, papers_like_collection

FORMS = {found.ending: form for form, found in FORMATS.items()}  # by the ending of the file's name
_PROBLEM = {"$ref": "#/components/schemas/Problem"}


class NoteField(serializers.CharField):
    """Text of the reader's own, of several lines perhaps."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=NOTE_LENGTH, required=False, allow_blank=True, **options)


class CollectionSerializer(StrictSerializer):
    id = serializers.CharField(source="public_id", read_only=True, help_text="`saved` is the reading list")
    name = OneLineField(max_length=NAME_LENGTH)
    note = NoteField()
    papers = serializers.IntegerField(source="size", read_only=True, help_text="how many are in it")
    created_at = serializers.DateTimeField(read_only=True)

    class Meta:
        model = Collection
        fields = ["id", "name", "note", "papers", "created_at"]


class SavedSerializer(StrictSerializer):
    paper = PaperSerializer(read_only=True)
    note = NoteField()
    added_at = serializers.DateTimeField(read_only=True)

    class Meta:
        model = Saved
        fields = ["paper", "note", "added_at"]


class MoreSerializer(serializers.Serializer):
    reason = serializers.CharField(allow_null=True, help_text="why there is nothing")
    results = EntrySerializer(many=True)


class SeedsSerializer(serializers.Serializer):
    new = serializers.IntegerField(help_text="papers that are an interest now and were none")
    there = serializers.IntegerField()


class CollectionsView(generics.GenericAPIView[Collection]):
    """Your reading list, which everybody has, and your collections by name."""

    serializer_class = CollectionSerializer
    queryset = Collection.objects.none()
    filter_backends: list[Any] = []

    @extend_schema(responses=CollectionSerializer(many=True), operation_id="me_collections_list")
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(collections_of(reader_of(request)))
        return self.get_paginated_response(CollectionSerializer(page, many=True).data)

    @extend_schema(responses={201: CollectionSerializer})
    def post(self, request: Request) -> Response:
        """A new collection, at most 100; a name is given once."""
        asked = CollectionSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        made = collections.create(reader_of(request), **asked.validated_data)
        return Response(CollectionSerializer(made).data, 201)


class CollectionDetailView(APIView):
    """One of your collections."""

    @extend_schema(responses=CollectionSerializer)
    def get(self, request: Request, collection_id: str) -> Response:
        return Response(CollectionSerializer(_find(request, collection_id)).data)

    @extend_schema(request=CollectionSerializer(partial=True), responses=CollectionSerializer)
    def patch(self, request: Request, collection_id: str) -> Response:
        """Another name or note; the reading list keeps its name."""
        found = _find(request, collection_id)
        asked = CollectionSerializer(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        given = {"name": found.name, "note": found.note} | asked.validated_data
        collections.change(found, **given)
        return Response(CollectionSerializer(_find(request, collection_id)).data)

    @extend_schema(
        responses={
            204: None,
            (422, PROBLEM_TYPE): OpenApiResponse(_PROBLEM, "the reading list cannot be deleted"),
        }
    )
    def delete(self, request: Request, collection_id: str) -> Response:
        """Delete the collection with its notes; the papers stay in the catalogue."""
        found = _find(request, collection_id)
        if found.is_reading_list:
            raise Unprocessable("the reading list cannot be deleted; remove its papers instead")
        collections.delete(found)
        return Response(status=204)


class SavedPapersView(generics.ListAPIView[Saved]):
    """What is in one of your collections, the newest addition first."""

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
        """Put the paper into the collection, with a note or without; again with the same body it changes nothing.

        A note that is left out stays as it is.
        """
        collection = _find(request, collection_id)
        asked = SavedSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        paper = get_object_or_404(_papers(), public_id=public_id)
        collections.save(collection, [paper])
        collection = _find(request, collection_id)
        if "note" in asked.validated_data:
            collections.write_note(collection, paper, asked.validated_data["note"])
        saved = saved_in(collection).prefetch_related(Prefetch("paper", _papers())).get(paper=paper)
        return Response(SavedSerializer(saved, context={"request": request}).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, collection_id: str, public_id: str) -> Response:
        """Take the paper out; without it nothing changes."""
        paper = get_object_or_404(Paper, public_id=public_id)
        collections.remove(_find(request, collection_id), [paper.pk])
        return Response(status=204)


class CollectionFileView(FileView):
    """One of your collections as a file."""

    @extend_schema(
        parameters=[OpenApiParameter("form", {"type": "string", "enum": list(FORMS)}, OpenApiParameter.PATH)],
        responses=one_of(dict.fromkeys(FORMATS[form].media_type for form in FORMS.values())),
    )
    def get(self, request: Request, collection_id: str, form: str) -> HttpResponse:
        """BibTeX, RIS or CSL-JSON for reference managers, CSV for spreadsheets, Markdown, or JSON with everything."""
        if form not in FORMS:
            raise NotFound(f"a collection is given as export.{', export.'.join(FORMS)}")
        return exported(_find(request, collection_id), FORMS[form])


class MoreLikeCollectionView(APIView):
    """New papers like those of one of your collections."""

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "window", {"type": "string", "enum": list(WINDOWS), "default": "week"},
                description="the newest day that has papers, or the seven days up to it",
            )
        ],
        responses=MoreSerializer,
    )  # fmt: skip
    def get(self, request: Request, collection_id: str) -> Response:
        """At most 50, those most like it first, without those that it has, that you voted on or muted."""
        window = request.query_params.get("window", "week")
        if window not in WINDOWS:
            raise Problem("window", window, f"a window is {' or '.join(WINDOWS)}")
        found = papers_like_collection(_find(request, collection_id), window, timezone.now().date())
        rows = entries(found.ranking, reader_of(request), 0, SHOWN) if found.ranking else []
        told = {"reason": found.reason or None, "results": rows}
        return Response(MoreSerializer(told, context={"request": request}).data)


class CollectionAsInterestsView(APIView):
    """What is in one of your collections, as interests of yours."""

    @extend_schema(
        request=None,
        responses={
            200: SeedsSerializer,
            (422, PROBLEM_TYPE): OpenApiResponse(_PROBLEM, "there is no room for so many; nothing was changed"),
        },
    )
    def post(self, request: Request, collection_id: str) -> Response:
        """Each paper becomes a seed paper, all of them or none; those that are one already stay so."""
        saved = saved_in(_find(request, collection_id)).select_related("paper")
        papers = [one.paper for one in saved]
        new = as_interests(reader_of(request), papers)
        return Response({"new": new, "there": len(papers) - new})


def _find(request: Request, collection_id: str) -> Collection:
    try:
        return collections.find(reader_of(request), collection_id)
    except Collection.DoesNotExist:
        raise NotFound(f"{collection_id!r} is no collection of yours; /api/v1/me/collections/ lists them") from None


def _papers() -> Any:
    return with_provenance(Paper.objects.with_public_votes())
