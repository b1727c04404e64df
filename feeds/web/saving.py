"""Saving one paper: the button beside it, and the page that lists its collections."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.models import User
from feeds.http import params
from feeds.http.authentication import reader_of
from recommender import collections
from recommender.collections import collections_of, reading_list
from recommender.models import Paper


@require_POST
def save(request: HttpRequest, public_id: str) -> HttpResponse:
    """Add a paper to the reading list (1) or remove it (0).

    Redirects forms, renders the new button for htmx.
    """
    paper = get_object_or_404(Paper, public_id=public_id)
    value = request.POST.get("saved", "")
    if value not in ("0", "1"):
        return HttpResponse("saved must be 0 or 1", status=400, content_type="text/plain")
    if not isinstance(request.user, User):
        login = redirect_to_login(_back(request, paper))
        return HttpResponseClientRedirect(login.url) if request.htmx else login  # type: ignore[attr-defined]

    is_saved, level = value == "1", messages.SUCCESS
    if is_saved:
        try:
            is_new = collections.save(reading_list(request.user), [paper])
            message = "Saved to your reading list." if is_new else "Already on your reading list."
        except ValidationError as error:
            is_saved, level = False, messages.ERROR
            message = f"{paper.public_id} was not saved: {error.messages[0]}."
    else:
        collections.remove(reading_list(request.user), [paper.pk])
        message = "Removed from your reading list."

    if request.htmx:  # type: ignore[attr-defined]
        context = {"paper": paper, "is_saved": is_saved, "words": message}
        return render(request, "feeds/_save_changed.html", context)
    messages.add_message(request, level, message)
    return redirect(_back(request, paper))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, public_id: str) -> HttpResponse:
    """Choose the paper's collections.

    Shows the reader's collections with those of the paper checked; a POST puts the paper into the checked ones.
    """
    paper = get_object_or_404(Paper, public_id=public_id)
    reader = reader_of(request)
    all_collections = collections_of(reader)
    if request.method != "POST":
        there = set(paper.saved_in.filter(collection__reader=reader).values_list("collection__public_id", flat=True))
        context = {"paper": paper, "collections": all_collections, "there": there}
        return render(request, "feeds/saved_paper.html", context)

    chosen = [collection for collection in all_collections if collection.public_id in request.POST.getlist("in")]
    try:
        collections.set_collections(reader, paper, chosen)
    except ValidationError as error:
        messages.error(request, f"Nothing was changed: {error.messages[0]}.")
        return redirect("paper-collections", paper.public_id)
    names = ", ".join(f"“{collection}”" for collection in chosen)
    messages.success(request, f"The paper is in {names}." if chosen else "The paper is not in any of your collections.")
    return redirect(paper)


def _back(request: HttpRequest, paper: Paper) -> str:
    return params.next_url(request) or reverse("paper", args=[paper.public_id])
