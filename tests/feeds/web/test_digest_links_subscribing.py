"""Subscribing without an account: confirmed by mail, without revealing who is subscribed."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from feeds.models import Subscriber
from feeds.web.digest_links import prune_subscribers, request_subscription
from tests.feeds.digest.readers import subscriber

PAGE = "/digest/subscribe/"
WISHES = {"rhythm": "daily", "hour": "7", "time_zone": "Europe/Berlin"}


def subscribe(address, client=None, **change):
    return (client or Client()).post(PAGE, {"address": address, **WISHES, **change})


def link_in(message):
    return re.search(r"http://[^/]+(/\S+)", message.body.split("button:")[1]).group(1)


def press(path):
    """Press the button on the page of a link."""
    page = Client().get(path)
    purpose, token = path.strip("/").split("/")[-2:]
    assert token in page.content.decode()
    return Client(enforce_csrf_checks=True).post(reverse("digest-act", args=[purpose]), {"token": token})


def test_an_address_gets_no_digest_before_it_is_confirmed(db):
    subscribe("eve@example.org")
    eve = Subscriber.objects.get()
    assert (eve.is_wanted, eve.time_zone, mail.outbox[0].to) == (False, "Europe/Berlin", ["eve@example.org"])
    Client().get(link_in(mail.outbox[0]))
    assert not Subscriber.objects.get().is_wanted
    press(link_in(mail.outbox[0]))
    assert Subscriber.objects.get().is_wanted


def test_weekly_mails_are_sent_on_mondays(db):
    subscribe("eve@example.org", rhythm="weekly")
    assert (Subscriber.objects.get().rhythm, Subscriber.objects.get().weekdays) == ("weekly", [0])


def test_the_answer_is_the_same_for_every_address(db):
    subscriber("known@example.org")
    subscriber("held@example.org", paused_at=timezone.now())
    known, new, held = (subscribe(f"{name}@example.org") for name in ("known", "other", "held"))
    pages = [
        page.content.decode().replace(name, "") for page, name in ((known, "known"), (new, "other"), (held, "held"))
    ]
    assert len(set(pages)) == 1
    assert [message.to for message in mail.outbox] == [["known@example.org"], ["other@example.org"]]


def test_a_subscriber_is_told_so_and_keeps_their_settings(db):
    subscriber("eve@example.org", hour=5)
    subscribe("EVE@example.org")
    assert Subscriber.objects.get().hour == 5
    assert "They are already being sent" in mail.outbox[0].body
    assert Client().get(link_in(mail.outbox[0])).status_code == 200


def test_an_unsubscribed_address_can_subscribe_again(db):
    subscriber("eve@example.org", left_at=timezone.now())
    subscribe("eve@example.org")
    assert not Subscriber.objects.get().is_wanted
    press(link_in(mail.outbox[0]))
    assert Subscriber.objects.get().is_wanted


def test_one_address_gets_at_most_three_mails_a_day(db):
    answers = {subscribe("eve@example.org").status_code for _ in range(5)}
    assert (answers, len(mail.outbox)) == ({200}, 3)


def test_one_client_can_submit_ten_addresses_an_hour(db):
    codes = [subscribe(f"eve{number}@example.org").status_code for number in range(12)]
    assert codes == [200] * 10 + [429] * 2
    assert len(mail.outbox) == 10


@pytest.mark.parametrize(
    "change",
    [
        {"address": ""}, {"address": "nobody"}, {"address": "eve@example.org\nBcc: x@example.org"},
        {"address": "e" * 250 + "@example.org"}, {"hour": "24"}, {"time_zone": "Mars/Olympus"}, {"rhythm": "hourly"},
    ],
)  # fmt: skip
def test_an_invalid_subscription_is_an_error_and_stores_nothing(db, change):
    page = Client().post(PAGE, {"address": "eve@example.org", **WISHES, **change})
    assert (page.status_code, b"errorlist" in page.content) == (422, True)
    assert (Subscriber.objects.count(), mail.outbox) == (0, [])


def test_an_unconfirmed_address_is_deleted_after_a_week(db):
    now = timezone.now()
    request_subscription("eve@example.org", {"rhythm": "daily"}, now - timedelta(days=6))
    prune_subscribers(now)
    assert Subscriber.objects.exists()
    prune_subscribers(now + timedelta(days=2))
    assert not Subscriber.objects.exists()


def test_an_unsubscribed_address_is_deleted_after_thirty_days(db):
    now = timezone.now()
    subscriber("eve@example.org", left_at=now - timedelta(days=31))
    subscriber("mallory@example.org", left_at=now - timedelta(days=29))
    prune_subscribers(now)
    assert Subscriber.objects.get().address == "mallory@example.org"


def test_the_trending_page_has_the_form_for_visitors_only(ada, client_of):
    assert b'action="/digest/subscribe/"' in Client().get("/trending/").content
    assert b'action="/digest/subscribe/"' not in client_of(ada).get("/trending/").content
