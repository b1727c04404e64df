"""Pages of papers by day, week, month or since a visit."""

import re
from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from accounts.models import User
from feeds import wording
from feeds.entries import entries_at
from feeds.health.status import late_sources
from feeds.http.authentication import reader_of
from feeds.http.negotiation import also_markdown, prefers_markdown, render_page
from feeds.models import visits
from feeds.paper_search import reader_or_none
from recommender.impressions import is_noted
from recommender.models import Paper, PaperSource, Ranking
from recommender.ranking.rank import DAILY, LENGTH, latest_day, rank
from recommender.spans import Span

from . import markdown_lists
from .day_navigation import ListPage, page_of_day, page_of_month, page_of_week, page_since, scales
from .list_options import ListOptions, filter_places, options_of, remember_habits

PAGE = 50


@require_safe
@also_markdown
def today(request: HttpRequest) -> HttpResponse:
    """The newest day that has papers."""
    now = timezone.now()
    newest = latest_day(now.date())
    late = {"late_sources": late_sources(now)}
    if newest is None:
        return render_page(request, "feeds/day.html", {"ranking": None} | late, markdown_lists.day)
    context = {"wanted": now.date(), "is_today": True, "popular_when": "today" if newest == now.date() else ""}
    return _list_page(request, page_of_day(newest), context | late)


@require_safe
@also_markdown
def day(request: HttpRequest, day: date) -> HttpResponse:
    """One day.

    If it has no papers, the last day before it that has some is shown with a note.
    """
    last = latest_day(day)
    if last is None:
        raise Http404(f"there are no papers on {day} or earlier")
    return _list_page(request, page_of_day(last), {"wanted": day})


@require_safe
def pick(request: HttpRequest) -> HttpResponse:
    """Redirect from the date field to the page of the day.

    Without a valid date, redirect to today's page.
    """
    try:
        return redirect("day", date.fromisoformat(request.GET.get("date", "")))
    except ValueError:
        return redirect("today")


@require_safe
@also_markdown
def week(request: HttpRequest, week: Span) -> HttpResponse:
    """An ISO week."""
    return _list_page(request, page_of_week(week), {})


@require_safe
@also_markdown
def month(request: HttpRequest, month: Span) -> HttpResponse:
    """A calendar month."""
    return _list_page(request, page_of_month(month), {})


@require_safe
@login_required
def catch_up(request: HttpRequest) -> HttpResponse:
    """The papers since the reader's last visit.

    A redirect puts the day into the URL, so that reloading keeps it.
    """
    now = timezone.now()
    try:
        first = date.fromisoformat(request.GET.get("since", ""))
    except ValueError:
        first = visits.last_visit_day(visits.record(reader_of(request), now), now)
        return redirect(f"{request.path}?{urlencode({'since': str(first)})}")
    first = min(max(first, visits.earliest_day(now.date())), now.date())
    return _list_page(request, page_since(first, now.date()), {"since": first})


def _without_sort(request: HttpRequest) -> str:
    """The same address with every parameter but `sort`."""
    others = request.GET.copy()
    del others["sort"]
    return f"{request.path}?{others.urlencode()}" if others else request.path


def _list_page(request: HttpRequest, list_page: ListPage, extra_context: dict[str, Any]) -> HttpResponse:
    """Rank the page's days for the reader and render the page.

    If the URL names a ranking, continue with that one.
    """
    reader = reader_or_none(request)
    options = options_of(request)
    is_impossible = (options.sort == "mine" and reader is None) or (options.sort == DAILY and list_page.span.is_day)
    if "sort" in request.GET and (not options.sort or is_impossible):
        return HttpResponseRedirect(_without_sort(request))
    if reader is not None and not prefers_markdown(request):  # requests by programs are not visits
        visits.record(reader, timezone.now())

    span = list_page.span
    if not span.is_day:  # of several days, the first `LENGTH` places are stored: of the category
        span = Span(span.first, span.last, options.category)
    try:
        ranking = _pinned_ranking(request, reader, span) or rank(reader, span, options.sort or "mine")
    except Paper.DoesNotExist as error:
        if list_page.kind != "since":
            raise Http404(str(error)) from None
        ranking = None

    today = timezone.now().date()
    carried = {name: value for name, value in (("sort", options.sort), ("category", options.category)) if value}
    context = {
        "sheet": list_page,
        "scales": scales(list_page, is_signed_in=reader is not None),
        "wishes": options,
        "sort": options.sort or ("mine" if reader else "popular"),
        "carried": f"?{urlencode(carried)}" if carried else "",  # links to other days keep these parameters
        "today": today,
        "newest": min(span.last, today),
        "most": LENGTH,
        "ranking": ranking,
    }
    if ranking is not None:
        context |= _ranking_context(request, reader, ranking, span, options)
        url = reverse("today") if extra_context.get("is_today") else reverse("day", args=[ranking.day])
        context["canonical"] = request.build_absolute_uri(url)
    response = render_page(request, "feeds/day.html", context | extra_context, markdown_lists.day)
    remember_habits(request, response)
    return response


def _pinned_ranking(request: HttpRequest, reader: User | None, span: Span) -> Ranking | None:
    """The ranking that the reader is paging through.

    Later pages then neither skip nor repeat papers.
    """
    public_id = request.GET.get("ranking", "")
    if not re.fullmatch(r"[\w-]{1,32}", public_id, re.ASCII):
        return None
    first = None if span.is_day else span.first
    rankings = Ranking.objects.filter(day=span.last, first_day=first, category=span.category)
    return rankings.filter(public_id=public_id, reader=reader).select_related("model").first()


def _ranking_context(
    request: HttpRequest, reader: User | None, ranking: Ranking, span: Span, options: ListOptions
) -> dict[str, Any]:
    """One page of the places that the filters leave.

    `whole` counts the papers of several days, listed or not.
    """
    visible = filter_places(ranking, reader, options)
    page = Paginator(visible.places, PAGE).get_page(request.GET.get("page"))
    entries = entries_at(ranking, reader, list(page.object_list))
    noted = ranking.public_id if reader and is_noted(reader) else ""
    positions = ",".join(str(entry.position) for entry in entries)
    has_votes = reader is not None and reader.votes.exists()
    return {
        "entries": entries,
        "noted": noted,
        "shown_gif": reverse("shown-picture", args=[noted, positions]) if noted and entries else "",
        "order": wording.order(ranking),
        "is_pinned": request.GET.get("ranking") == ranking.public_id,
        "has_votes": has_votes,
        "has_interests": reader is not None and not has_votes and reader.interests.exists(),
        "page": page,
        "categories": visible.categories,
        "left_out": len(ranking.order) - len(visible.places),
        "is_personal": ranking.mode in (Ranking.Mode.HYBRID, Ranking.Mode.CONTENT),
        "has_demo": any(entry.paper.source == PaperSource.DEMO for entry in entries),
        "whole": None if span.is_day else span.papers().count(),
    }
