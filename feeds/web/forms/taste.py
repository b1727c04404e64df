"""The forms of the page on one's taste: how far chance and freshness go, what is muted, own papers, starting over."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from accounts.models import MOST_EXPLORATION, Mute, MuteKind, User
from recommender import mutes

FORGET = "forget"


class _Percent(forms.IntegerField):
    """A share from 0 as a whole number of percent, chosen with a slider."""

    def __init__(self, most: float, **options: Any) -> None:
        slider = forms.NumberInput(attrs={"type": "range", "step": 1, "data-unit": "%"})
        super().__init__(min_value=0, max_value=round(100 * most), widget=slider, **options)


class SlidersForm(forms.Form):
    exploration = _Percent(
        MOST_EXPLORATION,
        label="Exploration",
        help_text="How many of the first 20 places of a day chance may fill with papers from further down your order. "
        "Left: none. Right: 30 %, about six. Each such paper is labelled, with its probability.",
    )
    freshness = _Percent(
        1.0,
        label="Freshness",
        help_text="How far newer papers are lifted where a list covers several days. Left: not at all. Right: three "
        "days of age cost a paper one standard deviation of your scores on that list. A single day is not touched.",
    )

    def __init__(self, reader: User, data: QueryDict | None = None) -> None:
        self._reader = reader
        super().__init__(
            data, label_suffix="", initial={name: round(100 * getattr(reader, name)) for name in self.base_fields}
        )

    def save(self) -> None:
        """Keep what was moved; a share that the API set between two steps of the slider stays where it was not."""
        for name in self.changed_data:
            setattr(self._reader, name, self.cleaned_data[name] / 100)
        self._reader.save(update_fields=self.changed_data)


class OwnPapersForm(forms.Form):
    names = forms.CharField(
        required=False,
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off", "spellcheck": "false"}),
        label="Names you write papers under",
        help_text=f"One a line, at most {mutes.MOST_NAMES}, in full as they stand on papers: Ada Lovelace. Accents "
        "and capitals make no difference.",
    )
    hides = forms.BooleanField(required=False, label="Never show my own papers")

    def __init__(self, reader: User, data: QueryDict | None = None) -> None:
        self._reader = reader
        super().__init__(
            data, label_suffix="", initial={"names": "\n".join(reader.own_names), "hides": reader.hides_own_papers}
        )

    def clean_names(self) -> list[str]:
        return mutes.clean_own_names([line for line in self.cleaned_data["names"].splitlines() if line.strip()])

    def clean(self) -> None:
        if self.cleaned_data.get("hides") and not self.cleaned_data.get("names", True):
            raise ValidationError("To leave your own papers out, write down a name that you write under.")

    def save(self) -> None:
        self._reader.own_names, self._reader.hides_own_papers = self.cleaned_data["names"], self.cleaned_data["hides"]
        self._reader.save(update_fields=["own_names", "hides_own_papers"])


class MuteForm(forms.Form):
    kind = forms.ChoiceField(choices=MuteKind.choices, label="Mute a", initial=MuteKind.WORD)
    text = forms.CharField(
        max_length=100,
        label="Called",
        help_text="A word or several in a row, an author’s full name, or a category such as cs.CV.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def save(self, reader: User) -> Mute | None:
        """The new mute; None if it could not be had, and then the form says why."""
        try:
            return mutes.add(reader, **self.cleaned_data)
        except ValidationError as error:
            self.add_error(None, error)
            return None


class ForgetForm(forms.Form):
    word = forms.CharField(
        max_length=20,
        label=f"To go on, type “{FORGET}”",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def clean_word(self) -> str:
        word = str(self.cleaned_data["word"]).strip().casefold()
        if word != FORGET:
            raise ValidationError(f"type {FORGET}, and nothing else, if you are sure")
        return word
