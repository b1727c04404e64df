"""Rate limits of API and pages, and the headers that state them."""

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

DAY_SECONDS = 86_400
IPV6_NETWORK = 64  # what one customer is given; who has one has all of its addresses


@dataclass(frozen=True)
class Allowance:
    """What somebody may still ask of one kind, "read" or "write", in the window that now runs."""

    kind: str
    limit: int
    times: int
    seconds: int

    @property
    def is_used_up(self) -> bool:
        return self.times > self.limit

    @property
    def headers(self) -> dict[str, str]:
        """As draft-ietf-httpapi-ratelimit-headers-10 writes them."""
        left = max(0, self.limit - self.times)
        return {
            "RateLimit-Policy": f'"{self.kind}";q={self.limit};w={WINDOW_SECONDS}',
            "RateLimit": f'"{self.kind}";r={left};t={self.seconds}',
        }

    @property
    def advice(self) -> str:
        asked = f"{self.limit} requests that {self.kind} in {WINDOW_SECONDS} seconds are what there is"
        return f"{asked}; ask again in {self.seconds} seconds"


class Limit(BaseThrottle):
    """DRF asks this before every view; DRF's own throttles count in steps that two processes can take at once."""

    def allow_request(self, request: Request, view: object) -> bool:
        found = spend(request._request, _who(request))
        if found.is_used_up:
            raise QuotaExceeded(found.seconds, found.advice)
        return True


class RateLimits:
    """Middleware: tells what is left, and lets who is refused spend the share of their address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not request.path_info.startswith(PREFIXES):
            return response
        found = getattr(request, "allowance", None)
        if found is None and response.status_code in (401, 403):
            found = spend(request, address_of(request))
            response = _refusal(found) if found.is_used_up else response
        for name, value in found.headers.items() if found else ():
            response[name] = value
        return response


def spend(request: HttpRequest, who: str) -> Allowance:
    """Count one request of `who`, and note on it what is left."""
    kind, limit = ("read", settings.RATE_READ) if request.method in SAFE_METHODS else ("write", settings.RATE_WRITE)
    times, seconds = count(f"{kind} {_nameless(who)}")
    found = Allowance(kind, limit, times, max(1, math.ceil(seconds)))
    request.allowance = found  # type: ignore[attr-defined]  # read by `RateLimits`
    return found


def spend_votes(reader: User, votes: int) -> None:
    """Count so many votes of the reader, on whatever way they come; raises UsedUp when the day's are used up."""
    times, seconds = count(f"votes {_nameless(f'reader {reader.pk}')}", votes, DAY_SECONDS)
    if times > settings.VOTES_PER_DAY:
        wait = max(1, math.ceil(seconds))
        raise QuotaExceeded(
            wait, f"{settings.VOTES_PER_DAY:,} votes in a day are what there is; vote again in {wait} seconds"
        )


def address_of(request: HttpRequest) -> str:
    """Whom to count where nobody is signed in."""
    try:
        address = ip_address(get_adapter().get_client_ip(request))
    except PermissionDenied:  # behind a proxy on a local socket that does not say for whom it asks
        return "unknown address"
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return f"network {int(address) >> (128 - IPV6_NETWORK):x}"
    return f"address {address}"


def _who(request: Request) -> str:
    if isinstance(request.auth, AuthToken):
        return f"token {request.auth.pk}"
    return f"reader {request.user.pk}" if request.user.is_authenticated else address_of(request._request)


def _nameless(who: str) -> str:
    """What counters know people by: nobody can read a reader or an address from it."""
    return blake2b(who.encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=16).hexdigest()


def _refusal(found: Allowance) -> HttpResponse:
    headers = {"Retry-After": str(found.seconds)}
    return HttpResponse(orjson.dumps(problem(429, found.advice)), PROBLEM_TYPE, 429, headers=headers)


# Mail providers' reports and their readers' unsubscribing come many at once from one address, each with a secret.
BY_MAIL = ("/anymail/", "/digest/unsubscribe/")
MINUTE, HOUR = 60, 3600
DAY = timedelta(days=1)


class PageLimits:
    """Middleware: counts what pages change, and turns whoever sends too much away before anything is done."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method in SAFE_METHODS or request.path_info.startswith((*PREFIXES, *BY_MAIL)):
            return self.get_response(request)
        found = spend(request, f"reader {request.user.pk}" if request.user.is_authenticated else address_of(request))
        return render_429(request, found.seconds, found.advice) if found.is_used_up else self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, given: object, named: object) -> HttpResponse | None:
        """No more accounts in a day than the site takes."""
        match = request.resolver_match
        if request.method == "POST" and match and match.url_name == "account_signup" and not _has_room():
            most = f"{settings.SIGN_UPS_PER_DAY:,} people signed up in the last 24 hours, as many as this site takes"
            return render_429(request, HOUR, f"{most}; try again later")
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return render_429(request, error.wait, str(error.detail)) if isinstance(error, QuotaExceeded) else None


def render_429(request: HttpRequest, seconds: int, words: str) -> HttpResponse:
    """The page for who is to wait so many seconds."""
    context = {"words": f"{words[0].upper()}{words[1:]}."}
    response = render(request, "429.html", context, status=429)
    response["Retry-After"] = str(math.ceil(seconds))
    return response


def handle_429(request: HttpRequest) -> HttpResponse:
    """What allauth answers where its own limits end; it does not say when they begin anew."""
    return render_429(request, MINUTE, "this was tried too often from here; wait some minutes and try again")


def _has_room() -> bool:
    since = timezone.now() - DAY
    return User.objects.filter(joined_at__gt=since, is_simulated=False).count() < settings.SIGN_UPS_PER_DAY
