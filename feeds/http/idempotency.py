"""Requests that are sent again: with an Idempotency-Key they act once, and the same answer comes back for a day."""

import re
import zlib
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

import orjson
from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import KeptAnswer, User

from .authentication import reader_of
from .problems import PROBLEM_TYPE, Problem, Unprocessable

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
MOST_KEPT = 500  # answers of a reader; an older one makes room
_KEY = re.compile(r"[\x21-\x7e]{1,255}")

KEY_PARAMETER = OpenApiParameter(
    HEADER,
    {"type": "string", "pattern": r"^[\x21-\x7e]{1,255}$"},
    OpenApiParameter.HEADER,
    description="a name of your choice for this request, such as a UUID. Sent again with it within 24 hours the "
    "request acts no second time and is given the same answer; another body under the same key is a 422",
)
REUSED: dict[Any, Any] = {
    (422, PROBLEM_TYPE): OpenApiResponse({"$ref": "#/components/schemas/Problem"}, "the key was given to another body")
}


def run_once(request: Request, act: Callable[[], Response]) -> Response:
    """The answer that `act` gives, or gave when a request with the same Idempotency-Key came before.

    What it does and the answer are kept in one transaction, while the reader's row is held: of two requests at once
    one acts and the other is given its answer. An answer that is an exception is not kept. Raises Problem for a key
    that is none, Unprocessable for one that was given to another request.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return act()
    if not _KEY.fullmatch(key):
        raise Problem(HEADER, key, "a key has 1 to 255 visible ASCII characters, such as a UUID")
    reader, name = reader_of(request), _name(request)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=reader.pk)
        reader.kept_answers.filter(at__lt=timezone.now() - KEPT).delete()
        if kept := reader.kept_answers.filter(key=key).first():
            return _again(kept, key, name)
        response = act()
        _keep(reader, key, name, response)
    return response


def _name(request: Request) -> str:
    """A digest of what is asked for; the order of an object's fields and white space make no difference."""
    body = orjson.dumps(request.data, option=orjson.OPT_SORT_KEYS)
    return sha256(b"\n".join([str(request.method).encode(), request.get_full_path().encode(), body])).hexdigest()


def _again(kept: KeptAnswer, key: str, name: str) -> Response:
    if kept.request != name:
        raise Unprocessable(f"the {HEADER} {key[:60]!r} was given to another request; give this one a new key")
    return Response(
        orjson.loads(zlib.decompress(bytes(kept.body))), kept.status, headers={"Idempotency-Replayed": "true"}
    )


def _keep(reader: User, key: str, name: str, response: Response) -> None:
    oldest = reader.kept_answers.order_by("-at", "-pk").values_list("pk", flat=True)[MOST_KEPT - 1 :]
    reader.kept_answers.filter(pk__in=list(oldest)).delete()
    body = zlib.compress(_as_json(response.data))
    reader.kept_answers.create(key=key, request=name, status=response.status_code, body=body)


def _as_json(data: Any) -> bytes:
    return orjson.dumps(data, default=str, option=orjson.OPT_NON_STR_KEYS)
