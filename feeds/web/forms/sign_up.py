"""The form of the sign-up page."""

from typing import Any

from allauth.account.forms import SignupForm
from django.http import HttpRequest

from accounts.models import User


class SignUpForm(SignupForm):
    """Take the same time for an address that has an account: hashing the password is most of it."""

    def try_save(self, request: HttpRequest) -> Any:
        if self.account_already_exists:
            User().set_password(self.cleaned_data["password1"])
        return super().try_save(request)
