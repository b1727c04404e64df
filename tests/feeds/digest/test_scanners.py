"""A scanner that opens every link of a mail changes nothing."""

import re
from datetime import UTC, datetime

from bs4 import BeautifulSoup
from django.apps import apps
from django.conf import settings
from django.core import serializers
from django.test import Client

from feeds.digest.compose import compose
from feeds.digest.mail import write_mail
from feeds.models import Delivery, Subscriber
from tests.feeds.planting import DAY, paper, papers

from .readers import make_trend, subscriber, wishing

NOW = datetime(2026, 7, 21, 12, tzinfo=UTC)


def every_row():
    """The rows of all tables."""
    return {
        model._meta.label: serializers.serialize("json", model.objects.order_by("pk")) for model in apps.get_models()
    }


def mailed(recipient):
    whose = {"subscriber" if isinstance(recipient, Subscriber) else "reader": recipient}
    digest, delivery = compose(recipient, DAY, NOW), Delivery.objects.create(**whose, day=DAY, state="sent")
    message = write_mail(digest, delivery)
    delivery.save()
    return message


def links_in(message):
    """The links of the text, the HTML and the headers that lead to this site."""
    hrefs = [link["href"] for link in BeautifulSoup(message.alternatives[0][0], "html.parser").find_all("a")]
    links = {*hrefs, *re.findall(r"https?://\S+", message.body)}
    links |= set(re.findall(r"<(https?://[^>]+)>", message.extra_headers["List-Unsubscribe"]))
    return {link.removeprefix(settings.SITE_URL) for link in links if link.startswith(settings.SITE_URL)}


def test_opening_every_link_of_a_hundred_mails_changes_nothing(db):
    papers(5)
    make_trend(paper("2607.00099", DAY), NOW)
    to = [*wishing(90), *(subscriber(f"eve{number}@example.org") for number in range(10))]
    links = {link for recipient in to for link in links_in(mailed(recipient))}
    assert len(links) > 90 * 6 * 3
    before = every_row()
    scanner = Client()
    assert {scanner.get(link).status_code for link in links} == {200, 302}
    assert every_row() == before
