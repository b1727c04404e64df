"""The addresses that Hugging Face's clients ask: daily papers, search, the catalogue, one paper, and it as Markdown."""

from datetime import date
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
from feeds.http.negotiation import markdown_answer
from feeds.http.problems import Problem
from feeds.markdown import paper_as_markdown
from feeds.paper_search import reader_or_none
from recommender.models import Paper
from recommender.search.query import parse
from recommender.search.search import SearchResult, search

from .listing import Listed, in_order, listed
from .query import SPANS, HFQuery, query_of
from .serializers import item, whole

SEARCHED, MOST_SEARCHED, LONGEST_QUERY = 20, 120, 250
LISTED, MOST_LISTED = 50, 100
SEARCH_SORTS = ("relevance", "date", "mine")
CURSOR_SALT = "hugging face cursor"
SWITCHED_OFF = "this Paperboy does not answer Hugging Face's clients; PAPERBOY_HF_COMPATIBLE switches that on"


class HuggingFaceView(CompatibleView):
    """A view of this layer; a 404 where the layer is switched off."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not settings.HF_COMPATIBLE:
            raise NotFound(SWITCHED_OFF)


class DailyPapersView(HuggingFaceView):
    """A page of the papers of a day, a week, a month, or the newest: a bare array."""

    def get(self, request: Request) -> Response:
        reader = reader_or_none(request)
        asked = query_of(request.query_params, is_known=reader is not None)
        found = listed(asked, reader, timezone.now().date())
        items = [item(entry, found.ranking, "recent") for entry in found.entries]
        return Response(items, headers=_paging(found.total, _next_page(request, asked, found)))


class SearchView(HuggingFaceView):
    """The papers that a search finds; the newest where it asks for nothing."""

    def get(self, request: Request) -> Response:
        limit = params.whole_number("limit", request.query_params.get("limit", str(SEARCHED)), 1, MOST_SEARCHED)
        found = _found(request)
        items = [item(entry, None, found.sort) for entry in in_order(found.pks[:limit])]
        return Response(items, headers=_paging(len(found.pks), ""))


class CatalogueView(HuggingFaceView):
    """The catalogue, the newest day first; a cursor goes on where the page before ended."""

    def get(self, request: Request) -> Response:
        limit = params.whole_number("limit", request.query_params.get("limit", str(LISTED)), 1, MOST_LISTED)
        papers = Paper.objects.offered()
        rows = list(papers.filter(_after(request)).order_by("-day", "-pk").values_list("day", "pk")[: limit + 1])
        items = [whole(entry.paper) for entry in in_order([pk for _, pk in rows[:limit]])]
        link = _link(request, {"cursor": _cursor(*rows[limit - 1]), "limit": limit}) if len(rows) > limit else ""
        return Response(items, headers=_paging(papers.count(), link))


class PaperInfoView(HuggingFaceView):
    """One paper."""

    def get(self, request: Request, public_id: str) -> Response:
        paper = _find(public_id)
        if paper is None:
            raise NotFound(_not_here(public_id))
        return Response(whole(paper))


@require_safe
def markdown(request: HttpRequest, public_id: str) -> HttpResponse:
    """One paper to be read as text."""
    paper = _find(public_id) if settings.HF_COMPATIBLE else None
    if paper is None:
        words = _not_here(public_id) if settings.HF_COMPATIBLE else SWITCHED_OFF
        return JsonResponse({"error": words}, status=404)
    return markdown_answer(paper_as_markdown(paper, request))


def _found(request: Request) -> SearchResult:
    reader, words = reader_or_none(request), request.query_params.get("q", "")
    if len(words) > LONGEST_QUERY:
        raise Problem("q", words, f"{len(words)} characters are too many; a search has at most {LONGEST_QUERY}")
    sort = params.choice("sort", request.query_params.get("sort", "mine" if reader else "relevance"), SEARCH_SORTS)
    query = parse(words)
    if query.is_empty and not words.strip():
        newest = Paper.objects.offered().order_by("-day", "-pk")
        return SearchResult(list(newest.values_list("pk", flat=True)[:MOST_SEARCHED]), True, "recent")
    return search(query, sort, reader)


def _find(public_id: str) -> Paper | None:
    return with_provenance(Paper.objects.with_public_votes()).filter(public_id=public_id).first()


def _cursor(day: date, pk: int) -> str:
    return signing.dumps([str(day), pk], salt=CURSOR_SALT)


def _after(request: Request) -> Q:
    """The papers behind those of the page that gave out the cursor."""
    cursor = request.query_params.get("cursor")
    if cursor is None:
        return Q()
    try:
        day, pk = signing.loads(cursor, salt=CURSOR_SALT)
    except signing.BadSignature:
        raise Problem("cursor", cursor, "this cursor was not given out here; start again without one") from None
    return Q(day__lt=day) | Q(day=day, pk__lt=pk)


def _next_page(request: Request, asked: HFQuery, found: Listed) -> str:
    if asked.offset + asked.limit >= found.total:
        return ""
    pinned = {"ranking": found.ranking.public_id} if found.ranking else {}
    said = {name: text for name, text in request.query_params.items() if name in (*SPANS, "submitter")}
    return _link(request, said | {"sort": asked.sort, "p": asked.page + 1, "limit": asked.limit} | pinned)


def _link(request: Request, said: dict[str, Any]) -> str:
    return request.build_absolute_uri(f"{request.path}?{urlencode(said)}")


def _paging(total: int, link: str) -> dict[str, str]:
    """Where the list goes on and how long it is, in headers: the array has no room for it."""
    return {"X-Total-Count": str(total)} | ({"Link": f'<{link}>; rel="next"'} if link else {})


def _not_here(public_id: str) -> str:
    return f"paper {public_id[:80]!r} is not here"
