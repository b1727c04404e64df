"""The REST API of the public record: every night's model, and what runs now."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from feeds.serializers.rankings import StatusSerializer, TrainedModelSerializer
from feeds.status import status_now
from recommender.models import TrainedModel


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
