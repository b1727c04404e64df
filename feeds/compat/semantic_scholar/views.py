"""The addresses that Semantic Scholar's clients ask: recommendations from lists of papers, and for one paper."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from feeds.compat.base import CompatibleView
from feeds.http import params
from feeds.http.authentication import TokenAuthentication
from feeds.http.problems import Problem
from recommender.models import Paper
from recommender.ranking.similar import recommend
from recommender.serving.model_cache import Unavailable

from .candidates import ALL_CS, RECENT, between, pool
from .paper_names import LONGEST, papers_named
from .serializers import fields_of, paper_json

LIMIT, MOST = 100, 500
MOST_NAMED = 500  # papers that a request may name
LISTS = ("positivePaperIds", "negativePaperIds")


class ApiKey(TokenAuthentication):
    """`x-api-key: pb_...`, as Semantic Scholar's clients send their keys."""

    def authenticate(self, request: Request | HttpRequest) -> Any:
        key = request.META.get("HTTP_X_API_KEY", "")
        return self.authenticate_credentials(key.encode()) if key else None


class SemanticScholarView(CompatibleView):
    """A view of this layer."""

    authentication_classes = [ApiKey, TokenAuthentication]

    def recommended(self, request: Request, liked: Sequence[str], disliked: Sequence[str], choice: str) -> Response:
        """The answer to papers that are named; everything that is asked for is checked before anything is ranked."""
        fields = fields_of(request.query_params.get("fields", ""))
        limit = params.whole_number("limit", request.query_params.get("limit", str(LIMIT)), 1, MOST)
        papers = between(pool(choice, timezone.now().date()), request.query_params.get("publicationDateOrYear", ""))
        found = _best(liked, disliked, papers, limit)
        return Response({"recommendedPapers": [paper_json(paper, fields, request) for paper in found]})


class FromListsView(SemanticScholarView):
    """Papers like some and unlike others, of the recent ones; a POST that changes nothing, so any token may ask."""

    def post(self, request: Request) -> Response:
        liked, disliked = (_names(request.data, name) for name in LISTS)
        if not liked:
            raise Problem(LISTS[0], liked, "name one paper at least")
        return self.recommended(request, liked, disliked, RECENT)


class ForPaperView(SemanticScholarView):
    """Papers like one."""

    def get(self, request: Request, name: str) -> Response:
        choice = params.choice("from", request.query_params.get("from", RECENT), (RECENT, ALL_CS))
        return self.recommended(request, [name], [], choice)


def _best(liked: Sequence[str], disliked: Sequence[str], papers: "QuerySet[Any]", limit: int) -> list[Paper]:
    for_it, against_it = papers_named(liked), papers_named(disliked)
    if both := set(for_it) & set(against_it):
        named = ", ".join(Paper.objects.filter(pk__in=sorted(both)[:10]).values_list("public_id", flat=True))
        raise Problem(LISTS[1], disliked, f"{named}: named in both lists; leave it in one")
    pks = recommend(for_it, against_it, papers, limit)
    if isinstance(pks, Unavailable):
        raise NotFound(pks.reason)  # of all errors without papers, this one's words reach who uses the Python client
    found = Paper.objects.in_bulk(pks)
    return [found[pk] for pk in pks if pk in found]


def _names(body: Any, field: str) -> list[str]:
    """The ids under this name of the body; none where it is absent or null, as the Python client sends it."""
    if not isinstance(body, dict):
        raise Problem(field, body, f"the body is an object with {' and '.join(LISTS)}")
    names = body.get(field)
    if names is None:
        return []
    if not isinstance(names, list) or not all(isinstance(name, str) and 0 < len(name) <= LONGEST for name in names):
        raise Problem(field, names, f"a list of ids, each a text of at most {LONGEST} characters")
    if len(names) > MOST_NAMED:
        raise Problem(field, names, f"{len(names)} ids are too many; name {MOST_NAMED} at most")
    return names
