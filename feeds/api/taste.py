"""REST: onboarding questions, mutes, my learned profile, tried votes and resets."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_serializer, extend_schema_view
from rest_framework import generics, serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from accounts.models import Mute
from feeds.entries import add_provenance
from feeds.http.authentication import reader_of
from feeds.http.idempotency import KEY_PARAMETER, REUSED, idempotent
from feeds.serializers.fields import StrictSerializer
from feeds.serializers.papers import PaperSerializer
from feeds.serializers.taste import (
    MuteSerializer,
    ResetReportSerializer,
    ResetSerializer,
    TasteSerializer,
    TriedVoteRequestSerializer,
    WhatIfSerializer,
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

from .problem_responses import problem_response

COUNT, MOST = 5, 20  # questions


@extend_schema_serializer(component_name="Next")
class QuestionsRequestSerializer(StrictSerializer):
    """How many questions to return, and the papers to leave out."""

    count = serializers.IntegerField(
        min_value=1, max_value=MOST, default=COUNT, help_text="Number of questions to return."
    )
    skipped = serializers.ListField(
        child=serializers.CharField(max_length=64),
        max_length=MOST_SKIPPED,
        default=list,
        help_text="IDs of papers from earlier questions that you did not vote on. They are not asked about again.",
    )

    def validate_skipped(self, names: list[str]) -> list[int]:
        public_ids = {name: canonical(name) for name in names}
        pks = dict(Paper.objects.filter(public_id__in=public_ids.values()).values_list("public_id", "pk"))
        missing = [name for name, public_id in public_ids.items() if public_id not in pks]
        if missing:
            raise serializers.ValidationError(
                f"{missing[0]} is not in the catalogue; send IDs of papers from earlier questions"
            )
        return list(pks.values())


class QuestionSerializer(serializers.Serializer[PaperQuestion]):
    """A paper to vote on."""

    paper = PaperSerializer()
    reason = serializers.CharField(help_text="Why this paper was chosen.")


@extend_schema_serializer(component_name="Asking")
class QuestionnaireSerializer(serializers.Serializer[Questionnaire]):
    """The papers whose votes would teach the most about you."""

    answered = serializers.IntegerField(help_text="Number of votes you have.")
    by_model = serializers.BooleanField(
        help_text="If false, no model chose the papers; they are the popular papers of different categories."
    )
    note = serializers.CharField(help_text="Why no model chose the papers. Empty if one did.")
    questions = QuestionSerializer(many=True)


class NextQuestionsView(APIView):
    """Onboarding questions: the papers whose votes would teach the most about your taste in the newest papers."""

    @extend_schema(request=QuestionsRequestSerializer, responses=QuestionnaireSerializer)
    def post(self, request: Request) -> Response:
        """Retrieve the next questions. This changes nothing.

        Answer by voting on the papers. Send the papers that you passed over in `skipped`.
        """
        serializer = QuestionsRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields = serializer.validated_data
        questionnaire = next_questions(reader_of(request), fields["skipped"], fields["count"], timezone.now().date())
        add_provenance(question.paper for question in questionnaire.questions)
        return Response(QuestionnaireSerializer(questionnaire, context={"request": request}).data)


@extend_schema_view(
    get=extend_schema(description="List your mutes."),
    post=extend_schema(
        parameters=[KEY_PARAMETER],
        responses={201: MuteSerializer, **REUSED},
        description="Keep papers with a word, author or category out of your rankings. Search still finds them. You "
        "can have at most 100 mutes.",
    ),
)
class MutesView(generics.ListCreateAPIView[Mute]):
    """Your mutes."""

    serializer_class = MuteSerializer
    queryset = Mute.objects.none()

    def get_queryset(self) -> QuerySet[Mute]:
        return reader_of(self.request).mutes.all()

    @idempotent
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().post(request, *args, **kwargs)

    def paginate_queryset(self, queryset: Any) -> Any:
        return _counted_today(super().paginate_queryset(queryset) or [])

    def perform_create(self, serializer: BaseSerializer[Mute]) -> None:
        [serializer.instance] = _counted_today([mutes.add(reader_of(self.request), **serializer.validated_data)])


@extend_schema_view(
    get=extend_schema(description="Retrieve a mute."), delete=extend_schema(description="Remove a mute.")
)
class MuteDetailView(generics.RetrieveDestroyAPIView[Mute]):
    """One of your mutes."""

    serializer_class = MuteSerializer
    queryset = Mute.objects.none()
    lookup_url_kwarg = "id"

    def get_queryset(self) -> QuerySet[Mute]:
        return reader_of(self.request).mutes.all()

    def get_object(self) -> Mute:
        [mute] = _counted_today([super().get_object()])
        return mute


def _counted_today(mine: Iterable[Mute]) -> list[Mute]:
    """The mutes with the number of papers of the newest day that each hides."""
    day = latest_day(timezone.now().date())
    return with_counts(mine, pool_of(day)) if day else list(mine)


class MyTasteView(APIView):
    """What was learned about you."""

    @extend_schema(responses=TasteSerializer)
    def get(self, request: Request) -> Response:
        """Retrieve what raises and lowers papers for you, your strongest votes, and your separate interests."""
        return Response(TasteSerializer(learned_taste(reader_of(request), timezone.now().date())).data)


class TryVoteView(APIView):
    """What a vote would change."""

    @extend_schema(
        request=TriedVoteRequestSerializer,
        responses={
            200: WhatIfSerializer,
            **problem_response(404, "There are no papers yet."),
        },
    )
    def post(self, request: Request) -> Response:
        """Compare the first 20 places of the newest day with and without a vote. Nothing is saved."""
        serializer = TriedVoteRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        day = latest_day(timezone.now().date())
        if day is None:
            raise NotFound("the catalogue is empty; import papers first")
        vote = serializer.validated_data
        return Response(WhatIfSerializer(what_if(reader_of(request), vote["paper_id"], vote["value"], day)).data)


class ResetView(APIView):
    """Start over."""

    @extend_schema(
        parameters=[KEY_PARAMETER], request=ResetSerializer, responses={200: ResetReportSerializer, **REUSED}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Delete your votes, interests or mutes. This cannot be undone.

        Your settings, tokens and collections are kept. Your own rankings change immediately, those of other readers
        with the next model.
        """
        serializer = ResetSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields = serializer.validated_data
        report = forget(reader_of(request), fields["what"], keep_history=fields["keep_history"])
        return Response(ResetReportSerializer(report).data)
