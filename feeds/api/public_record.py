"""REST: models, status, trending papers, evidence and experiments, which anybody may read."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import generics, serializers
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from feeds.health.status import status_now
from feeds.http.problems import Problem
from feeds.serializers.papers import PaperSerializer
from feeds.serializers.rankings import StatusSerializer, TrainedModelSerializer
from feeds.trending import WINDOWS, trending
from recommender.evidence import record
from recommender.evidence.rates import FEWEST
from recommender.models import TrainedModel

from .problem_responses import problem_response

NONE_YET = problem_response(404, "Nothing has been counted yet.")
FEW = f"Null if fewer than {FEWEST} readers are behind it."


class RateSerializer(serializers.Serializer):
    """A rate over all readers, or a difference of two, with its 95% interval; the sampling unit is the reader."""

    mean = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class _RatesSerializer(serializers.Serializer):
    readers = serializers.IntegerField(allow_null=True, help_text=FEW)
    impressions = serializers.IntegerField(allow_null=True)
    clicks = RateSerializer(allow_null=True, help_text="Papers opened per paper shown.")
    up_votes = RateSerializer(allow_null=True)
    down_votes = RateSerializer(allow_null=True)


class PositionSerializer(_RatesSerializer):
    """Rates for a band of positions."""

    first = serializers.IntegerField(help_text="First position of the band, from 1.")
    last = serializers.IntegerField()


class ModelRatesSerializer(_RatesSerializer):
    """Rates for the rankings of one model."""

    model = serializers.CharField(help_text="A model, or `popular` or `recent` for rankings made without one.")


class OrderSerializer(serializers.Serializer):
    """The estimated value of an order."""

    order = serializers.CharField()
    estimator = serializers.CharField(help_text="`ips`, `snips` or `dr`.")
    mean = serializers.FloatField(help_text="Upvotes per ranking.")
    low = serializers.FloatField()
    high = serializers.FloatField()


class SharesSerializer(serializers.Serializer):
    """A group's share of the papers and of the exposure."""

    of_papers = serializers.FloatField(help_text="Share of the papers on offer.")
    of_exposure = serializers.FloatField(
        allow_null=True, help_text=f"Share of the impressions in the first places. {FEW}"
    )


class CategorySerializer(SharesSerializer):
    """The shares of a category."""

    category = serializers.CharField(
        help_text="A primary category, or `others` for categories that were shown to few readers."
    )


TenthSerializer = inline_serializer(
    "Tenth",
    {
        "tenth": serializers.IntegerField(help_text="1 is the least popular tenth."),
        "of_exposure": serializers.FloatField(),
    },
)


class _RecordSerializer(serializers.Serializer):
    since = serializers.DateField()
    until = serializers.DateField()
    made_at = serializers.DateTimeField()


class PositionsSerializer(_RecordSerializer):
    """Rates of clicks and votes by position and by model."""

    positions = PositionSerializer(many=True)
    models = ModelRatesSerializer(many=True)


class OrdersSerializer(_RecordSerializer):
    """Estimates for orders that were not shown."""

    values = OrderSerializer(many=True)
    note = serializers.CharField(allow_blank=True, help_text="Why there are no estimates.")


class ExposureSerializer(_RecordSerializer):
    """The exposure of papers announced in these days. If few readers were shown any, `note` replaces the figures."""

    places = serializers.IntegerField(help_text="Number of first places whose impressions count as exposure.")
    papers = serializers.IntegerField(help_text="Number of papers on offer.")
    note = serializers.CharField(allow_blank=True)
    readers = serializers.IntegerField(required=False)
    impressions = serializers.IntegerField(required=False)
    categories = CategorySerializer(many=True, required=False)
    first_time_authors = SharesSerializer(required=False)
    popularity_tenths = serializers.ListField(child=TenthSerializer, required=False)
    gini_of_exposure = serializers.FloatField(required=False)
    gini_of_popularity = serializers.FloatField(required=False)


class _ArmSerializer(serializers.Serializer):
    """The outcomes of one arm of an experiment."""

    readers = serializers.IntegerField()
    days = serializers.IntegerField(help_text="Days on which a page showed a ranking to a reader.")
    up_votes = RateSerializer(help_text="Per day.")
    down_votes = RateSerializer()
    clicks = RateSerializer()


class ExperimentSerializer(serializers.Serializer):
    """An experiment that divides readers between the serving model and a challenger, as of last night."""

    id = serializers.CharField()
    challenger = serializers.CharField(help_text="A model of `/api/v1/models/`.")
    share = serializers.FloatField(help_text="Share of readers whose rankings the challenger makes.")
    is_running = serializers.BooleanField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_because = serializers.CharField(allow_null=True)
    arms = serializers.DictField(
        child=_ArmSerializer(), help_text="The arms `serving` and `challenger`. Empty if one of them has few readers."
    )
    differences = serializers.DictField(
        child=RateSerializer(), help_text="The challenger's rates minus the serving model's, per day."
    )
    note = serializers.CharField(allow_blank=True)


class _EvidenceView(APIView):
    """A view of the evidence that the last night counted."""

    permission_classes = [AllowAny]

    def newest(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The fields that all of these views return, and the figures.

        Raises NotFound before the first night.
        """
        evidence = record.newest()
        if evidence is None:
            raise NotFound("nothing has been counted yet; the evidence is counted every night")
        period = {"since": evidence.figures["since"], "until": evidence.day, "made_at": evidence.made_at}
        return period, evidence.figures


class PositionsView(_EvidenceView):
    """Clicks and votes by position and by model."""

    @extend_schema(responses={200: PositionsSerializer, **NONE_YET})
    def get(self, request: Request) -> Response:
        """Retrieve rates of clicks and votes over the four weeks before the last night."""
        period, figures = self.newest()
        return Response(PositionsSerializer(period | figures).data)


class OrdersView(_EvidenceView):
    """What other orders would have earned."""

    @extend_schema(responses={200: OrdersSerializer, **NONE_YET})
    def get(self, request: Request) -> Response:
        """Retrieve off-policy estimates, computed from rankings with exploration."""
        period, figures = self.newest()
        return Response(OrdersSerializer(period | figures["orders"]).data)


class ExposureView(_EvidenceView):
    """Whose papers are shown."""

    @extend_schema(responses={200: ExposureSerializer, **NONE_YET})
    def get(self, request: Request) -> Response:
        """Retrieve exposure by category, for first-time authors and by popularity, with the Gini coefficients."""
        period, figures = self.newest()
        return Response(ExposureSerializer(period | figures["exposure"]).data)


class ExperimentsView(APIView):
    """Experiments that compare models."""

    permission_classes = [AllowAny]

    @extend_schema(responses=ExperimentSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the ten newest experiments with their outcomes."""
        return Response(ExperimentSerializer(record.experiments(record.newest()), many=True).data)


class ModelsView(generics.ListAPIView[TrainedModel]):
    """The models trained each night, with their metrics and verdicts. Includes models that were refused."""

    permission_classes = [AllowAny]
    serializer_class = TrainedModelSerializer
    queryset = TrainedModel.objects.all()


class StatusView(APIView):
    """What runs, and how old the data is."""

    permission_classes = [AllowAny]

    @extend_schema(responses=StatusSerializer)
    def get(self, request: Request) -> Response:
        return Response(StatusSerializer(status_now(timezone.now())).data)


class TrendSerializer(serializers.Serializer):
    """A trending paper."""

    position = serializers.IntegerField(source="entry.position")
    paper = PaperSerializer(source="entry.paper")
    score = serializers.FloatField(
        source="trend.score", help_text="Weight of the upvotes minus that of the downvotes, minus one standard error."
    )
    readers_for = serializers.IntegerField(
        source="trend.readers_for", help_text="Number of readers whose upvotes count."
    )
    readers_against = serializers.IntegerField(source="trend.readers_against")


class TrendingSerializer(serializers.Serializer):
    """The trending papers of a window of time."""

    window = serializers.ChoiceField(list(WINDOWS))
    count = serializers.IntegerField()
    results = TrendSerializer(many=True)


class TrendingView(APIView):
    """Papers that readers vote up now."""

    permission_classes = [AllowAny]

    @extend_schema(
        parameters=[OpenApiParameter("window", {"type": "string", "enum": list(WINDOWS), "default": "week"})],
        responses={
            200: TrendingSerializer,
            **problem_response(400, "The window is unknown."),
        },
    )
    def get(self, request: Request) -> Response:
        """List at most 50 papers, best first. The trending page explains how votes are counted."""
        window = request.query_params.get("window", "week")
        if window not in WINDOWS:
            raise Problem("window", window, f"must be one of {', '.join(WINDOWS)}")
        trends = trending(window, timezone.now(), None)
        document: dict[str, Any] = {"window": window, "count": len(trends), "results": trends}
        return Response(TrendingSerializer(document, context={"request": request}).data)
