"""The pages of the papers of some days in the reader's order: today, a day, a week, a month, since my last visit."""

import re
from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
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
from feeds.http.negotiation import also_markdown, prefers_markdown, shown
from feeds.models import visits
from recommender.impressions import is_noted
from recommender.models import Paper, Ranking
from recommender.ranking.rank import SORTS, day_to_show, rank
from recommender.spans import MOST, Span

from . import markdown_lists
from .day_navigation import Sheet, scales, sheet_of_day, sheet_of_month, sheet_of_week, sheet_since
from .list_options import Choice, Wishes, choose, keep_habits, wishes_of

PAGE = 50


@require_safe
@also_markdown
def today(request: HttpRequest) -> HttpResponse:
    """The newest day with papers."""
    now = timezone.now()
    newest = day_to_show(now.date())
    late = {"late_sources": late_sources(now)}
    if newest is None:
        return shown(request, "feeds/day.html", {"ranking": None} | late, markdown_lists.day)
    about = {"wanted": now.date(), "is_today": True, "popular_when": "today" if newest == now.date() else ""}
    return _page(request, sheet_of_day(newest), about | late)


@require_safe
@also_markdown
def day(request: HttpRequest, day: date) -> HttpResponse:
    """One given day; a day without papers shows the last one before it that has some, and says so."""
    last = day_to_show(day)
    if last is None:
        raise Http404(f"no papers on {day} or before")
    return _page(request, sheet_of_day(last), {"wanted": day})


@require_safe
def pick(request: HttpRequest) -> HttpResponse:
    """From the date field to the page of its day; to today's where no day was given."""
    try:
        return redirect("day", date.fromisoformat(request.GET.get("date", "")))
    except ValueError:
        return redirect("today")


@require_safe
@also_markdown
def week(request: HttpRequest, week: Span) -> HttpResponse:
    """An ISO week."""
    return _page(request, sheet_of_week(week), {})


@require_safe
@also_markdown
def month(request: HttpRequest, month: Span) -> HttpResponse:
    """A calendar month."""
    return _page(request, sheet_of_month(month), {})


@require_safe
@login_required
def catch_up(request: HttpRequest) -> HttpResponse:
    """What came since the reader's last visit; the day goes into the address, where reloading does not move it."""
    now = timezone.now()
    try:
        first = date.fromisoformat(request.GET.get("since", ""))
    except ValueError:
        first = visits.since(visits.note(reader_of(request), now), now)
        return redirect(f"{request.path}?{urlencode({'since': str(first)})}")
    first = min(max(first, visits.earliest(now.date())), now.date())
    return _page(request, sheet_since(first, now.date()), {"since": first})


def _page(request: HttpRequest, sheet: Sheet, about: dict[str, Any]) -> HttpResponse:
    reader = request.user if isinstance(request.user, User) else None
    wishes = wishes_of(request)
    if "sort" in request.GET and (wishes.sort not in SORTS or (wishes.sort == "mine" and reader is None)):
        return HttpResponseRedirect(request.path)
    if reader is not None and not prefers_markdown(request):  # a program's reading is no visit
        visits.note(reader, timezone.now())
    try:
        ranking = _ranking(request, reader, sheet, wishes)
    except Paper.DoesNotExist as error:
        if sheet.kind != "since":
            raise Http404(str(error)) from None
        ranking = None
    context = _context(request, reader, sheet, wishes, ranking) | about
    if ranking:
        address = reverse("today") if about.get("is_today") else reverse("day", args=[ranking.day])
        context["canonical"] = request.build_absolute_uri(address)
    response = shown(request, "feeds/day.html", context, markdown_lists.day)
    keep_habits(request, response)
    return response


def _ranking(request: HttpRequest, reader: User | None, sheet: Sheet, wishes: Wishes) -> Ranking:
    """The pinned ranking or a new one; of several days, the category says which papers may be among the 1,000."""
    span = sheet.span if sheet.span.is_day else Span(sheet.span.first, sheet.span.last, wishes.category)
    return _pinned(request, reader, span) or rank(reader, span, wishes.sort or "mine")


def _pinned(request: HttpRequest, reader: User | None, span: Span) -> Ranking | None:
    """The ranking that the reader is paging through, so that later pages neither skip nor repeat."""
    name = request.GET.get("ranking", "")
    if not re.fullmatch(r"[\w-]{1,32}", name, re.ASCII):
        return None
    first = None if span.is_day else span.first
    of_these = Ranking.objects.filter(day=span.last, first_day=first, category=span.category)
    return of_these.filter(public_id=name, reader=reader).select_related("model").first()


def _context(
    request: HttpRequest, reader: User | None, sheet: Sheet, wishes: Wishes, ranking: Ranking | None
) -> dict[str, Any]:
    today = timezone.now().date()
    found = {
        "sheet": sheet,
        "scales": scales(sheet, is_signed_in=reader is not None),
        "wishes": wishes,
        "sort": wishes.sort or ("mine" if reader else "popular"),
        "carried": _carried(wishes),
        "today": today,
        "newest": min(sheet.span.last, today),
        "most": MOST,
        "ranking": ranking,
    }
    if ranking is None:
        return found
    choice = choose(ranking, reader, wishes)
    found |= _list(ranking, reader, choice, _asked_page(request, choice))
    return found | {
        "order": wording.order(ranking),
        "is_pinned": request.GET.get("ranking") == ranking.public_id,
        "has_votes": reader is not None and reader.votes.exists(),
        "whole": _whole(sheet.span, wishes),
    }


def _list(ranking: Ranking, reader: User | None, choice: Choice, page: Page[int]) -> dict[str, Any]:
    places = entries_at(ranking, reader, list(page.object_list))
    noted = ranking.public_id if reader and is_noted(reader) else ""
    positions = ",".join(str(entry.position) for entry in places)
    return {
        "entries": places,
        "noted": noted,
        "shown_gif": reverse("shown-picture", args=[noted, positions]) if noted and places else "",
        "page": page,
        "categories": choice.categories,
        "left_out": len(ranking.order) - len(choice.places),
        "is_personal": ranking.mode in (Ranking.Mode.HYBRID, Ranking.Mode.CONTENT),
        "has_demo": any(entry.paper.source == Paper.Source.DEMO for entry in places),
    }


def _asked_page(request: HttpRequest, choice: Choice) -> Page[int]:
    return Paginator(choice.places, PAGE).get_page(request.GET.get("page"))


def _whole(span: Span, wishes: Wishes) -> int | None:
    """How many papers several days have, of which a ranking takes the first 1,000."""
    return None if span.is_day else Span(span.first, span.last, wishes.category).papers().count()


def _carried(wishes: Wishes) -> str:
    """What links to other days take along."""
    kept = {name: value for name, value in (("sort", wishes.sort), ("category", wishes.category)) if value}
    return f"?{urlencode(kept)}" if kept else ""
