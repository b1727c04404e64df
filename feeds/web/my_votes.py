"""The page of my votes."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import User
from feeds.entries import Entry
from feeds.http.authentication import reader_of
from feeds.transfer.export_votes import FORMS, export_votes
from recommender.models import Paper, Vote, VoteValue

PAGE = 50


KINDS = {"up": VoteValue.UP, "down": VoteValue.DOWN}


@login_required
@require_safe
def votes(request: HttpRequest) -> HttpResponse:
    """The newest first; those whose paper's title has all the words of `q`, of one kind where `only` names one."""
    words, only = request.GET.get("q", "")[:200].replace("\x00", ""), request.GET.get("only", "")
    found = _matching(reader_of(request), words, only)
    page = Paginator(found.values_list("paper", "value", "voted_at"), PAGE).get_page(request.GET.get("page"))
    papers = Paper.objects.with_public_votes().in_bulk([pk for pk, _, _ in page])
    rows = [(Entry(0, papers[pk], None, (), value), at) for pk, value, at in page if pk in papers]
    return render(request, "feeds/taste_votes.html", {"rows": rows, "page": page, "words": words, "only": only})


@login_required
@require_safe
def export(request: HttpRequest, form: str) -> HttpResponse:
    """Every vote as a file, the newest first."""
    if form not in FORMS:
        raise Http404(f"votes are given as {' or '.join(FORMS)}")
    return export_votes(reader_of(request), form)


def _matching(reader: User, words: str, only: str) -> QuerySet[Vote]:
    found = reader.votes.all()
    if only in KINDS:
        found = found.filter(value=KINDS[only])
    for word in words.split():
        found = found.filter(paper__title__icontains=word)
    return found
