"""The JSON of the account: profile, interests, tokens and deletion."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from accounts.models import AuthToken, Interest, InterestKind, User
from recommender import mutes

from .fields import (
    ExplorationField,
    FreshnessField,
    OneLineField,
    StrictModelSerializer,
    StrictSerializer,
    YesNoField,
)


class MeSerializer(StrictModelSerializer):
    """Your profile and the settings of your rankings."""

    name = OneLineField(max_length=100, required=False, allow_blank=True)
    exploration = ExplorationField(
        required=False, help_text="Share of the first places that may be filled at random, to learn more about you."
    )
    freshness = FreshnessField(
        required=False, help_text="How much newer papers are boosted in rankings of several days."
    )
    is_paused = YesNoField(
        required=False, help_text="If true, your rankings are not personalised. Your votes are still recorded."
    )
    gives_evidence = YesNoField(
        required=False,
        help_text="If true, pages record which papers they show you and which ones you open and vote on, and you may "
        "take part in experiments that choose the model for your rankings.",
    )
    own_names = serializers.ListField(
        child=OneLineField(max_length=100), required=False, help_text="Names under which you publish. At most 5."
    )
    hides_own_papers = YesNoField(
        required=False, help_text="If true, papers by `own_names` do not appear in your rankings."
    )
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
        after = {name: attrs.get(name, getattr(self.instance, name)) for name in ("own_names", "hides_own_papers")}
        if after["hides_own_papers"] and not after["own_names"]:
            raise serializers.ValidationError({"hides_own_papers": ["to hide your own papers, give own_names first"]})
        return attrs


class InterestSerializer(StrictModelSerializer):
    """An interest, which raises related papers in your rankings."""

    kind = serializers.ChoiceField(
        InterestKind.choices,
        error_messages={"invalid_choice": 'must be "category", "topic", "paper" or "author"'},
    )
    text = serializers.CharField(
        max_length=200,
        help_text="An arXiv category such as `cs.LG`, a topic in your own words, the ID of a paper in the catalogue, "
        "or the name of an author as it appears on papers.",
    )
    note = serializers.CharField(
        read_only=True,
        help_text="What the catalogue has for this paper or author, or that the topic or category has no effect yet. "
        "May be empty.",
    )

    class Meta:
        model = Interest
        fields = ["id", "kind", "text", "note", "created_at"]
        read_only_fields = ["created_at"]


class InterestChangeSerializer(InterestSerializer):
    """A change of an interest. Its kind cannot be changed."""

    kind = serializers.ChoiceField(InterestKind.choices, read_only=True)


@extend_schema_serializer(component_name="Leaving")
class AccountDeletionSerializer(StrictSerializer):
    """The confirmation that your account is to be deleted."""

    email = serializers.CharField(
        max_length=254, help_text="Your own e-mail address, as returned by `GET /me/`, to confirm the deletion."
    )

    def validate_email(self, email: str) -> str:
        if email.casefold() != self.context["reader"].email.casefold():
            raise serializers.ValidationError("must be the e-mail address of your account; nothing was deleted")
        return email


class CountSerializer(serializers.Serializer):
    """How many objects of one kind were deleted."""

    what = serializers.CharField()
    count = serializers.IntegerField()


@extend_schema_serializer(component_name="Receipt")
class DeletionReceiptSerializer(serializers.Serializer):
    """The receipt for a deleted account. This response is the only copy; the site does not store it."""

    deleted_at = serializers.DateTimeField()
    removed = CountSerializer(many=True)
    last_model_with_your_votes = serializers.CharField(
        allow_null=True,
        help_text="The newest model, which may have been trained on your votes. Null if there is no model.",
    )
    first_model_without = serializers.CharField(
        help_text="Which model will be the first one trained without your votes."
    )


class TokenSerializer(StrictModelSerializer):
    """An API token, without its key."""

    id = serializers.CharField(source="public_id", read_only=True)
    name = OneLineField(max_length=100)
    scope = serializers.ChoiceField(
        AuthToken.Scope.choices,
        default=AuthToken.Scope.READ,
        error_messages={"invalid_choice": 'must be "read" or "write"'},
    )
    created_at = serializers.DateTimeField(source="created", read_only=True)
    expires_at = serializers.DateTimeField(
        source="expiry",
        required=False,
        allow_null=True,
        help_text="Null for a token that never expires. By default, tokens get the usual lifetime.",
    )

    class Meta:
        model = AuthToken
        fields = ["id", "name", "scope", "created_at", "expires_at"]


class NewTokenSerializer(TokenSerializer):
    """A new API token with its key."""

    key = serializers.CharField(
        read_only=True, help_text="The secret that authenticates requests. It is returned only once."
    )

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "key"]
