"""The public record: models, status, trending papers, evidence."""

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
    """The figures of the newest record; nothing is counted while somebody waits."""
    found = record.newest()
    context = {"record": found, "figures": found.figures if found else {}, "experiments": record.experiments(found)}
    return render(request, "feeds/evidence.html", context)


@require_safe
@also_markdown
def trends(request: HttpRequest) -> HttpResponse:
    """What trended in the last day, week or month."""
    window = request.GET.get("window", "week")
    if window not in WINDOWS:
        return redirect("trending")
    found = trending(window, timezone.now(), reader_or_none(request))
    context = {"found": found, "window": window, "windows": list(WINDOWS), "hours": IN_WORDS[window]} | TERMS
    return render_page(request, "feeds/trending.html", context, markdown_lists.trending)


@require_safe
def models(request: HttpRequest) -> HttpResponse:
    """The public record: every nightly model, its figures and its verdict."""
    page = Paginator(TrainedModel.objects.all(), 30).get_page(request.GET.get("page"))
    return render(request, "feeds/models.html", {"page": page, "refused_in_a_row": refused_in_a_row()})


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """What runs, how old it is, and which steps of the last nights are done."""
    return render(request, "feeds/status.html", {"status": status_now(timezone.now())})
