"""Serializers and fields that reject what REST framework would ignore or convert."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import MOST_EXPLORATION
from recommender.input_text import one_line


class RejectsUnknownFields:
    """Mixin for serializers: sending a field that is unknown or read-only is an error."""

    def to_internal_value(self, data: Any) -> Any:
        settable = sorted(name for name, field in self.fields.items() if not field.read_only)  # type: ignore[attr-defined]
        if isinstance(data, dict) and (rejected := [str(name)[:100] for name in data if name not in settable]):
            message = f"cannot be set; the fields are {', '.join(settable)}"
            raise serializers.ValidationError({name: [message] for name in rejected[:20]})
        return super().to_internal_value(data)  # type: ignore[misc]


class StrictSerializer(RejectsUnknownFields, serializers.Serializer):
    """A serializer that rejects unknown and read-only fields."""


class StrictModelSerializer(RejectsUnknownFields, serializers.ModelSerializer):
    """A model serializer that rejects unknown and read-only fields."""


class OneLineField(serializers.CharField):
    """Text on one line; white space is collapsed, control characters are rejected."""

    def to_internal_value(self, data: Any) -> str:
        return one_line(super().to_internal_value(data))


class YesNoField(serializers.BooleanField):
    """The JSON value true or false; not "yes", not 1."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise serializers.ValidationError("must be true or false")
        return data


class _ShareField(serializers.Field):
    """A JSON number from 0 to `most`; not "0.1", not true."""

    most: float

    def to_internal_value(self, data: Any) -> float:
        if type(data) not in (int, float) or not 0 <= data <= self.most:
            raise serializers.ValidationError(f"must be a number from 0 to {self.most:g}")
        return float(data)

    def to_representation(self, value: float) -> float:
        return value


@extend_schema_field({"type": "number", "minimum": 0, "maximum": MOST_EXPLORATION})
class ExplorationField(_ShareField):
    most = MOST_EXPLORATION


@extend_schema_field({"type": "number", "minimum": 0, "maximum": 1})
class FreshnessField(_ShareField):
    most = 1.0


@extend_schema_field({"type": "integer", "enum": [1, -1]})
class VoteValueField(serializers.Field):
    """The JSON number 1 or -1; not "1", not 1.0, not true."""

    values: tuple[int, ...] = (1, -1)
    message = "must be 1 (up) or -1 (down)"

    def __init__(self, **options: Any) -> None:
        super().__init__(error_messages={"null": self.message, "required": self.message}, **options)

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int or data not in self.values:
            raise serializers.ValidationError(self.message)
        return data

    def to_representation(self, value: int) -> int:
        return value


@extend_schema_field({"type": "integer", "minimum": -1, "maximum": 1})
class TriedValueField(VoteValueField):
    """The JSON number 1, -1 or 0."""

    values = (1, -1, 0)
    message = "must be 1 (up), -1 (down) or 0 (no vote)"
