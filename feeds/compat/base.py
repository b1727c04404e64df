"""Base views and errors of compatible APIs.

Errors have the form that other services' clients read.
"""

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
from feeds.http.problems import QuotaExceeded, problem_handler, shorten
from feeds.http.rate_limits import address_of, spend
from recommender.models import Paper

UNFIT_FOR_HEADERS = re.compile(r"[^\x20-\x7e]")


class CompatibleView(APIView):
    """A view outside our own API and its schema.

    It accepts tokens, but not sessions.
    """

    schema = None  # drf-spectacular leaves out views without a schema
    authentication_classes = [TokenAuthentication]
    permission_classes = [AllowAny]

    def get_exception_handler(self) -> Any:
        return error_response

    def perform_authentication(self, request: Request) -> None:
        """Count failed tokens here, so that errors have this API's form."""
        try:
            super().perform_authentication(request)
        except AuthenticationFailed:
            limit = spend(request._request, address_of(request._request))
            if limit.is_used_up:
                raise QuotaExceeded(limit.seconds, limit.advice) from None
            raise


@csrf_exempt
def not_found(request: HttpRequest) -> JsonResponse:
    """The 404 for every URL of a compatible API that has no view."""
    return JsonResponse({"error": f"there is nothing at {shorten(request.path)}"}, status=404)


def error_response(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Convert a problem document to `{"error": detail}`.

    If a single value is wrong, the text includes it.
    """
    response = problem_handler(error, context)
    if response is not None:
        message, errors = str(response.data["detail"]), response.data.get("errors", [])
        value = errors[0]["value"] if len(errors) == 1 else None
        if value is not None and str(value) not in message:
            message = f"{message}; got {value!r}"
        response.data, response.content_type = {"error": message}, None
        response["X-Error-Message"] = UNFIT_FOR_HEADERS.sub("?", message)  # `huggingface_hub` shows this header
    return response


def published_at(paper: Paper) -> datetime:
    """When the paper was published.

    Defaults to the start of the day on which it was announced.
    """
    return paper.published_at or start_of_day(paper.day)


def start_of_day(day: date) -> datetime:
    """The start of a day in UTC."""
    return datetime.combine(day, time(), UTC)
