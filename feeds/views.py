"""The pages: a day in the reader's order, one paper, votes, the record of models, the state of the service."""

import re
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.models import User
from recommender import voting
from recommender.models import Paper, Ranking, TrainedModel
from recommender.ranking import SORTS, day_to_show, rank
from recommender.record import refused_in_a_row

from .likeness import nearly_the_same
from .presenting import Entry, entries, votes_of
from .provenance import with_provenance
from .status import late_sources, status_now

PAGE = 50


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """The newest day with papers."""
    return _day(request, timezone.now().date(), is_today=True)


@require_safe
def day(request: HttpRequest, day: date) -> HttpResponse:
    """One given day; a day without papers shows the last one before it that has some, and says so."""
    return _day(request, day, is_today=False)


@require_safe
def paper(request: HttpRequest, public_id: str) -> HttpResponse:
    """One paper in full, with my vote."""
    found = get_object_or_404(with_provenance(Paper.objects.with_public_votes()), public_id=public_id)
    reader = reader_or_none(request)
    entry = Entry(0, found, None, (), votes_of(reader, [found.pk]).get(found.pk, 0))
    return render(request, "feeds/paper.html", {"entry": entry, "paper": found, "alike": nearly_the_same(found)})


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
        voting.cast(reader, found, value)
    else:
        voting.take_back(reader, found)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "feeds/_voted.html", {"entry": _entry_after_vote(request, found, value)})
    messages.success(request, {1: "Thumbs up noted.", -1: "Thumbs down noted.", 0: "Vote taken back."}[value])
    return HttpResponseRedirect(_back(request, found))


@require_safe
def models(request: HttpRequest) -> HttpResponse:
    """The public record: every nightly model, its figures and its verdict."""
    page = Paginator(TrainedModel.objects.all(), 30).get_page(request.GET.get("page"))
    return render(request, "feeds/models.html", {"page": page, "refused_in_a_row": refused_in_a_row()})


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """What runs, how old it is, and which steps of the last nights are done."""
    return render(request, "feeds/status.html", {"status": status_now(timezone.now())})


def reader_or_none(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _day(request: HttpRequest, wanted: date, *, is_today: bool) -> HttpResponse:
    shown = day_to_show(wanted)
    if shown is None:
        if is_today:
            return render(request, "feeds/day.html", {"ranking": None, "late_sources": late_sources(timezone.now())})
        raise Http404(f"no papers on {wanted} or before")
    reader = reader_or_none(request)
    sort = request.GET.get("sort", "mine" if reader else "popular")
    if sort not in SORTS or (sort == "mine" and reader is None):
        return HttpResponseRedirect(request.path)
    ranking = _pinned(request, reader, shown) or rank(reader, shown, sort if "sort" in request.GET else "mine")
    page = Paginator(range(len(ranking.order)), PAGE).get_page(request.GET.get("page"))
    places = entries(ranking, reader, page.start_index() - 1, PAGE)
    late = late_sources(timezone.now()) if is_today else []
    context = _context(ranking, places, page, wanted, sort) | {"is_today": is_today, "late_sources": late}
    return render(request, "feeds/day.html", context)


def _context(ranking: Ranking, places: list[Entry], page: Any, wanted: date, sort: str) -> dict[str, Any]:
    days = Paper.objects.offered().order_by("day").values_list("day", flat=True)
    return {
        "ranking": ranking,
        "entries": places,
        "page": page,
        "sort": sort,
        "wanted": wanted,
        "is_personal": ranking.mode in (Ranking.Mode.HYBRID, Ranking.Mode.CONTENT),
        "has_demo": any(entry.paper.source == Paper.Source.DEMO for entry in places),
        "previous_day": days.filter(day__lt=ranking.day).last(),
        "next_day": days.filter(day__gt=ranking.day).first(),
    }


def _pinned(request: HttpRequest, reader: User | None, shown: date) -> Ranking | None:
    """The ranking that the reader is paging through, so that later pages neither skip nor repeat."""
    name = request.GET.get("ranking", "")
    if not re.fullmatch(r"[\w-]{1,32}", name, re.ASCII):
        return None
    return Ranking.objects.filter(public_id=name, reader=reader, day=shown).select_related("model").first()


def _entry_after_vote(request: HttpRequest, found: Paper, value: int) -> Entry:
    paper_now = Paper.objects.with_public_votes().get(pk=found.pk)
    position = request.POST.get("position", "")
    return Entry(int(position) if position.isdecimal() and len(position) < 6 else 0, paper_now, None, (), value)


def _to_login(request: HttpRequest, found: Paper) -> HttpResponse:
    """To the sign-in page and from there back to where the button was: the session has ended meanwhile."""
    response = redirect_to_login(_back(request, found))
    return HttpResponseClientRedirect(response.url) if request.htmx else response  # type: ignore[attr-defined]


def _back(request: HttpRequest, found: Paper) -> str:
    """Where the form was, as far as that is on this site; the paper's own page otherwise."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return reverse("paper", args=[found.public_id])
