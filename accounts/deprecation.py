"""How an operation of the API is taken out of use: told in its answers and in the schema long before it goes."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import wraps
from typing import Any, TypeVar

from django.utils.http import http_date
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

View = TypeVar("View", bound=type[APIView])
NOTICE = timedelta(days=180)  # the least time between the first warning and the end


def deprecated(*methods: str, since: date, until: date, instead: str) -> Callable[[View], View]:
    """Class decorator: these methods ("get", "post") of the view are deprecated since one day and gone from another.

    Every answer to them, errors too, says so: `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and a `Link` to the address
    to use `instead`. Raises ValueError where that leaves less than `NOTICE` for clients to follow.
    """
    if until - since < NOTICE:
        raise ValueError(f"from {since} until {until} is less than the {NOTICE.days} days of notice that clients have")
    headers = {
        "Deprecation": f"@{_midnight(since):.0f}",
        "Sunset": http_date(_midnight(until)),
        "Link": f'<{instead}>; rel="successor-version"',
    }

    def mark(view: View) -> View:
        view.finalize_response = _telling(view.finalize_response, methods, headers)  # type: ignore[method-assign]
        return extend_schema_view(**dict.fromkeys(methods, extend_schema(deprecated=True)))(view)

    return mark


def _telling(
    finalize: Callable[..., Response], methods: tuple[str, ...], headers: dict[str, str]
) -> Callable[..., Response]:
    @wraps(finalize)
    def finalize_and_tell(view: APIView, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        answer = finalize(view, request, response, *args, **kwargs)
        if str(request.method).lower() in methods:
            for name, value in headers.items():
                answer[name] = value
        return answer

    return finalize_and_tell


def _midnight(day: date) -> float:
    return datetime.combine(day, time(), UTC).timestamp()
