"""Pages that also speak Markdown: what a request prefers, whom its bearer token stands for, and the headers of both."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from .authentication import TokenAuthentication
from .json import JSONRenderer
from .problems import PROBLEM_TYPE, problem

HTML, MARKDOWN = "text/html", "text/markdown"
OFFERED = [HTML, MARKDOWN, f"{MARKDOWN}; charset=utf-8", f"{MARKDOWN}; charset=UTF-8"]
Write = Callable[[HttpRequest, Mapping[str, Any]], str]
_VARIES = ["Accept", "Authorization", "Cookie"]


def prefers_markdown(request: HttpRequest) -> bool:
    """Whether the client would rather have Markdown than HTML, by RFC 9110; where it does not care, it gets HTML."""
    return (request.get_preferred_type(OFFERED) or HTML).startswith(MARKDOWN)


def also_markdown(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page whose view answers by `shown`; in Markdown also for the reader of a bearer token, which HTML ignores."""

    @wraps(view)
    def in_what_is_preferred(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not prefers_markdown(request):
            response = view(request, *args, **kwargs)
            patch_vary_headers(response, ["Accept"])
            return response
        try:
            _sign_in(request)
        except AuthenticationFailed as error:
            response = _refused(error)
        else:
            response = view(request, *args, **kwargs)
        patch_vary_headers(response, _VARIES)
        return response

    return in_what_is_preferred


def render_page(request: HttpRequest, template: str, context: dict[str, Any], write: Write) -> HttpResponse:
    """The page in HTML, or what `write` makes of the same context in Markdown."""
    if prefers_markdown(request):
        return markdown_response(write(request, context))
    return render(request, template, context)


def markdown_response(text: str) -> HttpResponse:
    """The text as Markdown, for this reader alone."""
    return HttpResponse(text, content_type=f"{MARKDOWN}; charset=utf-8", headers={"Cache-Control": "private, no-cache"})


def _sign_in(request: HttpRequest) -> None:
    """The reader of a bearer token becomes that of the request, for a method that changes nothing."""
    if request.method not in SAFE_METHODS:
        return
    found = TokenAuthentication().authenticate(Request(request))
    if found is not None:
        request.user = found[0]


def _refused(error: AuthenticationFailed) -> HttpResponse:
    document = JSONRenderer().render(problem(401, str(error.detail)))
    return HttpResponse(document, status=401, content_type=PROBLEM_TYPE, headers={"WWW-Authenticate": "Bearer"})
