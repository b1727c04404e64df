"""The search page: a form that works without JavaScript, and what was found with the words marked."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.models import User
from feeds.entries import Entry, votes_of
from feeds.http.negotiation import also_markdown, shown
from feeds.paper_search import CATEGORY, SearchedPapers, reader_or_none
from recommender.collections import saved_pks
from recommender.models import Paper
from recommender.search.highlight import TextPiece, highlight, snippet
from recommender.search.query import LONGEST, Query, Where, parse
from recommender.search.search import REACH, SORTS, search

from . import markdown_lists

PAGE = 25
FIELDS = ("author", "category", "since", "until")


class DayField(forms.DateField):
    """A day that may be left out, as browsers send it."""

    def __init__(self) -> None:
        wrong = {"invalid": "a day is written YYYY-MM-DD, such as 2026-11-23"}
        picker = forms.DateInput({"type": "date"}, "%Y-%m-%d")
        super().__init__(required=False, input_formats=["%Y-%m-%d"], widget=picker, error_messages=wrong)


class SearchForm(forms.Form):
    """The words are read by `parse`, which takes whatever there is; only the fields beside them can be wrong."""

    q = forms.CharField(
        required=False, label="Search papers", widget=forms.TextInput({"type": "search", "maxlength": LONGEST})
    )
    author = forms.CharField(required=False, max_length=100)
    category = forms.CharField(
        required=False, max_length=40, validators=[CATEGORY], widget=forms.TextInput({"placeholder": "cs.LG"})
    )
    since = DayField()
    until = DayField()

    template_name = "feeds/_search_form.html"


@dataclass(frozen=True)
class Hit:
    """A paper of a search: its entry, its place, and its title and a part of its abstract in pieces."""

    entry: Entry
    place: int
    title: list[TextPiece]
    snippet: list[TextPiece]


@require_safe
@also_markdown
def page(request: HttpRequest) -> HttpResponse:
    """The form, and below it what was found; what a field cannot mean is said beside it and left out."""
    text = request.GET.get("q", "")
    form = SearchForm(_readable(request, text), label_suffix="")
    form.is_valid()
    narrowing = {name: form.cleaned_data.get(name) for name in FIELDS}
    context: dict[str, Any] = {"form": form, "is_narrowed": any(request.GET.get(name) for name in FIELDS)}
    if text.strip() or any(narrowing.values()):
        context |= _found(request, _query(request, text, narrowing))
    return shown(request, "feeds/search.html", context, markdown_lists.search)


def _readable(request: HttpRequest, text: str) -> dict[str, str]:
    """What the form shows again: without what no field can hold."""
    sent = {name: request.GET.get(name, "") for name in FIELDS} | {"q": text[:LONGEST]}
    return {name: value.replace("\x00", " ") for name, value in sent.items()}


def _query(request: HttpRequest, text: str, narrowing: dict[str, str | date | None]) -> Query:
    query = parse(text, typing="typing" in request.GET)
    return query.narrowed(**{name: value for name, value in narrowing.items() if value})  # type: ignore[arg-type]


def _found(request: HttpRequest, query: Query) -> dict[str, Any]:
    reader = reader_or_none(request)
    asked = request.GET.get("sort", "")
    found = search(query, asked if asked in SORTS else SORTS[0], reader)
    papers = Paginator(SearchedPapers(found), PAGE).get_page(request.GET.get("page"))
    return {"found": found, "page": papers, "hits": _hits(papers, query, reader), "reach": REACH}


def _hits(shown: Page[Paper], query: Query, reader: User | None) -> list[Hit]:
    papers = list(shown.object_list)
    pks = [paper.pk for paper in papers]
    mine, saved = votes_of(reader, pks), saved_pks(reader, pks)
    return [
        Hit(
            Entry(0, paper, None, (), mine.get(paper.pk, 0), is_saved=paper.pk in saved),
            place,
            highlight(paper.title, query, Where.TITLE),
            snippet(paper.abstract, query),
        )
        for place, paper in enumerate(papers, start=shown.start_index())
    ]
