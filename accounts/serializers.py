"""The JSON of readers, interests and tokens."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.interests import one_line
from accounts.models import MOST_EXPLORATION, AuthToken, Interest, User


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


@extend_schema_field({"type": "number", "minimum": 0, "maximum": MOST_EXPLORATION})
class ShareField(serializers.Field):
    """The share of a ranking's first places that chance may fill: a number from 0 to 0.3; not "0.1", not true."""

    def to_internal_value(self, data: Any) -> float:
        if type(data) not in (int, float) or not 0 <= data <= MOST_EXPLORATION:
            raise serializers.ValidationError(f"the share of exploration is a number from 0 to {MOST_EXPLORATION}")
        return float(data)

    def to_representation(self, value: float) -> float:
        return value


class MeSerializer(StrictSerializer):
    name = OneLineField(max_length=100, required=False, allow_blank=True)
    exploration = ShareField(required=False)
    interest_count = serializers.IntegerField(source="interests.count", read_only=True)

    class Meta:
        model = User
        fields = ["email", "name", "exploration", "joined_at", "interest_count"]
        read_only_fields = ["email", "joined_at"]


class InterestSerializer(StrictSerializer):
    kind = serializers.ChoiceField(
        Interest.Kind.choices, error_messages={"invalid_choice": 'a kind is "category", "topic", "paper" or "author"'}
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
