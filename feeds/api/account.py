"""The REST API about oneself: `/me/`, interests and tokens."""

from hashlib import blake2b
from typing import Any

import orjson
from django.contrib.auth import logout
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from accounts import tokens
from accounts.deletion import delete_account
from accounts.models import AuthToken, Interest, User
from feeds.http.authentication import ManagesTokens, reader_of
from feeds.http.conditional import IF_MATCH_PARAMETER, STALE, check_match, not_modified
from feeds.serializers.account import (
    InterestChangeSerializer,
    InterestSerializer,
    LeavingSerializer,
    MeSerializer,
    NewTokenSerializer,
    ReceiptSerializer,
    TokenSerializer,
)
from recommender import interests
from recommender.models.training import newest_version


class LeavingSchema(AutoSchema):
    """Describes the body of a DELETE, which drf-spectacular leaves out: OpenAPI allows it, and ours confirms."""

    def _get_request_body(self, direction: str = "request") -> Any:
        asked, self.method = self.method, "POST" if self.method == "DELETE" else self.method
        try:
            return super()._get_request_body(direction)
        finally:
            self.method = asked


class MeView(APIView):
    """The reader who is signed in."""

    schema = LeavingSchema()

    @extend_schema(responses=MeSerializer, operation_id="me_retrieve")
    def get(self, request: Request) -> Response:
        """Who I am and how my rankings are to be made; the ETag names this state."""
        seen = MeSerializer(reader_of(request)).data
        return not_modified(request, _tag(seen)) or Response(seen)

    @extend_schema(
        parameters=[IF_MATCH_PARAMETER], request=MeSerializer(partial=True), responses={200: MeSerializer, **STALE}
    )
    def patch(self, request: Request) -> Response:
        """Change some of it, with If-Match only if it is still what I have read."""
        with transaction.atomic():
            reader = User.objects.select_for_update().get(pk=reader_of(request).pk)
            check_match(request, _tag(MeSerializer(reader).data))
            asked = MeSerializer(reader, data=request.data, partial=True)
            asked.is_valid(raise_exception=True)
            asked.save()
            seen = asked.data
        return Response(seen, headers={"ETag": f'"{_tag(seen)}"'})

    @extend_schema(request=LeavingSerializer, responses={202: ReceiptSerializer})
    def delete(self, request: Request) -> Response:
        """Delete my account and everything that is tied to it, for good; the receipt says what went.

        `email` must be my address: nothing is deleted by mistake. Papers that I submitted stay, without my name.
        """
        asked = LeavingSerializer(data=request.data, context={"reader": reader_of(request)})
        asked.is_valid(raise_exception=True)
        gone = delete_account(reader_of(request), timezone.now(), newest_version())
        logout(request._request)
        return Response(ReceiptSerializer(gone).data, 202)


class InterestsView(generics.ListCreateAPIView[Interest]):
    """What you care about: arXiv categories, topics in your own words, seed papers and authors, at most 50."""

    serializer_class = InterestSerializer
    queryset = Interest.objects.none()

    def get_queryset(self) -> QuerySet[Interest]:
        return reader_of(self.request).interests.all()

    def paginate_queryset(self, queryset: Any) -> Any:
        return interests.with_notes(super().paginate_queryset(queryset) or [])

    def perform_create(self, serializer: BaseSerializer[Interest]) -> None:
        added = interests.add(reader_of(self.request), **serializer.validated_data)
        [serializer.instance] = interests.with_notes([added])


class InterestDetailView(generics.RetrieveUpdateDestroyAPIView[Interest]):
    """One of your interests; another text can be given to it, of the same kind."""

    serializer_class = InterestSerializer
    http_method_names = ["get", "head", "options", "patch", "delete"]
    queryset = Interest.objects.none()
    lookup_url_kwarg = "id"

    def get_queryset(self) -> QuerySet[Interest]:
        return reader_of(self.request).interests.all()

    def get_object(self) -> Interest:
        [found] = interests.with_notes([super().get_object()])
        return found

    def get_serializer_class(self) -> type[BaseSerializer[Interest]]:
        return InterestChangeSerializer if self.request.method == "PATCH" else InterestSerializer

    @extend_schema(request=InterestChangeSerializer(partial=True), responses=InterestSerializer)
    def patch(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().patch(request, *args, **kwargs)

    def perform_update(self, serializer: BaseSerializer[Interest]) -> None:
        assert serializer.instance is not None
        if "text" in serializer.validated_data:
            changed = interests.change(reader_of(self.request), serializer.instance, serializer.validated_data["text"])
            [serializer.instance] = interests.with_notes([changed])

    def perform_destroy(self, instance: Interest) -> None:
        interests.remove(reader_of(self.request), instance)


class TokensView(generics.ListAPIView[AuthToken]):
    """Keys for your own software, at most 50; the key itself is in the answer to the POST and never again."""

    serializer_class = TokenSerializer
    queryset = AuthToken.objects.none()
    permission_classes = [IsAuthenticated, ManagesTokens]

    def get_queryset(self) -> QuerySet[AuthToken]:
        return reader_of(self.request).auth_token_set.all()

    @extend_schema(request=TokenSerializer, responses={201: NewTokenSerializer})
    def post(self, request: Request) -> Response:
        asked = TokenSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        asking = request.auth if isinstance(request.auth, AuthToken) else None
        wanted = {"expiry": tokens.default_expiry(asking)} | asked.validated_data
        token, key = tokens.issue_token(
            reader_of(request), wanted["name"], wanted["scope"], wanted["expiry"], current_token=asking
        )
        answer = NewTokenSerializer(token).data | {"key": key}
        return Response(answer, status=201, headers={"Cache-Control": "no-store"})


class TokenDetailView(generics.RetrieveDestroyAPIView[AuthToken]):
    """One of your tokens; deleting it revokes it at once."""

    serializer_class = TokenSerializer
    queryset = AuthToken.objects.none()
    permission_classes = [IsAuthenticated, ManagesTokens]
    lookup_field = "public_id"
    lookup_url_kwarg = "id"

    def get_queryset(self) -> QuerySet[AuthToken]:
        return reader_of(self.request).auth_token_set.all()


def _tag(seen: Any) -> str:
    """Names the state that this is what is seen of."""
    return blake2b(orjson.dumps(seen, default=str), digest_size=16).hexdigest()
