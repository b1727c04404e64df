"""REST: mutes, taste, what-if, onboarding questions and starting over."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import generics, serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from accounts.models import Mute
from feeds.entries import add_provenance
from feeds.http.authentication import reader_of
from feeds.http.problems import PROBLEM_TYPE
from feeds.serializers.papers import PaperSerializer
from feeds.serializers.taste import (
    ForgottenSerializer,
    MuteSerializer,
    ResetSerializer,
    TasteSerializer,
    WhatIfSerializer,
    WishToTrySerializer,
)
from recommender import mutes
from recommender.models import Paper
from recommender.mutes import with_counts
from recommender.paper_ids import canonical
from recommender.ranking.onboarding import MOST_SKIPPED, PaperQuestion, Questionnaire, next_questions
from recommender.ranking.rank import latest_day
from recommender.ranking.taste import learned_taste
from recommender.ranking.what_if import what_if
from recommender.reset import forget
from recommender.spans import pool_of

COUNT, MOST = 5, 20


class NextSerializer(serializers.Serializer):
    """What was asked without an answer, and how many questions are wanted."""

    count = serializers.IntegerField(min_value=1, max_value=MOST, default=COUNT, help_text="questions in the answer")
    skipped = serializers.ListField(
        child=serializers.CharField(max_length=64),
        max_length=MOST_SKIPPED,
        default=list,
        help_text="ids of papers that you were asked about and have no vote on; they are not asked about again",
    )

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (others := [str(name)[:100] for name in data if name not in self.fields]):
            raise serializers.ValidationError({name: ["what can be set: count, skipped"] for name in others[:20]})
        return super().to_internal_value(data)

    def validate_skipped(self, names: list[str]) -> list[int]:
        wanted = {name: canonical(name) for name in names}
        known = dict(Paper.objects.filter(public_id__in=wanted.values()).values_list("public_id", "pk"))
        missing = [name for name, public_id in wanted.items() if public_id not in known]
        if missing:
            message = f"{missing[0]} is not in the catalogue; name papers that you were asked about"
            raise serializers.ValidationError(message)
        return list(known.values())


class QuestionSerializer(serializers.Serializer[PaperQuestion]):
    paper = PaperSerializer()
    reason = serializers.CharField(help_text="why this paper, from the quantities that chose it")


class AskingSerializer(serializers.Serializer[Questionnaire]):
    answered = serializers.IntegerField(help_text="how many votes you have")
    by_model = serializers.BooleanField(help_text="false: the popular papers of different categories instead")
    note = serializers.CharField(help_text="why no model chose the papers; empty when one did")
    questions = QuestionSerializer(many=True)


class NextQuestionsView(APIView):
    """The papers whose votes would teach most about your taste in the newest papers."""

    @extend_schema(request=NextSerializer, responses=AskingSerializer)
    def post(self, request: Request) -> Response:
        """Changes nothing; answer by voting on the papers, and name those you passed over in `skipped`."""
        wanted = NextSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        given = wanted.validated_data
        asking = next_questions(reader_of(request), given["skipped"], given["count"], timezone.now().date())
        add_provenance(asked.paper for asked in asking.questions)
        return Response(AskingSerializer(asking, context={"request": request}).data)


PROBLEM = {"$ref": "#/components/schemas/Problem"}


class MutesView(generics.ListCreateAPIView[Mute]):
    """What stays out of your rankings, at most 100; papers with it can still be found."""

    serializer_class = MuteSerializer
    queryset = Mute.objects.none()

    def get_queryset(self) -> QuerySet[Mute]:
        return reader_of(self.request).mutes.all()

    def paginate_queryset(self, queryset: Any) -> Any:
        return _counted_today(super().paginate_queryset(queryset) or [])

    def perform_create(self, serializer: BaseSerializer[Mute]) -> None:
        [serializer.instance] = _counted_today([mutes.add(reader_of(self.request), **serializer.validated_data)])


class MuteDetailView(generics.RetrieveDestroyAPIView[Mute]):
    """One of your mutes."""

    serializer_class = MuteSerializer
    queryset = Mute.objects.none()
    lookup_url_kwarg = "id"

    def get_queryset(self) -> QuerySet[Mute]:
        return reader_of(self.request).mutes.all()

    def get_object(self) -> Mute:
        [found] = _counted_today([super().get_object()])
        return found


class MyTasteView(APIView):
    """What was learned of me."""

    @extend_schema(responses=TasteSerializer)
    def get(self, request: Request) -> Response:
        """In words: what raises and lowers a paper, what counts most, separate interests."""
        return Response(TasteSerializer(learned_taste(reader_of(request), timezone.now().date())).data)


class TryVoteView(APIView):
    """What a vote would change."""

    @extend_schema(
        request=WishToTrySerializer,
        responses={200: WhatIfSerializer, (404, PROBLEM_TYPE): OpenApiResponse(PROBLEM, "there are no papers yet")},
    )
    def post(self, request: Request) -> Response:
        """The first 20 of the newest day as they are and as they would be; changes nothing."""
        wish = WishToTrySerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        day = latest_day(timezone.now().date())
        if day is None:
            raise NotFound("the catalogue is empty; import papers first")
        asked = wish.validated_data
        return Response(WhatIfSerializer(what_if(reader_of(request), asked["paper_id"], asked["value"], day)).data)


class ResetView(APIView):
    """Starting over."""

    @extend_schema(request=ResetSerializer, responses=ForgottenSerializer)
    def post(self, request: Request) -> Response:
        """Forget my votes, interests, mutes or all of them, for good; settings, tokens and collections stay.

        What was learned follows at once in my own rankings, and with the next model in everybody's.
        """
        asked = ResetSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        gone = forget(reader_of(request), wanted["what"], keep_history=wanted["keep_history"])
        return Response(ForgottenSerializer(gone).data)


def _counted_today(found: Iterable[Mute]) -> list[Mute]:
    day = latest_day(timezone.now().date())
    return with_counts(found, pool_of(day)) if day else list(found)
