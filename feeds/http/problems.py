"""Errors as problem documents (RFC 9457), each naming the field, the value and the remedy."""

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


SECRET_WORDS = ("password", "secret", "token", "key")


KINDS: dict[int, tuple[str, str]] = {
    400: ("invalid", "The request is not valid"),
    401: ("unauthenticated", "Sign in first"),
    403: ("forbidden", "Not allowed"),
    404: ("not-found", "Not found"),
    405: ("method-not-allowed", "This address does not take that method"),
    406: ("not-acceptable", "This address answers in JSON only"),
    409: ("conflict", "This does not agree with what is there"),
    412: ("stale", "It has changed meanwhile"),
    413: ("too-large", "The request is too large"),
    415: ("unsupported-media-type", "The request must be JSON"),
    422: ("unprocessable", "The request cannot be carried out"),
    429: ("throttled", "Too many requests"),
    503: ("unavailable", "Not at the moment"),
}


class Problem(exceptions.ValidationError):
    """A 400 about one field: `raise Problem("window_days", 0, "give a whole number from 1 to 365")`."""

    def __init__(self, field: str, value: Any, remedy: str) -> None:
        super().__init__({field: [remedy]})
        self.field, self.value, self.remedy = field, value, remedy

    def __str__(self) -> str:
        return f"{self.field}: {self.remedy}"


# --- problems


def problem(status: int, detail: str, errors: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """A problem document; `type` is stable for its status, `detail` is for people."""
    name, title = KINDS.get(status, ("error", HTTPStatus(status).phrase))
    document = {"type": f"urn:paperboy:problem:{name}", "title": title, "status": status, "detail": detail}
    return document if errors is None else document | {"errors": errors}


def problem_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER: every error that has a status becomes a problem document; others stay a 500.

    Django's ValidationError, which models and jobs raise, is a 400 here too, so that nobody has to translate it.
    A view that wants its own words in a 404 raises DRF's `NotFound(words)`; Django's `Http404` gets general ones.
    """
    failure = _as_api_exception(error, context["request"])
    if failure is None:
        return None
    if isinstance(failure, exceptions.ValidationError):
        errors = [_describe(failure, path, message, context["request"]) for path, message in _flat(failure.detail)]
        document = problem(400, "; ".join(_summary(entry) for entry in errors[:3]), errors)
    else:
        document = problem(failure.status_code, shorten(str(failure.detail), 300))
    return Response(document, document["status"], headers=_headers(failure), content_type=PROBLEM_TYPE)


def _as_api_exception(error: Exception, request: Request) -> exceptions.APIException | None:
    if isinstance(error, exceptions.APIException):
        return error
    if isinstance(error, ModelValidationError):
        return exceptions.ValidationError(error.message_dict if hasattr(error, "error_dict") else error.messages)
    if isinstance(error, Http404):
        return exceptions.NotFound(f"there is nothing at {shorten(request.path)}, or it is not yours")
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied(str(error) or None)
    return _of_the_moment(error)


def _of_the_moment(error: Exception) -> exceptions.APIException | None:
    """Of the body's size, and of an account that another request deletes while this one is under way."""
    if isinstance(error, RequestDataTooBig):
        return TooLarge("the body is too large; send less at a time")
    if isinstance(error, get_user_model().DoesNotExist):
        return exceptions.AuthenticationFailed("this account was deleted meanwhile")
    return None


class TooLarge(exceptions.APIException):
    status_code = 413
    default_code = "too_large"


class Unprocessable(exceptions.APIException):
    """What was asked for is clear and cannot be done, for the reason given."""

    status_code = 422
    default_code = "unprocessable"


class UsedUp(exceptions.APIException):
    """A reader's share of something is used up for `wait` seconds, which become the header Retry-After."""

    status_code = 429
    default_code = "throttled"

    def __init__(self, wait: int, detail: str) -> None:
        super().__init__(detail)
        self.wait = wait


def _headers(failure: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(failure, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(failure, "wait", None):
        headers["Retry-After"] = str(wait)
    return headers


def _flat(detail: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each message of DRF's nested error detail with the path of the field that it is about."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _flat(inner, path if name == api_settings.NON_FIELD_ERRORS_KEY else (*path, str(name)))
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            yield from _flat(inner, path if isinstance(inner, str) else (*path, str(index)))
    else:
        yield path, str(detail)


def _describe(
    failure: exceptions.ValidationError, path: tuple[str, ...], message: str, request: Request
) -> dict[str, Any]:
    secret = any(word in part.lower() for part in path for word in SECRET_WORDS)
    value = failure.value if isinstance(failure, Problem) else _sent(request, path)
    return {
        "field": ".".join(path) or None,
        "value": None if secret else _showable(value),
        "message": shorten(message, 300),
    }


def _summary(entry: dict[str, Any]) -> str:
    return f"{entry['field']}: {entry['message']}" if entry["field"] else entry["message"]


def _sent(request: Request, path: tuple[str, ...]) -> Any:
    """What the client sent under this path, in the body or else the query; None where nothing was."""
    if not path:
        return None
    try:
        found: Any = request.data
    except (exceptions.APIException, RequestDataTooBig):  # the query was refused before anybody read the body
        found = {}
    for part in path:
        if isinstance(found, list) and part.isdigit() and int(part) < len(found):
            found = found[int(part)]
        else:
            found = found.get(part) if isinstance(found, dict) else None
    return request.query_params.get(path[0]) if found is None else found


def _showable(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict | list):
        return "(an object)" if isinstance(value, dict) else "(a list)"
    return shorten(str(value))


def shorten(text: str, length: int = 100) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


@csrf_exempt
def api_not_found(request: HttpRequest) -> HttpResponseBase:
    """For every address under `/api/` that no route takes; one that only lacks its last slash is sent there."""
    if not request.path_info.endswith("/") and _exists(request.path_info + "/"):
        # 308 and not 301, so that a POST arrives as a POST with its body
        return HttpResponse(status=308, headers={"Location": request.get_full_path(force_append_slash=True)})
    document = problem(404, f"there is nothing at {shorten(request.path)}; /api/docs/ lists what there is")
    return HttpResponse(orjson.dumps(document), status=404, content_type=PROBLEM_TYPE)


def _exists(path: str) -> bool:
    try:
        return resolve(path).func is not api_not_found
    except Resolver404:
        return False
