"""Tokens of huggingface.co: refused before anything else sees them, so that no log, report or table ever holds one."""

from collections.abc import Callable

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from .http import PROBLEM_TYPE, problem

HEADERS = ("HTTP_AUTHORIZATION", "HTTP_X_API_KEY")
MARK = "hf_"  # neither our tokens, `pb_` and hexadecimal digits, nor the base64 of a password can hold it
OURS = "/api/v1/"


class RefuseForeignTokens:
    """Middleware, the first of all: a request with such a token is a 401 at every address, and goes no further."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        foreign = [name for name in HEADERS if MARK in request.META.get(name, "").lower()]
        for name in foreign:
            del request.META[name]
        return _refusal(request.path_info) if foreign else self.get_response(request)


def _refusal(path: str) -> HttpResponse:
    words = f"This is not huggingface.co; set HF_TOKEN to a token from {settings.SITE_URL}/settings/tokens/"
    content_type, body = (
        (PROBLEM_TYPE, problem(401, words)) if path.startswith(OURS) else ("application/json", {"error": words})
    )
    headers = {
        "WWW-Authenticate": "Bearer",
        "X-Error-Message": words,  # what `huggingface_hub` shows
        "Cache-Control": "no-store",
        "Vary": "Authorization, X-API-Key",
    }
    return HttpResponse(orjson.dumps(body), status=401, content_type=content_type, headers=headers)
