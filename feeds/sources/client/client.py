"""Send requests to a service, within its limits.

Requests take turns, identify themselves, and are retried after growing pauses.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.utils import timezone

from feeds.http import outgoing

from . import turns
from .response import VALIDATORS, Response, TemporaryFailure, read
from .service import Service, SourceFailed, service

MOST_TRIES = 3
MOST_REDIRECTS = 3
PATIENCE_SECONDS = 240.0  # for all that one question needs: turns, tries, rests

Say = Callable[[str], None]


@dataclass
class Client:
    """A client of the services in the settings.

    `say` is called with a line about anything that takes long. A service that gave no complete answer to any try of one
    request is not requested again by the same client.
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
        """Return the service's response to a request.

        validators  those of an earlier answer; if it has not changed, the new one has no body

        Raises SourceFailed if there is no good answer, after trying again what may succeed later.
        """
        target = service(name)
        if name in self._silent:
            raise SourceFailed(target.host, "it did not answer a moment ago", "it is tried again later")
        until = time.monotonic() + self.patience_seconds
        for attempt in range(1, MOST_TRIES + 1):
            try:
                return _follow(target, target.address(path, params or {}), validators or {}, until)
            except TemporaryFailure as failure:
                self._rest(target, failure, attempt)
        raise AssertionError("the last try ends in an answer or in SourceFailed")

    def _rest(self, target: Service, failure: TemporaryFailure, attempt: int) -> None:
        """Pause before the next try, or raise SourceFailed after the last one.

        Without a wish of the service, the rest is random, up to a limit that doubles with each try, so that many
        clients that failed together do not return together.
        """
        jitter = secrets.SystemRandom().uniform(0, target.backoff * 2 ** (attempt - 1))
        seconds = failure.rest or jitter
        turns.rest(target, seconds)
        if attempt == MOST_TRIES:
            self._silent |= {target.name} if failure.is_silent else set()
            retry_at = timezone.now() + timedelta(seconds=seconds) if failure.rest else None
            raise SourceFailed(target.host, f"{failure}, {attempt} times", "it is tried again later", retry_at)
        self.say(f"{target.host}: {failure}; next try in {seconds:.0f} s")


def _follow(target: Service, url: str, validators: dict[str, str], until: float) -> Response:
    """Send a request and follow redirects within the same service."""
    for _ in range(MOST_REDIRECTS + 1):
        with turns.turn(target, until):
            response = _request(target, url, validators, until)
        if isinstance(response, Response):
            return response
        url = _same_host(target, url, response)
    raise SourceFailed(
        target.host, f"it redirects more than {MOST_REDIRECTS} times", "check whether its address has changed"
    )


def _request(target: Service, url: str, validators: dict[str, str], until: float) -> Response | str:
    """Send one request; return the response or the redirect's URL."""
    seconds = max(0.1, min(target.whole, until - time.monotonic()))
    timeout = (min(target.connect, seconds), min(target.answer, seconds))
    known = {header: validators[name] for name, (_, header) in VALIDATORS.items() if validators.get(name)}
    headers = {"User-Agent": settings.USER_AGENT, "Accept-Encoding": "gzip", **known}
    try:
        with (
            outgoing.exchange(seconds, uses_proxies=not target.is_here) as session,
            session.get(url, headers=headers, timeout=timeout, stream=True) as response,
        ):
            return read(target, response)
    except outgoing.Failed as error:
        raise TemporaryFailure(str(error), is_silent=True) from error


def _same_host(target: Service, url: str, location: str) -> str:
    """Return the URL that a redirect leads to.

    Raises SourceFailed unless that is the same service.
    """
    allowed = urlsplit(target.url)
    try:
        parts = urlsplit(urljoin(url, location))
    except ValueError:
        what = f"it redirects to {location[:100]!r}"
        raise SourceFailed(target.host, what, "the redirect was not followed: it is not a URL") from None
    if (parts.scheme, parts.netloc.lower()) != (allowed.scheme, allowed.netloc.lower()):
        what = f"it redirects to another server, {parts.scheme}://{parts.netloc}"[:200]
        remedy = "the redirect was not followed; if the service moved, change its address: /guide/configuration/"
        raise SourceFailed(target.host, what, remedy)
    return parts.geturl()
