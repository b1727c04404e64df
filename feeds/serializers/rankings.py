"""The JSON of votes, rankings, models and the site's status."""

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer, inline_serializer
from rest_framework import serializers

from feeds import wording
from feeds.entries import Entry
from feeds.models import Fetch
from recommender.models import NightStep, Ranking, TrainedModel, Vote
from recommender.ranking.reasons import Placement, Reason

from .fields import StrictSerializer, VoteValueField
from .papers import PaperSerializer


@extend_schema_serializer(component_name="Cast")
class VoteRequestSerializer(StrictSerializer):
    """Your vote on a paper."""

    value = VoteValueField()


@extend_schema_serializer(component_name="Outcome")
class VoteOutcomeSerializer(serializers.Serializer):
    """Your vote after the request, and before it."""

    value = serializers.IntegerField(help_text="1, -1, or 0 for no vote.")
    previous = serializers.IntegerField(help_text="Your vote before this request. 0 if there was none.")
    voted_at = serializers.DateTimeField(allow_null=True)


class MyVoteSerializer(serializers.ModelSerializer[Vote]):
    """One of your votes."""

    paper_id = serializers.CharField(source="paper.public_id")
    title = serializers.CharField(source="paper.title")

    class Meta:
        model = Vote
        fields = ["paper_id", "title", "value", "voted_at"]


class ReasonSerializer(serializers.Serializer):
    """A reason for a paper's score: one of your votes, one of your interests, or what readers like in general."""

    kind = serializers.ChoiceField(["your_vote", "interest", "popular"])
    paper_id = serializers.CharField(allow_null=True)
    title = serializers.CharField(allow_null=True)
    vote = serializers.IntegerField(allow_null=True)
    text = serializers.CharField(allow_null=True)
    effect = serializers.FloatField(help_text="The score minus the score without this vote or interest.")

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


ExplorationSerializer = inline_serializer(  # inline, because the keyword `is` cannot be an attribute of a class
    "Exploration",
    {
        "is": serializers.BooleanField(source="by_chance", help_text="Whether the paper is in this place at random."),
        "propensity": serializers.FloatField(
            help_text="The probability of this paper in this place, given the papers in the places before it. 1 in a "
            "ranking without exploration."
        ),
    },
)


class PlacedBecauseSerializer(serializers.Serializer[Placement]):
    """Why a paper's place is not the one of its score."""

    kind = serializers.ChoiceField(
        ["interest", "variety", "near_duplicate", "newer"],
        help_text="`interest`: one of your interests has its share. `near_duplicate`: moved down, away from a paper "
        "that is almost the same; `variety`: moved up past such a paper. `newer`: newer papers are boosted.",
    )
    text = serializers.CharField(help_text="The same in words.")

    def to_representation(self, placed: Placement) -> Any:
        return {"kind": placed.kind, "text": wording.placement(placed)}


class EntrySerializer(serializers.Serializer[Entry]):
    """A place in a ranking."""

    position = serializers.IntegerField()
    paper = PaperSerializer()
    score = serializers.FloatField(
        allow_null=True,
        help_text="Scores compare papers for one reader only. The order follows them, except where `placed_because` "
        "or `exploration` says why not. Null in an order by time.",
    )
    exploration = ExplorationSerializer
    placed_because = PlacedBecauseSerializer(
        allow_null=True,
        help_text="Why the place is not that of the score: what moved the paper up or, as a near-duplicate, down. "
        "Null if the score alone decided.",
    )
    why = ReasonSerializer(many=True, required=False, help_text="Left out with `explain=false`.")
    my_vote = serializers.IntegerField(help_text="1, -1, or 0 for no vote.")

    def to_representation(self, entry: Entry) -> Any:
        fields, chance, placed = self.fields, entry.exploration, entry.placed_because
        row = {
            "position": entry.position,
            "paper": fields["paper"].to_representation(entry.paper),
            "score": None if entry.score is None else float(entry.score),
            "exploration": {"is": chance.by_chance, "propensity": chance.propensity},
            "placed_because": placed and fields["placed_because"].to_representation(placed),
            "why": fields["why"].to_representation(entry.why),
            "my_vote": entry.my_vote,
        }
        return row if self.context.get("explain", True) else {name: row[name] for name in row if name != "why"}


class ModelReferenceSerializer(serializers.ModelSerializer[TrainedModel]):
    """A trained model."""

    id = serializers.CharField(source="version")

    class Meta:
        model = TrainedModel
        fields = ["id", "trained_at"]


class FeedSerializer(serializers.Serializer):
    """A ranking and one page of its entries."""

    ranking_id = serializers.CharField(source="ranking.public_id")
    day = serializers.DateField(source="ranking.day", help_text="The last day of the papers in the ranking.")
    first_day = serializers.DateField(
        source="ranking.first_day",
        allow_null=True,
        help_text="The first day of the papers in the ranking. Null for a ranking of one day.",
    )
    category = serializers.CharField(
        source="ranking.category", help_text="The category of the papers in the ranking. Empty for all categories."
    )
    mode = serializers.ChoiceField(Ranking.Mode.choices, source="ranking.mode")
    mode_reason = serializers.CharField(allow_null=True, help_text="Why the mode is not `hybrid`.")
    model = ModelReferenceSerializer(source="ranking.model", allow_null=True)
    includes_votes_until = serializers.DateTimeField(source="ranking.includes_votes_until", allow_null=True)
    count = serializers.IntegerField(help_text="Number of places on all pages.")
    next = serializers.URLField(allow_null=True)
    results = EntrySerializer(many=True)


class SimulatedFeedSerializer(FeedSerializer):
    """A simulated ranking. It is not stored, so it has no ID and no further pages."""

    ranking_id = serializers.CharField(allow_null=True, default=None, help_text="Always null.")
    next = serializers.URLField(allow_null=True, default=None, help_text="Always null.")

    def to_representation(self, page: Any) -> Any:
        return super().to_representation(page) | {"ranking_id": None, "next": None}


class WhySerializer(serializers.Serializer):
    """One place of a ranking, with all of its reasons."""

    ranking_id = serializers.CharField(source="ranking.public_id")
    day = serializers.DateField(source="ranking.day")
    mode = serializers.ChoiceField(Ranking.Mode.choices, source="ranking.mode")
    mode_reason = serializers.CharField(allow_null=True, help_text="Why the mode is not `hybrid`.")
    model = ModelReferenceSerializer(source="ranking.model", allow_null=True)
    count = serializers.IntegerField(help_text="Number of places in the ranking.")
    entry = EntrySerializer()


class DaySerializer(serializers.Serializer):
    """A day with papers."""

    day = serializers.DateField()
    papers = serializers.IntegerField(help_text="Number of papers.")


class FigureSerializer(serializers.Serializer):
    """A mean over readers with its 95% bootstrap interval."""

    mean = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class DifferencesSerializer(serializers.Serializer):
    """NDCG@10 of the candidate minus that of another system, paired by reader."""

    popularity = FigureSerializer()
    recency = FigureSerializer()
    content = FigureSerializer()
    yesterday = FigureSerializer(
        required=False, help_text="Compared with the finished model if `yesterday_is` is `seen`."
    )


class MetricsSerializer(serializers.Serializer):
    """NDCG@10 of the night's systems on the hidden votes. A model that was not judged has none of these figures."""

    passed = serializers.BooleanField(required=False)
    candidate = FigureSerializer(required=False, help_text="The recipe, trained without the hidden votes.")
    finished = FigureSerializer(required=False, help_text="The model that would serve, trained with the hidden votes.")
    yesterday = FigureSerializer(required=False, help_text="The serving model. See `yesterday_is`.")
    content = FigureSerializer(required=False, help_text="The recipe without anything learned from other readers.")
    popularity = FigureSerializer(required=False)
    recency = FigureSerializer(required=False)
    differences = DifferencesSerializer(required=False)
    yesterday_is = serializers.ChoiceField(
        ["blind", "seen", "again"],
        required=False,
        allow_null=True,
        help_text="How the serving model was judged. `blind`: it had not seen the hidden votes. `again`: its settings "
        "were trained again without them. `seen`: it had seen them, and was compared with the finished model; only in "
        "earlier records. Null: there was none, or one that has seen them and has the same settings.",
    )
    split = serializers.CharField(required=False, help_text="Which votes were hidden.")
    readers = serializers.IntegerField(required=False)
    papers = serializers.IntegerField(required=False)
    days = serializers.IntegerField(required=False)
    by_hand = serializers.CharField(required=False, help_text="Why an operator overruled the verdict.")


@extend_schema_field(MetricsSerializer)
class MetricsField(serializers.DictField):
    """The figures as recorded, whatever version judged the model."""


class TrainedModelSerializer(serializers.ModelSerializer[TrainedModel]):
    """A model trained at night, with its verdict."""

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
    """A step of a nightly run."""

    summary = serializers.DictField()

    class Meta:
        model = NightStep
        fields = ["day", "step", "state", "attempts", "started_at", "finished_at", "summary"]


FreshnessSerializer = inline_serializer(  # inline, because a field has attributes `source` and `label` already
    "Freshness",
    {
        "source": serializers.CharField(),
        "label": serializers.CharField(),
        "last_success_at": serializers.DateTimeField(allow_null=True),
        "newest_day": serializers.DateField(allow_null=True),
        "age_seconds": serializers.IntegerField(allow_null=True, help_text="Seconds since the last successful fetch."),
        "promise": serializers.CharField(),
        "is_late": serializers.BooleanField(),
        "message": serializers.CharField(),
    },
    many=True,
    help_text="The sources that are turned on.",
)


class FetchSerializer(serializers.ModelSerializer[Fetch]):
    """A fetch of one day from one source."""

    summary = serializers.DictField()

    class Meta:
        model = Fetch
        fields = ["source", "day", "state", "attempts", "tried_at", "finished_at", "next_at", "summary"]


class StatusSerializer(serializers.Serializer):
    """The state of the site: papers, sources, the serving model, and recent nights."""

    papers = serializers.IntegerField()
    last_day = serializers.DateField(allow_null=True)
    catalogue_as_of = serializers.DateTimeField(allow_null=True)
    sources = FreshnessSerializer
    fetches = FetchSerializer(many=True, help_text="Fetches of the last seven days, newest first.")
    model = ModelReferenceSerializer(allow_null=True)
    model_reason = serializers.CharField(allow_blank=True)
    models = serializers.IntegerField()
    refused_in_a_row = serializers.IntegerField(help_text="Number of models refused since the last one was promoted.")
    nights = NightStepSerializer(many=True)
