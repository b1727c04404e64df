"""Pages that are also served as Markdown.

What a request prefers, whose bearer token it carries, and the headers of the response.
"""

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


def prefers_markdown(request: HttpRequest) -> bool:
    """Whether the client prefers Markdown to HTML, by RFC 9110.

    Without a preference it gets HTML.
    """
    return (request.get_preferred_type(OFFERED) or HTML).startswith(MARKDOWN)


def also_markdown(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Decorate a view that ends with `render_page`.

    In Markdown it accepts bearer tokens, which HTML pages ignore.
    """

    @wraps(view)
    def negotiate(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not prefers_markdown(request):
            response = view(request, *args, **kwargs)
            patch_vary_headers(response, ["Accept"])
            return response
        try:
            if request.method in SAFE_METHODS and (pair := TokenAuthentication().authenticate(Request(request))):
                request.user = pair[0]
        except AuthenticationFailed as error:
            body = JSONRenderer().render(problem(401, str(error.detail)))
            response = HttpResponse(body, PROBLEM_TYPE, 401, headers={"WWW-Authenticate": "Bearer"})
        else:
            response = view(request, *args, **kwargs)
        patch_vary_headers(response, ["Accept", "Authorization", "Cookie"])
        return response

    return negotiate


def render_page(request: HttpRequest, template: str, context: dict[str, Any], write: Write) -> HttpResponse:
    """Render the page as HTML or Markdown.

    `write` makes Markdown from the same context.
    """
    if prefers_markdown(request):
        return markdown_response(write(request, context))
    return render(request, template, context)


def markdown_response(text: str) -> HttpResponse:
    """A response in Markdown that only this reader's client may store."""
    return HttpResponse(text, content_type=f"{MARKDOWN}; charset=utf-8", headers={"Cache-Control": "private, no-cache"})
