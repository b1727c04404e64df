"""Reports of a mail provider: addresses that bounce permanently or complain are paused, with the reason."""

from datetime import UTC, datetime

import pytest

pytest.importorskip("anymail", reason="NOT TESTED: django-anymail, the extra `mail`, is not installed")
from anymail.signals import AnymailTrackingEvent, tracking

from feeds.digest import bounces
from feeds.models import Delivery, DeliveryKind, DeliveryState, DigestWish
from tests.feeds.planting import DAY

from .readers import subscriber, wish

NOW = datetime(2026, 7, 21, 9, tzinfo=UTC)


def report(event_type, recipient="ada@example.org", **fields):
    event = AnymailTrackingEvent(event_type=event_type, recipient=recipient, timestamp=NOW, **fields)
    tracking.send(sender=bounces, event=event, esp_name="Postmark")


@pytest.mark.parametrize("reason", ["bounced", "invalid", "spam", "unsubscribed"])
def test_a_permanent_bounce_pauses_the_address_with_the_reason(ada, bob, reason):
    wish(ada)
    wish(bob)
    report("bounced", "ADA@example.org", reject_reason=reason, mta_response="550 no such user")
    mine = DigestWish.objects.get(reader=ada)
    assert (mine.paused_at, mine.paused_reason) == (NOW, "Mails to ADA@example.org come back: 550 no such user")
    assert DigestWish.objects.get(reader=bob).is_wanted


@pytest.mark.parametrize("reason", ["timed_out", "blocked", "other", None])
def test_a_temporary_bounce_pauses_nobody(ada, reason):
    wish(ada)
    report("bounced", reject_reason=reason)
    assert DigestWish.objects.get().is_wanted


def test_a_spam_complaint_pauses_the_address(ada):
    wish(ada)
    report("complained")
    assert DigestWish.objects.get().paused_reason == "A mail to ada@example.org was reported as spam"


def test_subscribers_are_paused_too(db):
    one = subscriber("carol@example.org")
    report("bounced", one.address, reject_reason="invalid")
    one.refresh_from_db()
    assert not one.is_wanted


@pytest.mark.parametrize("message_id", ["<digest.1@site>", "digest.1@site"])
def test_the_bounced_mail_is_marked_as_refused(ada, message_id):
    sent = {"day": DAY, "state": DeliveryState.SENT}
    Delivery.objects.create(reader=ada, message_id="<digest.1@site>", **sent)
    Delivery.objects.create(reader=ada, message_id="<digest.2@site>", kind=DeliveryKind.ASKED, **sent)
    report("bounced", message_id=message_id, mta_response="552 full")
    states = dict(Delivery.objects.values_list("message_id", "state"))
    assert states == {"<digest.1@site>": DeliveryState.REFUSED, "<digest.2@site>": DeliveryState.SENT}


@pytest.mark.parametrize("event_type", ["delivered", "opened", "deferred", "queued"])
def test_other_reports_change_nothing(ada, event_type):
    wish(ada)
    Delivery.objects.create(reader=ada, day=DAY, state=DeliveryState.SENT, message_id="<digest.1@site>")
    report(event_type, message_id="<digest.1@site>")
    assert DigestWish.objects.get().is_wanted
    assert Delivery.objects.get().state == DeliveryState.SENT
