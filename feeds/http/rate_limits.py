"""Rate limits of the API and the pages, and the headers that state them."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address

import orjson
from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.models import AuthToken, User

from .conditional import PREFIXES
from .counters import WINDOW_SECONDS, count
from .problems import PROBLEM_TYPE, QuotaExceeded, problem

MINUTE_SECONDS, HOUR_SECONDS, DAY_SECONDS = 60, 3_600, 86_400
DAY = timedelta(days=1)
IPV6_NETWORK = 64  # bits; providers give each customer such a network with all of its addresses
# Mail providers' reports and one-click unsubscribing come in bursts from one address, each with a secret.
FROM_MAIL = ("/anymail/", "/digest/unsubscribe/")


@dataclass(frozen=True)
class Allowance:
    """A client's requests in the current window.

    They are of one kind, "read" or "write".

    limit    requests allowed in a window
    times    requests made, this one included
    seconds  until the window ends
    """

    kind: str
    limit: int
    times: int
    seconds: int

    @property
    def is_used_up(self) -> bool:
        return self.times > self.limit

    @property
    def headers(self) -> dict[str, str]:
        """The headers of draft-ietf-httpapi-ratelimit-headers-10."""
        left = max(0, self.limit - self.times)
        return {
            "RateLimit-Policy": f'"{self.kind}";q={self.limit};w={WINDOW_SECONDS}',
            "RateLimit": f'"{self.kind}";r={left};t={self.seconds}',
        }

    @property
    def advice(self) -> str:
        limit = f"the limit is {self.limit} {self.kind} requests in {WINDOW_SECONDS} seconds"
        return f"{limit}; try again in {self.seconds} seconds"


def spend(request: HttpRequest, client: str) -> Allowance:
    """Count one request of a client.

    The allowance is also stored on the request for `RateLimits`.
    """
    kind, limit = ("read", settings.RATE_READ) if request.method in SAFE_METHODS else ("write", settings.RATE_WRITE)
    times, seconds = count(f"{kind} {_pseudonym(client)}")
    allowance = Allowance(kind, limit, times, max(1, math.ceil(seconds)))
    request.allowance = allowance  # type: ignore[attr-defined]
    return allowance


def spend_votes(reader: User, votes: int) -> None:
    """Count votes of a reader from page and API together.

    Raises QuotaExceeded above the daily limit.
    """
    times, seconds = count(f"votes {_pseudonym(f'reader {reader.pk}')}", votes, DAY_SECONDS)
    if times > settings.VOTES_PER_DAY:
        wait = max(1, math.ceil(seconds))
        raise QuotaExceeded(
            wait, f"the limit is {settings.VOTES_PER_DAY:,} votes in a day; vote again in {wait} seconds"
        )


def address_of(request: HttpRequest) -> str:
    """The name under which requests without a signed-in reader are counted."""
    try:
        address = ip_address(get_adapter().get_client_ip(request))
    except PermissionDenied:  # behind a proxy on a local socket that does not name its client
        return "unknown address"
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return f"network {int(address) >> (128 - IPV6_NETWORK):x}"
    return f"address {address}"


def _pseudonym(client: str) -> str:
    """A keyed digest, so that the counters reveal neither readers nor addresses."""
    return blake2b(client.encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=16).hexdigest()


class Limit(BaseThrottle):
    """The throttle of every API view.

    DRF's own throttles read and write their counts in separate steps.
    """

    def allow_request(self, request: Request, view: object) -> bool:
        if isinstance(request.auth, AuthToken):
            client = f"token {request.auth.pk}"
        elif request.user.is_authenticated:
            client = f"reader {request.user.pk}"
        else:
            client = address_of(request._request)
        allowance = spend(request._request, client)
        if allowance.is_used_up:
            raise QuotaExceeded(allowance.seconds, allowance.advice)
        return True


class RateLimits:
    """Middleware that adds the headers, and counts refused credentials against the client's address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not request.path_info.startswith(PREFIXES):
            return response
        allowance: Allowance | None = getattr(request, "allowance", None)
        if allowance is None and response.status_code in (401, 403):
            allowance = spend(request, address_of(request))
            if allowance.is_used_up:
                headers = {"Retry-After": str(allowance.seconds)}
                document = problem(429, allowance.advice)
                response = HttpResponse(orjson.dumps(document), PROBLEM_TYPE, 429, headers=headers)
        if allowance is not None:
            for name, value in allowance.headers.items():
                response[name] = value
        return response


class PageLimits:
    """Middleware that limits forms.

    A client over a limit gets a page that says when it may continue.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method in SAFE_METHODS or request.path_info.startswith((*PREFIXES, *FROM_MAIL)):
            return self.get_response(request)
        client = f"reader {request.user.pk}" if request.user.is_authenticated else address_of(request)
        allowance = spend(request, client)
        if allowance.is_used_up:
            return render_429(request, allowance.seconds, allowance.advice)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        """Refuse a sign-up above the daily limit of the site."""
        match = request.resolver_match
        if request.method != "POST" or match is None or match.url_name != "account_signup":
            return None
        newcomers = User.objects.filter(joined_at__gt=timezone.now() - DAY, is_simulated=False).count()
        if newcomers < settings.SIGN_UPS_PER_DAY:
            return None
        limit = f"{settings.SIGN_UPS_PER_DAY:,} people signed up in the last 24 hours, which is the limit of this site"
        return render_429(request, HOUR_SECONDS, f"{limit}; try again later")

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return render_429(request, error.wait, str(error.detail)) if isinstance(error, QuotaExceeded) else None


def render_429(request: HttpRequest, seconds: int, message: str) -> HttpResponse:
    """The page for a client that has to wait this many seconds."""
    context = {"words": f"{message[0].upper()}{message[1:]}."}
    response = render(request, "429.html", context, status=429)
    response["Retry-After"] = str(math.ceil(seconds))
    return response


def handle_429(request: HttpRequest) -> HttpResponse:
    """Render the page of allauth's own limits.

    The library does not say when they end.
    """
    return render_429(request, MINUTE_SECONDS, "there were too many attempts; wait a few minutes and try again")
