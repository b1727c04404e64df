"""The JSON of mutes, of what was learned, and of a vote that is only tried."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Mute, MuteKind
from recommender.models import Paper, Ranking
from recommender.paper_ids import canonical
from recommender.ranking.taste import InterestGroup, LearnedTaste, Statement, Topic, Weight
from recommender.ranking.what_if import WhatIf, WhatIfPlace
from recommender.reset import PARTS, DeletedCounts

from .account import StrictSerializer, YesNoField
from .papers import NamedPaperSerializer

WHAT_IS_TRIED = "a vote to try is the number 1 (up), -1 (down) or 0 (none)"


class MuteSerializer(StrictSerializer):
    kind = serializers.ChoiceField(
        MuteKind.choices, error_messages={"invalid_choice": 'a kind is "category", "author" or "word"'}
    )
    text = serializers.CharField(
        max_length=100,
        help_text="a category such as cs.CV, or cs for all in it; an author's full name; whole words of title or "
        "abstract. Capitals and accents make no difference",
    )
    hides_today = serializers.IntegerField(
        source="hides", read_only=True, help_text="how many papers of the newest day it hides, alone"
    )

    class Meta:
        model = Mute
        fields = ["id", "kind", "text", "hides_today", "created_at"]
        read_only_fields = ["created_at"]


class SayingSerializer(serializers.Serializer[Statement]):
    """A vote, or an interest; a seed paper is an interest with its paper."""

    paper = NamedPaperSerializer(allow_null=True, help_text="null for an interest in words, or where it has left")
    vote = serializers.SerializerMethodField()
    interest_id = serializers.IntegerField(source="interest.pk", allow_null=True, default=None)
    interest = serializers.CharField(source="interest.text", allow_null=True, default=None)

    def get_vote(self, saying: Statement) -> int | None:
        """1 or -1; null for an interest."""
        return saying.vote or None


class TopicSerializer(serializers.Serializer[Topic]):
    kind = serializers.ChoiceField(["word", "category", "author"])
    text = serializers.CharField()
    effect = serializers.FloatField(
        help_text="what it adds to the score of a paper that nobody has voted on and that has it as much as papers "
        "that have it do; a sum over your votes and interests"
    )
    sources = SayingSerializer(many=True, help_text="those that it comes from most")


class WeightSerializer(serializers.Serializer[Weight]):
    said = SayingSerializer(source="saying")
    share = serializers.FloatField(help_text="of all that your votes and interests do to the scores of the day")
    moves_most = NamedPaperSerializer(source="moved", allow_null=True)
    effect = serializers.FloatField(help_text="on the score of that paper")


class GroupSerializer(serializers.Serializer[InterestGroup]):
    share = serializers.FloatField(help_text="of what you like; in the first places it takes so much of the turns")
    size = serializers.IntegerField(help_text="votes and interests in it")
    words = serializers.ListField(child=serializers.CharField())
    examples = SayingSerializer(many=True)


class TasteSerializer(serializers.Serializer[LearnedTaste]):
    """What was learned of you. Everything follows from the votes and interests that are named."""

    day = serializers.DateField(allow_null=True, help_text="the newest day with papers; weights are about its papers")
    note = serializers.CharField(help_text="why nothing was learned; empty where something was")
    papers = serializers.IntegerField(help_text="of that day that weights are about: all, or for many votes a sample")
    raising = TopicSerializer(many=True)
    lowering = TopicSerializer(many=True)
    weights = WeightSerializer(many=True, help_text="the strongest first")
    separate_interests = GroupSerializer(source="groups", many=True)


@extend_schema_field({"type": "integer", "minimum": -1, "maximum": 1})
class TriedValueField(serializers.Field):
    """Exactly the number 1, -1 or 0."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int or data not in (1, -1, 0):
            raise serializers.ValidationError(WHAT_IS_TRIED)
        return data

    def to_representation(self, value: int) -> int:
        return value


class WishToTrySerializer(serializers.Serializer):
    """The vote to try."""

    paper_id = serializers.CharField(max_length=64)
    value = TriedValueField(error_messages={"null": WHAT_IS_TRIED, "required": WHAT_IS_TRIED})

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (others := [str(name)[:100] for name in data if name not in self.fields]):
            raise serializers.ValidationError({name: ["what can be set: paper_id, value"] for name in others[:20]})
        return super().to_internal_value(data)

    def validate_paper_id(self, name: str) -> Paper:
        paper = Paper.objects.filter(public_id=canonical(name) or "").first()
        if paper is None:
            raise serializers.ValidationError("this paper is not in the catalogue; write an id such as 2607.21557")
        return paper


class TriedOrderSerializer(serializers.Serializer[Ranking]):
    """An order that was not kept."""

    mode = serializers.ChoiceField(Ranking.Mode.choices)
    mode_reason = serializers.SerializerMethodField()

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_mode_reason(self, ranking: Ranking) -> str | None:
        return ranking.mode_reason or None


class PlaceSerializer(serializers.Serializer[WhatIfPlace]):
    position = serializers.IntegerField(source="place")
    before = serializers.IntegerField(allow_null=True, help_text="its place now; null where it has none")
    moved = serializers.IntegerField(allow_null=True, help_text="how many places up; negative is down")
    paper = NamedPaperSerializer()


class WhatIfSerializer(serializers.Serializer[WhatIf]):
    """The first places as they are and as they would be. Nothing was saved."""

    paper = NamedPaperSerializer()
    value = serializers.IntegerField(help_text="the vote that was tried; 0 for none")
    now = serializers.IntegerField(help_text="your vote as it is; 0 for none")
    day = serializers.DateField()
    before = TriedOrderSerializer()
    after = TriedOrderSerializer()
    first_before = NamedPaperSerializer(many=True)
    first_after = PlaceSerializer(many=True)


class ResetSerializer(serializers.Serializer):
    """What is to be forgotten."""

    what = serializers.ListField(
        child=serializers.ChoiceField(
            PARTS, error_messages={"invalid_choice": f"what can be forgotten is {', '.join(PARTS)}"}
        ),
        allow_empty=False,
        max_length=len(PARTS),
        help_text="nothing is forgotten that is not named",
    )
    keep_history = YesNoField(
        default=False, help_text="whether the history of votes and past rankings stay; nothing is learned from them"
    )

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (others := [str(name)[:100] for name in data if name not in self.fields]):
            raise serializers.ValidationError({name: ["what can be set: what, keep_history"] for name in others[:20]})
        return super().to_internal_value(data)


class ForgottenSerializer(serializers.Serializer[DeletedCounts]):
    """How much went."""

    votes = serializers.IntegerField()
    interests = serializers.IntegerField()
    mutes = serializers.IntegerField()
    rankings = serializers.IntegerField(help_text="past rankings")
