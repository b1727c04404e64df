"""A digest as a mail: its headers, and the addresses that it leads to; what it says is in `bodies`."""

from email.utils import parseaddr
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils.crypto import salted_hmac

from accounts.models import User
from feeds.models import Delivery

from . import tokens
from .bodies import Links, absolute, html_of, subject, text_of
from .composing import Digest

SALT = "feeds.digest.message"


def mail(digest: Digest, delivery: Delivery) -> EmailMultiAlternatives:
    """The mail, not sent; `delivery`, which is not saved, is told what it carries.

    The same delivery always has the same Message-ID. One that is not stored, for a preview, has none.
    """
    make = tokens.maker(digest.recipient)
    links = _links(digest, delivery, make)
    delivery.address = digest.recipient.email if isinstance(digest.recipient, User) else digest.recipient.address
    delivery.message_id = message_id(delivery)
    delivery.paper_pks, delivery.ranking = digest.paper_pks, digest.ranking
    message = EmailMultiAlternatives(
        subject(digest), text_of(digest, links, make), to=[delivery.address], headers=_headers(delivery, links)
    )
    message.attach_alternative(html_of(digest, links, make), "text/html")
    return message


def message_id(delivery: Delivery) -> str:
    """The same for every attempt; says nothing about the recipient."""
    if delivery.pk is None:
        return ""
    mark = salted_hmac(SALT, str(delivery.pk), algorithm="sha256").hexdigest()[:24]
    return f"<digest.{delivery.pk}.{mark}@{_host()}>"


def _headers(delivery: Delivery, links: Links) -> dict[str, str]:
    token = links.unsubscribe.rstrip("/").rpartition("/")[2]
    by_mail = f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}?subject={quote(f'unsubscribe {token}')}"
    return {
        **({"Message-ID": delivery.message_id} if delivery.message_id else {}),
        "List-Id": f"Paperboy digest <digest.{_host()}>",
        "List-Unsubscribe": f"<{links.unsubscribe}>, <{by_mail}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }


def _host() -> str:
    return urlsplit(settings.SITE_URL).hostname or "localhost"


def _links(digest: Digest, delivery: Delivery, make: tokens.Maker) -> Links:
    """Pages of readers ask to sign in, and the others store nothing: a scanner that opens them all changes nothing."""
    if not isinstance(digest.recipient, User):
        same_papers = reverse("trending")
    else:
        same_papers = (
            reverse("digest-sent", args=[delivery.pk]) if delivery.pk and digest.papers else reverse("catch-up")
        )
    return Links(
        absolute(same_papers),
        absolute(reverse("digest-unsubscribe", args=[make("unsubscribe")])),
        absolute(reverse("settings-digest")),
    )
