"""Add, change and delete a reader's webhooks."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from feeds.models import MessageState, Webhook, WebhookEvent, WebhookMessage, new_webhook_secret

from .events import EVENTS, PING
from .safe_post import Unreachable, checked_url

MAX_WEBHOOKS = 10
OVERLAP = timedelta(days=1)  # for which the previous secret signs too
OFF_BY_READER = "You turned it off."


@transaction.atomic
def add(reader: User, url: str, events: Sequence[str]) -> Webhook:
    """Create a webhook.

    Raises ValidationError for an invalid address or event, or if the reader has too many.
    """
    try:
        address = checked_url(url)
    except Unreachable as error:
        raise ValidationError({"url": str(error)}) from error
    unknown = [name for name in events if name not in EVENTS]
    if unknown or not events:
        raise ValidationError({"events": f"choose among {', '.join(EVENTS)}; got {', '.join(unknown) or 'none'}"})
    User.objects.select_for_update().get(pk=reader.pk)  # two requests at once must not both pass the check
    if reader.webhooks.count() >= MAX_WEBHOOKS:
        raise ValidationError(f"you have {MAX_WEBHOOKS} webhooks, the maximum; delete one first")
    return Webhook.objects.create(reader=reader, url=address, events=sorted(set(events)))


@transaction.atomic
def ping(webhook: Webhook) -> None:
    """Create a test message, unless one is already waiting."""
    Webhook.objects.select_for_update().get(pk=webhook.pk)
    if webhook.messages.filter(event__name=PING, state=MessageState.WAITING).exists():
        return
    event = WebhookEvent.objects.create(
        name=PING, reader=webhook.reader, payload={"webhook": webhook.public_id}, is_passed_on=True
    )
    WebhookMessage.objects.create(webhook=webhook, event=event)


def renew_secret(webhook: Webhook) -> None:
    """Replace the secret; for `OVERLAP` the previous one signs too."""
    webhook.secret_before, webhook.secret = webhook.secret, new_webhook_secret()
    webhook.both_until = timezone.now() + OVERLAP
    webhook.save(update_fields=["secret", "secret_before", "both_until"])


def turn_on(webhook: Webhook) -> None:
    webhook.is_on, webhook.failures, webhook.off_reason = True, 0, ""
    webhook.save(update_fields=["is_on", "failures", "off_reason"])


def turn_off(webhook: Webhook, reason: str = OFF_BY_READER) -> None:
    """Send nothing more to the webhook, and drop its waiting messages."""
    webhook.is_on, webhook.off_reason = False, reason
    with transaction.atomic():
        webhook.save(update_fields=["is_on", "off_reason"])
        webhook.messages.filter(state=MessageState.WAITING).update(state=MessageState.DROPPED)


def delete(webhook: Webhook) -> None:
    webhook.delete()


def delete_events_before(before: datetime) -> None:
    """Delete older events, with their messages."""
    WebhookEvent.objects.filter(at__lt=before).delete()
