"""What a mail provider reports of mails, through django-anymail: addresses that bounce or complain are paused.

Imported only where a provider is set up (PAPERBOY_MAIL_PROVIDER); its reports come to a page that anymail guards with
ANYMAIL_WEBHOOK_SECRET.
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
    """Pause an address that cannot or does not want to be reached; a bounce that may pass only stands at its mail."""
    if event.event_type not in MESSAGES or not event.recipient:
        return
    why = event.mta_response or event.description or event.reject_reason or "no reason was given"
    words = MESSAGES[event.event_type].format(to=event.recipient, why=why)
    if event.event_type in (EventType.COMPLAINED, EventType.UNSUBSCRIBED) or event.reject_reason in PERMANENT:
        paused = pause(event.recipient, words, event.timestamp or timezone.now())
        log.info("%s: %s; %d paused", esp_name, words, paused)
    if event.event_type in (EventType.BOUNCED, EventType.REJECTED, EventType.FAILED):
        _refuse(event, words)


def _refuse(event: Any, words: str) -> None:
    """The mail that came back, under the provider's id or our own."""
    bare = str(event.message_id or "").strip("<>")
    mine = Q(message_id__in=[bare, f"<{bare}>"]) if bare else Q(pk=None)
    rows = Delivery.objects.filter(mine, state__in=[DeliveryState.SENT, DeliveryState.UNCERTAIN])
    rows.update(state=DeliveryState.REFUSED, error=words)
