"""Saving one paper: the button beside it, and the page that says in which collections it is."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.models import User
from feeds.http.authentication import reader_of
from recommender import collections as collecting
from recommender.collections import collections_of, reading_list
from recommender.models import Paper


@require_POST
def save(request: HttpRequest, public_id: str) -> HttpResponse:
    """Put a paper on the reading list (1) or take it off (0): a redirect for forms, the new button for htmx."""
    paper = get_object_or_404(Paper, public_id=public_id)
    wish = request.POST.get("saved", "")
    if wish not in ("0", "1"):
        return HttpResponse("saved must be 0 or 1", status=400, content_type="text/plain")
    if not isinstance(request.user, User):
        return _to_login(request, paper)
    try:
        words = _saved(request.user, paper) if wish == "1" else _taken_off(request.user, paper)
    except ValidationError as error:
        wish, words = "0", f"{paper.public_id} was not saved: {error.messages[0]}."
    if request.htmx:  # type: ignore[attr-defined]
        context = {"paper": paper, "is_saved": wish == "1", "words": words}
        return render(request, "feeds/_save_changed.html", context)
    messages.success(request, words)
    return redirect(_back(request, paper))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, public_id: str) -> HttpResponse:
    """In which of my collections a paper is, each to be ticked or not."""
    paper = get_object_or_404(Paper, public_id=public_id)
    reader = reader_of(request)
    collections = collections_of(reader)
    if request.method == "POST":
        wanted = request.POST.getlist("in")
        return _put(request, paper, wanted)
    there = set(paper.saved_in.filter(collection__reader=reader).values_list("collection__public_id", flat=True))
    return render(request, "feeds/saved_paper.html", {"paper": paper, "collections": collections, "there": there})


def _put(request: HttpRequest, paper: Paper, wanted: list[str]) -> HttpResponse:
    chosen = [found for found in collections_of(reader_of(request)) if found.public_id in wanted]
    try:
        collecting.put(reader_of(request), paper, chosen)
    except ValidationError as error:
        messages.error(request, f"Nothing was changed: {error.messages[0]}.")
        return redirect("paper-collections", paper.public_id)
    names = ", ".join(f"“{collection}”" for collection in chosen)
    messages.success(request, f"The paper is in {names}." if chosen else "The paper is not in any of your collections.")
    return redirect(paper)


def _saved(reader: User, paper: Paper) -> str:
    is_new = collecting.save(reading_list(reader), [paper])
    return "Saved to your reading list." if is_new else "Already on your reading list."


def _taken_off(reader: User, paper: Paper) -> str:
    collecting.remove(reading_list(reader), [paper.pk])
    return "Removed from your reading list."


def _to_login(request: HttpRequest, paper: Paper) -> HttpResponse:
    response = redirect_to_login(_back(request, paper))
    return HttpResponseClientRedirect(response.url) if request.htmx else response  # type: ignore[attr-defined]


def _back(request: HttpRequest, paper: Paper) -> str:
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return reverse("paper", args=[paper.public_id])
