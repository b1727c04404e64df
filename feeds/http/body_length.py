"""Require the length of a request's body.

Django reads a body without `Content-Length` as empty, so a change would be lost without a word. Such bodies come with
`Transfer-Encoding: chunked` or, over HTTP/2, with no header at all.
"""

from collections.abc import Callable

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from .authentication import API_PREFIX
from .problems import PROBLEM_TYPE, problem

ADVICE = "send the body with its Content-Length, not with Transfer-Encoding: chunked"
WITH_BODY = ("POST", "PUT", "PATCH", "DELETE")


class RequireLength:
    """Middleware that answers 411 to a body without a length."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not _has_unmeasured_body(request):
            return self.get_response(request)
        if request.META.get("wsgi.input_terminated"):  # a client still sending would see a broken connection
            request.META["wsgi.input"].read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        if request.path_info.startswith(API_PREFIX):
            return HttpResponse(orjson.dumps(problem(411, ADVICE)), status=411, content_type=PROBLEM_TYPE)
        return HttpResponse(f"{ADVICE}\n", status=411, content_type="text/plain; charset=utf-8")


def _has_unmeasured_body(request: HttpRequest) -> bool:
    """Whether there is a body of which no header tells the length.

    Reads one byte where a server that ends the input of each request (`wsgi.input_terminated`) gives no length.
    """
    if "HTTP_TRANSFER_ENCODING" in request.META:
        return True
    is_measured = bool(request.META.get("CONTENT_LENGTH")) or not request.META.get("wsgi.input_terminated")
    return request.method in WITH_BODY and not is_measured and bool(request.META["wsgi.input"].read(1))
