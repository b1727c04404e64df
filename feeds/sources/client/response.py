"""Responses of services: their body, or the failure that a status means."""

from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import BinaryIO

import requests
from django.utils import timezone

from feeds.http import outgoing

from .service import Service, SourceFailed

LONGEST_REST = 3600.0  # seconds, however much longer a host asks for
PASSING = {408, 425, 429, 500, 502, 503, 504}  # the next try may succeed
REDIRECTS = {301, 302, 303, 307, 308}
VALIDATORS = {"etag": ("ETag", "If-None-Match"), "last_modified": ("Last-Modified", "If-Modified-Since")}


class TemporaryFailure(Exception):
    """A failure after which the next try may succeed.

    rest       the seconds for which the service asks not to be asked, if it does
    is_silent  whether there was no complete answer at all
    """

    def __init__(self, what: str, rest: float | None = None, *, is_silent: bool = False) -> None:
        super().__init__(what)
        self.rest, self.is_silent = rest, is_silent


@dataclass
class Response:
    """A response, with its body if that has changed.

    The body is None if nothing has changed since `validators` were given. Use it in a `with` statement.
    """

    body: BinaryIO | None
    validators: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> "Response":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.body is not None:
            self.body.close()


def read(service: Service, response: requests.Response) -> Response | str:
    """Return the response, or the URL that it redirects to.

    Raises TemporaryFailure or SourceFailed for any other status.
    """
    status = response.status_code
    if status == 200:
        try:
            body = outgoing.save(response.raw, service.most_bytes)
        except outgoing.TooBig as error:
            raise SourceFailed(service.host, str(error), "nothing of it was imported; check what it sends") from error
        return Response(body, {name: response.headers.get(header, "") for name, (header, _) in VALIDATORS.items()})
    if status == 304:
        return Response(None)
    if status in REDIRECTS and "Location" in response.headers:
        return response.headers["Location"]
    what = f"it answered {status}"
    if status in PASSING:
        raise TemporaryFailure(what, _retry_after(response.headers.get("Retry-After", "")))
    if status in (401, 403):
        raise SourceFailed(service.host, what, "it refuses us: read its terms, and set PAPERBOY_CONTACT")
    raise SourceFailed(service.host, what, "check whether its address or its API has changed")


def _retry_after(text: str) -> float | None:
    """The seconds that the header Retry-After requests.

    It may be a number or a time. Returns None if it is neither.
    """
    if text.strip().isdecimal():
        return min(float(text), LONGEST_REST)
    try:
        seconds = (parsedate_to_datetime(text).astimezone(UTC) - timezone.now()).total_seconds()
        return min(max(0.0, seconds), LONGEST_REST)
    except (ValueError, OverflowError):
        return None
