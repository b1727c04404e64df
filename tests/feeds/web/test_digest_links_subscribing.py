"""Subscribing without an account: confirmed from the mailbox, telling nobody who is subscribed."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from feeds.models import Subscriber
from feeds.web.digest_links import ask, forget_the_old
from tests.feeds.digest.readers import subscriber

PAGE = "/digest/subscribe/"
WISHES = {"rhythm": "daily", "hour": "7", "time_zone": "Europe/Berlin"}


def subscribe(address, client=None, **said):
    return (client or Client()).post(PAGE, {"address": address, **WISHES, **said})


def link_in(message):
    return re.search(r"http://[^/]+(/\S+)", message.body.split("button:")[1]).group(1)


def press(path):
    """The button on the page behind a link."""
    page = Client().get(path)
    purpose, token = path.strip("/").split("/")[-2:]
    assert token in page.content.decode()
    return Client(enforce_csrf_checks=True).post(reverse("digest-act", args=[purpose]), {"token": token})


def test_nothing_is_sent_to_an_address_before_its_owner_pressed_the_button(db):
    subscribe("eve@example.org")
    eve = Subscriber.objects.get()
    assert (eve.is_wanted, eve.time_zone, mail.outbox[0].to) == (False, "Europe/Berlin", ["eve@example.org"])
    Client().get(link_in(mail.outbox[0]))
    assert not Subscriber.objects.get().is_wanted
    press(link_in(mail.outbox[0]))
    assert Subscriber.objects.get().is_wanted


def test_once_a_week_is_on_mondays(db):
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


def test_who_is_subscribed_is_told_so_and_keeps_their_wishes(db):
    subscriber("eve@example.org", hour=5)
    subscribe("EVE@example.org")
    assert Subscriber.objects.get().hour == 5
    assert "They are already being sent" in mail.outbox[0].body
    assert Client().get(link_in(mail.outbox[0])).status_code == 200


def test_who_left_can_come_back(db):
    subscriber("eve@example.org", left_at=timezone.now())
    subscribe("eve@example.org")
    assert not Subscriber.objects.get().is_wanted
    press(link_in(mail.outbox[0]))
    assert Subscriber.objects.get().is_wanted


def test_one_address_gets_three_mails_a_day_whoever_asks_and_nobody_is_told(db):
    answers = {subscribe("eve@example.org").status_code for _ in range(5)}
    assert (answers, len(mail.outbox)) == ({200}, 3)


def test_one_client_may_name_ten_addresses_an_hour(db):
    codes = [subscribe(f"eve{number}@example.org").status_code for number in range(12)]
    assert codes == [200] * 10 + [429] * 2
    assert len(mail.outbox) == 10


@pytest.mark.parametrize(
    "said",
    [
        {"address": ""}, {"address": "nobody"}, {"address": "eve@example.org\nBcc: x@example.org"},
        {"address": "e" * 250 + "@example.org"}, {"hour": "24"}, {"time_zone": "Mars/Olympus"}, {"rhythm": "hourly"},
    ],
)  # fmt: skip
def test_what_will_not_do_is_named_and_nothing_kept(db, said):
    page = Client().post(PAGE, {"address": "eve@example.org", **WISHES, **said})
    assert (page.status_code, b"errorlist" in page.content) == (422, True)
    assert (Subscriber.objects.count(), mail.outbox) == (0, [])


def test_an_address_that_was_never_confirmed_is_forgotten_after_a_week(db):
    now = timezone.now()
    ask("eve@example.org", {"rhythm": "daily"}, now - timedelta(days=6))
    forget_the_old(now)
    assert Subscriber.objects.exists()
    forget_the_old(now + timedelta(days=2))
    assert not Subscriber.objects.exists()


def test_an_address_that_left_is_forgotten_after_thirty_days(db):
    now = timezone.now()
    subscriber("eve@example.org", left_at=now - timedelta(days=31))
    subscriber("mallory@example.org", left_at=now - timedelta(days=29))
    forget_the_old(now)
    assert Subscriber.objects.get().address == "mallory@example.org"


def test_the_trending_page_has_the_form_for_whoever_is_not_signed_in(ada, client_of):
    assert b'action="/digest/subscribe/"' in Client().get("/trending/").content
    assert b'action="/digest/subscribe/"' not in client_of(ada).get("/trending/").content
