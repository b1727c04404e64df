"""Forms for digest settings and for subscriptions without an account."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from feeds.models import DigestWish, Subscriber
from feeds.models.digest import WEEK, zone_names

WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
NOT_REGIONS = ("Etc", "SystemV", "posix", "right")  # prefixes in the list that are not regions of the world


def zones() -> list[tuple[str, list[tuple[str, str]]]]:
    """The time zones by region as choices, UTC first.

    Names without a region are old aliases and left out.
    """
    regions: dict[str, list[tuple[str, str]]] = {"Everywhere": [("UTC", "UTC")]}
    for name in sorted(zone_names()):
        region, _, place = name.partition("/")
        if place and region not in NOT_REGIONS:
            regions.setdefault(region, []).append((name, place.replace("_", " ").replace("/", ", ")))
    return list(regions.items())


class TimedForm(forms.ModelForm):
    """When to send: how often, and at which hour in which time zone."""

    hour = forms.TypedChoiceField(coerce=int, choices=[(hour, f"{hour:02}:00") for hour in range(24)])
    time_zone = forms.ChoiceField(choices=zones, label="Time zone")

    class Meta:
        fields = ["rhythm", "hour", "time_zone"]


class DigestForm(TimedForm):
    """A reader's digest settings."""

    weekdays = forms.TypedMultipleChoiceField(
        coerce=int,
        choices=list(enumerate(WEEKDAYS)),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        label="Days",
    )

    class Meta(TimedForm.Meta):
        model = DigestWish
        fields = ["is_on", "rhythm", "weekdays", "hour", "time_zone", "length", "least_score", "when_empty"]
        labels = {
            "is_on": "Send me my papers by e-mail",
            "length": "Maximum number of papers",
            "least_score": "Minimum score",
            "when_empty": "When there are no new papers",
        }
        help_texts = {
            "rhythm": "",
            "weekdays": "",
            "length": "From 1 to 50.",
            "least_score": "Papers below it are left out. A paper’s score is about the sum of the effects listed under "
            "“Why here”; 0.1 keeps most papers related to your votes. Leave empty for no limit.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["is_on"].label_suffix = ""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        weekdays = cleaned.get("weekdays", [])
        if "weekdays" in cleaned and not weekdays:
            self.add_error("weekdays", "Choose at least one day, or turn the digest off.")
        if cleaned.get("rhythm") == DigestWish.Rhythm.WEEKLY and len(weekdays) > 1:
            self.add_error("weekdays", "Choose one day for a weekly digest.")
        return cleaned

    def clean_least_score(self) -> float | None:
        score: float | None = self.cleaned_data["least_score"]
        if score is not None and abs(score) > 1000:
            raise ValidationError(f"{score:g} is not a valid score; most scores are between -1 and 1.")
        return score

    def save_wish(self, now: datetime) -> DigestWish:
        """Save the settings.

        Turning the digest on also ends a pause, whatever its reason.
        """
        wish: DigestWish = self.save(commit=False)
        wish.changed_at = now
        if wish.is_on:
            wish.paused_at, wish.paused_reason = None, ""
        wish.save()
        return wish


class SubscriberForm(TimedForm):
    """An address that wants trending papers, and when."""

    rhythm = forms.ChoiceField(choices=[("daily", "every day"), ("weekly", "every Monday")], label="How often")

    address = forms.EmailField(
        label="E-mail address", max_length=254, widget=forms.EmailInput({"autocomplete": "email"})
    )

    class Meta(TimedForm.Meta):
        model = Subscriber
        fields = ["rhythm", "hour", "time_zone"]

    field_order = ["address", "rhythm", "hour", "time_zone"]

    def columns(self) -> dict[str, Any]:
        """The columns of a subscriber; weekly mails are sent on Mondays."""
        columns = {name: self.cleaned_data[name] for name in ("rhythm", "hour", "time_zone")}
        is_weekly = columns["rhythm"] == Subscriber.Rhythm.WEEKLY
        return columns | {"weekdays": [0] if is_weekly else list(WEEK)}
