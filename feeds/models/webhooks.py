"""Webhooks of readers, events, and the messages that deliver them."""

import base64
import secrets
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

SECRET_PREFIX = "whsec_"  # noqa: S105 - every secret starts with it
SECRET_BYTES = 32


def new_webhook_id() -> str:
    return "wh_" + secrets.token_urlsafe(9)


def new_message_id() -> str:
    return "msg_" + secrets.token_urlsafe(16)


def new_webhook_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


class Webhook(models.Model):
    """A URL to which a reader wants messages about some kinds of events.

    The secret itself is stored, since a signature cannot be made from a digest of it. After a change the old secret
    also signs for one day, so that no message is lost before the receiver has the new one.
    """

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="webhooks")
    public_id = models.CharField(max_length=16, unique=True, default=new_webhook_id)
    url = models.CharField(max_length=500)
    events = models.JSONField(default=list, help_text="names of events")
    secret = models.CharField(max_length=60, default=new_webhook_secret)
    secret_before = models.CharField(max_length=60, blank=True)
    both_until = models.DateTimeField(null=True, blank=True, help_text="until then the secret before signs too")
    is_on = models.BooleanField(default=True)
    failures = models.PositiveIntegerField(default=0, help_text="attempts in a row that failed")
    off_reason = models.CharField(max_length=300, blank=True, help_text="why it was turned off, for the reader")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["made_at", "pk"]

    def __str__(self) -> str:
        return self.public_id

    def secrets_at(self, now: datetime) -> list[str]:
        """The secrets that sign a message at this time, the current one first."""
        is_both = self.both_until is not None and now < self.both_until
        return [self.secret, self.secret_before] if is_both else [self.secret]


class WebhookEvent(models.Model):
    """An event, stored in the transaction in which it happened.

    Messages are created from it later.
    """

    public_id = models.CharField(max_length=30, unique=True, default=new_message_id)
    name = models.CharField(max_length=30)
    subject = models.CharField(
        max_length=100, blank=True, help_text="what it happened to; of an event and a subject there is one row"
    )
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="webhook_events",
        null=True,
        blank=True,
        help_text="whom alone it concerns; empty: everybody",
    )
    payload = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)
    is_passed_on = models.BooleanField(default=False, help_text="the webhooks that want it have their messages")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "subject"], condition=~Q(subject=""), name="webhook_event_once_per_subject"
            )
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(is_passed_on=False), name="webhook_event_new"),
            models.Index(fields=["at"], name="webhook_event_time"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.subject}"


class MessageState(models.TextChoices):
    WAITING = "waiting", "to be sent"
    DELIVERED = "delivered", "delivered"
    FAILED = "failed", "given up"
    DROPPED = "dropped", "not sent: the webhook was turned off"


class WebhookMessage(models.Model):
    """One event for one webhook, with the state of its delivery."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="messages")
    event = models.ForeignKey(WebhookEvent, on_delete=models.CASCADE, related_name="messages")
    state = models.CharField(max_length=10, choices=MessageState, default=MessageState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now, help_text="not to be sent before; while it is, held until")
    sent_at = models.DateTimeField(null=True, blank=True, help_text="when it was last tried")
    status = models.PositiveIntegerField(null=True, blank=True, help_text="what the receiver last answered")
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint("webhook", "event", name="webhook_message_once_per_event")]
        indexes = [models.Index(fields=["next_at"], condition=Q(state="waiting"), name="webhook_message_due")]

    def __str__(self) -> str:
        return f"{self.event_id} to {self.webhook_id}: {self.state}"
