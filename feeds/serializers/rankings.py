"""The JSON of votes, rankings, models and the status."""

from typing import Any

from drf_spectacular.utils import extend_schema_field, inline_serializer
from rest_framework import serializers

from feeds.entries import Entry
from feeds.models import Fetch
from recommender.models import NightStep, Ranking, TrainedModel, Vote, VoteValue
from recommender.ranking.reasons import Reason

from .papers import PaperSerializer

WHAT_A_VOTE_IS = "a vote is the number 1 (up) or -1 (down)"


@extend_schema_field({"type": "integer", "enum": [1, -1]})
class VoteValueField(serializers.Field):
    """Exactly the number 1 or -1; not "1", not 1.0, not true."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int or data not in VoteValue.values:
            raise serializers.ValidationError(WHAT_A_VOTE_IS)
        return data

    def to_representation(self, value: int) -> int:
        return value


class CastSerializer(serializers.Serializer):
    value = VoteValueField(error_messages={"null": WHAT_A_VOTE_IS, "required": WHAT_A_VOTE_IS})

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (others := [str(name)[:100] for name in data if name != "value"]):
            raise serializers.ValidationError({name: ["a vote has one field: value"] for name in others[:20]})
        return super().to_internal_value(data)


class OutcomeSerializer(serializers.Serializer):
    value = serializers.IntegerField(help_text="1, -1, or 0 for no vote")
    previous = serializers.IntegerField(help_text="the vote before this request; 0 where there was none")
    voted_at = serializers.DateTimeField(allow_null=True)


class MyVoteSerializer(serializers.ModelSerializer[Vote]):
    paper_id = serializers.CharField(source="paper.public_id")
    title = serializers.CharField(source="paper.title")

    class Meta:
        model = Vote
        fields = ["paper_id", "title", "value", "voted_at"]


class ReasonSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(["your_vote", "interest", "popular"])
    paper_id = serializers.CharField(allow_null=True)
    title = serializers.CharField(allow_null=True)
    vote = serializers.IntegerField(allow_null=True)
    text = serializers.CharField(allow_null=True)
    effect = serializers.FloatField(help_text="the score minus the score without this vote or interest")

    def to_representation(self, reason: Reason) -> Any:
        paper = reason.paper
        return {
            "kind": reason.kind,
            "paper_id": paper.public_id if paper else None,
            "title": paper.title if paper else None,
            "vote": reason.vote or None,
            "text": reason.text or None,
            "effect": reason.effect,
        }


ExplorationSerializer = inline_serializer(  # `is` cannot be the name of an attribute of a class
    "Exploration",
    {
        "is": serializers.BooleanField(source="by_chance", help_text="whether chance put the paper in this place"),
        "propensity": serializers.FloatField(
            help_text="the probability of this paper in this place, given those in the places before; 1 in an order "
            "that chance has no part in"
        ),
    },
)


class EntrySerializer(serializers.Serializer[Entry]):
    position = serializers.IntegerField()
    paper = PaperSerializer()
    score = serializers.FloatField(
        allow_null=True,
        help_text="compares papers for one reader only. The order follows it, except where separate interests take "
        "turns, near-duplicates are moved apart, or a place explores",
    )
    exploration = ExplorationSerializer
    why = ReasonSerializer(many=True, required=False, help_text="not there with `explain=false`")
    my_vote = serializers.IntegerField(help_text="1, -1, or 0 for no vote")

    def to_representation(self, entry: Entry) -> Any:
        fields, chance = self.fields, entry.exploration
        row = {
            "position": entry.position,
            "paper": fields["paper"].to_representation(entry.paper),
            "score": None if entry.score is None else float(entry.score),
            "exploration": {"is": chance.by_chance, "propensity": chance.propensity},
            "why": fields["why"].to_representation(entry.why),
            "my_vote": entry.my_vote,
        }
        return row if self.context.get("explain", True) else {name: row[name] for name in row if name != "why"}


class ModelReferenceSerializer(serializers.ModelSerializer[TrainedModel]):
    id = serializers.CharField(source="version")

    class Meta:
        model = TrainedModel
        fields = ["id", "trained_at"]


class FeedSerializer(serializers.Serializer):
    """A ranking's head and one page of its entries."""

    ranking_id = serializers.CharField(source="ranking.public_id")
    day = serializers.DateField(source="ranking.day", help_text="the last day whose papers it orders")
    first_day = serializers.DateField(
        source="ranking.first_day", allow_null=True, help_text="the first of them; null where it is of one day"
    )
    category = serializers.CharField(source="ranking.category", help_text="whose papers it orders; empty for all")
    mode = serializers.ChoiceField(Ranking.Mode.choices, source="ranking.mode")
    mode_reason = serializers.CharField(allow_null=True, help_text="why the order is not the hybrid one")
    model = ModelReferenceSerializer(source="ranking.model", allow_null=True)
    includes_votes_until = serializers.DateTimeField(source="ranking.includes_votes_until", allow_null=True)
    count = serializers.IntegerField(help_text="places of all pages")
    next = serializers.URLField(allow_null=True)
    results = EntrySerializer(many=True)


class SimulatedFeedSerializer(FeedSerializer):
    """The head and the first entries of a ranking that is not kept, and so has neither an id nor further pages."""

    ranking_id = serializers.CharField(allow_null=True, default=None, help_text="always null")
    next = serializers.URLField(allow_null=True, default=None, help_text="always null")

    def to_representation(self, page: Any) -> Any:
        return super().to_representation(page) | {"ranking_id": None, "next": None}


class WhySerializer(serializers.Serializer):
    """One place of a ranking with every reason that there is."""

    ranking_id = serializers.CharField(source="ranking.public_id")
    day = serializers.DateField(source="ranking.day")
    mode = serializers.ChoiceField(Ranking.Mode.choices, source="ranking.mode")
    mode_reason = serializers.CharField(allow_null=True, help_text="why the order is not the hybrid one")
    model = ModelReferenceSerializer(source="ranking.model", allow_null=True)
    count = serializers.IntegerField(help_text="places of the ranking")
    entry = EntrySerializer()


class DaySerializer(serializers.Serializer):
    day = serializers.DateField()
    papers = serializers.IntegerField()


class FigureSerializer(serializers.Serializer):
    """A mean over readers with its 95 % bootstrap interval."""

    mean = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class DifferencesSerializer(serializers.Serializer):
    """NDCG@10 of the candidate less that of another system, paired by reader."""

    popularity = FigureSerializer()
    recency = FigureSerializer()
    content = FigureSerializer()
    yesterday = FigureSerializer(required=False, help_text="that of the finished model where yesterday_is seen")


class MetricsSerializer(serializers.Serializer):
    """NDCG@10 of the night's systems on the hidden votes; a model that was not judged has none of these figures."""

    passed = serializers.BooleanField(required=False)
    candidate = FigureSerializer(required=False, help_text="the recipe, trained without the hidden votes")
    finished = FigureSerializer(required=False, help_text="the model that would serve; it has seen the hidden votes")
    yesterday = FigureSerializer(required=False, help_text="the serving model; see yesterday_is")
    content = FigureSerializer(required=False, help_text="the recipe without anything learned from other readers")
    popularity = FigureSerializer(required=False)
    recency = FigureSerializer(required=False)
    differences = DifferencesSerializer(required=False)
    yesterday_is = serializers.ChoiceField(
        ["blind", "seen", "again"],
        required=False,
        allow_null=True,
        help_text="how the serving model took part: new to the hidden votes; having seen them, and compared with the "
        "finished model; its settings trained again without them; null: there was none",
    )
    split = serializers.CharField(required=False, help_text="which votes were hidden")
    readers = serializers.IntegerField(required=False)
    papers = serializers.IntegerField(required=False)
    days = serializers.IntegerField(required=False)
    by_hand = serializers.CharField(required=False, help_text="why an operator overruled the judge")


@extend_schema_field(MetricsSerializer)
class MetricsField(serializers.DictField):
    """As recorded, so that nights judged by earlier versions keep their figures."""


class TrainedModelSerializer(serializers.ModelSerializer[TrainedModel]):
    id = serializers.CharField(source="version")
    metrics = MetricsField()
    parameters = serializers.DictField()
    seconds = serializers.DictField()

    class Meta:
        model = TrainedModel
        fields = [
            "id", "day", "state", "trained_at", "promoted_at", "votes_until", "votes_seen", "readers_seen",
            "papers_seen", "parameters", "metrics", "seconds", "verdict",
        ]  # fmt: skip


class NightStepSerializer(serializers.ModelSerializer[NightStep]):
    summary = serializers.DictField()

    class Meta:
        model = NightStep
        fields = ["day", "step", "state", "attempts", "started_at", "finished_at", "summary"]


FreshnessSerializer = inline_serializer(  # `source` and `label` cannot be the names of attributes of a class
    "Freshness",
    {
        "source": serializers.CharField(),
        "label": serializers.CharField(),
        "last_success_at": serializers.DateTimeField(allow_null=True),
        "latest_day": serializers.DateField(allow_null=True),
        "age_seconds": serializers.IntegerField(allow_null=True, help_text="since it last gave a good answer"),
        "promise": serializers.CharField(),
        "is_late": serializers.BooleanField(),
        "message": serializers.CharField(),
    },
    many=True,
    help_text="those that are switched on",
)


class FetchSerializer(serializers.ModelSerializer[Fetch]):
    summary = serializers.DictField()

    class Meta:
        model = Fetch
        fields = ["source", "day", "state", "attempts", "tried_at", "finished_at", "next_at", "summary"]


class StatusSerializer(serializers.Serializer):
    papers = serializers.IntegerField()
    last_day = serializers.DateField(allow_null=True)
    catalogue_as_of = serializers.DateTimeField(allow_null=True)
    sources = FreshnessSerializer
    fetches = FetchSerializer(many=True, help_text="the ledger of the last seven days, the newest first")
    model = ModelReferenceSerializer(allow_null=True)
    model_reason = serializers.CharField(allow_blank=True)
    models = serializers.IntegerField()
    refused_in_a_row = serializers.IntegerField(help_text="nights since a model was last promoted, all refused")
    nights = NightStepSerializer(many=True)
