"""Pause addresses that bounce or complain, as a mail provider reports them through django-anymail.

Imported only if a provider is set up (PAPERBOY_MAIL_PROVIDER). The reports arrive at anymail's webhook page, which
ANYMAIL_WEBHOOK_SECRET protects.
"""

import logging
from typing import Any

from anymail.signals import EventType, RejectReason, tracking
from django.db.models import Q
from django.dispatch import receiver
from django.utils import timezone

from feeds.models import Delivery, DeliveryState

from .deliveries import pause

log = logging.getLogger(__name__)
PERMANENT = {RejectReason.INVALID, RejectReason.BOUNCED, RejectReason.SPAM, RejectReason.UNSUBSCRIBED}
MESSAGES = {
    EventType.BOUNCED: "Mails to {to} come back: {why}",
    EventType.REJECTED: "Mails to {to} are refused: {why}",
    EventType.FAILED: "Mails to {to} are refused: {why}",
    EventType.COMPLAINED: "A mail to {to} was reported as spam",
    EventType.UNSUBSCRIBED: "{to} unsubscribed at the mail provider",
}


@receiver(tracking, dispatch_uid="feeds.digest.bounces")
def record_bounce(sender: Any, event: Any, esp_name: str, **others: Any) -> None:
    """Pause an address that does not work or does not want mail.

    A temporary bounce only marks its delivery.
    """
    if event.event_type not in MESSAGES or not event.recipient:
        return
    why = event.mta_response or event.description or event.reject_reason or "no reason was given"
    message = MESSAGES[event.event_type].format(to=event.recipient, why=why)
    if event.event_type in (EventType.COMPLAINED, EventType.UNSUBSCRIBED) or event.reject_reason in PERMANENT:
        paused = pause(event.recipient, message, event.timestamp or timezone.now())
        log.info("%s: %s; %d paused", esp_name, message, paused)
    if event.event_type in (EventType.BOUNCED, EventType.REJECTED, EventType.FAILED):
        # The provider reports its own message id or ours, which has angle brackets.
        message_id = str(event.message_id or "").strip("<>")
        is_this_mail = Q(message_id__in=[message_id, f"<{message_id}>"]) if message_id else Q(pk=None)
        handed_over = Delivery.objects.filter(state__in=[DeliveryState.SENT, DeliveryState.UNCERTAIN])
        handed_over.filter(is_this_mail).update(state=DeliveryState.REFUSED, error=message)
