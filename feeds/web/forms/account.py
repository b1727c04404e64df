"""Forms of the settings pages: profile, interests, tokens and deletion."""

from collections.abc import Callable, Iterable
from datetime import timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone

from accounts import tokens
from accounts.models import AuthToken, InterestKind, User
from recommender import interests
from recommender.input_text import one_line


class ProfileForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["name"]
        help_texts = {"name": "The name Paperboy uses for you. Optional."}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}

    def clean_name(self) -> str:
        return one_line(self.cleaned_data["name"])


class DeleteForm(forms.Form):
    """Ask for the password before an account is deleted.

    may_try  counts an attempt; returns False when there were too many
    """

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
    """Add one interest; the page has a form for each kind."""

    kind = forms.ChoiceField(choices=InterestKind.choices, widget=forms.HiddenInput)
    text = forms.CharField(max_length=200)

    def save(self, reader: User) -> bool:
        """Add the interest.

        Returns False, with the errors in the form, if it is not valid.
        """
        try:
            interests.add(reader, **self.cleaned_data)
        except ValidationError as error:
            self.add_error(None, error)
        return not self.errors


class CategoryForm(InterestForm):
    button = "Add category"

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, auto_id="category-%s", initial={"kind": InterestKind.CATEGORY})
        self.fields["text"].label = "arXiv category"
        self.fields["text"].help_text = "A code such as cs.LG, hep-th or math.AG."
        self.fields["text"].widget.attrs |= {"list": "category-codes", "autocomplete": "off", "spellcheck": "false"}


class TopicForm(InterestForm):
    button = "Add topic"

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, auto_id="topic-%s", initial={"kind": InterestKind.TOPIC})
        self.fields["text"].label = "Topic"
        self.fields["text"].help_text = "A few words as in an abstract, such as sparse autoencoders."


class PaperForm(InterestForm):
    button = "Add paper"

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, auto_id="paper-%s", initial={"kind": InterestKind.PAPER})
        self.fields["text"].label = "Paper you like"
        self.fields["text"].help_text = "arXiv id of a paper in this catalogue, such as 2607.21557 or hep-th/9901001."
        self.fields["text"].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}


class AuthorForm(InterestForm):
    button = "Add author"

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, auto_id="author-%s", initial={"kind": InterestKind.AUTHOR})
        text = self.fields["text"]
        text.label = "Author"
        text.help_text = "You, or someone whose work you follow. Write the name as on papers: Ada Lovelace."


INTEREST_FORMS: dict[str, type[CategoryForm | TopicForm | PaperForm | AuthorForm]] = {
    InterestKind.TOPIC: TopicForm,
    InterestKind.CATEGORY: CategoryForm,
    InterestKind.PAPER: PaperForm,
    InterestKind.AUTHOR: AuthorForm,
}


def interest_forms(data: QueryDict | None = None) -> list[InterestForm]:
    """A form for each kind.

    `data` is bound to the form of its kind, or to the first if the kind is unknown.
    """
    data_kind = data.get("kind") if data is not None else None
    bound_kind = data_kind if data_kind in INTEREST_FORMS else next(iter(INTEREST_FORMS))
    return [form(data if kind == bound_kind else None) for kind, form in INTEREST_FORMS.items()]


def save_interest(forms: Iterable[InterestForm], reader: User) -> bool:
    """Save the bound form.

    Returns False if none is bound or, with the errors in the form, if it is not valid.
    """
    return any(form.is_bound and form.is_valid() and form.save(reader) for form in forms)


class TokenForm(forms.Form):
    LIFETIMES = [("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("365", "1 year"), ("never", "never")]

    name = forms.CharField(max_length=100, help_text="What will use it, such as “my reading script”.")
    scope = forms.ChoiceField(choices=AuthToken.Scope.choices, help_text="Choose “read and write” to vote.")
    lifetime = forms.ChoiceField(choices=LIFETIMES, initial="90")

    def clean_name(self) -> str:
        return one_line(self.cleaned_data["name"])

    def issue(self, reader: User) -> tuple[AuthToken, str] | None:
        """Create the token.

        Returns it with its key, or None, with the errors in the form, if it is not valid.
        """
        name, scope, lifetime = (self.cleaned_data[field] for field in ("name", "scope", "lifetime"))
        expires_at = None if lifetime == "never" else timezone.now() + timedelta(days=int(lifetime))
        try:
            return tokens.issue_token(reader, name, scope, expires_at)
        except ValidationError as error:
            self.add_error(None, error)
            return None
