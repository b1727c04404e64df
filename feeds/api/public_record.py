"""REST: models, status, trending papers, evidence and experiments."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, inline_serializer
from rest_framework import generics, serializers
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from feeds.health.status import status_now
from feeds.http.problems import PROBLEM_TYPE, Problem
from feeds.serializers.papers import PaperSerializer
from feeds.serializers.rankings import StatusSerializer, TrainedModelSerializer
from feeds.trending import WINDOWS, trending
from recommender.evidence import record
from recommender.evidence.rates import FEWEST
from recommender.models import Evidence, TrainedModel

NONE_YET: dict[Any, Any] = {
    (404, PROBLEM_TYPE): OpenApiResponse({"$ref": "#/components/schemas/Problem"}, "nothing has been counted yet")
}
FEW = f"null where it is of fewer than {FEWEST} readers"


class RateSerializer(serializers.Serializer):
    """A rate over all readers, or a difference of two, with its 95 % interval; readers are the unit of chance."""

    mean = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class _RatesSerializer(serializers.Serializer):
    readers = serializers.IntegerField(allow_null=True, help_text=FEW)
    impressions = serializers.IntegerField(allow_null=True)
    clicks = RateSerializer(allow_null=True, help_text="papers opened, for each that was shown")
    up_votes = RateSerializer(allow_null=True)
    down_votes = RateSerializer(allow_null=True)


class PositionSerializer(_RatesSerializer):
    first = serializers.IntegerField(help_text="the first place of the band, from 1")
    last = serializers.IntegerField()


class ModelRatesSerializer(_RatesSerializer):
    model = serializers.CharField(help_text='a model, or "popular" and "recent" for orders that none made')


class OrderSerializer(serializers.Serializer):
    order = serializers.CharField()
    estimator = serializers.CharField(help_text="ips, snips or dr")
    mean = serializers.FloatField(help_text="up-votes for each ranking")
    low = serializers.FloatField()
    high = serializers.FloatField()


class SharesSerializer(serializers.Serializer):
    of_papers = serializers.FloatField(help_text="of the papers on offer")
    of_exposure = serializers.FloatField(allow_null=True, help_text=f"of the impressions in first places; {FEW}")


class CategorySerializer(SharesSerializer):
    category = serializers.CharField(help_text='the primary one; "others" for those that few readers were shown')


TenthSerializer = inline_serializer(
    "Tenth",
    {"tenth": serializers.IntegerField(help_text="1: the least popular"), "of_exposure": serializers.FloatField()},
)


class _RecordSerializer(serializers.Serializer):
    since = serializers.DateField()
    until = serializers.DateField()
    made_at = serializers.DateTimeField()


class PositionsSerializer(_RecordSerializer):
    positions = PositionSerializer(many=True)
    models = ModelRatesSerializer(many=True)


class OrdersSerializer(_RecordSerializer):
    values = OrderSerializer(many=True)
    note = serializers.CharField(allow_blank=True, help_text="why there are none")


class ExposureSerializer(_RecordSerializer):
    """Of papers announced in these days; where too few readers were shown any, `note` says so, without the rest."""

    places = serializers.IntegerField(help_text="an impression in so many first places is exposure")
    papers = serializers.IntegerField(help_text="on offer")
    note = serializers.CharField(allow_blank=True)
    readers = serializers.IntegerField(required=False)
    impressions = serializers.IntegerField(required=False)
    categories = CategorySerializer(many=True, required=False)
    first_time_authors = SharesSerializer(required=False)
    popularity_tenths = serializers.ListField(child=TenthSerializer, required=False)
    gini_of_exposure = serializers.FloatField(required=False)
    gini_of_popularity = serializers.FloatField(required=False)


class _ArmSerializer(serializers.Serializer):
    readers = serializers.IntegerField()
    days = serializers.IntegerField(help_text="on which a page showed them a ranking")
    up_votes = RateSerializer(help_text="for each of these days")
    down_votes = RateSerializer()
    clicks = RateSerializer()


class ExperimentSerializer(serializers.Serializer):
    """Readers divided between the model that serves and a challenger; outcomes are as of the last night."""

    id = serializers.CharField()
    challenger = serializers.CharField(help_text="a model of /api/v1/models/")
    share = serializers.FloatField(help_text="of the readers, those whom the challenger ranks for")
    is_running = serializers.BooleanField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_because = serializers.CharField(allow_null=True)
    arms = serializers.DictField(
        child=_ArmSerializer(), help_text="serving, challenger; empty where one has few readers"
    )
    differences = serializers.DictField(child=RateSerializer(), help_text="challenger less serving, a day")
    note = serializers.CharField(allow_blank=True)


class _Public(APIView):
    permission_classes = [AllowAny]


class PositionsView(_Public):
    """How often what pages show is opened and voted on."""

    @extend_schema(responses={200: PositionsSerializer, **NONE_YET})
    def get(self, request: Request) -> Response:
        """By place and by model, over the four weeks before the last night."""
        found = _newest()
        return Response(PositionsSerializer(_head(found) | found.figures).data)


class OrdersView(_Public):
    """What other orders would have earned."""

    @extend_schema(responses={200: OrdersSerializer, **NONE_YET})
    def get(self, request: Request) -> Response:
        """Off-policy estimates from the rankings that explored."""
        found = _newest()
        return Response(OrdersSerializer(_head(found) | found.figures["orders"]).data)


class ExposureView(_Public):
    """Whose papers are shown."""

    @extend_schema(responses={200: ExposureSerializer, **NONE_YET})
    def get(self, request: Request) -> Response:
        """By category, by first-time authors, by popularity, and the Gini coefficients."""
        found = _newest()
        return Response(ExposureSerializer(_head(found) | found.figures["exposure"]).data)


class ExperimentsView(_Public):
    """Models against each other."""

    @extend_schema(responses=ExperimentSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The ten newest, with what came of them."""
        return Response(ExperimentSerializer(record.experiments(record.newest()), many=True).data)


def _newest() -> Evidence:
    found = record.newest()
    if found is None:
        raise NotFound("nothing has been counted yet; it is done once a night")
    return found


def _head(found: Evidence) -> dict[str, Any]:
    return {"since": found.figures["since"], "until": found.day, "made_at": found.made_at}


class ModelsView(generics.ListAPIView[TrainedModel]):
    """The public record of nightly models: figures and verdicts, refused ones included."""

    permission_classes = [AllowAny]
    serializer_class = TrainedModelSerializer
    queryset = TrainedModel.objects.all()


class StatusView(APIView):
    """What runs and how old it is."""

    permission_classes = [AllowAny]

    @extend_schema(responses=StatusSerializer)
    def get(self, request: Request) -> Response:
        return Response(StatusSerializer(status_now(timezone.now())).data)


PROBLEM = {"$ref": "#/components/schemas/Problem"}


class TrendSerializer(serializers.Serializer):
    position = serializers.IntegerField(source="entry.position")
    paper = PaperSerializer(source="entry.paper")
    score = serializers.FloatField(
        source="trend.score", help_text="weight of the votes for it, less those against it, less one standard error"
    )
    readers_for = serializers.IntegerField(source="trend.readers_for", help_text="whose votes count")
    readers_against = serializers.IntegerField(source="trend.readers_against")


class TrendingSerializer(serializers.Serializer):
    window = serializers.ChoiceField(list(WINDOWS))
    count = serializers.IntegerField()
    results = TrendSerializer(many=True)


class TrendingView(APIView):
    """What readers vote for now."""

    permission_classes = [AllowAny]

    @extend_schema(
        parameters=[OpenApiParameter("window", {"type": "string", "enum": list(WINDOWS), "default": "week"})],
        responses={
            200: TrendingSerializer,
            (400, PROBLEM_TYPE): OpenApiResponse(PROBLEM, "no such window"),
        },
    )
    def get(self, request: Request) -> Response:
        """At most 50 papers, the best first; the page of the same name states how votes are counted."""
        window = request.query_params.get("window", "week")
        if window not in WINDOWS:
            raise Problem("window", window, f"a window is {', '.join(WINDOWS)}")
        found = trending(window, timezone.now(), None)
        answer: dict[str, Any] = {"window": window, "count": len(found), "results": found}
        return Response(TrendingSerializer(answer, context={"request": request}).data)
