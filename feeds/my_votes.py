"""All votes of one reader: to look through, to change, to take along."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.authentication import reader_of
from accounts.models import User
from recommender.models import Paper, Vote

from .presenting import Entry

PAGE = 50
COLUMNS = ("paper_id", "title", "value", "voted_at")
KINDS = {"up": Vote.Value.UP, "down": Vote.Value.DOWN}
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


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
    if form not in _FORMS:
        raise Http404(f"votes are given as {' or '.join(_FORMS)}")
    media_type, write = _FORMS[form]
    headers = {"Content-Disposition": f'attachment; filename="votes.{form}"', "Cache-Control": "private, no-store"}
    return HttpResponse(
        write(list(_rows(reader_of(request)))), content_type=f"{media_type}; charset=utf-8", headers=headers
    )


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


def _as_json(rows: list[dict[str, Any]]) -> str:
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


def _as_csv(rows: list[dict[str, Any]]) -> str:
    """A line each under a line of names; a title that a spreadsheet would take for a formula gets a quote before it."""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=COLUMNS)
    writer.writeheader()
    writer.writerows(row | {"title": _harmless(row["title"])} for row in rows)
    return out.getvalue()


def _harmless(title: str) -> str:
    return f"'{title}" if title.startswith(_STARTS_A_FORMULA) else title


_FORMS = {"json": ("application/json", _as_json), "csv": ("text/csv", _as_csv)}
