"""The settings pages: profile, interests, API tokens; plain forms that need no JavaScript."""

from contextlib import suppress

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.deletion import leave
from accounts.models import AuthToken, User
from feeds.http.authentication import reader_of
from recommender import interests as interests_of
from recommender.categories import CODES
from recommender.models.training import newest_version

from .forms.account import DeleteForm, ProfileForm, TokenForm, added, interest_forms

read_or_post = require_http_methods(["GET", "HEAD", "POST"])


@login_required
@read_or_post
def profile(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=reader_of(request))
    if form.is_valid():
        form.save()
        messages.success(request, "Profile saved.")
        return redirect("settings-profile")
    return render(request, "feeds/settings/profile.html", {"form": form})


@login_required
@require_POST
def evidence(request: HttpRequest) -> HttpResponse:
    """Take part in what is counted and tried (1) or not (0)."""
    wish = request.POST.get("given", "")
    if wish not in ("0", "1"):
        return HttpResponse("given must be 0 or 1", status=400, content_type="text/plain")
    User.objects.filter(pk=reader_of(request).pk).update(gives_evidence=wish == "1")
    messages.success(request, "Usage statistics are on." if wish == "1" else "Usage statistics are off.")
    return redirect("settings-profile")


@login_required
@never_cache
@read_or_post
def delete(request: HttpRequest) -> HttpResponse:
    """Delete the account and all that is tied to it, when the password is given once more."""
    reader = reader_of(request)
    form = DeleteForm(reader, lambda: _may_try(request), request.POST or None)
    if not form.is_valid():
        return render(request, "feeds/settings/delete.html", {"form": form})
    logout(request)
    with suppress(User.DoesNotExist):  # the button was pressed twice: it is done already
        leave(reader, timezone.now(), newest_version())
    messages.success(request, "Your account and all of its data were deleted.")
    return redirect("/")


def _may_try(request: HttpRequest) -> bool:
    """Whether the reader may guess at the password again, by the limit that signing in again has."""
    return bool(ratelimit.consume(request, action="reauthenticate", user=request.user))


@login_required
@read_or_post
def interests(request: HttpRequest) -> HttpResponse:
    reader = reader_of(request)
    forms = interest_forms(request.POST if request.method == "POST" else None)
    if added(forms, reader):
        return redirect("settings-interests")
    context = {"interests": interests_of.describe(reader.interests.all()), "forms": forms, "codes": CODES}
    return render(request, "feeds/settings/interests.html", context)


@login_required
@require_POST
def remove_interest(request: HttpRequest, pk: int) -> HttpResponse:
    reader = reader_of(request)
    interests_of.remove(reader, get_object_or_404(reader.interests, pk=pk))
    return redirect("settings-interests")


@login_required
@never_cache
@read_or_post
def tokens(request: HttpRequest) -> HttpResponse:
    """A new key is rendered straight into the answer to its POST, so that it is stored nowhere."""
    form = TokenForm(request.POST or None)
    if form.is_valid() and (given := form.give(reader_of(request))):
        return _tokens_page(request, TokenForm(), given)
    return _tokens_page(request, form)


def _tokens_page(request: HttpRequest, form: TokenForm, given: tuple[AuthToken, str] | None = None) -> HttpResponse:
    token, key = given or (None, None)
    context = {
        "form": form,
        "tokens": reader_of(request).auth_token_set.all(),
        "new_token": token,
        "key": key,
        "example_url": request.build_absolute_uri(reverse("me")),
    }
    return render(request, "feeds/settings/tokens.html", context)


@login_required
@require_POST
def revoke_token(request: HttpRequest, public_id: str) -> HttpResponse:
    token = get_object_or_404(reader_of(request).auth_token_set, public_id=public_id)
    token.delete()
    messages.success(request, f"Token “{token.name}” revoked.")
    return redirect("settings-tokens")
