"""The JSON of readers, interests and tokens."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import MOST_EXPLORATION, AuthToken, Interest, InterestKind, User
from recommender import mutes
from recommender.input_text import one_line


class StrictSerializer(serializers.ModelSerializer):
    """Refuses what it would otherwise ignore in silence: unknown fields and those that cannot be set."""

    def to_internal_value(self, data: Any) -> Any:
        settable = {name for name, field in self.fields.items() if not field.read_only}
        if isinstance(data, dict) and (refused := [str(name) for name in data if name not in settable]):
            message = f"this cannot be set here; what can: {', '.join(sorted(settable))}"
            raise serializers.ValidationError({name[:100]: [message] for name in refused[:20]})
        return super().to_internal_value(data)


class OneLineField(serializers.CharField):
    """Text on one line, white space collapsed, without control characters."""

    def to_internal_value(self, data: Any) -> str:
        return one_line(super().to_internal_value(data))


class _ShareField(serializers.Field):
    """A number from 0 to `most`; not "0.1", not true."""

    what: str
    most: float

    def to_internal_value(self, data: Any) -> float:
        if type(data) not in (int, float) or not 0 <= data <= self.most:
            raise serializers.ValidationError(f"{self.what} is a number from 0 to {self.most:g}")
        return float(data)

    def to_representation(self, value: float) -> float:
        return value


@extend_schema_field({"type": "number", "minimum": 0, "maximum": MOST_EXPLORATION})
class ExplorationField(_ShareField):
    what, most = "the share of exploration", MOST_EXPLORATION


@extend_schema_field({"type": "number", "minimum": 0, "maximum": 1})
class FreshnessField(_ShareField):
    what, most = "freshness", 1.0


class YesNoField(serializers.BooleanField):
    """true or false; not "yes", not 1."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise serializers.ValidationError("this is true or false")
        return data


class MeSerializer(StrictSerializer):
    name = OneLineField(max_length=100, required=False, allow_blank=True)
    exploration = ExplorationField(required=False, help_text="of the first places, those that chance may fill")
    freshness = FreshnessField(required=False, help_text="how far newer papers are lifted in rankings of several days")
    is_paused = YesNoField(required=False, help_text="rankings are everybody's; votes still count")
    gives_evidence = YesNoField(
        required=False,
        help_text="pages note what they show me and what I open and vote on there, and experiments may choose the "
        "model that ranks for me",
    )
    own_names = serializers.ListField(
        child=OneLineField(max_length=100), required=False, help_text="names that you write papers under, at most 5"
    )
    hides_own_papers = YesNoField(required=False, help_text="papers under these names are not ranked")
    interest_count = serializers.IntegerField(source="interests.count", read_only=True)

    class Meta:
        model = User
        fields = [
            "email", "name", "exploration", "freshness", "is_paused", "gives_evidence", "own_names",
            "hides_own_papers", "joined_at", "interest_count",
        ]  # fmt: skip
        read_only_fields = ["email", "joined_at"]

    def validate_own_names(self, names: list[str]) -> list[str]:
        return mutes.clean_own_names(names)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        wanted = {name: attrs.get(name, getattr(self.instance, name)) for name in ("own_names", "hides_own_papers")}
        if wanted["hides_own_papers"] and not wanted["own_names"]:
            raise serializers.ValidationError(
                {"hides_own_papers": ["to leave your own papers out, give own_names that you write under"]}
            )
        return attrs


class InterestSerializer(StrictSerializer):
    kind = serializers.ChoiceField(
        InterestKind.choices, error_messages={"invalid_choice": 'a kind is "category", "topic", "paper" or "author"'}
    )
    text = serializers.CharField(
        max_length=200,
        help_text="an arXiv category such as cs.LG, a topic in your words, the id of a paper of the catalogue, "
        "or an author's name as it stands on papers",
    )
    note = serializers.CharField(
        read_only=True, help_text="what the catalogue holds for a seed paper or an author; empty for other kinds"
    )

    class Meta:
        model = Interest
        fields = ["id", "kind", "text", "note", "created_at"]
        read_only_fields = ["created_at"]


class InterestChangeSerializer(InterestSerializer):
    """Another text for an interest, whose kind stays."""

    kind = serializers.ChoiceField(InterestKind.choices, read_only=True)


class LeavingSerializer(serializers.Serializer):
    """What makes sure that the account is meant to go."""

    email = serializers.CharField(max_length=254, help_text="your own address, as GET /me/ gives it")

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (others := [str(name)[:100] for name in data if name != "email"]):
            raise serializers.ValidationError({name: ["what can be sent: email"] for name in others[:20]})
        return super().to_internal_value(data)

    def validate_email(self, email: str) -> str:
        if email.casefold() != self.context["reader"].email.casefold():
            raise serializers.ValidationError("this is not the address of your account; nothing was deleted")
        return email


class CountSerializer(serializers.Serializer):
    what = serializers.CharField()
    count = serializers.IntegerField()


class ReceiptSerializer(serializers.Serializer):
    """That an account was deleted. Nothing on the site keeps it: this answer is the only copy."""

    deleted_at = serializers.DateTimeField()
    removed = CountSerializer(many=True)
    last_model_with_your_votes = serializers.CharField(
        allow_null=True, help_text="the newest model there is, which may have learned from them; null: there is none"
    )
    first_model_without = serializers.CharField(help_text="which model will be the first that has not")


class TokenSerializer(StrictSerializer):
    id = serializers.CharField(source="public_id", read_only=True)
    name = OneLineField(max_length=100)
    scope = serializers.ChoiceField(
        AuthToken.Scope.choices,
        default=AuthToken.Scope.READ,
        error_messages={"invalid_choice": 'a scope is "read" or "write"'},
    )
    created_at = serializers.DateTimeField(source="created", read_only=True)
    expires_at = serializers.DateTimeField(
        source="expiry", required=False, allow_null=True, help_text="null: never; left out: the usual lifetime"
    )

    class Meta:
        model = AuthToken
        fields = ["id", "name", "scope", "created_at", "expires_at"]


class NewTokenSerializer(TokenSerializer):
    key = serializers.CharField(read_only=True, help_text="the secret to sign in with; shown this once")

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "key"]
