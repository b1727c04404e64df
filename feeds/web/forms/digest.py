"""The forms of the digest: what a reader wishes, and what somebody without an account subscribes to."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from feeds.models import DigestWish, Subscriber
from feeds.models.digest import WEEK, zone_names

WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
NO_PLACES = ("Etc", "SystemV", "posix", "right")  # regions of the list that are no part of the world


def zones() -> list[tuple[str, list[tuple[str, str]]]]:
    """The names of time zones by region, UTC first; names without a region are older ones for the same."""
    regions: dict[str, list[tuple[str, str]]] = {"Everywhere": [("UTC", "UTC")]}
    for name in sorted(zone_names()):
        region, _, place = name.partition("/")
        if place and region not in NO_PLACES:
            regions.setdefault(region, []).append((name, place.replace("_", " ").replace("/", ", ")))
    return list(regions.items())


class TimedForm(forms.ModelForm):
    """When to send: the rhythm, the days, the hour where the recipient is."""

    hour = forms.TypedChoiceField(coerce=int, choices=[(hour, f"{hour:02}:00") for hour in range(24)])
    time_zone = forms.ChoiceField(choices=zones, label="Time zone")

    class Meta:
        fields = ["rhythm", "hour", "time_zone"]


class WishForm(TimedForm):
    """All that a reader says about their digest."""

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

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["is_on"].label_suffix = ""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        chosen = cleaned.get("weekdays", [])
        if "weekdays" in cleaned and not chosen:
            self.add_error("weekdays", "Choose a day, or turn the digest off.")
        if cleaned.get("rhythm") == DigestWish.Rhythm.WEEKLY and len(chosen) > 1:
            self.add_error("weekdays", "Choose one day for a weekly digest.")
        return cleaned

    def clean_least_score(self) -> float | None:
        score: float | None = self.cleaned_data["least_score"]
        if score is not None and abs(score) > 1000:
            raise ValidationError(f"{score:g} is not a valid score; most scores are between -1 and 1.")
        return score

    def keep(self, now: datetime) -> DigestWish:
        """Store what was said. Whoever turns it on again is sent to again, whatever had held it back."""
        wish: DigestWish = self.save(commit=False)
        wish.changed_at = now
        if wish.is_on:
            wish.paused_at, wish.paused_reason = None, ""
        wish.save()
        return wish


class SubscriberForm(TimedForm):
    """An address for what is trending, and when."""

    rhythm = forms.ChoiceField(choices=[("daily", "every day"), ("weekly", "every Monday")], label="How often")

    address = forms.EmailField(
        label="E-mail address", max_length=254, widget=forms.EmailInput({"autocomplete": "email"})
    )

    class Meta(TimedForm.Meta):
        model = Subscriber
        fields = ["rhythm", "hour", "time_zone"]

    field_order = ["address", "rhythm", "hour", "time_zone"]

    def wishes(self) -> dict[str, Any]:
        """The columns of a subscriber; a weekly mail comes on Mondays."""
        said = {name: self.cleaned_data[name] for name in ("rhythm", "hour", "time_zone")}
        is_weekly = said["rhythm"] == Subscriber.Rhythm.WEEKLY
        return said | {"weekdays": [0] if is_weekly else list(WEEK)}
