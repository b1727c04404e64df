"""The REST API about oneself: `/me/`, interests and tokens."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts import interests, tokens
from accounts.authentication import ManagesTokens, reader_of
from accounts.models import AuthToken, Interest, User
from accounts.serializers import InterestSerializer, MeSerializer, NewTokenSerializer, TokenSerializer


class Me(generics.RetrieveUpdateAPIView[User]):
    """The reader who is signed in."""

    serializer_class = MeSerializer
    http_method_names = ["get", "head", "options", "patch"]

    def get_object(self) -> User:
        return reader_of(self.request)


class Interests(generics.ListCreateAPIView[Interest]):
    """What you care about: arXiv categories, topics in your own words, seed papers and authors, at most 50."""

    serializer_class = InterestSerializer
    queryset = Interest.objects.none()

    def get_queryset(self) -> QuerySet[Interest]:
        return reader_of(self.request).interests.all()

    def paginate_queryset(self, queryset: Any) -> Any:
        return interests.describe(super().paginate_queryset(queryset) or [])

    def perform_create(self, serializer: BaseSerializer[Interest]) -> None:
        added = interests.add(reader_of(self.request), **serializer.validated_data)
        [serializer.instance] = interests.describe([added])


class InterestDetail(generics.RetrieveDestroyAPIView[Interest]):
    """One of your interests."""

    serializer_class = InterestSerializer
    queryset = Interest.objects.none()
    lookup_url_kwarg = "id"

    def get_queryset(self) -> QuerySet[Interest]:
        return reader_of(self.request).interests.all()

    def get_object(self) -> Interest:
        [found] = interests.describe([super().get_object()])
        return found

    def perform_destroy(self, instance: Interest) -> None:
        interests.remove(reader_of(self.request), instance)


class Tokens(generics.ListAPIView[AuthToken]):
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
        token, key = tokens.give(reader_of(request), wanted["name"], wanted["scope"], wanted["expiry"], asking=asking)
        answer = NewTokenSerializer(token).data | {"key": key}
        return Response(answer, status=201, headers={"Cache-Control": "no-store"})


class TokenDetail(generics.RetrieveDestroyAPIView[AuthToken]):
    """One of your tokens; deleting it revokes it at once."""

    serializer_class = TokenSerializer
    queryset = AuthToken.objects.none()
    permission_classes = [IsAuthenticated, ManagesTokens]
    lookup_field = "public_id"
    lookup_url_kwarg = "id"

    def get_queryset(self) -> QuerySet[AuthToken]:
        return reader_of(self.request).auth_token_set.all()
