"""The pages behind the links of a mail: looking changes nothing, the button does; who holds the token needs no session.

Scanners of mail open links and press no buttons. The one request that acts at the address of a link is the POST of
RFC 8058, by which a mail program unsubscribes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.core import ratelimit
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from feeds.digest import tokens
from feeds.digest.mail import absolute
from feeds.digest.tokens import Leave, Purpose
from feeds.models import DigestWish, Subscriber
from recommender import collections, votes

from .forms.digest import SubscriberForm

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
        confirm(leave.recipient, now)


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
    "up": Act("Thumbs up for this paper?", "Thumbs up", "Your thumbs up is saved.", _vote(1)),
    "down": Act("Thumbs down for this paper?", "Thumbs down", "Your thumbs down is saved.", _vote(-1)),
    "save": Act("Save this paper?", "Save to my reading list", "Saved to your reading list.", _save),
    "unsubscribe": Act("Unsubscribe from these e-mails?", "Unsubscribe", "You are unsubscribed.", leave_off),
    "resubscribe": Act("Subscribe again?", "Subscribe again", "You are subscribed again.", _take_up),
    "confirm": Act("Get trending papers by e-mail?", "Confirm", "You are subscribed to trending papers.", _take_up),
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


UNCONFIRMED_FOR = timedelta(days=7)
REMEMBERED_FOR = timedelta(days=30)  # after leaving, so that a change of mind finds its row


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe(request: HttpRequest) -> HttpResponse:
    """The form; and the answer to it, which is the same for every address."""
    form = SubscriberForm(request.POST or None, initial={"rhythm": "daily", "hour": 7, "time_zone": "UTC"})
    if not form.is_valid():
        return render(request, "feeds/digest/subscribe.html", {"form": form}, status=422 if form.is_bound else 200)
    if not ratelimit.consume(request, action="digest_subscribe"):
        return render(request, "feeds/digest/subscribe.html", {"form": form, "is_too_often": True}, status=429)
    address = form.cleaned_data["address"]
    if ratelimit.consume(request, action="digest_confirm", key=address.lower()):
        ask(address, form.wishes(), timezone.now())
    return render(request, "feeds/digest/asked.html", {"address": address, "lifetime": tokens.LIFETIMES["confirm"]})


def ask(address: str, wishes: dict[str, Any], now: datetime) -> None:
    """Note the wish of an address that is not subscribed, and mail it a link to confirm; to one that is, say so.

    An address from which mails came back, or whose owner complained of them, gets none.
    """
    forget_the_old(now)
    subscriber = Subscriber.objects.filter(address__iexact=address).first() or _new(address)
    if subscriber.paused_at:
        return
    if not _is_subscribed(subscriber):
        Subscriber.objects.filter(pk=subscriber.pk).update(**wishes, asked_at=now, changed_at=now)
        subscriber.refresh_from_db()
    _message(subscriber).send()


def confirm(subscriber: Subscriber, now: datetime) -> None:
    """From now on the address gets what is trending."""
    Subscriber.objects.filter(pk=subscriber.pk).update(confirmed_at=now, left_at=None, changed_at=now)


def forget_the_old(now: datetime) -> None:
    """Addresses that were never confirmed, or left long ago, are not kept."""
    unconfirmed = Q(confirmed_at=None, asked_at__lt=now - UNCONFIRMED_FOR)
    left = Q(left_at__lt=now - REMEMBERED_FOR)
    Subscriber.objects.filter(unconfirmed | left, paused_at=None).delete()


def _new(address: str) -> Subscriber:
    try:
        with transaction.atomic():
            return Subscriber.objects.create(address=address)
    except IntegrityError:  # somebody else asked at the same moment
        return Subscriber.objects.get(address__iexact=address)


def _is_subscribed(subscriber: Subscriber) -> bool:
    return subscriber.confirmed_at is not None and subscriber.left_at is None


def _message(subscriber: Subscriber) -> EmailMessage:
    is_known = _is_subscribed(subscriber)
    purpose = "unsubscribe" if is_known else "confirm"
    token = tokens.maker(subscriber)(purpose)
    link = reverse("digest-unsubscribe", args=[token]) if is_known else reverse("digest-link", args=[purpose, token])
    about = {"subscriber": subscriber, "is_known": is_known, "link": absolute(link), "site": settings.SITE_URL}
    subject = "You are already subscribed to trending papers" if is_known else "Confirm: trending papers by e-mail"
    body = render_to_string("feeds/digest/confirm.txt", about)
    return EmailMessage(subject, body, to=[subscriber.address], headers={"Auto-Submitted": "auto-generated"})
