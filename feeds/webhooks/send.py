"""Send events to webhooks, with growing delays between attempts, until each message is delivered.

Messages have claims and leases as `recommender.night.ledger` explains them. A message is never lost. It can arrive
twice, if the process dies between the answer and its record; its id tells the receiver.
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
from django.db.models import F, QuerySet
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
MAX_FAILURES = 20  # failed attempts in a row that turn a webhook off: two and a half messages
LEASE = timedelta(seconds=WHOLE_SECONDS * 4)  # for which a message belongs to the worker that is sending it
RETENTION = timedelta(days=30)
BATCH = 200
CANDIDATES = 20  # messages that a worker tries to claim before it concludes that others have them all
REPLAY_WINDOW = timedelta(minutes=5)  # receivers refuse a message whose timestamp is further off than this


def send_due(now: Callable[[], datetime] = timezone.now) -> dict[str, int]:
    """Create the messages of new events and send due ones.

    At most `BATCH` are sent. Returns the numbers of both outcomes.
    """
    subscriptions.delete_events_before(now() - RETENTION)
    emit_model_events(now())
    while create_messages():
        pass
    summary = {"delivered": 0, "not delivered": 0}
    while sum(summary.values()) < BATCH and (message := claim(now())):
        summary["delivered" if send(message, now) else "not delivered"] += 1
    return summary


def seconds_until_due(now: datetime) -> float | None:
    """Return the seconds until the next message is due.

    Returns None if none waits.
    """
    waiting = WebhookMessage.objects.filter(state=MessageState.WAITING).order_by("next_at")
    next_at = waiting.values_list("next_at", flat=True).first()
    return None if next_at is None else max(0.0, (next_at - now).total_seconds())


@transaction.atomic
def create_messages() -> int:
    """Create the messages of the oldest new event.

    Returns the number of such events, 1 or 0.
    """
    new = WebhookEvent.objects.select_for_update().filter(is_passed_on=False).order_by("pk")
    event = new.first()
    if event is None:
        return 0
    webhooks = Webhook.objects.filter(is_on=True, reader__is_active=True)
    if event.reader_id is not None:
        webhooks = webhooks.filter(reader=event.reader_id)
    messages = [
        WebhookMessage(webhook=webhook, event=event, next_at=event.at)
        for webhook in webhooks
        if event.name in webhook.events
    ]
    WebhookMessage.objects.bulk_create(messages, ignore_conflicts=True)
    event.is_passed_on = True
    event.save(update_fields=["is_passed_on"])
    return 1


def send(message: WebhookMessage, now: Callable[[], datetime]) -> bool:
    """Try to deliver a claimed message.

    Returns True if the receiver answered with a status from 200 to 299.
    """
    webhook, event = message.webhook, message.event
    body = orjson.dumps({"type": event.name, "timestamp": event.at.isoformat(), "data": event.payload})
    sent_at = now()
    headers = signed_headers(event.public_id, sent_at, body, webhook.secrets_at(sent_at))
    try:
        status = post(webhook.url, body, headers)
    except Unreachable as error:
        fail(message, now(), None, str(error))
        return False
    if 200 <= status < 300:
        finish(message, now(), status)
        return True
    fail(message, now(), status, f"it answered {status}")
    return False


def due(now: datetime) -> QuerySet[WebhookMessage]:
    """Return the messages to send, the longest due first."""
    return WebhookMessage.objects.filter(state=MessageState.WAITING, next_at__lte=now).order_by("next_at", "pk")


def claim(now: datetime) -> WebhookMessage | None:
    """Claim the message that has been due longest, for `LEASE`.

    Returns None if there is none.
    """
    for pk in due(now).values_list("pk", flat=True)[:CANDIDATES]:
        if due(now).filter(pk=pk).order_by().update(next_at=now + LEASE, attempts=F("attempts") + 1):
            return WebhookMessage.objects.select_related("webhook__reader", "event").get(pk=pk)
    return None


def finish(message: WebhookMessage, now: datetime, status: int) -> None:
    """Record a delivery, which also resets the webhook's failures."""
    Webhook.objects.filter(pk=message.webhook_id).exclude(failures=0).update(failures=0)
    _record(message, state=MessageState.DELIVERED, sent_at=now, status=status, error="")


def fail(message: WebhookMessage, now: datetime, status: int | None, error: str) -> None:
    """Record a failed attempt and when to try again.

    Turn off a webhook that is gone or has failed too often.
    """
    columns = {"sent_at": now, "status": status, "error": error[:300]}
    is_last = message.attempts > len(RETRY_DELAYS) or message.event.name == PING
    if is_last:
        _record(message, state=MessageState.FAILED, **columns)
    else:
        _record(message, next_at=now + RETRY_DELAYS[message.attempts - 1], **columns)
    Webhook.objects.filter(pk=message.webhook_id).update(failures=F("failures") + 1)
    webhook = Webhook.objects.select_related("reader").filter(pk=message.webhook_id).first()
    is_gone = status == HTTPStatus.GONE
    if webhook is None or not webhook.is_on or not (is_gone or webhook.failures >= MAX_FAILURES):
        return
    reason = "It answered 410, gone." if is_gone else f"It failed {webhook.failures} times in a row."
    subscriptions.turn_off(webhook, reason)
    text = render_to_string("feeds/webhooks/turned_off.txt", {"webhook": webhook, "site": settings.SITE_URL})
    try:
        send_mail("[Paperboy] Your webhook was turned off", text, None, [webhook.reader.email])
    except (SMTPException, OSError) as mail_error:  # the settings page says the same
        log.warning("no mail about webhook %s: %s", webhook, mail_error)


def signed_headers(message_id: str, at: datetime, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """Return the headers that authenticate a message.

    There is one signature for each secret, over id, time and body. All attempts at a message have the same id; the time
    is that of the attempt. See https://www.standardwebhooks.com.
    """
    timestamp = str(int(at.timestamp()))
    content = b".".join([message_id.encode(), timestamp.encode(), body])
    signatures = []
    for secret in secrets:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
        signatures.append(f"v1,{base64.b64encode(hmac.digest(key, content, sha256)).decode()}")
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }


def _record(message: WebhookMessage, **columns: object) -> None:
    """Write the outcome, unless the message was dropped or deleted meanwhile."""
    waiting = WebhookMessage.objects.filter(pk=message.pk, state=MessageState.WAITING)
    waiting.update(**columns)
