"""Voting by a page."""

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from feeds.entries import Entry
from feeds.http.rate_limits import spend_votes
from feeds.paper_search import reader_or_none
from recommender import impressions, votes
from recommender.models import Paper

from .impressions import named


@require_POST
def vote(request: HttpRequest, public_id: str) -> HttpResponse:
    """Vote up (1), down (-1) or take the vote back (0): a redirect for forms, the new card for htmx."""
    found = get_object_or_404(Paper, public_id=public_id)
    value = {"1": 1, "-1": -1, "0": 0}.get(request.POST.get("value", ""))
    if value is None:
        return HttpResponse("A vote is 1, -1 or 0.", status=400, content_type="text/plain")
    reader = reader_or_none(request)
    if reader is None:
        return _to_login(request, found)
    if value:
        spend_votes(reader, 1)
        votes.cast(reader, found, value)
    else:
        votes.take_back(reader, found)
    impressions.vote_from(reader, named(request.POST.get("ranking")), found, value, timezone.now())
    if request.htmx:  # type: ignore[attr-defined]
        now = Paper.objects.with_public_votes().get(pk=found.pk)
        entry = Entry(0, now, None, (), value)
        return render(request, "feeds/_voted.html", {"entry": entry, "reordered": _reordered(request, found)})
    messages.success(request, "Vote saved." if value else "Vote removed.")
    return HttpResponseRedirect(_back(request, found))


def _reordered(request: HttpRequest, found: Paper) -> str:
    """The list that the vote was cast on, in the order that it makes; the paper's day from any other page."""
    path, _, query = _back(request, found).partition("#")[0].partition("?")
    if path == reverse("paper", args=[found.public_id]):
        return reverse("day", args=[found.day])
    kept = QueryDict(query, mutable=True)
    for name in ("ranking", "page"):
        kept.pop(name, None)
    return f"{path}?{kept.urlencode()}"


def _to_login(request: HttpRequest, found: Paper) -> HttpResponse:
    """To the sign-in page and from there back to where the button was: the session has ended meanwhile."""
    response = redirect_to_login(_back(request, found))
    return HttpResponseClientRedirect(response.url) if request.htmx else response  # type: ignore[attr-defined]


def _back(request: HttpRequest, found: Paper) -> str:
    """Where the paper was on the page of the form, as far as that is on this site; the paper's own page otherwise."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted if "#" in wanted else f"{wanted}#paper-{found.pk}"
    return reverse("paper", args=[found.public_id])
