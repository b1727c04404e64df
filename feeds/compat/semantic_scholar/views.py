"""The views of Semantic Scholar's recommendation API."""

from collections.abc import Sequence
from typing import Any

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

from .candidates import ALL_CS, RECENT, candidate_papers, published_between
from .paper_names import LONGEST, find_papers
from .serializers import fields_of, paper_json

LIMIT, MOST = 100, 500
MOST_IDS = 500  # in one list of a request
LISTS = ("positivePaperIds", "negativePaperIds")


class ApiKey(TokenAuthentication):
    """A token in the header `x-api-key: pb_...`, as Semantic Scholar's clients send their keys."""

    def authenticate(self, request: Request | HttpRequest) -> Any:
        key = request.META.get("HTTP_X_API_KEY", "")
        return self.authenticate_credentials(key.encode()) if key else None


class SemanticScholarView(CompatibleView):
    """A view of this API."""

    authentication_classes = [ApiKey, TokenAuthentication]

    def recommended(self, request: Request, liked: Sequence[str], disliked: Sequence[str], choice: str) -> Response:
        """The recommendations; the whole request is checked before anything is ranked."""
        fields = fields_of(request.query_params.get("fields", ""))
        limit = params.whole_number("limit", request.query_params.get("limit", str(LIMIT)), 1, MOST)
        pool = candidate_papers(choice, timezone.now().date())
        candidates = published_between(pool, request.query_params.get("publicationDateOrYear", ""))
        liked_pks, disliked_pks = find_papers(liked), find_papers(disliked)
        if both := set(liked_pks) & set(disliked_pks):
            ids = ", ".join(Paper.objects.filter(pk__in=sorted(both)[:10]).values_list("public_id", flat=True))
            raise Problem(LISTS[1], disliked, f"{ids}: in both lists; remove it from one")
        pks = recommend(liked_pks, disliked_pks, candidates, limit)
        if isinstance(pks, Unavailable):
            raise NotFound(pks.reason)  # the only error without papers whose message the Python client shows
        papers = Paper.objects.in_bulk(pks)
        rows = [paper_json(papers[pk], fields, request) for pk in pks if pk in papers]
        return Response({"recommendedPapers": rows})


class FromListsView(SemanticScholarView):
    """Recommend recent papers from positive and negative examples.

    This POST changes nothing, so any token may send it.
    """

    def post(self, request: Request) -> Response:
        liked, disliked = (_id_list(request.data, name) for name in LISTS)
        if not liked:
            raise Problem(LISTS[0], liked, "must have at least one id")
        return self.recommended(request, liked, disliked, RECENT)


class ForPaperView(SemanticScholarView):
    """Papers like one."""

    def get(self, request: Request, name: str) -> Response:
        choice = params.choice("from", request.query_params.get("from", RECENT), (RECENT, ALL_CS))
        return self.recommended(request, [name], [], choice)


def _id_list(body: Any, field: str) -> list[str]:
    """Return the ids in this field.

    Empty if the field is missing or null, as the Python client sends it.
    """
    if not isinstance(body, dict):
        raise Problem(field, body, f"the body must be an object with {' and '.join(LISTS)}")
    ids = body.get(field)
    if ids is None:
        return []
    if not isinstance(ids, list) or not all(isinstance(name, str) and 0 < len(name) <= LONGEST for name in ids):
        raise Problem(field, ids, f"must be a list of ids of at most {LONGEST} characters")
    if len(ids) > MOST_IDS:
        raise Problem(field, ids, f"must have at most {MOST_IDS} ids; got {len(ids)}")
    return ids
