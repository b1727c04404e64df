"""The page of the reader's votes, and their export."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from feeds.entries import Entry
from feeds.http.authentication import reader_of
from feeds.transfer.export_votes import FORMS, export_votes
from recommender.models import Paper, VoteValue

PAGE = 50
KINDS = {"up": VoteValue.UP, "down": VoteValue.DOWN}


@login_required
@require_safe
def votes(request: HttpRequest) -> HttpResponse:
    """The newest votes first.

    `q` filters by words of the title, `only` by "up" or "down".
    """
    words = request.GET.get("q", "")[:200].replace("\x00", "")
    only = request.GET.get("only", "")
    queryset = reader_of(request).votes.all()
    if only in KINDS:
        queryset = queryset.filter(value=KINDS[only])
    for word in words.split():
        queryset = queryset.filter(paper__title__icontains=word)
    page = Paginator(queryset.values_list("paper", "value", "voted_at"), PAGE).get_page(request.GET.get("page"))
    papers = Paper.objects.with_public_votes().in_bulk([pk for pk, _, _ in page])
    rows = [(Entry(0, papers[pk], None, (), value), at) for pk, value, at in page if pk in papers]
    return render(request, "feeds/taste_votes.html", {"rows": rows, "page": page, "words": words, "only": only})


@login_required
@require_safe
def export(request: HttpRequest, form: str) -> HttpResponse:
    """Download all votes, the newest first."""
    if form not in FORMS:
        raise Http404(f"{form!r} is not an export format; use {' or '.join(FORMS)}")
    return export_votes(reader_of(request), form)
