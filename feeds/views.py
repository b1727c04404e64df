"""The pages of one paper, of votes, of the record of models, and of the state of the service."""

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from recommender import impressions, votes
from recommender.collections import saved_pks
from recommender.models import Paper, TrainedModel
from recommender.models.training import refused_in_a_row
from recommender.ranking.similar import similar_to

from . import markdown_pages
from .finding import reader_or_none
from .http.negotiation import also_markdown, markdown_answer, prefers_markdown, shown
from .http.rate_limits import spend_votes
from .markdown import paper_as_markdown
from .noticing import named, opened
from .presenting import Entry, votes_of
from .provenance import with_provenance
from .sources.duplicates import nearly_the_same
from .status import status_now
from .trending import IN_WORDS, TERMS, WINDOWS, trending


@require_safe
@also_markdown
def paper(request: HttpRequest, public_id: str) -> HttpResponse:
    """One paper in full, with my vote."""
    found = get_object_or_404(with_provenance(Paper.objects.with_public_votes()), public_id=public_id)
    if prefers_markdown(request):
        return markdown_answer(paper_as_markdown(found, request))
    reader = reader_or_none(request)
    is_saved = found.pk in saved_pks(reader, [found.pk])
    entry = Entry(0, found, None, (), votes_of(reader, [found.pk]).get(found.pk, 0), is_saved=is_saved)
    context = {"entry": entry, "paper": found, "alike": nearly_the_same(found), "similar": similar_to(found)}
    context["noted"] = opened(request, reader, found)
    return render(request, "feeds/paper.html", context)


@require_safe
def abstract(request: HttpRequest, public_id: str) -> HttpResponse:
    """A paper's abstract as its source gave it, however long."""
    found = get_object_or_404(Paper, public_id=public_id)
    return HttpResponse(found.abstract, content_type="text/plain; charset=utf-8")


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
    messages.success(request, {1: "Thumbs up noted.", -1: "Thumbs down noted.", 0: "Vote taken back."}[value])
    return HttpResponseRedirect(_back(request, found))


@require_safe
@also_markdown
def trends(request: HttpRequest) -> HttpResponse:
    """What trended in the last day, week or month."""
    window = request.GET.get("window", "week")
    if window not in WINDOWS:
        return redirect("trending")
    found = trending(window, timezone.now(), reader_or_none(request))
    context = {"found": found, "window": window, "windows": list(WINDOWS), "hours": IN_WORDS[window]} | TERMS
    return shown(request, "feeds/trending.html", context, markdown_pages.trending)


@require_safe
def models(request: HttpRequest) -> HttpResponse:
    """The public record: every nightly model, its figures and its verdict."""
    page = Paginator(TrainedModel.objects.all(), 30).get_page(request.GET.get("page"))
    return render(request, "feeds/models.html", {"page": page, "refused_in_a_row": refused_in_a_row()})


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """What runs, how old it is, and which steps of the last nights are done."""
    return render(request, "feeds/status.html", {"status": status_now(timezone.now())})


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
