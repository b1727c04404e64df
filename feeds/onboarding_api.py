"""The REST API's questions for newcomers: which papers to vote on next, and why."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from recommender.models import Paper
from recommender.paper_ids import canonical
from recommender.ranking.onboarding import MOST_SKIPPED, Asked, Asking, ask

from .http.authentication import reader_of
from .provenance import add_provenance
from .serializers.papers import PaperSerializer

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


class QuestionSerializer(serializers.Serializer[Asked]):
    paper = PaperSerializer()
    reason = serializers.CharField(help_text="why this paper, from the quantities that chose it")


class AskingSerializer(serializers.Serializer[Asking]):
    answered = serializers.IntegerField(help_text="how many votes you have")
    by_model = serializers.BooleanField(help_text="false: the popular papers of different categories instead")
    note = serializers.CharField(help_text="why no model chose the papers; empty when one did")
    questions = QuestionSerializer(many=True)


class NextQuestions(APIView):
    """The papers whose votes would teach most about your taste in the newest papers."""

    @extend_schema(request=NextSerializer, responses=AskingSerializer)
    def post(self, request: Request) -> Response:
        """Changes nothing; answer by voting on the papers, and name those you passed over in `skipped`."""
        wanted = NextSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        given = wanted.validated_data
        asking = ask(reader_of(request), given["skipped"], given["count"], timezone.now().date())
        add_provenance(asked.paper for asked in asking.questions)
        return Response(AskingSerializer(asking, context={"request": request}).data)
