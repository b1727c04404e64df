"""Sending what happened to the webhooks that want it, again and again with growing pauses, until it is delivered.

A message can arrive twice, when we die between an answer and its record; its id tells the receiver. It is never lost.
"""

import base64
import hmac
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from smtplib import SMTPException

import orjson
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone

from feeds.models import MessageState, Webhook, WebhookEvent, WebhookMessage
from feeds.models.webhooks import SECRET_PREFIX

from . import subscriptions
from .events import PING, emit_model_events
from .safe_post import WHOLE_SECONDS, Unreachable, post

log = logging.getLogger(__name__)
RETRY_DELAYS = [
    timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=5),
    timedelta(hours=10), timedelta(hours=14),
]  # fmt: skip
MAX_FAILURES = 20  # attempts in a row after which a webhook is turned off: two messages and a half
LEASE = timedelta(seconds=WHOLE_SECONDS * 4)  # a message that is being sent is nobody else's for so long
RETENTION = timedelta(days=30)
BATCH = 200


def send_due(now: Callable[[], datetime] = timezone.now) -> dict[str, int]:
    """Pass on what has happened and send up to `BATCH` messages that are due; how many arrived and how many did not."""
    subscriptions.delete_events_before(now() - RETENTION)
    emit_model_events(now())
    while create_messages():
        pass
    summary = {"delivered": 0, "not delivered": 0}
    while sum(summary.values()) < BATCH and (message := _claim(now())):
        summary["delivered" if send(message, now) else "not delivered"] += 1
    return summary


def wait_until_next(now: datetime) -> float | None:
    """Seconds until the next message is due; None where none waits."""
    waiting = WebhookMessage.objects.filter(state=MessageState.WAITING).order_by("next_at")
    soonest = waiting.values_list("next_at", flat=True).first()
    return None if soonest is None else max(0.0, (soonest - now).total_seconds())


@transaction.atomic
def create_messages() -> int:
    """Make the messages of the oldest event that has none yet; how many events there were, 1 or 0."""
    new = WebhookEvent.objects.select_for_update().filter(is_passed_on=False).order_by("pk")
    event = new.first()
    if event is None:
        return 0
    wanting = Webhook.objects.filter(is_on=True, reader__is_active=True)
    if event.reader_id is not None:
        wanting = wanting.filter(reader=event.reader_id)
    messages = [
        WebhookMessage(webhook=one, event=event, next_at=event.at) for one in wanting if event.name in one.events
    ]
    WebhookMessage.objects.bulk_create(messages, ignore_conflicts=True)
    event.is_passed_on = True
    event.save(update_fields=["is_passed_on"])
    return 1


def send(message: WebhookMessage, now: Callable[[], datetime]) -> bool:
    """Try one message that is held; whether it was delivered, which is any answer from 200 to 299."""
    webhook, event = message.webhook, message.event
    body = orjson.dumps({"type": event.name, "timestamp": event.at.isoformat(), "data": event.payload})
    began = now()
    try:
        status = post(webhook.url, body, signed_headers(event.public_id, began, body, webhook.secrets_at(began)))
    except Unreachable as error:
        return _failed(message, now(), None, str(error))
    if 200 <= status < 300:
        return _delivered(message, now(), status)
    return _failed(message, now(), status, f"it answered {status}")


def _claim(now: datetime) -> WebhookMessage | None:
    """The message that is due longest, held for a while; None where there is none."""
    due = WebhookMessage.objects.filter(state=MessageState.WAITING, next_at__lte=now).order_by("next_at", "pk")
    for pk in due.values_list("pk", flat=True)[:20]:
        mine = due.filter(pk=pk).order_by()
        if mine.update(next_at=now + LEASE, attempts=F("attempts") + 1):
            return WebhookMessage.objects.select_related("webhook__reader", "event").get(pk=pk)
    return None


def _delivered(message: WebhookMessage, now: datetime, status: int) -> bool:
    Webhook.objects.filter(pk=message.webhook_id).exclude(failures=0).update(failures=0)
    _record(message, state=MessageState.DELIVERED, sent_at=now, status=status, error="")
    return True


def _failed(message: WebhookMessage, now: datetime, status: int | None, error: str) -> bool:
    """Note it, and when to try again; a webhook that is gone, or has long failed, is turned off."""
    columns = {"sent_at": now, "status": status, "error": error[:300]}
    is_last = message.attempts > len(RETRY_DELAYS) or message.event.name == PING
    if is_last:
        _record(message, state=MessageState.FAILED, **columns)
    else:
        _record(message, next_at=now + RETRY_DELAYS[message.attempts - 1], **columns)
    Webhook.objects.filter(pk=message.webhook_id).update(failures=F("failures") + 1)
    webhook = Webhook.objects.select_related("reader").filter(pk=message.webhook_id).first()
    if webhook is not None and webhook.is_on and (status == HTTPStatus.GONE or webhook.failures >= MAX_FAILURES):
        why = "It answered 410, gone." if status == HTTPStatus.GONE else f"It failed {webhook.failures} times in a row."
        subscriptions.turn_off(webhook, why)
        _tell(webhook)
    return False


def _record(message: WebhookMessage, **columns: object) -> None:
    """Write what came of it, unless it was dropped or deleted meanwhile."""
    waiting = WebhookMessage.objects.filter(pk=message.pk, state=MessageState.WAITING)
    waiting.update(**columns)


def _tell(webhook: Webhook) -> None:
    """A note to the reader; without mail, the settings page says the same."""
    words = render_to_string("feeds/webhooks/turned_off.txt", {"webhook": webhook, "site": settings.SITE_URL})
    try:
        send_mail("[Paperboy] Your webhook was turned off", words, None, [webhook.reader.email])
    except (SMTPException, OSError) as error:
        log.warning("no mail about webhook %s: %s", webhook, error)


REPLAY_WINDOW = timedelta(minutes=5)  # receivers refuse a message whose time is further off than this


def signed_headers(message_id: str, at: datetime, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The headers that prove a message: one signature for each secret, over the id, the time and the body.

    The id is the same each time that a message is tried; the time is that of the trial.
    """
    timestamp = str(int(at.timestamp()))
    signed = b".".join([message_id.encode(), timestamp.encode(), body])
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(secret, signed) for secret in secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return f"v1,{base64.b64encode(hmac.digest(key, signed, sha256)).decode()}"
