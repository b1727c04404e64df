"""Conditional requests (RFC 9110, 9111): entity tags, 304, If-Match, and who may cache what."""

import re
from collections.abc import Callable
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from .problems import PROBLEM_TYPE

PREFIXES = ("/api/", "/s2/")
KEPT = ("GET", "HEAD")
VARY = ("Authorization", "Cookie", "Accept", "Accept-Encoding")
CREDENTIALS = ("HTTP_AUTHORIZATION", "HTTP_X_API_KEY")
GZIPPED = "-gzip"
TAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


def not_modified(request: Request, etag: str) -> Response | None:
    """A 304 if the client holds the answer that `etag` stands for; otherwise None, and the answer will bear the tag.

    etag  names the state that the answer is made from, without quotes: every change of the answer changes it. What
          the client asks to read (JSON, Markdown) is added here, since each form is an answer of its own.
    """
    renderer = getattr(request, "accepted_renderer", None)
    tag = etag if renderer is None or renderer.format == "json" else f"{etag}-{renderer.format}"
    request._request.etag = tag  # type: ignore[attr-defined]  # read by `ConditionalAnswers`
    return Response(status=304) if request.method in KEPT and matching_tag(request._request, tag) else None


def matching_tag(request: HttpRequest, tag: str) -> str | None:
    """The form in which If-None-Match names this tag, compared weakly as RFC 9110, 13.1.2, has it; None if it does not.

    A compressed answer bears the tag of the plain one with an ending, so that a client which holds either is told so.
    """
    asked = request.headers.get("If-None-Match", "").strip()
    if asked == "*":
        return f'"{tag}"'
    return next((found[0] for found in TAG.finditer(asked) if found[1] in (tag, tag + GZIPPED)), None)


class ConditionalAnswers:
    """Middleware: gives every good answer to a GET under the API a strong tag, and a 304 to who holds it already."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not request.path_info.startswith(PREFIXES):
            return response
        patch_vary_headers(response, VARY)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = _who_may_keep(request, response)
        return _tagged(request, response) if _may_be_tagged(request, response) else response


def _who_may_keep(request: HttpRequest, response: HttpResponseBase) -> str:
    """Errors are kept by nobody, what was made for somebody only by them; whatever is kept is asked about each time."""
    if request.method not in KEPT or response.status_code not in (200, 304):
        return "no-store"
    is_personal = any(name in request.META for name in CREDENTIALS) or settings.SESSION_COOKIE_NAME in request.COOKIES
    return "private, no-cache" if is_personal else "public, no-cache"


def _may_be_tagged(request: HttpRequest, response: HttpResponseBase) -> bool:
    return (
        request.method in KEPT
        and response.status_code in (200, 304)
        and not response.streaming
        and "no-store" not in response["Cache-Control"]
    )


def _tagged(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    tag = _tag(request, response)
    response["ETag"] = f'"{tag}"'
    if known := matching_tag(request, tag):
        response["ETag"] = known
        response.status_code, response.content = 304, b""  # type: ignore[attr-defined]  # it does not stream
    if response.status_code == 304:
        for name in ("Content-Type", "Content-Length"):
            del response.headers[name]
    return response


def _tag(request: HttpRequest, response: HttpResponseBase) -> str:
    """The view's own tag, else a digest of what is sent."""
    if own := TAG.fullmatch(response.headers.get("ETag", "")):
        return own[1]
    if named := getattr(request, "etag", None):
        return str(named)
    sent = response.headers.get("Content-Type", "").encode() + b"\n" + response.content  # type: ignore[attr-defined]
    return blake2b(sent, digest_size=16).hexdigest()


class Compression(GZipMiddleware):
    """Django's, but an API answer to software stays byte for byte the same, and so keeps a strong tag of its own.

    Django pads what it compresses by chance, so that nobody learns a page's secrets from its length (BREACH). Whoever
    tries that needs a browser that sends the reader's cookie; with one the padding stays, and Django's weak tag.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIXES) or request.COOKIES:
            return super().process_response(request, response)
        return _Steady(self.get_response).process_response(request, response)


class _Steady(GZipMiddleware):
    max_random_bytes = 0

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        plain = response.headers.get("ETag", "")
        answer = super().process_response(request, response)
        if plain.startswith('"') and answer.headers.get("ETag") != plain:
            answer["ETag"] = f'"{plain[1:-1]}{GZIPPED}"'
        return answer


IF_MATCH_PARAMETER = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="the ETag of what you have read; 412 if it changed since"
)
STALE: dict[Any, Any] = {
    (412, PROBLEM_TYPE): OpenApiResponse({"$ref": "#/components/schemas/Problem"}, "it has changed since you read it")
}


class Stale(APIException):
    """What the client wishes to change is not any more what it has seen."""

    status_code = 412
    default_code = "stale"


def check_match(request: Request, etag: str) -> None:
    """Raises Stale if the request names tags in If-Match, and `etag`, without quotes, is none of them.

    A compressed answer bears its tag with an ending, or marked weak where it is padded by chance: both mean this state.
    """
    asked = request.headers.get("If-Match", "").strip()
    if asked in ("", "*"):
        return
    if not any(found[1] in (etag, etag + GZIPPED) for found in TAG.finditer(asked)):
        raise Stale("this has changed since you read it; read it again and repeat your change on what it says now")
