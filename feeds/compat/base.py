"""What the layers for other people's clients share: their views, and errors as the one line that those clients read."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from feeds.http.authentication import TokenAuthentication
from feeds.http.problems import UsedUp, problem_handler, shorten
from feeds.http.rate_limits import address_of, spend
from recommender.models import Paper

UNFIT_FOR_HEADERS = re.compile(r"[^\x20-\x7e]")


class CompatibleView(APIView):
    """Outside our own contract, and so outside its schema; a token is welcome, a session has no say."""

    schema = None  # this is how drf-spectacular is told to leave a view out
    authentication_classes = [TokenAuthentication]
    permission_classes = [AllowAny]

    def get_exception_handler(self) -> Any:
        return error_answer

    def perform_authentication(self, request: Request) -> None:
        """Guessed tokens count for their address here, so that this limit too is told in the shape of the layer."""
        try:
            super().perform_authentication(request)
        except AuthenticationFailed:
            found = spend(request._request, address_of(request._request))
            if found.is_used_up:
                raise UsedUp(found.seconds, found.advice) from None
            raise


@csrf_exempt
def nothing_here(request: HttpRequest) -> JsonResponse:
    """For every address of a layer that no route of it takes."""
    return JsonResponse({"error": f"there is nothing at {shorten(request.path)}"}, status=404)


def error_answer(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """The same status and words as a problem document would have, as `{"error": words}`."""
    response = problem_handler(error, context)
    if response is not None:
        words = _naming_the_value(response.data)
        response.data, response.content_type = {"error": words}, None
        response["X-Error-Message"] = UNFIT_FOR_HEADERS.sub("?", words)  # what `huggingface_hub` shows
    return response


def _naming_the_value(problem: Mapping[str, Any]) -> str:
    """What a problem document says in one line; of a single wrong value also that value."""
    words, errors = str(problem["detail"]), problem.get("errors", [])
    value = errors[0]["value"] if len(errors) == 1 else None
    return words if value is None or str(value) in words else f"{words}; got {value!r}"


def published(paper: Paper) -> datetime:
    """When the paper was published, as far as its sources say, else the beginning of the day it was announced on."""
    return paper.published_at or announced(paper.day)


def announced(day: date) -> datetime:
    """The beginning of a day, UTC."""
    return datetime.combine(day, time(), UTC)
