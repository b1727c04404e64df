"""Messages to webhooks: signed, retried, never lost, and stopped for a receiver that is gone."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone
from standardwebhooks import Webhook as Standard
from standardwebhooks import WebhookVerificationError

from feeds import night
from feeds.models import Webhook, WebhookEvent, WebhookMessage
from feeds.webhooks import send, subscriptions
from feeds.webhooks.events import DIGEST_READY, emit, emit_digest_ready
from feeds.webhooks.send import RETRY_DELAYS, seconds_until_due, send_due
from recommender.models import TrainedModel
from recommender.night.overrule import overrule
from tests.feeds.planting import DAY, papers, plant


class Clock:
    """A clock that a test moves."""

    def __init__(self):
        self.now = timezone.now()

    def __call__(self):
        return self.now


def verified(webhook, received):
    return Standard(webhook.secret).verify(received.body, received.headers)


def state(webhook):
    return list(webhook.messages.order_by("pk").values_list("state", "attempts", "status"))


def test_a_digest_is_reported_only_to_its_readers_webhook(webhook, receiver, bob, ada):
    subscriptions.add(bob, receiver.url(path="/bob"), [DIGEST_READY])
    emit(DIGEST_READY, ada, {"day": "2026-07-21"})
    assert send_due() == {"delivered": 1, "not delivered": 0}
    message = verified(webhook, receiver.received[0])
    assert (message["type"], message["data"]) == ("digest.ready", {"day": "2026-07-21"})
    assert [one.path for one in receiver.received] == ["/hook"]


def test_a_digests_event_has_its_papers_in_order_and_happens_once(webhook, receiver, ada, bob):
    first, second = papers(2)
    for reader in (ada, bob, ada):
        emit_digest_ready(reader, DAY, [second.pk, 0, first.pk], f"delivery {reader.pk}")
    send_due()
    [data] = [verified(webhook, one)["data"] for one in receiver.received]
    assert data == {"day": "2026-07-21", "papers": [second.public_id, first.public_id]}


def test_another_secret_or_another_body_does_not_verify(webhook, receiver, ada):
    emit(DIGEST_READY, ada, {})
    send_due()
    received = receiver.received[0]
    with pytest.raises(WebhookVerificationError):
        Standard("whsec_" + "A" * 43 + "=").verify(received.body, received.headers)
    with pytest.raises(WebhookVerificationError):
        Standard(webhook.secret).verify(received.body + b" ", received.headers)


def test_a_replayed_message_does_not_verify(webhook, receiver, ada):
    emit(DIGEST_READY, ada, {})
    send.create_messages()
    webhook.messages.update(next_at=timezone.now() - timedelta(hours=1))
    send_due(lambda: timezone.now() - timedelta(minutes=6))
    with pytest.raises(WebhookVerificationError, match="too old"):
        verified(webhook, receiver.received[0])


def test_after_a_renewal_both_secrets_sign_for_a_day(webhook, receiver, ada):
    before = webhook.secret
    subscriptions.renew_secret(webhook)
    clock = Clock()
    for later in (timedelta(seconds=1), timedelta(hours=25)):
        clock.now += later
        emit(DIGEST_READY, ada, {})
        send_due(clock)
    first, second = (one.headers["webhook-signature"].split() for one in receiver.received)
    assert (len(first), len(second)) == (2, 1)
    assert Standard(before).verify(receiver.received[0].body, receiver.received[0].headers)
    assert verified(webhook, receiver.received[0])


def test_an_event_of_a_rolled_back_transaction_is_not_sent(webhook, receiver, ada):
    with transaction.atomic():
        emit(DIGEST_READY, ada, {})
        transaction.set_rollback(True)
    assert send_due() == {"delivered": 0, "not delivered": 0}


def test_two_events_with_one_subject_are_sent_once(webhook, receiver, ada):
    for _ in range(2):
        emit(DIGEST_READY, ada, {}, subject=f"{ada.pk} 2026-07-21")
    assert send_due()["delivered"] == 1
    assert send_due()["delivered"] == 0


def test_an_unknown_event_is_an_error(db):
    with pytest.raises(ValueError, match=r"unknown event .digest\.lost.; use one of digest\.ready"):
        emit("digest.lost", None, {})


def test_a_failure_is_retried_after_growing_delays_with_the_same_id_and_then_given_up(webhook, receiver, ada):
    receiver.statuses = [503]
    emit(DIGEST_READY, ada, {})
    clock, waits = Clock(), []
    for _ in range(8):
        send_due(clock)
        waits.append(seconds_until_due(clock()))
        clock.now += timedelta(seconds=waits[-1] or 0)
    assert waits == [pause.total_seconds() for pause in RETRY_DELAYS] + [None]
    assert state(webhook) == [("failed", 8, 503)]
    assert len({one.headers["webhook-id"] for one in receiver.received}) == 1
    assert len({one.headers["webhook-timestamp"] for one in receiver.received}) == 8


def test_a_message_is_not_retried_before_its_time(webhook, receiver, ada):
    receiver.statuses = [500, 204]
    emit(DIGEST_READY, ada, {})
    clock = Clock()
    send_due(clock)
    clock.now += timedelta(seconds=4)
    assert send_due(clock) == {"delivered": 0, "not delivered": 0}
    clock.now += timedelta(seconds=1)
    assert send_due(clock) == {"delivered": 1, "not delivered": 0}


def test_a_delivery_resets_the_failures(webhook, receiver, ada):
    Webhook.objects.update(failures=19)
    emit(DIGEST_READY, ada, {})
    send_due()
    assert Webhook.objects.get().failures == 0


def test_twenty_failures_in_a_row_turn_a_webhook_off_and_its_reader_gets_a_mail(webhook, receiver, ada):
    receiver.statuses = [500]
    Webhook.objects.update(failures=18)
    clock = Clock()
    for _ in range(3):
        emit(DIGEST_READY, ada, {})
        clock.now += timedelta(seconds=1)
        send_due(clock)
    webhook.refresh_from_db()
    assert (webhook.is_on, webhook.off_reason) == (False, "It failed 20 times in a row.")
    assert len(receiver.received) == 2
    assert [(one.to, "It failed 20 times in a row." in one.body) for one in mail.outbox] == [([ada.email], True)]
    assert {one for one, _, _ in state(webhook)} == {"dropped"}


def test_410_turns_a_webhook_off_at_once(webhook, receiver, ada):
    receiver.statuses = [410]
    emit(DIGEST_READY, ada, {})
    send_due()
    webhook.refresh_from_db()
    assert (webhook.is_on, webhook.off_reason, state(webhook)) == (
        False, "It answered 410, gone.", [("dropped", 1, 410)]
    )  # fmt: skip


def test_a_webhook_that_is_turned_on_again_gets_later_events(webhook, receiver, ada):
    subscriptions.turn_off(webhook)
    emit(DIGEST_READY, ada, {"day": "missed"})
    send_due()
    subscriptions.turn_on(webhook)
    emit(DIGEST_READY, ada, {"day": "sent"})
    assert send_due()["delivered"] == 1
    assert verified(webhook, receiver.received[0])["data"] == {"day": "sent"}


def test_a_claimed_message_is_left_alone_until_its_lease_ends(webhook, receiver, ada):
    emit(DIGEST_READY, ada, {})
    send.create_messages()
    clock = Clock()
    assert send.claim(clock()) is not None  # a worker that dies now
    assert send_due(clock)["delivered"] == 0
    clock.now += send.LEASE
    assert send_due(clock)["delivered"] == 1
    assert state(webhook) == [("delivered", 2, 204)]


def test_a_failing_receiver_does_not_keep_the_others_from_their_messages(webhook, receiver, bob, ada):
    subscriptions.add(bob, "http://127.0.0.1:9/", [DIGEST_READY])
    emit(DIGEST_READY, bob, {})
    emit(DIGEST_READY, ada, {})
    assert send_due() == {"delivered": 1, "not delivered": 1}


@pytest.mark.parametrize("passed", [True, False])
def test_a_nights_verdict_is_sent_to_its_webhooks(webhook, receiver, passed):
    plant()
    night.run(DAY, "train")
    night.run(DAY, "judge")
    if not passed:
        TrainedModel.objects.update(metrics={"passed": False}, verdict="worse than yesterday's")
    night.run(DAY, "promote")
    send_due()
    send_due()
    messages = [verified(webhook, one) for one in receiver.received]
    sent = {(one["type"], one["data"]["model"], one["data"]["verdict"]) for one in messages}
    content, hybrid = TrainedModel.objects.all()  # too few readers to judge a hybrid
    verdict = "model.promoted" if passed else "model.refused"
    assert sent == {(verdict, content.version, content.verdict), ("model.refused", hybrid.version, hybrid.verdict)}
    assert len(messages) == 2


def test_a_model_that_is_promoted_by_hand_is_reported_too(webhook, receiver):
    plant()
    for step in ("train", "judge"):
        night.run(DAY, step)
    TrainedModel.objects.update(metrics={"passed": False}, verdict="worse")
    night.run(DAY, "promote")
    send_due()
    overrule(TrainedModel.objects.first().version, "I know better")
    send_due()
    types = [verified(webhook, one)["type"] for one in receiver.received]
    assert types == ["model.refused", "model.refused", "model.promoted"]


def test_old_models_cause_no_event(webhook, receiver):
    TrainedModel.objects.create(version="old", day=DAY, state="promoted", trained_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert send_due()["delivered"] == 0


def test_events_are_deleted_after_a_month(webhook, receiver, ada):
    emit(DIGEST_READY, ada, {})
    send_due()
    clock = Clock()
    clock.now += timedelta(days=31)
    send_due(clock)
    assert (WebhookEvent.objects.count(), WebhookMessage.objects.count()) == (0, 0)


def test_logs_hold_no_secret_and_no_signature(webhook, receiver, ada, caplog):
    caplog.set_level("DEBUG")
    receiver.statuses = [500]
    emit(DIGEST_READY, ada, {})
    send_due()
    assert webhook.secret not in caplog.text
    assert receiver.received[0].headers["webhook-signature"] not in caplog.text
