"""Messages to webhooks: signed, tried again, never lost, and no more of them to a receiver that is gone."""

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
from feeds.webhooks.send import RETRY_DELAYS, send_due, wait_until_next
from recommender.models import TrainedModel
from recommender.night.overrule import overrule
from tests.feeds.planting import DAY, papers, plant


class Clock:
    """A time that passes when it is told to."""

    def __init__(self):
        self.now = timezone.now()

    def __call__(self):
        return self.now


def verified(webhook, received):
    return Standard(webhook.secret).verify(received.body, received.headers)


def state(webhook):
    return list(webhook.messages.order_by("pk").values_list("state", "attempts", "status"))


def test_a_digest_is_told_to_its_reader_s_webhook_alone(webhook, receiver, bob, ada):
    subscriptions.add(bob, receiver.url(path="/bob"), [DIGEST_READY])
    emit(DIGEST_READY, ada, {"day": "2026-07-21"})
    assert send_due() == {"delivered": 1, "not delivered": 0}
    found = verified(webhook, receiver.received[0])
    assert (found["type"], found["data"]) == ("digest.ready", {"day": "2026-07-21"})
    assert [one.path for one in receiver.received] == ["/hook"]


def test_a_digest_s_event_names_its_papers_in_their_order_and_happens_once(webhook, receiver, ada, bob):
    first, second = papers(2)
    for reader in (ada, bob, ada):
        emit_digest_ready(reader, DAY, [second.pk, 0, first.pk], f"delivery {reader.pk}")
    send_due()
    [found] = [verified(webhook, one)["data"] for one in receiver.received]
    assert found == {"day": "2026-07-21", "papers": [second.public_id, first.public_id]}


def test_another_secret_or_another_body_does_not_verify(webhook, receiver, ada):
    emit(DIGEST_READY, ada, {})
    send_due()
    received = receiver.received[0]
    with pytest.raises(WebhookVerificationError):
        Standard("whsec_" + "A" * 43 + "=").verify(received.body, received.headers)
    with pytest.raises(WebhookVerificationError):
        Standard(webhook.secret).verify(received.body + b" ", received.headers)


def test_an_old_message_sent_again_does_not_verify(webhook, receiver, ada):
    emit(DIGEST_READY, ada, {})
    send.create_messages()
    webhook.messages.update(next_at=timezone.now() - timedelta(hours=1))
    send_due(lambda: timezone.now() - timedelta(minutes=6))
    with pytest.raises(WebhookVerificationError, match="too old"):
        verified(webhook, receiver.received[0])


def test_after_a_change_both_secrets_sign_for_a_day(webhook, receiver, ada):
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


def test_what_is_undone_was_never_told(webhook, receiver, ada):
    with transaction.atomic():
        emit(DIGEST_READY, ada, {})
        transaction.set_rollback(True)
    assert send_due() == {"delivered": 0, "not delivered": 0}


def test_what_happens_once_is_told_once(webhook, receiver, ada):
    for _ in range(2):
        emit(DIGEST_READY, ada, {}, subject=f"{ada.pk} 2026-07-21")
    assert send_due()["delivered"] == 1
    assert send_due()["delivered"] == 0


def test_an_unknown_event_is_an_error(db):
    with pytest.raises(ValueError, match=r"an event is digest\.ready"):
        emit("digest.lost", None, {})


def test_a_failure_is_tried_again_after_growing_pauses_with_the_same_id_and_then_given_up(webhook, receiver, ada):
    receiver.statuses = [503]
    emit(DIGEST_READY, ada, {})
    clock, waits = Clock(), []
    for _ in range(8):
        send_due(clock)
        waits.append(wait_until_next(clock()))
        clock.now += timedelta(seconds=waits[-1] or 0)
    assert waits == [pause.total_seconds() for pause in RETRY_DELAYS] + [None]
    assert state(webhook) == [("failed", 8, 503)]
    assert len({one.headers["webhook-id"] for one in receiver.received}) == 1
    assert len({one.headers["webhook-timestamp"] for one in receiver.received}) == 8


def test_nothing_is_tried_before_its_time(webhook, receiver, ada):
    receiver.statuses = [500, 204]
    emit(DIGEST_READY, ada, {})
    clock = Clock()
    send_due(clock)
    clock.now += timedelta(seconds=4)
    assert send_due(clock) == {"delivered": 0, "not delivered": 0}
    clock.now += timedelta(seconds=1)
    assert send_due(clock) == {"delivered": 1, "not delivered": 0}


def test_a_delivery_forgives_the_failures_before(webhook, receiver, ada):
    Webhook.objects.update(failures=19)
    emit(DIGEST_READY, ada, {})
    send_due()
    assert Webhook.objects.get().failures == 0


def test_twenty_failures_in_a_row_turn_a_webhook_off_and_its_reader_is_told(webhook, receiver, ada):
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


def test_turned_on_again_it_is_told_what_happens_from_then_on(webhook, receiver, ada):
    subscriptions.turn_off(webhook)
    emit(DIGEST_READY, ada, {"day": "missed"})
    send_due()
    subscriptions.turn_on(webhook)
    emit(DIGEST_READY, ada, {"day": "told"})
    assert send_due()["delivered"] == 1
    assert verified(webhook, receiver.received[0])["data"] == {"day": "told"}


def test_a_message_in_other_hands_is_left_alone_until_they_are_surely_gone(webhook, receiver, ada):
    emit(DIGEST_READY, ada, {})
    send.create_messages()
    clock = Clock()
    assert send._claim(clock()) is not None  # a worker that dies now
    assert send_due(clock)["delivered"] == 0
    clock.now += send.LEASE
    assert send_due(clock)["delivered"] == 1
    assert state(webhook) == [("delivered", 2, 204)]


def test_one_that_hangs_does_not_keep_the_others_from_their_messages(webhook, receiver, bob, ada):
    subscriptions.add(bob, "http://127.0.0.1:9/", [DIGEST_READY])
    emit(DIGEST_READY, bob, {})
    emit(DIGEST_READY, ada, {})
    assert send_due() == {"delivered": 1, "not delivered": 1}


@pytest.mark.parametrize("passed", [True, False])
def test_a_night_s_verdict_is_told_to_whoever_wants_it(webhook, receiver, passed):
    plant()
    night.run(DAY, "train")
    night.run(DAY, "judge")
    if not passed:
        TrainedModel.objects.update(metrics={"passed": False}, verdict="worse than yesterday's")
    night.run(DAY, "promote")
    send_due()
    send_due()
    [found] = [verified(webhook, one) for one in receiver.received]
    row = TrainedModel.objects.get()
    assert found["type"] == ("model.promoted" if passed else "model.refused")
    assert (found["data"]["model"], found["data"]["verdict"]) == (row.version, row.verdict)


def test_a_model_that_is_promoted_by_hand_is_told_too(webhook, receiver):
    plant()
    for step in ("train", "judge"):
        night.run(DAY, step)
    TrainedModel.objects.update(metrics={"passed": False}, verdict="worse")
    night.run(DAY, "promote")
    send_due()
    overrule(TrainedModel.objects.get().version, "I know better")
    send_due()
    assert [verified(webhook, one)["type"] for one in receiver.received] == ["model.refused", "model.promoted"]


def test_models_of_long_ago_are_no_news(webhook, receiver):
    TrainedModel.objects.create(version="old", day=DAY, state="promoted", trained_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert send_due()["delivered"] == 0


def test_what_is_a_month_old_is_forgotten(webhook, receiver, ada):
    emit(DIGEST_READY, ada, {})
    send_due()
    clock = Clock()
    clock.now += timedelta(days=31)
    send_due(clock)
    assert (WebhookEvent.objects.count(), WebhookMessage.objects.count()) == (0, 0)


def test_no_log_says_a_secret_or_a_signature(webhook, receiver, ada, caplog):
    caplog.set_level("DEBUG")
    receiver.statuses = [500]
    emit(DIGEST_READY, ada, {})
    send_due()
    assert webhook.secret not in caplog.text
    assert receiver.received[0].headers["webhook-signature"] not in caplog.text
