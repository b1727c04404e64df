"""Changes that hold only for what the client has seen: If-Match (RFC 9110, 13.1.1)."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from accounts.conditional import GZIPPED, TAG
from accounts.http import PROBLEM_TYPE

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
