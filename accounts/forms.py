"""The forms of the settings pages."""

from datetime import datetime, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone

from accounts import interests, tokens
from accounts.models import AuthToken, Interest, User


class ProfileForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["name"]
        help_texts = {"name": "How Paperboy addresses you. You may leave it empty."}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}

    def clean_name(self) -> str:
        return interests.one_line(self.cleaned_data["name"])


class InterestForm(forms.Form):
    """Adds one interest; the page has it twice, once for each kind."""

    kind = forms.ChoiceField(choices=Interest.Kind.choices, widget=forms.HiddenInput)
    text = forms.CharField(max_length=200)

    def save(self, reader: User) -> bool:
        """Whether it could be added; if not, the form says why."""
        try:
            interests.add(reader, **self.cleaned_data)
        except ValidationError as error:
            self.add_error(None, error)
        return not self.errors


class CategoryForm(InterestForm):
    button = "Add category"

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, auto_id="category-%s", initial={"kind": Interest.Kind.CATEGORY})
        self.fields["text"].label = "arXiv category"
        self.fields["text"].help_text = "A code such as cs.LG, hep-th or math.AG."
        self.fields["text"].widget.attrs |= {"list": "category-codes", "autocomplete": "off", "spellcheck": "false"}


class TopicForm(InterestForm):
    button = "Add topic"

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, auto_id="topic-%s", initial={"kind": Interest.Kind.TOPIC})
        self.fields["text"].label = "Topic"
        self.fields["text"].help_text = "A few words, as they would stand in an abstract: sparse autoencoders."


class TokenForm(forms.Form):
    LIFETIMES = [("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("365", "a year"), ("never", "never ends")]

    name = forms.CharField(max_length=100, help_text="What will use it: my reading script.")
    scope = forms.ChoiceField(choices=AuthToken.Scope.choices, help_text="Voting takes read and write.")
    lifetime = forms.ChoiceField(choices=LIFETIMES, initial="90")

    def clean_name(self) -> str:
        return interests.one_line(self.cleaned_data["name"])

    def give(self, reader: User) -> tuple[AuthToken, str] | None:
        """The token and its key; None if it could not be had, and then the form says why."""
        try:
            return tokens.give(reader, self.cleaned_data["name"], self.cleaned_data["scope"], self._expires_at())
        except ValidationError as error:
            self.add_error(None, error)
            return None

    def _expires_at(self) -> datetime | None:
        lifetime = self.cleaned_data["lifetime"]
        return None if lifetime == "never" else timezone.now() + timedelta(days=int(lifetime))
