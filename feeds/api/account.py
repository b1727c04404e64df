"""REST: my profile, interests, tokens, and deleting my account."""

from hashlib import blake2b
from typing import Any

import orjson
from django.contrib.auth import logout
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import extend_schema, extend_schema_view
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
from feeds.http.idempotency import KEY_PARAMETER, REUSED, idempotent
from feeds.serializers.account import (
    AccountDeletionSerializer,
    DeletionReceiptSerializer,
    InterestChangeSerializer,
    InterestSerializer,
    MeSerializer,
    NewTokenSerializer,
    TokenSerializer,
)
from recommender import interests
from recommender.models.training import newest_version
from recommender.ranking.interest_notes import with_notes


class DeletionSchema(AutoSchema):
    """Document the body of a DELETE, which drf-spectacular leaves out although OpenAPI allows it."""

    def _get_request_body(self, direction: str = "request") -> Any:
        method, self.method = self.method, "POST" if self.method == "DELETE" else self.method
        try:
            return super()._get_request_body(direction)
        finally:
            self.method = method


class MeView(APIView):
    """Your profile."""

    schema = DeletionSchema()

    @extend_schema(responses=MeSerializer, operation_id="me_retrieve")
    def get(self, request: Request) -> Response:
        """Retrieve your profile and the settings of your rankings. The ETag identifies this version."""
        profile = MeSerializer(reader_of(request)).data
        return not_modified(request, _etag(profile)) or Response(profile)

    @extend_schema(
        parameters=[IF_MATCH_PARAMETER], request=MeSerializer(partial=True), responses={200: MeSerializer, **STALE}
    )
    def patch(self, request: Request) -> Response:
        """Update your profile. Fields that you leave out do not change.

        With `If-Match`, the update succeeds only if nothing has changed since you retrieved the profile.
        """
        with transaction.atomic():
            reader = User.objects.select_for_update().get(pk=reader_of(request).pk)
            check_match(request, _etag(MeSerializer(reader).data))
            serializer = MeSerializer(reader, data=request.data, partial=True)
            serializer.is_valid(raise_exception=True)
            serializer.save()
            profile = serializer.data
        return Response(profile, headers={"ETag": f'"{_etag(profile)}"'})

    @extend_schema(request=AccountDeletionSerializer, responses={202: DeletionReceiptSerializer})
    def delete(self, request: Request) -> Response:
        """Delete your account and everything tied to it. This cannot be undone.

        Send your e-mail address to confirm. Papers that you submitted stay in the catalogue without your name. The
        response is a receipt that lists what was deleted.
        """
        serializer = AccountDeletionSerializer(data=request.data, context={"reader": reader_of(request)})
        serializer.is_valid(raise_exception=True)
        receipt = delete_account(reader_of(request), timezone.now(), newest_version())
        logout(request._request)
        return Response(DeletionReceiptSerializer(receipt).data, 202)


def _etag(profile: Any) -> str:
    """The entity tag of a profile, a digest of its JSON."""
    return blake2b(orjson.dumps(profile, default=str), digest_size=16).hexdigest()


@extend_schema_view(
    get=extend_schema(description="List your interests."),
    post=extend_schema(
        parameters=[KEY_PARAMETER],
        responses={201: InterestSerializer, **REUSED},
        description="Add an arXiv category, a topic in your own words, a seed paper or an author. You can have at most "
        "50 interests.",
    ),
)
class InterestsView(generics.ListCreateAPIView[Interest]):
    """Your interests."""

    serializer_class = InterestSerializer
    queryset = Interest.objects.none()

    def get_queryset(self) -> QuerySet[Interest]:
        return reader_of(self.request).interests.all()

    @idempotent
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().post(request, *args, **kwargs)

    def paginate_queryset(self, queryset: Any) -> Any:
        return with_notes(super().paginate_queryset(queryset) or [])

    def perform_create(self, serializer: BaseSerializer[Interest]) -> None:
        interest = interests.add(reader_of(self.request), **serializer.validated_data)
        [serializer.instance] = with_notes([interest])


@extend_schema_view(
    get=extend_schema(description="Retrieve an interest."),
    delete=extend_schema(description="Remove an interest."),
)
class InterestDetailView(generics.RetrieveUpdateDestroyAPIView[Interest]):
    """One of your interests."""

    serializer_class = InterestSerializer
    http_method_names = ["get", "head", "options", "patch", "delete"]
    queryset = Interest.objects.none()
    lookup_url_kwarg = "id"

    def get_queryset(self) -> QuerySet[Interest]:
        return reader_of(self.request).interests.all()

    def get_object(self) -> Interest:
        [interest] = with_notes([super().get_object()])
        return interest

    def get_serializer_class(self) -> type[BaseSerializer[Interest]]:
        return InterestChangeSerializer if self.request.method == "PATCH" else InterestSerializer

    @extend_schema(request=InterestChangeSerializer(partial=True), responses=InterestSerializer)
    def patch(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change the text of an interest. Its kind cannot be changed."""
        return super().patch(request, *args, **kwargs)

    def perform_update(self, serializer: BaseSerializer[Interest]) -> None:
        assert serializer.instance is not None
        if "text" in serializer.validated_data:
            text = serializer.validated_data["text"]
            interest = interests.change(reader_of(self.request), serializer.instance, text)
            [serializer.instance] = with_notes([interest])

    def perform_destroy(self, instance: Interest) -> None:
        interests.remove(reader_of(self.request), instance)


@extend_schema_view(get=extend_schema(description="List your API tokens, without their keys."))
class TokensView(generics.ListAPIView[AuthToken]):
    """Your API tokens."""

    serializer_class = TokenSerializer
    queryset = AuthToken.objects.none()
    permission_classes = [IsAuthenticated, ManagesTokens]

    def get_queryset(self) -> QuerySet[AuthToken]:
        return reader_of(self.request).auth_token_set.all()

    @extend_schema(request=TokenSerializer, responses={201: NewTokenSerializer})
    def post(self, request: Request) -> Response:
        """Create an API token. You can have at most 50.

        The response has the token's key, which cannot be retrieved again.
        """
        serializer = TokenSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields = serializer.validated_data
        current_token = request.auth if isinstance(request.auth, AuthToken) else None
        expiry = fields["expiry"] if "expiry" in fields else tokens.default_expiry(current_token)
        token, key = tokens.issue_token(
            reader_of(request), fields["name"], fields["scope"], expiry, current_token=current_token
        )
        document = NewTokenSerializer(token).data | {"key": key}
        return Response(document, status=201, headers={"Cache-Control": "no-store"})


@extend_schema_view(
    get=extend_schema(description="Retrieve an API token, without its key."),
    delete=extend_schema(description="Revoke an API token. It stops working immediately."),
)
class TokenDetailView(generics.RetrieveDestroyAPIView[AuthToken]):
    """One of your API tokens."""

    serializer_class = TokenSerializer
    queryset = AuthToken.objects.none()
    permission_classes = [IsAuthenticated, ManagesTokens]
    lookup_field = "public_id"
    lookup_url_kwarg = "id"

    def get_queryset(self) -> QuerySet[AuthToken]:
        return reader_of(self.request).auth_token_set.all()
