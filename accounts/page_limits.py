"""How often somebody may send a form, as `limits` has it for the API; who sends more is told when to go on."""

import math
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from rest_framework.permissions import SAFE_METHODS

from accounts.conditional import PREFIXES
from accounts.http import UsedUp
from accounts.limits import address_of, spend
from accounts.models import User

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
        return refused(request, found.seconds, found.advice) if found.is_used_up else self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, given: object, named: object) -> HttpResponse | None:
        """No more accounts in a day than the site takes."""
        match = request.resolver_match
        if request.method == "POST" and match and match.url_name == "account_signup" and not _has_room():
            most = f"{settings.SIGN_UPS_PER_DAY:,} people signed up in the last 24 hours, as many as this site takes"
            return refused(request, HOUR, f"{most}; try again later")
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return refused(request, error.wait, str(error.detail)) if isinstance(error, UsedUp) else None


def refused(request: HttpRequest, seconds: int, words: str) -> HttpResponse:
    """The page for who is to wait so many seconds."""
    context = {"words": f"{words[0].upper()}{words[1:]}."}
    response = render(request, "429.html", context, status=429)
    response["Retry-After"] = str(math.ceil(seconds))
    return response


def too_many(request: HttpRequest) -> HttpResponse:
    """What allauth answers where its own limits end; it does not say when they begin anew."""
    return refused(request, MINUTE, "this was tried too often from here; wait some minutes and try again")


def _has_room() -> bool:
    since = timezone.now() - DAY
    return User.objects.filter(joined_at__gt=since, is_simulated=False).count() < settings.SIGN_UPS_PER_DAY
