"""The views of Hugging Face's API.

Daily papers, search, the catalogue, one paper, and a paper as Markdown.
"""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from feeds.compat.base import CompatibleView
from feeds.entries import with_provenance
from feeds.http import params
from feeds.http.negotiation import markdown_response
from feeds.http.problems import Problem
from feeds.markdown import paper_as_markdown
from feeds.paper_search import reader_or_none
from recommender.models import Paper
from recommender.search.query import parse
from recommender.search.search import SearchResult, search

from .listing import entries_in_order, list_page
from .query import SPANS, parse_query
from .serializers import list_item, whole_paper

SEARCH_LIMIT, MOST_RESULTS, LONGEST_QUERY = 20, 120, 250
LIMIT, MOST = 50, 100
SEARCH_SORTS = ("relevance", "date", "mine")
CURSOR_SALT = "hugging face cursor"
SWITCHED_OFF = "the Hugging Face API is off on this site; the setting PAPERBOY_HF_COMPATIBLE turns it on"


class HuggingFaceView(CompatibleView):
    """A view of this API.

    Every request is a 404 while the API is off.
    """

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not settings.HF_COMPATIBLE:
            raise NotFound(SWITCHED_OFF)


class DailyPapersView(HuggingFaceView):
    """A page of daily papers, as a bare array.

    The papers are those of a day, a week or a month, or the newest.
    """

    def get(self, request: Request) -> Response:
        reader = reader_or_none(request)
        query = parse_query(request.query_params, is_known=reader is not None)
        page = list_page(query, reader, timezone.now().date())
        link = ""
        if query.offset + query.limit < page.total:
            filters = {name: text for name, text in request.query_params.items() if name in (*SPANS, "submitter")}
            pinned = {"ranking": page.ranking.public_id} if page.ranking else {}
            link = _link(request, filters | {"sort": query.sort, "p": query.page + 1, "limit": query.limit} | pinned)
        items = [list_item(entry, page.ranking, "recent") for entry in page.entries]
        return Response(items, headers=_paging(page.total, link))


class SearchView(HuggingFaceView):
    """The papers that match a search, or the newest papers for an empty one."""

    def get(self, request: Request) -> Response:
        limit = params.whole_number("limit", request.query_params.get("limit", str(SEARCH_LIMIT)), 1, MOST_RESULTS)
        result = _search(request)
        items = [list_item(entry, None, result.sort) for entry in entries_in_order(result.pks[:limit])]
        return Response(items, headers=_paging(len(result.pks), ""))


def _search(request: Request) -> SearchResult:
    reader, words = reader_or_none(request), request.query_params.get("q", "")
    if len(words) > LONGEST_QUERY:
        raise Problem("q", words, f"{len(words)} characters are too many; send at most {LONGEST_QUERY}")
    sort = params.choice("sort", request.query_params.get("sort", "mine" if reader else "relevance"), SEARCH_SORTS)
    query = parse(words)
    if query.is_empty and not words.strip():
        newest = Paper.objects.offered().order_by("-day", "-pk")
        return SearchResult(list(newest.values_list("pk", flat=True)[:MOST_RESULTS]), True, "recent")
    return search(query, sort, reader)


class CatalogueView(HuggingFaceView):
    """The catalogue, newest day first.

    The cursor of a page continues where the page ends.
    """

    def get(self, request: Request) -> Response:
        limit = params.whole_number("limit", request.query_params.get("limit", str(LIMIT)), 1, MOST)
        papers = Paper.objects.offered()
        rows = papers.order_by("-day", "-pk").values_list("day", "pk")
        if (cursor := request.query_params.get("cursor")) is not None:
            try:
                day, pk = signing.loads(cursor, salt=CURSOR_SALT)
            except signing.BadSignature:
                raise Problem("cursor", cursor, "not a cursor of this site; start again without one") from None
            rows = rows.filter(Q(day__lt=day) | Q(day=day, pk__lt=pk))
        page = list(rows[: limit + 1])
        link = ""
        if len(page) > limit:
            day, pk = page[limit - 1]
            link = _link(request, {"cursor": signing.dumps([str(day), pk], salt=CURSOR_SALT), "limit": limit})
        items = [whole_paper(entry.paper) for entry in entries_in_order([pk for _, pk in page[:limit]])]
        return Response(items, headers=_paging(papers.count(), link))


def _link(request: Request, parameters: dict[str, Any]) -> str:
    return request.build_absolute_uri(f"{request.path}?{urlencode(parameters)}")


def _paging(total: int, next_link: str) -> dict[str, str]:
    """Headers with the list's length and its next page.

    They are headers because the body is a bare array.
    """
    return {"X-Total-Count": str(total)} | ({"Link": f'<{next_link}>; rel="next"'} if next_link else {})


class PaperInfoView(HuggingFaceView):
    """One paper."""

    def get(self, request: Request, public_id: str) -> Response:
        paper = _find(public_id)
        if paper is None:
            raise NotFound(_missing(public_id))
        return Response(whole_paper(paper))


@require_safe
def markdown(request: HttpRequest, public_id: str) -> HttpResponse:
    """One paper as Markdown."""
    paper = _find(public_id) if settings.HF_COMPATIBLE else None
    if paper is None:
        message = _missing(public_id) if settings.HF_COMPATIBLE else SWITCHED_OFF
        return JsonResponse({"error": message}, status=404)
    return markdown_response(paper_as_markdown(paper, request))


def _find(public_id: str) -> Paper | None:
    return with_provenance(Paper.objects.with_public_votes()).filter(public_id=public_id).first()


def _missing(public_id: str) -> str:
    return f"paper {public_id[:80]!r} is not in the catalogue"
