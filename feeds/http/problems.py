"""Errors as problem documents (RFC 9457).

Each names the field, the value and the remedy.
"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as ModelValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import resolve
from django.urls.exceptions import Resolver404
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings

PROBLEM_TYPE = "application/problem+json"
SECRET_WORDS = ("password", "secret", "token", "key")  # a field with one of these in its name is not repeated
KINDS: dict[int, tuple[str, str]] = {
    400: ("invalid", "The request is not valid"),
    401: ("unauthenticated", "Sign in first"),
    403: ("forbidden", "Not allowed"),
    404: ("not-found", "Not found"),
    405: ("method-not-allowed", "Method not allowed at this URL"),
    406: ("not-acceptable", "This URL answers in JSON only"),
    409: ("conflict", "Conflict with the current state"),
    411: ("length-required", "The request must state the length of its body"),
    412: ("stale", "It has changed since you read it"),
    413: ("too-large", "The request is too large"),
    415: ("unsupported-media-type", "The request must be JSON"),
    422: ("unprocessable", "The request cannot be carried out"),
    429: ("throttled", "Too many requests"),
    503: ("unavailable", "Temporarily unavailable"),
}


class Problem(exceptions.ValidationError):
    """A 400 about one field.

    Raised as `Problem("window_days", 0, "give a whole number from 1 to 365")`.
    """

    def __init__(self, field: str, value: Any, remedy: str) -> None:
        super().__init__({field: [remedy]})
        self.field, self.value, self.remedy = field, value, remedy

    def __str__(self) -> str:
        return f"{self.field}: {self.remedy}"


class TooLarge(exceptions.APIException):
    status_code = 413
    default_code = "too_large"


class Unprocessable(exceptions.APIException):
    """The request is valid, but cannot be carried out for the reason given."""

    status_code = 422
    default_code = "unprocessable"


class QuotaExceeded(exceptions.APIException):
    """A reader has used up a limit.

    `wait` is the seconds until they may go on, sent as Retry-After.
    """

    status_code = 429
    default_code = "throttled"

    def __init__(self, wait: int, detail: str) -> None:
        super().__init__(detail)
        self.wait = wait


def problem(status: int, detail: str, errors: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """A problem document.

    `type` is stable for its status, `detail` is for people.
    """
    name, title = KINDS.get(status, ("error", HTTPStatus(status).phrase))
    document = {"type": f"urn:paperboy:problem:{name}", "title": title, "status": status, "detail": detail}
    return document if errors is None else document | {"errors": errors}


def shorten(text: str, length: int = 100) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def problem_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Turn every error with a status into a problem document.

    This is DRF's EXCEPTION_HANDLER. Other errors stay a 500. Django's ValidationError, which models and jobs raise, is
    a 400 here too. A view that needs its own text in a 404 raises DRF's `NotFound(text)`; Django's `Http404` gets a
    general one.
    """
    request: Request = context["request"]
    failure = error if isinstance(error, exceptions.APIException) else _as_api_exception(error, request)
    if failure is None:
        return None
    if isinstance(failure, exceptions.ValidationError):
        errors = _field_errors(failure, request)
        lines = [f"{row['field']}: {row['message']}" if row["field"] else row["message"] for row in errors]
        document = problem(400, "; ".join(lines[:3]), errors)
    else:
        document = problem(failure.status_code, shorten(str(failure.detail), 300))
    headers = {}
    if challenge := getattr(failure, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(failure, "wait", None):
        headers["Retry-After"] = str(wait)
    return Response(document, document["status"], headers=headers, content_type=PROBLEM_TYPE)


def _as_api_exception(error: Exception, request: Request) -> exceptions.APIException | None:
    """Convert another library's error to a DRF exception.

    Returns None for an error that nobody expected.
    """
    if isinstance(error, ModelValidationError):
        return exceptions.ValidationError(error.message_dict if hasattr(error, "error_dict") else error.messages)
    if isinstance(error, Http404):
        return exceptions.NotFound(f"there is nothing at {shorten(request.path)}, or it is not yours")
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied(str(error) or None)
    if isinstance(error, RequestDataTooBig):
        return TooLarge("the body is too large; send less at a time")
    if isinstance(error, get_user_model().DoesNotExist):  # another request has deleted the account
        return exceptions.AuthenticationFailed("this account was deleted while the request was running")
    return None


def _field_errors(failure: exceptions.ValidationError, request: Request) -> list[dict[str, Any]]:
    """The entries of `errors`: field, value and message of each error."""
    entries = []
    for path, message in _flatten(failure.detail):
        value = failure.value if isinstance(failure, Problem) else _sent_value(request, path)
        if any(word in part.lower() for part in path for word in SECRET_WORDS):
            value = None
        elif isinstance(value, dict | list):
            value = "(an object)" if isinstance(value, dict) else "(a list)"
        elif value is not None and not isinstance(value, bool | int | float):
            value = shorten(str(value))
        entries.append({"field": ".".join(path) or None, "value": value, "message": shorten(message, 300)})
    return entries


def _flatten(detail: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each message in DRF's nested error detail, with the path of its field."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _flatten(inner, path if name == api_settings.NON_FIELD_ERRORS_KEY else (*path, str(name)))
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            yield from _flatten(inner, path if isinstance(inner, str) else (*path, str(index)))
    else:
        yield path, str(detail)


def _sent_value(request: Request, path: tuple[str, ...]) -> Any:
    """The value that the client sent under this path.

    It is looked up in the body, then in the query. Returns None if there is none.
    """
    if not path:
        return None
    try:
        value: Any = request.data
    except (exceptions.APIException, RequestDataTooBig):  # the query was refused before the body was read
        value = {}
    for part in path:
        if isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return request.query_params.get(path[0]) if value is None else value


@csrf_exempt
def api_not_found(request: HttpRequest) -> HttpResponseBase:
    """Answer URLs under `/api/` that have no route.

    One that only lacks its last slash is redirected.
    """
    if not request.path_info.endswith("/"):
        try:
            has_route = resolve(request.path_info + "/").func is not api_not_found
        except Resolver404:
            has_route = False
        if has_route:
            # 308 and not 301, so that a POST arrives as a POST with its body
            return HttpResponse(status=308, headers={"Location": request.get_full_path(force_append_slash=True)})
    document = problem(404, f"there is nothing at {shorten(request.path)}; /api/docs/ lists what there is")
    return HttpResponse(orjson.dumps(document), status=404, content_type=PROBLEM_TYPE)
