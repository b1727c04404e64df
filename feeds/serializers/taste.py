"""The JSON of mutes, learned profiles, tried votes and resets."""

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from accounts.models import Mute, MuteKind
from recommender.models import Paper, Ranking
from recommender.paper_ids import canonical
from recommender.ranking.taste import InterestGroup, LearnedTaste, Statement, Topic, Weight
from recommender.ranking.what_if import WhatIf, WhatIfPlace
from recommender.reset import PARTS, DeletedCounts

from .fields import StrictModelSerializer, StrictSerializer, TriedValueField, YesNoField
from .papers import NamedPaperSerializer


class MuteSerializer(StrictModelSerializer):
    """A mute, which keeps papers out of your rankings."""

    kind = serializers.ChoiceField(
        MuteKind.choices, error_messages={"invalid_choice": 'must be "category", "author" or "word"'}
    )
    text = serializers.CharField(
        max_length=100,
        help_text="A category such as `cs.CV`, or `cs` for all of its categories; an author's full name; or whole "
        "words of the title or abstract. Case and accents are ignored.",
    )
    hides_today = serializers.IntegerField(
        source="hides", read_only=True, help_text="Number of papers of the newest day that this mute hides."
    )

    class Meta:
        model = Mute
        fields = ["id", "kind", "text", "hides_today", "created_at"]
        read_only_fields = ["created_at"]


class SayingSerializer(serializers.Serializer[Statement]):
    """One of your votes or interests. A seed paper is an interest that has a paper."""

    paper = NamedPaperSerializer(allow_null=True, help_text="Null for other interests and for a removed paper.")
    vote = serializers.SerializerMethodField()
    interest_id = serializers.IntegerField(source="interest.pk", allow_null=True, default=None)
    interest = serializers.CharField(source="interest.text", allow_null=True, default=None)

    def get_vote(self, saying: Statement) -> int | None:
        """1 or -1. Null for an interest."""
        return saying.vote or None


class TopicSerializer(serializers.Serializer[Topic]):
    """A word, category or author that raises or lowers papers."""

    kind = serializers.ChoiceField(["word", "category", "author"])
    text = serializers.CharField()
    effect = serializers.FloatField(
        help_text="What it adds, summed over your votes and interests, to the score of a typical paper with it that "
        "nobody has voted on."
    )
    sources = SayingSerializer(many=True, help_text="The votes and interests that contribute most.")


class WeightSerializer(serializers.Serializer[Weight]):
    """How much one of your votes or interests counts."""

    said = SayingSerializer(source="saying")
    share = serializers.FloatField(
        help_text="Its share of the total effect of your votes and interests on the scores of the day."
    )
    moves_most = NamedPaperSerializer(source="moved", allow_null=True)
    effect = serializers.FloatField(help_text="Its effect on the score of the paper in `moves_most`.")


class GroupSerializer(serializers.Serializer[InterestGroup]):
    """One of your separate interests."""

    share = serializers.FloatField(
        help_text="Its share of what you like, and of the turns in the first places of your rankings."
    )
    size = serializers.IntegerField(help_text="Number of votes and interests in it.")
    words = serializers.ListField(child=serializers.CharField())
    examples = SayingSerializer(many=True)


class TasteSerializer(serializers.Serializer[LearnedTaste]):
    """What was learned about you. It follows entirely from your votes and interests."""

    day = serializers.DateField(
        allow_null=True, help_text="The newest day with papers, which the weights are computed for."
    )
    note = serializers.CharField(help_text="Why nothing was learned. Empty otherwise.")
    papers = serializers.IntegerField(
        help_text="Number of papers of that day used for the weights: all papers, or a sample if you have many votes."
    )
    raising = TopicSerializer(many=True)
    lowering = TopicSerializer(many=True)
    weights = WeightSerializer(many=True, help_text="Largest share first.")
    separate_interests = GroupSerializer(source="groups", many=True)


@extend_schema_serializer(component_name="WishToTry")
class TriedVoteRequestSerializer(StrictSerializer):
    """The vote to try."""

    paper_id = serializers.CharField(max_length=64)
    value = TriedValueField()

    def validate_paper_id(self, paper_id: str) -> Paper:
        paper = Paper.objects.filter(public_id=canonical(paper_id) or "").first()
        if paper is None:
            raise serializers.ValidationError("not in the catalogue; send the ID of a paper, such as 2607.21557")
        return paper


class TriedOrderSerializer(serializers.Serializer[Ranking]):
    """A ranking that was not stored."""

    mode = serializers.ChoiceField(Ranking.Mode.choices)
    mode_reason = serializers.SerializerMethodField()

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_mode_reason(self, ranking: Ranking) -> str | None:
        return ranking.mode_reason or None


class PlaceSerializer(serializers.Serializer[WhatIfPlace]):
    """A paper's place with the tried vote, compared with its place now."""

    position = serializers.IntegerField(source="place")
    before = serializers.IntegerField(allow_null=True, help_text="Its place now. Null if it has none.")
    moved = serializers.IntegerField(
        allow_null=True, help_text="Number of places it moves up. Negative if it moves down."
    )
    paper = NamedPaperSerializer()


class WhatIfSerializer(serializers.Serializer[WhatIf]):
    """The first places as they are, and as they would be with the vote. Nothing was saved."""

    paper = NamedPaperSerializer()
    value = serializers.IntegerField(help_text="The tried vote. 0 for no vote.")
    now = serializers.IntegerField(help_text="Your current vote. 0 for no vote.")
    day = serializers.DateField()
    before = TriedOrderSerializer()
    after = TriedOrderSerializer()
    first_before = NamedPaperSerializer(many=True)
    first_after = PlaceSerializer(many=True)


class ResetSerializer(StrictSerializer):
    """What to forget."""

    what = serializers.ListField(
        child=serializers.ChoiceField(PARTS, error_messages={"invalid_choice": f"must be one of {', '.join(PARTS)}"}),
        allow_empty=False,
        max_length=len(PARTS),
        help_text="What to forget. Nothing else is changed.",
    )
    keep_history = YesNoField(
        default=False,
        help_text="If true, the history of your votes and your past rankings are kept. Nothing is learned from them.",
    )


@extend_schema_serializer(component_name="Forgotten")
class ResetReportSerializer(serializers.Serializer[DeletedCounts]):
    """The number of objects deleted by a reset."""

    votes = serializers.IntegerField()
    interests = serializers.IntegerField()
    mutes = serializers.IntegerField()
    rankings = serializers.IntegerField(help_text="Past rankings.")
