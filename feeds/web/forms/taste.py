"""Forms of "My taste": exploration and freshness, mutes, the reader's own papers, starting over."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from accounts.models import MOST_EXPLORATION, Mute, MuteKind, User
from recommender import mutes

FORGET = "forget"


class _Percent(forms.IntegerField):
    """A share from 0 to `most` in whole percent, chosen with a slider."""

    def __init__(self, most: float, **options: Any) -> None:
        slider = forms.NumberInput(attrs={"type": "range", "step": 1, "data-unit": "%"})
        super().__init__(min_value=0, max_value=round(100 * most), widget=slider, **options)


class SlidersForm(forms.Form):
    exploration = _Percent(
        MOST_EXPLORATION,
        label="Exploration",
        help_text="How many of the first 20 places of a day may be filled at random with papers from further down. "
        "Left: none. Right: 30 %, about six. Each such paper is labelled with its probability.",
    )
    freshness = _Percent(
        1.0,
        label="Freshness",
        help_text="How much newer papers are boosted in lists of several days. Left: not at all. Right: three days of "
        "age cost a paper one standard deviation of your scores in the list. Single days are not affected.",
    )

    def __init__(self, reader: User, data: QueryDict | None = None) -> None:
        self._reader = reader
        super().__init__(
            data, label_suffix="", initial={name: round(100 * getattr(reader, name)) for name in self.base_fields}
        )

    def save(self) -> None:
        """Save the sliders that were moved.

        A share between two steps, set through the API, stays as it is.
        """
        for name in self.changed_data:
            setattr(self._reader, name, self.cleaned_data[name] / 100)
        self._reader.save(update_fields=self.changed_data)


class OwnPapersForm(forms.Form):
    names = forms.CharField(
        required=False,
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off", "spellcheck": "false"}),
        label="Names you publish under",
        help_text=f"One a line, at most {mutes.MOST_NAMES}, in full as on papers: Ada Lovelace. Accents "
        "and capitals are ignored.",
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
            raise ValidationError("To hide your own papers, enter a name you publish under.")

    def save(self) -> None:
        self._reader.own_names, self._reader.hides_own_papers = self.cleaned_data["names"], self.cleaned_data["hides"]
        self._reader.save(update_fields=["own_names", "hides_own_papers"])


class MuteForm(forms.Form):
    kind = forms.ChoiceField(choices=MuteKind.choices, label="Mute", initial=MuteKind.WORD)
    text = forms.CharField(
        max_length=100,
        label="Name or word",
        help_text="A word or phrase, an author’s full name, or a category such as cs.CV.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def save(self, reader: User) -> Mute | None:
        """Add the mute.

        Returns None, with the errors in the form, if it is not valid.
        """
        try:
            return mutes.add(reader, **self.cleaned_data)
        except ValidationError as error:
            self.add_error(None, error)
            return None


class ForgetForm(forms.Form):
    word = forms.CharField(
        max_length=20,
        label=f"Type “{FORGET}” to confirm",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def clean_word(self) -> str:
        word = str(self.cleaned_data["word"]).strip().casefold()
        if word != FORGET:
            raise ValidationError(f"type {FORGET} to confirm")
        return word
