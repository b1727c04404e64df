"""The search page, with matching words highlighted.

Its form works without JavaScript.
"""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from feeds.entries import Entry, votes_of
from feeds.http.negotiation import also_markdown, render_page
from feeds.paper_search import CATEGORY, SearchedPapers, reader_or_none
from recommender.collections import saved_pks
from recommender.search.highlight import TextPiece, highlight, snippet
from recommender.search.query import LONGEST, Query, Where, parse
from recommender.search.search import REACH, SORTS, search

from . import markdown_lists

PAGE = 25
FILTERS = ("author", "category", "since", "until")


class DayField(forms.DateField):
    """An optional day, as browsers send it."""

    def __init__(self) -> None:
        errors = {"invalid": "write a day as YYYY-MM-DD, such as 2026-11-23"}
        picker = forms.DateInput({"type": "date"}, "%Y-%m-%d")
        super().__init__(required=False, input_formats=["%Y-%m-%d"], widget=picker, error_messages=errors)


class SearchForm(forms.Form):
    """The search form.

    The words are never invalid, since `parse` accepts any text; the filters beside them can be.
    """

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
    """A search result: its entry, place, title and abstract.

    Title and abstract are in pieces, the abstract in part.
    """

    entry: Entry
    place: int
    title: list[TextPiece]
    snippet: list[TextPiece]


@require_safe
@also_markdown
def page(request: HttpRequest) -> HttpResponse:
    """The form with the results below it.

    An invalid filter is ignored, with an error beside its field.
    """
    text = request.GET.get("q", "")
    fields = {name: request.GET.get(name, "") for name in FILTERS} | {"q": text[:LONGEST]}
    form = SearchForm({name: value.replace("\x00", " ") for name, value in fields.items()}, label_suffix="")
    form.is_valid()
    filters = {name: form.cleaned_data[name] for name in FILTERS if form.cleaned_data.get(name)}
    context: dict[str, Any] = {"form": form, "is_narrowed": any(request.GET.get(name) for name in FILTERS)}
    if text.strip() or filters:
        query = parse(text, typing="typing" in request.GET).narrowed(**filters)
        context |= _results(request, query)
    return render_page(request, "feeds/search.html", context, markdown_lists.search)


def _results(request: HttpRequest, query: Query) -> dict[str, Any]:
    """One page of the results, as the template needs them."""
    reader = reader_or_none(request)
    sort = request.GET.get("sort", "")
    result = search(query, sort if sort in SORTS else SORTS[0], reader)
    page = Paginator(SearchedPapers(result), PAGE).get_page(request.GET.get("page"))
    papers = list(page.object_list)
    pks = [paper.pk for paper in papers]
    own_votes, saved = votes_of(reader, pks), saved_pks(reader, pks)
    hits = []
    for place, paper in enumerate(papers, start=page.start_index()):
        entry = Entry(0, paper, None, (), own_votes.get(paper.pk, 0), is_saved=paper.pk in saved)
        hits.append(Hit(entry, place, highlight(paper.title, query, Where.TITLE), snippet(paper.abstract, query)))
    return {"found": result, "page": page, "hits": hits, "reach": REACH}
