"""Subscribing to what is trending without an account: asked for on a page, and confirmed from the mail to the address.

Whoever asks learns nothing about an address: the answer is always the same, and the mail tells its owner the rest.
"""

from datetime import datetime, timedelta
from typing import Any

from allauth.core import ratelimit
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from feeds.models import Subscriber

from . import tokens
from .bodies import absolute
from .forms import SubscriberForm

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
    subject = "You get trending papers already" if is_known else "Confirm: trending papers by e-mail"
    body = render_to_string("feeds/digest/confirm.txt", about)
    return EmailMessage(subject, body, to=[subscriber.address], headers={"Auto-Submitted": "auto-generated"})
