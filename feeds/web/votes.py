"""Voting on a page."""

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from feeds.entries import Entry
from feeds.http import params
from feeds.http.rate_limits import spend_votes
from feeds.paper_search import reader_or_none
from recommender import impressions, votes
from recommender.models import Paper

from .impressions import ranking_name

VALUES = {"1": 1, "-1": -1, "0": 0}


@require_POST
def vote(request: HttpRequest, public_id: str) -> HttpResponse:
    """Vote up (1), down (-1) or remove the vote (0).

    Redirects forms, renders the new card for htmx.
    """
    paper = get_object_or_404(Paper, public_id=public_id)
    value = VALUES.get(request.POST.get("value", ""))
    if value is None:
        return HttpResponse("value must be 1, -1 or 0", status=400, content_type="text/plain")
    reader = reader_or_none(request)
    if reader is None:  # the session has ended since the page was loaded
        login = redirect_to_login(_back(request, paper))
        return HttpResponseClientRedirect(login.url) if request.htmx else login  # type: ignore[attr-defined]

    if value:
        spend_votes(reader, 1)
        votes.cast(reader, paper, value)
    else:
        votes.take_back(reader, paper)
    impressions.note_vote(reader, ranking_name(request.POST.get("ranking")), paper, value, timezone.now())
    if not request.htmx:  # type: ignore[attr-defined]
        messages.success(request, "Vote saved." if value else "Vote removed.")
        return HttpResponseRedirect(_back(request, paper))

    # link to the updated ranking: that of the list that the vote was cast on, or of the paper's day
    path, _, query = _back(request, paper).partition("#")[0].partition("?")
    if path == reverse("paper", args=[paper.public_id]):
        reordered = reverse("day", args=[paper.day])
    else:
        parameters = QueryDict(query, mutable=True)
        for name in ("ranking", "page"):
            parameters.pop(name, None)
        reordered = f"{path}?{parameters.urlencode()}"
    entry = Entry(0, Paper.objects.with_public_votes().get(pk=paper.pk), None, (), value)
    return render(request, "feeds/_voted.html", {"entry": entry, "reordered": reordered})


def _back(request: HttpRequest, found: Paper) -> str:
    """The URL of the paper on the page where it was voted on.

    If that page is not on this site, the paper's own page.
    """
    url = params.next_url(request)
    if not url:
        return reverse("paper", args=[found.public_id])
    return url if "#" in url else f"{url}#paper-{found.pk}"
