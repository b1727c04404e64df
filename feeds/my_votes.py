"""All votes of one reader: to look through, to change, to take along."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import User
from recommender.models import Paper, Vote

from .http.authentication import reader_of
from .http.downloads import as_csv, download
from .presenting import Entry

PAGE = 50
COLUMNS = ("paper_id", "title", "value", "voted_at")
KINDS = {"up": Vote.Value.UP, "down": Vote.Value.DOWN}


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
    return as_file(reader_of(request), form)


def as_file(reader: User, form: str) -> HttpResponse:
    """Every vote of the reader for download; raises KeyError for an unknown form."""
    media_type, write = FORMS[form]
    return download(write(_rows(reader)), media_type, f"votes.{form}")


def _matching(reader: User, words: str, only: str) -> QuerySet[Vote]:
    found = reader.votes.all()
    if only in KINDS:
        found = found.filter(value=KINDS[only])
    for word in words.split():
        found = found.filter(paper__title__icontains=word)
    return found


def _rows(reader: User) -> Iterator[dict[str, Any]]:
    for paper_id, title, value, at in reader.votes.values_list("paper__public_id", "paper__title", "value", "voted_at"):
        yield dict(zip(COLUMNS, (paper_id, title, value, at.isoformat()), strict=True))


def _as_json(rows: Iterator[dict[str, Any]]) -> str:
    return json.dumps(list(rows), ensure_ascii=False, indent=1) + "\n"


def _as_lines(rows: Iterator[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _as_csv(rows: Iterator[dict[str, Any]]) -> str:
    return as_csv(COLUMNS, rows)


FORMS: dict[str, tuple[str, Callable[[Iterator[dict[str, Any]]], str]]] = {
    "json": ("application/json", _as_json),
    "ndjson": ("application/x-ndjson", _as_lines),
    "csv": ("text/csv", _as_csv),
}
