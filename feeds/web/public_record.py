"""The public pages of trending papers, models, evidence and status."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from feeds.health.status import status_now
from feeds.http.negotiation import also_markdown, render_page
from feeds.paper_search import reader_or_none
from feeds.trending import IN_WORDS, TERMS, WINDOWS, trending
from recommender.evidence import record
from recommender.models import TrainedModel
from recommender.models.training import refused_in_a_row

from . import markdown_lists


@require_safe
def evidence(request: HttpRequest) -> HttpResponse:
    """The figures of the newest nightly record; the request itself counts nothing."""
    newest = record.newest()
    context = {"record": newest, "figures": newest.figures if newest else {}, "experiments": record.experiments(newest)}
    return render(request, "feeds/evidence.html", context)


@require_safe
@also_markdown
def trends(request: HttpRequest) -> HttpResponse:
    """The trending papers of the last day, week or month."""
    window = request.GET.get("window", "week")
    if window not in WINDOWS:
        return redirect("trending")
    entries = trending(window, timezone.now(), reader_or_none(request))
    context = {"found": entries, "window": window, "windows": list(WINDOWS), "hours": IN_WORDS[window]} | TERMS
    return render_page(request, "feeds/trending.html", context, markdown_lists.trending)


@require_safe
def models(request: HttpRequest) -> HttpResponse:
    """Every nightly model with its figures and its verdict."""
    page = Paginator(TrainedModel.objects.all(), 30).get_page(request.GET.get("page"))
    return render(request, "feeds/models.html", {"page": page, "refused_in_a_row": refused_in_a_row()})


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """The state and age of the service's parts, and recent nights."""
    return render(request, "feeds/status.html", {"status": status_now(timezone.now())})
