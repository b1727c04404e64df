"""The settings pages: profile, interests and API tokens.

Forms that work without JavaScript.
"""

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

from accounts.deletion import delete_account
from accounts.models import User
from feeds.http.authentication import reader_of
from recommender.categories import CODES
from recommender.interests import remove
from recommender.models.training import newest_version
from recommender.ranking.interest_notes import with_notes

from .forms.account import DeleteForm, ProfileForm, TokenForm, interest_forms, save_interest

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
    """Turn usage statistics and experiments on (1) or off (0)."""
    value = request.POST.get("given", "")
    if value not in ("0", "1"):
        return HttpResponse("given must be 0 or 1", status=400, content_type="text/plain")
    User.objects.filter(pk=reader_of(request).pk).update(gives_evidence=value == "1")
    messages.success(request, f"Usage statistics are {'on' if value == '1' else 'off'}.")
    return redirect("settings-profile")


@login_required
@never_cache
@read_or_post
def delete(request: HttpRequest) -> HttpResponse:
    """Delete the account with all of its data, after asking for the password again."""
    reader = reader_of(request)

    def may_try() -> bool:
        """Guessing the password is limited as signing in again is."""
        return bool(ratelimit.consume(request, action="reauthenticate", user=reader))

    form = DeleteForm(reader, may_try, request.POST or None)
    if not form.is_valid():
        return render(request, "feeds/settings/delete.html", {"form": form})
    logout(request)
    with suppress(User.DoesNotExist):  # the button was pressed twice
        delete_account(reader, timezone.now(), newest_version())
    messages.success(request, "Your account and all of its data were deleted.")
    return redirect("/")


@login_required
@read_or_post
def interests(request: HttpRequest) -> HttpResponse:
    reader = reader_of(request)
    forms = interest_forms(request.POST if request.method == "POST" else None)
    if save_interest(forms, reader):
        return redirect("settings-interests")
    context = {"interests": with_notes(reader.interests.all()), "forms": forms, "codes": CODES}
    return render(request, "feeds/settings/interests.html", context)


@login_required
@require_POST
def remove_interest(request: HttpRequest, pk: int) -> HttpResponse:
    reader = reader_of(request)
    remove(reader, get_object_or_404(reader.interests, pk=pk))
    return redirect("settings-interests")


@login_required
@never_cache
@read_or_post
def tokens(request: HttpRequest) -> HttpResponse:
    """List and create tokens.

    A new key is rendered directly in the response to its POST and stored nowhere.
    """
    reader = reader_of(request)
    form = TokenForm(request.POST or None)
    new_token, key = (form.issue(reader) if form.is_valid() else None) or (None, None)
    context = {
        "form": TokenForm() if new_token else form,
        "tokens": reader.auth_token_set.all(),
        "new_token": new_token,
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
