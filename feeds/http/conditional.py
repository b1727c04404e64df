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
CACHEABLE = ("GET", "HEAD")
VARY = ("Authorization", "Cookie", "Accept", "Accept-Encoding")
CREDENTIALS = ("HTTP_AUTHORIZATION", "HTTP_X_API_KEY")
GZIPPED = "-gzip"
TAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


def not_modified(request: Request, etag: str) -> Response | None:
    """Return a 304 if the client has the representation with this tag.

    Otherwise returns None.

    etag  names, without quotes, the state that the response is made from: every change of the response must change
          it. The format that the client prefers (JSON, Markdown) is added here, since each is a representation of
          its own. `ConditionalAnswers` sends the tag with the response.
    """
    renderer = getattr(request, "accepted_renderer", None)
    tag = etag if renderer is None or renderer.format == "json" else f"{etag}-{renderer.format}"
    request._request.etag = tag  # type: ignore[attr-defined]
    return Response(status=304) if request.method in CACHEABLE and matching_tag(request._request, tag) else None


def matching_tag(request: HttpRequest, tag: str) -> str | None:
    """The form in which If-None-Match contains this tag.

    Uses the weak comparison of RFC 9110, 13.1.2. Returns None if it does not contain it. A compressed response has the
    tag of the plain one with a suffix; a client may send back either.
    """
    header = request.headers.get("If-None-Match", "").strip()
    if header == "*":
        return f'"{tag}"'
    return next((match[0] for match in TAG.finditer(header) if match[1] in (tag, tag + GZIPPED)), None)


class ConditionalAnswers:
    """Middleware that adds caching headers and strong tags to API responses.

    Clients that are up to date get a 304. Errors must not be stored. Responses to a signed-in client may be stored by
    that client only. Whatever is stored must be revalidated each time.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not request.path_info.startswith(PREFIXES):
            return response
        patch_vary_headers(response, VARY)
        is_cacheable = request.method in CACHEABLE and response.status_code in (200, 304)
        if not response.has_header("Cache-Control"):
            has_credentials = any(name in request.META for name in CREDENTIALS)
            is_personal = has_credentials or settings.SESSION_COOKIE_NAME in request.COOKIES
            scope = "private" if is_personal else "public"
            response["Cache-Control"] = f"{scope}, no-cache" if is_cacheable else "no-store"
        if is_cacheable and not response.streaming and "no-store" not in response["Cache-Control"]:
            _add_tag(request, response)
        return response


def _add_tag(request: HttpRequest, response: HttpResponseBase) -> None:
    """Set the view's own tag, or else a digest of the body.

    Make the response a 304 if the client has this tag.
    """
    if match := TAG.fullmatch(response.headers.get("ETag", "")):
        tag = match[1]
    elif etag := getattr(request, "etag", None):  # set by `not_modified`
        tag = str(etag)
    else:
        content_type = response.headers.get("Content-Type", "").encode()
        body = response.content  # type: ignore[attr-defined]  # streaming responses do not come here
        tag = blake2b(content_type + b"\n" + body, digest_size=16).hexdigest()
    response["ETag"] = f'"{tag}"'
    if known := matching_tag(request, tag):
        response["ETag"] = known
        response.status_code, response.content = 304, b""  # type: ignore[attr-defined]
    if response.status_code == 304:
        for name in ("Content-Type", "Content-Length"):
            del response.headers[name]


class Compression(GZipMiddleware):
    """Django's GZip middleware, without random padding for API clients.

    This keeps the tags of API responses to software strong. Django pads compressed responses by a random length, so
    that the length gives away no secret of a page (BREACH). That attack needs a browser that sends the reader's cookie.
    Requests with a cookie keep the padding, and with it Django's weak tag.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIXES) or request.COOKIES:
            return super().process_response(request, response)
        return _UnpaddedCompression(self.get_response).process_response(request, response)


class _UnpaddedCompression(GZipMiddleware):
    max_random_bytes = 0

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        tag = response.headers.get("ETag", "")
        compressed = super().process_response(request, response)
        if tag.startswith('"') and compressed.headers.get("ETag") != tag:
            compressed["ETag"] = f'"{tag[1:-1]}{GZIPPED}"'
        return compressed


IF_MATCH_PARAMETER = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="the ETag of the version that you have read; 412 if it has changed since",
)
STALE: dict[Any, Any] = {
    (412, PROBLEM_TYPE): OpenApiResponse({"$ref": "#/components/schemas/Problem"}, "it has changed since you read it")
}


class Stale(APIException):
    """The resource has changed since the client read it."""

    status_code = 412
    default_code = "stale"


def check_match(request: Request, etag: str) -> None:
    """Raise Stale if If-Match is sent and lacks `etag`.

    `etag` is given without quotes. A compressed response has the tag with a suffix, or marked as weak where it is
    padded: both mean this state.
    """
    header = request.headers.get("If-Match", "").strip()
    if header in ("", "*"):
        return
    if not any(match[1] in (etag, etag + GZIPPED) for match in TAG.finditer(header)):
        raise Stale("this has changed since you read it; reload it and apply your change again")
