"""The forms of the settings pages."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone

from accounts import tokens
from accounts.models import AuthToken, Interest, User
from recommender import interests


class ProfileForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["name"]
        help_texts = {"name": "The name Paperboy uses for you. Optional."}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}

    def clean_name(self) -> str:
        return interests.one_line(self.cleaned_data["name"])


class DeleteForm(forms.Form):
    """Asks for the password once more before an account goes."""

    password = forms.CharField(
        strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"}), label="Your password"
    )

    def __init__(self, reader: User, may_try: Callable[[], bool], data: QueryDict | None = None) -> None:
        super().__init__(data)
        self._reader, self._may_try = reader, may_try

    def clean_password(self) -> str:
        if not self._may_try():
            raise ValidationError("Too many attempts. Try again in a few minutes.")
        if not self._reader.check_password(self.cleaned_data["password"]):
            raise ValidationError("Wrong password. Nothing was deleted.")
        return str(self.cleaned_data["password"])


class InterestForm(forms.Form):
    """Adds one interest; the page has one for each kind."""

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
        self.fields["text"].help_text = "A few words as in an abstract, such as sparse autoencoders."


class PaperForm(InterestForm):
    button = "Add paper"

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, auto_id="paper-%s", initial={"kind": Interest.Kind.PAPER})
        self.fields["text"].label = "Paper you like"
        self.fields["text"].help_text = "arXiv id of a paper in this catalogue, such as 2607.21557 or hep-th/9901001."
        self.fields["text"].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}


class AuthorForm(InterestForm):
    button = "Add author"

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, auto_id="author-%s", initial={"kind": Interest.Kind.AUTHOR})
        self.fields["text"].label = "Author"
        self.fields[
            "text"
        ].help_text = "You, or someone whose work you follow. Write the name as on papers: Ada Lovelace."


INTEREST_FORMS: dict[str, type[CategoryForm | TopicForm | PaperForm | AuthorForm]] = {
    Interest.Kind.TOPIC: TopicForm,
    Interest.Kind.CATEGORY: CategoryForm,
    Interest.Kind.PAPER: PaperForm,
    Interest.Kind.AUTHOR: AuthorForm,
}


def interest_forms(data: QueryDict | None = None) -> list[InterestForm]:
    """A form for each kind; the one that `data` was sent by is filled in, the first where no such kind is."""
    sent = data.get("kind") if data is not None else None
    chosen = sent if sent in INTEREST_FORMS else next(iter(INTEREST_FORMS))
    return [form(data if kind == chosen else None) for kind, form in INTEREST_FORMS.items()]


def added(forms: Iterable[InterestForm], reader: User) -> bool:
    """Whether the form that was sent could be saved; if not, it says why."""
    return any(form.is_bound and form.is_valid() and form.save(reader) for form in forms)


class TokenForm(forms.Form):
    LIFETIMES = [("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("365", "1 year"), ("never", "never")]

    name = forms.CharField(max_length=100, help_text="What will use it, such as “my reading script”.")
    scope = forms.ChoiceField(choices=AuthToken.Scope.choices, help_text="Choose “read and write” to vote.")
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
