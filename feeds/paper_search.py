"""How papers are asked for: the fields of the API's list and of the search page, and what was found as a list."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, overload

from django.core.validators import RegexValidator
from django.db.models import Exists, OuterRef, Q, QuerySet
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
    'words that all occur in it, by their stem; "a phrase"; -without; author:lovelace or author:"Ada Lovelace"; '
    "title:word; cat:cs.LG; day:, since: and until: with YYYY-MM-DD; an arXiv id or link comes first"
)
_SORT = (
    f"relevance, where words or an author are given, else date; mine: my own order of what was found, with a token; "
    f"oldest; title. Of a search at most {REACH:,} papers are listed; narrow it by `since` and `until` to see others"
)
_COLUMNS: dict[str, list[str]] = {"oldest": ["day", "pk"], "title": ["title", "pk"]}  # orders of the catalogue itself
ORDERS = (*SORTS, *_COLUMNS)
_OF_FOUND = "; of a search, those among the papers that it lists"


class SearchedPapers(Sequence[Paper]):
    """What was found, with its votes; the papers of a page are read when the page is asked for."""

    def __init__(self, found: SearchResult) -> None:
        self.found = found

    def __len__(self) -> int:
        return len(self.found.pks)

    @overload
    def __getitem__(self, place: int) -> Paper: ...
    @overload
    def __getitem__(self, place: slice) -> list[Paper]: ...
    def __getitem__(self, place: int | slice) -> Paper | list[Paper]:
        if isinstance(place, int):
            return self[place : place + 1][0]
        pks = self.found.pks[place]
        papers = with_provenance(Paper.objects.with_public_votes()).in_bulk(pks)
        return [papers[pk] for pk in pks if pk in papers]


class PaperFilter(filters.FilterSet):
    q = filters.CharFilter(method="later", max_length=200, help_text=_LANGUAGE)
    author = filters.CharFilter(method="later", max_length=100, help_text="a name as papers have it, or a part of it")
    category = filters.CharFilter(
        method="in_category", max_length=40, validators=[CATEGORY], help_text="an arXiv category such as cs.LG"
    )
    day = filters.CharFilter(method="on_day", help_text="the day of announcement, YYYY-MM-DD")
    since = filters.CharFilter(method="from_day", help_text="announced on this day or later, YYYY-MM-DD")
    until = filters.CharFilter(method="to_day", help_text="announced on this day or before, YYYY-MM-DD")
    source = filters.ChoiceFilter(
        method="from_source",
        choices=[(source, source) for source in PaperSource.values],
        help_text=f"papers that this source tells of{_OF_FOUND}",
    )
    has_code = filters.CharFilter(method="with_code", help_text=f"whether a source names its code{_OF_FOUND}")
    sort = filters.ChoiceFilter(method="later", choices=[(sort, sort) for sort in ORDERS], help_text=_SORT)

    class Meta:
        model = Paper
        fields = ["q", "author", "category", "day", "since", "until", "source", "has_code", "sort"]

    def filter_queryset(self, queryset: Any) -> Any:
        """The catalogue by category and days; what was found where words, an author or an own order are asked for."""
        asked = self.form.cleaned_data
        narrowed = super().filter_queryset(queryset)
        columns = _COLUMNS.get(asked["sort"])
        if columns:
            narrowed = narrowed.order_by(*columns)
        if not (asked["q"] or asked["author"] or asked["sort"] == "mine"):
            return narrowed
        sort = "relevance" if columns else asked["sort"] or "relevance"
        found = search(_query(asked), sort, reader_or_none(self.request))
        if columns or asked["source"] or asked["has_code"]:
            found = _among(found, narrowed, is_sorted=bool(columns))
        return SearchedPapers(found)

    def from_source(self, papers: Any, name: str, value: str) -> Any:
        told = Telling.objects.filter(paper=OuterRef("pk"), source=value)
        return papers.filter(Q(source=value) | Exists(told))

    @extend_schema_field(OpenApiTypes.BOOL)
    def with_code(self, papers: Any, name: str, value: str) -> Any:
        return papers.exclude(code_url="") if params.flag(name, value) else papers.filter(code_url="")

    def later(self, papers: Any, name: str, value: str) -> Any:
        """No column of the table: `filter_queryset` sees to it."""
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
    """Pages of the catalogue or of a search, which also say how it was sorted and what the reader should know."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        asked = request.query_params.get("sort")
        self.found = queryset.found if isinstance(queryset, SearchedPapers) else SearchResult([], False, "date")
        self.sort = asked if asked in _COLUMNS else self.found.sort
        return super().paginate_queryset(queryset, request, view)

    def get_paginated_response(self, data: Any) -> Response:
        answer = super().get_paginated_response(data)
        answer.data |= {"sort": self.sort, "more": self.found.more, "notices": self.found.notices}
        return answer

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        page = super().get_paginated_response_schema(schema)
        page["properties"] |= {
            "sort": {"type": "string", "enum": list(ORDERS), "description": "the order that was made"},
            "more": {"type": "boolean", "description": f"whether more than the {REACH:,} papers listed match"},
            "notices": {"type": "array", "items": {"type": "string"}, "description": "what was not understood"},
        }
        page["required"] += ["sort", "more", "notices"]
        return page


def reader_or_none(request: HttpRequest | Request) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _among(found: SearchResult, papers: "QuerySet[Any]", *, is_sorted: bool) -> SearchResult:
    """What was found, of these papers alone; and in their order where that was asked for."""
    pks = list(papers.filter(pk__in=found.pks).values_list("pk", flat=True))
    stay = set(pks)
    return replace(found, pks=pks if is_sorted else [pk for pk in found.pks if pk in stay])


def _query(asked: dict[str, Any]) -> Query:
    days = {name: params.day(name, asked[name]) if asked[name] else None for name in ("day", "since", "until")}
    query = parse(asked["q"]).narrowed(asked["author"], asked["category"], days["since"], days["until"])
    everything = date.min if not (asked["q"] or asked["author"]) else None
    return query.narrowed(since=days["day"] or everything, until=days["day"])
