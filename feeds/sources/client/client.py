"""Asking a service: in turn, identified, within limits, tried again with growing pauses."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import BinaryIO
from urllib.parse import urljoin, urlsplit

import requests
from django.conf import settings
from django.utils import timezone

from feeds.http import outgoing

from . import turns
from .service import Service, SourceFailed, service

MOST_TRIES = 3
MOST_REDIRECTS = 3
PATIENCE_SECONDS = 240.0  # for everything that one request needs: turns, tries, rests
LONGEST_REST = 3600.0  # however much longer a host asks for
PASSING = {408, 425, 429, 500, 502, 503, 504}  # may be otherwise in a moment
REDIRECTS = {301, 302, 303, 307, 308}
VALIDATORS = {"etag": ("ETag", "If-None-Match"), "last_modified": ("Last-Modified", "If-Modified-Since")}

Say = Callable[[str], None]


class TemporaryFailure(Exception):
    """A failure that may be over in a moment.

    rest       how many seconds the service asks for, where it does
    is_silent  it gave no whole answer at all
    """

    def __init__(self, what: str, rest: float | None = None, *, is_silent: bool = False) -> None:
        super().__init__(what)
        self.rest, self.is_silent = rest, is_silent


@dataclass
class Response:
    """An answer: its body, or None when nothing has changed since `validators` were given; use it with `with`."""

    body: BinaryIO | None
    validators: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> "Response":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.body is not None:
            self.body.close()


@dataclass
class Client:
    """Asks the services of the settings; `say` hears of what takes long.

    A service that gave no whole answer to all the tries of one question is not waited for with the next ones.
    """

    say: Say = lambda line: None
    patience_seconds: float = PATIENCE_SECONDS
    _silent: set[str] = field(default_factory=set)

    def get(
        self,
        name: str,
        path: str = "",
        params: dict[str, str] | None = None,
        *,
        validators: dict[str, str] | None = None,
    ) -> Response:
        """The service's answer to one question.

        validators  those of an earlier answer: if it has not changed, there is no body

        Raises SourceFailed when there is no good answer, after having tried what may pass by itself.
        """
        asked = service(name)
        if name in self._silent:
            raise SourceFailed(asked.host, "it was asked a moment ago and did not answer", "it is asked again later")
        until = time.monotonic() + self.patience_seconds
        for attempt in range(1, MOST_TRIES + 1):
            try:
                return self._follow(asked, asked.address(path, params or {}), validators or {}, until)
            except TemporaryFailure as failure:
                self._rest(asked, failure, attempt)
        raise AssertionError("the last try ends in an answer or in SourceFailed")

    def _follow(self, asked: Service, url: str, validators: dict[str, str], until: float) -> Response:
        """Ask, and go where the service points to, as long as that is itself."""
        for _ in range(MOST_REDIRECTS + 1):
            with turns.turn(asked, until):
                answer = _ask(asked, url, validators, until)
            if isinstance(answer, Response):
                return answer
            url = _same_host(asked, url, answer)
        raise SourceFailed(
            asked.host, f"it redirects more than {MOST_REDIRECTS} times", "see whether its address moved"
        )

    def _rest(self, asked: Service, failure: TemporaryFailure, attempt: int) -> None:
        """Let the service rest before the next try; after the last one, give up."""
        seconds = failure.rest or _jitter(asked, attempt)
        turns.rest(asked, seconds)
        if attempt == MOST_TRIES:
            self._silent |= {asked.name} if failure.is_silent else set()
            retry_at = timezone.now() + timedelta(seconds=seconds) if failure.rest else None
            raise SourceFailed(asked.host, f"{failure}, {attempt} times", "it is asked again later", retry_at)
        self.say(f"{asked.host}: {failure}; asked again in {seconds:.0f} s")


def _ask(asked: Service, url: str, validators: dict[str, str], until: float) -> Response | str:
    """One request: the answer, or where it redirects to."""
    seconds = max(0.1, min(asked.whole, until - time.monotonic()))
    timeout = (min(asked.connect, seconds), min(asked.answer, seconds))
    try:
        with (
            outgoing.exchange(seconds, uses_proxies=not asked.is_here) as session,
            session.get(url, headers=_headers(validators), timeout=timeout, stream=True) as response,
        ):
            return _read(asked, response)
    except outgoing.Failed as error:
        raise TemporaryFailure(str(error), is_silent=True) from error


def _headers(validators: dict[str, str]) -> dict[str, str]:
    known = {header: validators[name] for name, (_, header) in VALIDATORS.items() if validators.get(name)}
    return {"User-Agent": settings.USER_AGENT, "Accept-Encoding": "gzip", **known}


def _read(asked: Service, answer: requests.Response) -> Response | str:
    if answer.status_code == 200:
        try:
            body = outgoing.save(answer.raw, asked.most_bytes)
        except outgoing.TooBig as error:
            raise SourceFailed(asked.host, str(error), "nothing of it was taken; see what it sends") from error
        return Response(body, {name: answer.headers.get(header, "") for name, (header, _) in VALIDATORS.items()})
    if answer.status_code == 304:
        return Response(None)
    if answer.status_code in REDIRECTS and "Location" in answer.headers:
        return answer.headers["Location"]
    raise _refusal(asked, answer)


def _refusal(asked: Service, answer: requests.Response) -> TemporaryFailure | SourceFailed:
    what = f"it answered {answer.status_code}"
    if answer.status_code in PASSING:
        return TemporaryFailure(what, _seconds_asked_for(answer.headers.get("Retry-After", "")))
    if answer.status_code in (401, 403):
        return SourceFailed(asked.host, what, "it refuses us: see its terms, and set PAPERBOY_CONTACT")
    return SourceFailed(asked.host, what, "see whether the service has changed its address or its questions")


def _seconds_asked_for(text: str) -> float | None:
    """What Retry-After says, as a number of seconds or a time; None where it makes no sense."""
    if text.strip().isdecimal():
        return min(float(text), LONGEST_REST)
    try:
        asked_for = (parsedate_to_datetime(text).astimezone(UTC) - timezone.now()).total_seconds()
        return min(max(0.0, asked_for), LONGEST_REST)
    except (ValueError, OverflowError):
        return None


def _same_host(asked: Service, url: str, location: str) -> str:
    """Where the redirect leads, if that is the same service."""
    here = urlsplit(asked.url)
    try:
        there = urlsplit(urljoin(url, location))
    except ValueError:
        raise SourceFailed(asked.host, f"it redirects to {location[:100]!r}", "not followed: no address") from None
    if (there.scheme, there.netloc.lower()) != (here.scheme, here.netloc.lower()):
        elsewhere = f"it redirects to another place, {there.scheme}://{there.netloc}"[:200]
        raise SourceFailed(
            asked.host, elsewhere, "not followed; if it moved, change its address: /guide/configuration/"
        )
    return there.geturl()


def _jitter(asked: Service, attempt: int) -> float:
    """Anything up to a limit that doubles with each try, so that many who failed together do not return together."""
    return secrets.SystemRandom().uniform(0, asked.backoff * 2 ** (attempt - 1))
