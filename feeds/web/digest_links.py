"""Pages behind the links of a mail.

Opening one changes nothing, its button does; the token replaces a session. Mail scanners open links, but press no
buttons. The only request that acts at the URL of a link is the POST of RFC 8058, with which a mail program
unsubscribes.
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
from feeds.digest.tokens import Permission, Purpose
from feeds.models import DigestWish, Subscriber
from recommender import collections, votes

from .forms.digest import SubscriberForm

ONE_CLICK = "One-Click"
UNCONFIRMED_FOR = timedelta(days=7)
REMEMBERED_FOR = timedelta(days=30)  # after unsubscribing, so that subscribing again finds the row


@dataclass(frozen=True)
class Act:
    """What a link does, and its texts.

    The question above the button, the button's label, the confirmation, and the change.
    """

    question: str
    button: str
    done: str
    run: Callable[[Permission, datetime], None]


@never_cache
@require_safe
def link(request: HttpRequest, purpose: str, token: str) -> HttpResponse:
    """The page that says what the link does, with the button that does it."""
    try:
        return _render(request, "link.html", tokens.read(purpose, token), token=token)
    except tokens.InvalidToken as error:
        return _render_invalid(request, str(error))


@csrf_exempt  # the token in the body authorises the request
@never_cache
@require_POST
def act(request: HttpRequest, purpose: str) -> HttpResponse:
    """Do what the token permits."""
    try:
        permission = tokens.read(purpose, request.POST.get("token", ""))
        ACTS[permission.purpose].run(permission, timezone.now())
    except tokens.InvalidToken as error:
        return _render_invalid(request, str(error))
    except ValidationError as error:
        return _render_invalid(request, f"{error.messages[0]}.")
    again = tokens.token_maker(permission.recipient)("resubscribe") if permission.purpose == "unsubscribe" else ""
    return _render(request, "done.html", permission, again=again)


@csrf_exempt  # mail programs have no session; the token in the URL authorises the request
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """The page of the link.

    A POST as in RFC 8058 unsubscribes at once.
    """
    try:
        permission = tokens.read("unsubscribe", token)
    except tokens.InvalidToken as error:
        return _render_invalid(request, str(error))
    if request.method != "POST":
        return _render(request, "link.html", permission, token=token)
    if request.POST.get("List-Unsubscribe") != ONE_CLICK:
        return _render_invalid(request, f"To unsubscribe in one step, send List-Unsubscribe={ONE_CLICK}.", status=400)
    stop_mails(permission, timezone.now())
    return HttpResponse("Unsubscribed.\n", content_type="text/plain")


def stop_mails(permission: Permission, now: datetime) -> None:
    """Send the recipient no more digests; a second call changes nothing."""
    if isinstance(permission.recipient, User):
        DigestWish.objects.filter(reader=permission.recipient).update(is_on=False, changed_at=now)
    else:
        Subscriber.objects.filter(pk=permission.recipient.pk, left_at=None).update(left_at=now, changed_at=now)


def start_mails(permission: Permission, now: datetime) -> None:
    """Send the recipient digests again, or for the first time."""
    if isinstance(permission.recipient, User):
        DigestWish.objects.filter(reader=permission.recipient).update(is_on=True, changed_at=now)
    else:
        subscribers = Subscriber.objects.filter(pk=permission.recipient.pk)
        subscribers.update(confirmed_at=now, left_at=None, changed_at=now)


def cast_vote(value: int) -> Callable[[Permission, datetime], None]:
    def run(permission: Permission, now: datetime) -> None:
        assert isinstance(permission.recipient, User)
        assert permission.paper
        votes.cast(permission.recipient, permission.paper, value)

    return run


def save_paper(permission: Permission, now: datetime) -> None:
    assert isinstance(permission.recipient, User)
    assert permission.paper
    collections.save(collections.reading_list(permission.recipient), [permission.paper])


ACTS: dict[Purpose, Act] = {
    "up": Act("Thumbs up for this paper?", "Thumbs up", "Your thumbs up is saved.", cast_vote(1)),
    "down": Act("Thumbs down for this paper?", "Thumbs down", "Your thumbs down is saved.", cast_vote(-1)),
    "save": Act("Save this paper?", "Save to my reading list", "Saved to your reading list.", save_paper),
    "unsubscribe": Act("Unsubscribe from these e-mails?", "Unsubscribe", "You are unsubscribed.", stop_mails),
    "resubscribe": Act("Subscribe again?", "Subscribe again", "You are subscribed again.", start_mails),
    "confirm": Act("Get trending papers by e-mail?", "Confirm", "You are subscribed to trending papers.", start_mails),
}


def _render(request: HttpRequest, template: str, permission: Permission, **extra_context: str) -> HttpResponse:
    recipient = permission.recipient
    context = {
        "act": ACTS[permission.purpose],
        "leave": permission,
        "address": recipient.email if isinstance(recipient, User) else recipient.address,
        "is_reader": isinstance(recipient, User),
    }
    return _without_referrer(render(request, f"feeds/digest/{template}", context | extra_context))


def _render_invalid(request: HttpRequest, reason: str, status: int = 403) -> HttpResponse:
    return _without_referrer(render(request, "feeds/digest/void.html", {"why": reason}, status=status))


def _without_referrer(response: HttpResponse) -> HttpResponse:
    """Send no referrer from this page.

    The URL contains the token, so links of the page must not pass it on.
    """
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe(request: HttpRequest) -> HttpResponse:
    """The form to subscribe without an account.

    Its answer is the same for every address.
    """
    form = SubscriberForm(request.POST or None, initial={"rhythm": "daily", "hour": 7, "time_zone": "UTC"})
    if not form.is_valid():
        return render(request, "feeds/digest/subscribe.html", {"form": form}, status=422 if form.is_bound else 200)
    if not ratelimit.consume(request, action="digest_subscribe"):
        return render(request, "feeds/digest/subscribe.html", {"form": form, "is_too_often": True}, status=429)
    address = form.cleaned_data["address"]
    if ratelimit.consume(request, action="digest_confirm", key=address.lower()):
        request_subscription(address, form.columns(), timezone.now())
    return render(request, "feeds/digest/asked.html", {"address": address, "lifetime": tokens.LIFETIMES["confirm"]})


def request_subscription(address: str, columns: dict[str, Any], now: datetime) -> None:
    """Store a new address's settings and mail a confirmation link.

    A subscribed address gets a mail that says so. An address that is paused, because mails bounced or its owner
    complained, gets no mail.
    """
    prune_subscribers(now)
    subscriber = Subscriber.objects.filter(address__iexact=address).first()
    if subscriber is None:
        try:
            with transaction.atomic():
                subscriber = Subscriber.objects.create(address=address)
        except IntegrityError:  # another request has just created it
            subscriber = Subscriber.objects.get(address__iexact=address)
    if subscriber.paused_at:
        return
    is_subscribed = subscriber.confirmed_at is not None and subscriber.left_at is None
    if not is_subscribed:
        Subscriber.objects.filter(pk=subscriber.pk).update(**columns, asked_at=now, changed_at=now)
        subscriber.refresh_from_db()

    make_token = tokens.token_maker(subscriber)
    if is_subscribed:
        subject = "You are already subscribed to trending papers"
        path = reverse("digest-unsubscribe", args=[make_token("unsubscribe")])
    else:
        subject = "Confirm: trending papers by e-mail"
        path = reverse("digest-link", args=["confirm", make_token("confirm")])
    context = {"subscriber": subscriber, "is_known": is_subscribed, "link": absolute(path), "site": settings.SITE_URL}
    body = render_to_string("feeds/digest/confirm.txt", context)
    headers = {"Auto-Submitted": "auto-generated"}
    EmailMessage(subject, body, to=[subscriber.address], headers=headers).send()


def prune_subscribers(now: datetime) -> None:
    """Delete addresses that were never confirmed or unsubscribed long ago.

    Paused ones stay, to remain paused.
    """
    unconfirmed = Q(confirmed_at=None, asked_at__lt=now - UNCONFIRMED_FOR)
    unsubscribed = Q(left_at__lt=now - REMEMBERED_FOR)
    Subscriber.objects.filter(unconfirmed | unsubscribed, paused_at=None).delete()
