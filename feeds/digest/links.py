"""The pages behind the links of a mail: looking changes nothing, the button does; who holds the token needs no session.

Scanners of mail open links and press no buttons. The one request that acts at the address of a link is the POST of
RFC 8058, by which a mail program unsubscribes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from feeds.models import DigestWish, Subscriber
from recommender import collections, votes

from . import subscribing, tokens
from .tokens import Leave, Purpose

ONE_CLICK = "One-Click"


@dataclass(frozen=True)
class Act:
    """What a link does: the question above its button, the button, and what is said when it is done."""

    question: str
    button: str
    done: str
    run: Callable[[Leave, datetime], None]


@never_cache
@require_safe
def link(request: HttpRequest, purpose: str, token: str) -> HttpResponse:
    """What the link would do, and the button that does it."""
    try:
        return _page(request, tokens.read(purpose, token), token)
    except tokens.Void as error:
        return _void(request, error)


@csrf_exempt  # the token in the body is what entitles
@never_cache
@require_POST
def act(request: HttpRequest, purpose: str) -> HttpResponse:
    """Do what the token allows."""
    try:
        leave = tokens.read(purpose, request.POST.get("token", ""))
        ACTS[leave.purpose].run(leave, timezone.now())
    except tokens.Void as error:
        return _void(request, error)
    except ValidationError as error:
        return _void(request, tokens.Void(f"{error.messages[0]}."))
    return _done(request, leave)


@csrf_exempt  # a mail program has no session; the token in the address is what entitles
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """The page of the link; a POST as RFC 8058 has it unsubscribes at once."""
    try:
        leave = tokens.read("unsubscribe", token)
    except tokens.Void as error:
        return _void(request, error)
    if request.method != "POST":
        return _page(request, leave, token)
    if request.POST.get("List-Unsubscribe") != ONE_CLICK:
        return _void(request, tokens.Void("To unsubscribe in one step, send List-Unsubscribe=One-Click."), status=400)
    leave_off(leave, timezone.now())
    return HttpResponse("Unsubscribed.\n", content_type="text/plain")


def leave_off(leave: Leave, now: datetime) -> None:
    """Send the recipient no more digests; doing it twice is harmless."""
    if isinstance(leave.recipient, User):
        DigestWish.objects.filter(reader=leave.recipient).update(is_on=False, changed_at=now)
    else:
        Subscriber.objects.filter(pk=leave.recipient.pk, left_at=None).update(left_at=now, changed_at=now)


def _take_up(leave: Leave, now: datetime) -> None:
    if isinstance(leave.recipient, User):
        DigestWish.objects.filter(reader=leave.recipient).update(is_on=True, changed_at=now)
    else:
        subscribing.confirm(leave.recipient, now)


def _vote(value: int) -> Callable[[Leave, datetime], None]:
    def run(leave: Leave, now: datetime) -> None:
        assert isinstance(leave.recipient, User)
        assert leave.paper
        votes.cast(leave.recipient, leave.paper, value)

    return run


def _save(leave: Leave, now: datetime) -> None:
    assert isinstance(leave.recipient, User)
    assert leave.paper
    collections.save(collections.reading_list(leave.recipient), [leave.paper])


ACTS: dict[Purpose, Act] = {
    "up": Act("Thumbs up for this paper?", "Thumbs up", "Your thumbs up is noted.", _vote(1)),
    "down": Act("Thumbs down for this paper?", "Thumbs down", "Your thumbs down is noted.", _vote(-1)),
    "save": Act("Save this paper?", "Save to my reading list", "It is on your reading list.", _save),
    "unsubscribe": Act("Stop these mails?", "Unsubscribe", "You get no more of these mails.", leave_off),
    "resubscribe": Act("Get these mails again?", "Subscribe again", "You get these mails again.", _take_up),
    "confirm": Act("Get trending papers by e-mail?", "Confirm", "You get trending papers from now on.", _take_up),
}


def _page(request: HttpRequest, leave: Leave, token: str) -> HttpResponse:
    return _private(render(request, "feeds/digest/link.html", _context(leave) | {"token": token}))


def _done(request: HttpRequest, leave: Leave) -> HttpResponse:
    again = tokens.maker(leave.recipient)("resubscribe") if leave.purpose == "unsubscribe" else ""
    return _private(render(request, "feeds/digest/done.html", _context(leave) | {"again": again}))


def _context(leave: Leave) -> dict[str, object]:
    address = leave.recipient.email if isinstance(leave.recipient, User) else leave.recipient.address
    is_reader = isinstance(leave.recipient, User)
    return {"act": ACTS[leave.purpose], "leave": leave, "address": address, "is_reader": is_reader}


def _void(request: HttpRequest, why: tokens.Void, status: int = 403) -> HttpResponse:
    return _private(render(request, "feeds/digest/void.html", {"why": str(why)}, status=status))


def _private(response: HttpResponse) -> HttpResponse:
    """The token stands in the address: nobody is told it by way of a link from the page."""
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
