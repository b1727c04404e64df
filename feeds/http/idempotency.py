"""Idempotency keys: a repeated request acts once.

For 24 hours it gets the same response. A POST that takes no key refuses one, so that no client relies on it in vain.
"""

import re
import zlib
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from hashlib import sha256
from typing import Any

import orjson
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User

from .authentication import reader_of
from .problems import PROBLEM_TYPE, Problem, Unprocessable, problem

HEADER = "Idempotency-Key"
LIFETIME = timedelta(hours=24)
MOST_STORED = 500  # responses of one reader; the oldest is deleted to make room
_KEY = re.compile(r"[\x21-\x7e]{1,255}")

KEY_PARAMETER = OpenApiParameter(
    HEADER,
    {"type": "string", "pattern": r"^[\x21-\x7e]{1,255}$"},
    OpenApiParameter.HEADER,
    description="a unique name for this request, such as a UUID. If you send the request again with the same key "
    "within 24 hours, it does not act again and gets the same response; a different body with the same key is a 422",
)
REUSED: dict[Any, Any] = {
    (422, PROBLEM_TYPE): OpenApiResponse(
        {"$ref": "#/components/schemas/Problem"}, "the key was used with a different body"
    )
}


def idempotent(handler: Callable[..., Response]) -> Callable[..., Response]:
    """Let a view's `post` take an Idempotency-Key: `run_once` does all of its work."""

    @wraps(handler)
    def handle(view: APIView, request: Request, *args: Any, **kwargs: Any) -> Response:
        return run_once(request, lambda: handler(view, request, *args, **kwargs))

    vars(handle)["takes_key"] = True
    return handle


class RefuseUnusedKeys:
    """Middleware that answers 400 to a POST with an Idempotency-Key where the view takes none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        handler = getattr(getattr(view, "cls", None), "post", None)
        if request.method != "POST" or handler is None or HEADER not in request.headers or takes_key(handler):
            return None
        message = f"{request.path} does not take one; send the request without it"
        errors = [{"field": HEADER, "value": None, "message": message}]
        document = problem(400, f"{HEADER}: {message}", errors)
        return HttpResponse(orjson.dumps(document), status=400, content_type=PROBLEM_TYPE)


def takes_key(handler: Any) -> bool:
    """Whether this `post` takes an Idempotency-Key."""
    return getattr(handler, "takes_key", False)


def run_once(request: Request, act: Callable[[], Response]) -> Response:
    """Run `act`, or return its stored response.

    The response is stored if a request with the same Idempotency-Key was answered before. The change and the stored
    response are one transaction that locks the reader's row: of two simultaneous requests one acts and the other gets
    its response. A response that is an exception is not stored. Raises Problem for a malformed key and Unprocessable
    for a key that was used for another request.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return act()
    if not _KEY.fullmatch(key):
        raise Problem(HEADER, key, "a key has 1 to 255 visible ASCII characters, such as a UUID")
    reader = reader_of(request)
    # the order of an object's fields and white space make no difference
    body = orjson.dumps(request.data, option=orjson.OPT_SORT_KEYS)
    digest = sha256(b"\n".join([str(request.method).encode(), request.get_full_path().encode(), body])).hexdigest()
    with transaction.atomic():
        User.objects.select_for_update().get(pk=reader.pk)
        reader.kept_answers.filter(at__lt=timezone.now() - LIFETIME).delete()
        if stored := reader.kept_answers.filter(key=key).first():
            if stored.request != digest:
                raise Unprocessable(f"the {HEADER} {key[:60]!r} was used for another request; use a new key")
            data = orjson.loads(zlib.decompress(bytes(stored.body)))
            return Response(data, stored.status, headers={"Idempotency-Replayed": "true"})
        response = act()
        surplus = reader.kept_answers.order_by("-at", "-pk").values_list("pk", flat=True)[MOST_STORED - 1 :]
        reader.kept_answers.filter(pk__in=list(surplus)).delete()
        answer = zlib.compress(orjson.dumps(response.data, default=str, option=orjson.OPT_NON_STR_KEYS))
        reader.kept_answers.create(key=key, request=digest, status=response.status_code, body=answer)
    return response
