"""Filters, search and pagination of papers.

The API's list and the search page use them.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, overload

from django.core.validators import RegexValidator
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from recommender.models import Paper, PaperSource
from recommender.search.query import Query, parse
from recommender.search.search import REACH, SORTS, SearchResult, search

from .entries import with_provenance
from .http import params
from .http.json import PageNumberPagination
from .models import Telling

CATEGORY = RegexValidator(r"^[A-Za-z.\-]+\Z", "a category is written like cs.LG, hep-th or math.AG")
_LANGUAGE = (
    'words that must all occur, compared by stem; "a phrase"; -without; author:lovelace or author:"Ada Lovelace"; '
    "title:word; cat:cs.LG; day:, since: and until: with YYYY-MM-DD; the paper of an arXiv id or link comes first"
)
_SORT = (
    "relevance (the default with words or an author), date (the default otherwise), oldest, title, or mine: my own "
    f"ranking of the results, which needs a token. A search lists at most {REACH:,} papers; narrow it with `since` and "
    "`until` to see others"
)
_COLUMNS: dict[str, list[str]] = {"oldest": ["day", "pk"], "title": ["title", "pk"]}  # sorts of the catalogue itself
ORDERS = (*SORTS, *_COLUMNS)
_LISTED_ONLY = "; of a search, only papers among those that it lists"


class SearchedPapers(Sequence[Paper]):
    """A search result as a sequence of papers with public votes.

    Slicing it reads the papers of one page.
    """

    def __init__(self, result: SearchResult) -> None:
        self.result = result

    def __len__(self) -> int:
        return len(self.result.pks)

    @overload
    def __getitem__(self, place: int) -> Paper: ...
    @overload
    def __getitem__(self, place: slice) -> list[Paper]: ...
    def __getitem__(self, place: int | slice) -> Paper | list[Paper]:
        if isinstance(place, int):
            return self[place : place + 1][0]
        pks = self.result.pks[place]
        papers = with_provenance(Paper.objects.with_public_votes()).in_bulk(pks)
        return [papers[pk] for pk in pks if pk in papers]


class PaperFilter(filters.FilterSet):
    q = filters.CharFilter(method="leave_to_search", max_length=200, help_text=_LANGUAGE)
    author = filters.CharFilter(method="leave_to_search", max_length=100, help_text="an author's name or a part of it")
    category = filters.CharFilter(
        method="in_category", max_length=40, validators=[CATEGORY], help_text="an arXiv category such as cs.LG"
    )
    day = filters.CharFilter(method="on_day", help_text="the day of announcement, YYYY-MM-DD")
    since = filters.CharFilter(method="from_day", help_text="announced on this day or later, YYYY-MM-DD")
    until = filters.CharFilter(method="to_day", help_text="announced on this day or before, YYYY-MM-DD")
    source = filters.ChoiceFilter(
        method="from_source",
        choices=[(source, source) for source in PaperSource.values],
        help_text=f"papers that this source announced{_LISTED_ONLY}",
    )
    has_code = filters.CharFilter(method="with_code", help_text=f"whether a source links to its code{_LISTED_ONLY}")
    sort = filters.ChoiceFilter(method="leave_to_search", choices=[(sort, sort) for sort in ORDERS], help_text=_SORT)

    class Meta:
        model = Paper
        fields = ["q", "author", "category", "day", "since", "until", "source", "has_code", "sort"]

    def filter_queryset(self, queryset: Any) -> Any:
        """The filtered catalogue or a search.

        It is a search if there are words or an author, or if the sort is the reader's own.
        """
        fields = self.form.cleaned_data
        papers = super().filter_queryset(queryset)
        columns = _COLUMNS.get(fields["sort"])
        if columns:
            papers = papers.order_by(*columns)
        if not (fields["q"] or fields["author"] or fields["sort"] == "mine"):
            return papers
        sort = "relevance" if columns else fields["sort"] or "relevance"
        result = search(_query(fields), sort, reader_or_none(self.request))
        if columns or fields["source"] or fields["has_code"]:  # conditions that a search does not know
            pks = list(papers.filter(pk__in=result.pks).values_list("pk", flat=True))
            remaining = set(pks)
            result = replace(result, pks=pks if columns else [pk for pk in result.pks if pk in remaining])
        return SearchedPapers(result)

    def from_source(self, papers: Any, name: str, value: str) -> Any:
        tellings = Telling.objects.filter(paper=OuterRef("pk"), source=value)
        return papers.filter(Q(source=value) | Exists(tellings))

    @extend_schema_field(OpenApiTypes.BOOL)
    def with_code(self, papers: Any, name: str, value: str) -> Any:
        return papers.exclude(code_url="") if params.flag(name, value) else papers.filter(code_url="")

    def leave_to_search(self, papers: Any, name: str, value: str) -> Any:
        """Filter nothing: `filter_queryset` passes this field to the search."""
        return papers

    def in_category(self, papers: Any, name: str, value: str) -> Any:
        return papers.in_category(value)

    def on_day(self, papers: Any, name: str, value: str) -> Any:
        return papers.on(params.day(name, value))

    def from_day(self, papers: Any, name: str, value: str) -> Any:
        return papers.filter(day__gte=params.day(name, value))

    def to_day(self, papers: Any, name: str, value: str) -> Any:
        return papers.filter(day__lte=params.day(name, value))


class PaperPagination(PageNumberPagination):
    """Pages of the catalogue or of a search.

    They include the sort and notices for the reader.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        sort = request.query_params.get("sort")
        self.result = queryset.result if isinstance(queryset, SearchedPapers) else SearchResult([], False, "date")
        self.sort = sort if sort in _COLUMNS else self.result.sort
        return super().paginate_queryset(queryset, request, view)

    def get_paginated_response(self, data: Any) -> Response:
        response = super().get_paginated_response(data)
        response.data |= {"sort": self.sort, "more": self.result.more, "notices": self.result.notices}
        return response

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        page = super().get_paginated_response_schema(schema)
        page["properties"] |= {
            "sort": {"type": "string", "enum": list(ORDERS), "description": "the sort of these papers"},
            "more": {"type": "boolean", "description": f"whether more than the {REACH:,} papers listed match"},
            "notices": {
                "type": "array",
                "items": {"type": "string"},
                "description": "what was not understood",
            },
        }
        page["required"] += ["sort", "more", "notices"]
        return page


def reader_or_none(request: HttpRequest | Request) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _query(fields: dict[str, Any]) -> Query:
    """The fields as a query.

    Without words or author, the query needs a day, so it starts at the first.
    """
    days = {name: params.day(name, fields[name]) if fields[name] else None for name in ("day", "since", "until")}
    query = parse(fields["q"]).narrowed(fields["author"], fields["category"], days["since"], days["until"])
    everything = date.min if not (fields["q"] or fields["author"]) else None
    return query.narrowed(since=days["day"] or everything, until=days["day"])
