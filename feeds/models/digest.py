"""Digest settings of readers, subscribers without an account, and the digests that were sent."""

import secrets
from functools import cache
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from recommender.models import Paper, Ranking

WEEK = (0, 1, 2, 3, 4, 5, 6)
MOST_PAPERS = 50


def every_day() -> list[int]:
    return list(WEEK)


def new_link_key() -> str:
    return secrets.token_urlsafe(12)


@cache
def zone_names() -> frozenset[str]:
    """The names of all time zones; read from disk once."""
    return frozenset(available_timezones())


def known_zone(name: str) -> None:
    """Validate the name of a time zone."""
    if name not in zone_names():
        raise ValidationError(f"{name!r} is not a time zone; write a name such as Europe/Berlin")


class Timed(models.Model):
    """When a recipient wants their digest, and whether it is paused."""

    class Rhythm(models.TextChoices):
        DAILY = "daily", "on each of these days"
        WEEKLY = "weekly", "once a week"

    rhythm = models.CharField(max_length=6, choices=Rhythm, default=Rhythm.DAILY)
    weekdays = models.JSONField(default=every_day, help_text="0 is Monday; once a week: on the first of them")
    hour = models.PositiveSmallIntegerField(default=7, validators=[MaxValueValidator(23)])
    time_zone = models.CharField(max_length=64, default="UTC", validators=[known_zone])
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_reason = models.CharField(max_length=300, blank=True, help_text="why nothing is sent, for the reader")
    changed_at = models.DateTimeField(default=timezone.now, help_text="when this was last said")

    class Meta:
        abstract = True

    @property
    def is_wanted(self) -> bool:
        """Whether digests should be sent at all."""
        raise NotImplementedError


class DigestWish(Timed):
    """A reader's digest settings.

    At most one row for each reader, and no digest without one.
    """

    class WhenEmpty(models.TextChoices):
        NOTHING = "nothing", "send nothing"
        SAY = "say", "say so"

    reader = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="digest_wish")
    is_on = models.BooleanField(default=False)
    length = models.PositiveSmallIntegerField(
        default=10, validators=[MinValueValidator(1), MaxValueValidator(MOST_PAPERS)], help_text="papers at most"
    )
    least_score = models.FloatField(null=True, blank=True, help_text="papers below stay out; none where empty")
    when_empty = models.CharField(max_length=7, choices=WhenEmpty, default=WhenEmpty.NOTHING)
    link_key = models.CharField(max_length=16, default=new_link_key, help_text="a new one makes earlier links void")

    class Meta:
        ordering = ["reader"]
        constraints = [
            models.CheckConstraint(condition=Q(hour__lte=23), name="digest_wish_hour"),
            models.CheckConstraint(condition=Q(length__gte=1, length__lte=MOST_PAPERS), name="digest_wish_length"),
            models.CheckConstraint(condition=Q(rhythm__in=["daily", "weekly"]), name="digest_wish_rhythm"),
            models.CheckConstraint(condition=Q(when_empty__in=["nothing", "say"]), name="digest_wish_when_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.reader}: {self.rhythm} at {self.hour}"

    @property
    def is_wanted(self) -> bool:
        return self.is_on and self.paused_at is None


class Subscriber(Timed):
    """An address without an account that gets trending papers, once it is confirmed."""

    address = models.EmailField()
    asked_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True, help_text="when it unsubscribed")

    class Meta:
        ordering = ["address"]
        constraints = [
            models.UniqueConstraint(Lower("address"), name="subscriber_address_once"),
            models.CheckConstraint(condition=Q(hour__lte=23), name="subscriber_hour"),
            models.CheckConstraint(condition=Q(rhythm__in=["daily", "weekly"]), name="subscriber_rhythm"),
        ]

    def __str__(self) -> str:
        return self.address

    @property
    def is_wanted(self) -> bool:
        return self.confirmed_at is not None and self.left_at is None and self.paused_at is None


class DeliveryKind(models.TextChoices):
    DUE = "due", "at its hour"
    ASKED = "asked", "asked for with “send me one now”"


class DeliveryState(models.TextChoices):
    CLAIMED = "claimed", "being sent"
    SENT = "sent", "sent"
    UNCERTAIN = "uncertain", "may have been sent"
    WAITING = "waiting", "to be tried again"
    REFUSED = "refused", "refused for good"
    EMPTY = "empty", "no papers, nothing sent"
    FAILED = "failed", "failed"
    SKIPPED = "skipped", "too late for its day"


class Delivery(models.Model):
    """One digest to one recipient.

    It is claimed before it is sent, so that it is sent once.
    """

    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="deliveries", null=True, blank=True
    )
    subscriber = models.ForeignKey(
        Subscriber, on_delete=models.CASCADE, related_name="deliveries", null=True, blank=True
    )
    kind = models.CharField(max_length=5, choices=DeliveryKind, default=DeliveryKind.DUE)
    day = models.DateField(help_text="the recipient's own date that it is for")
    address = models.EmailField(blank=True, help_text="where it went")
    state = models.CharField(max_length=9, choices=DeliveryState, default=DeliveryState.CLAIMED)
    attempts = models.PositiveSmallIntegerField(default=0)
    claim = models.CharField(max_length=32, blank=True, help_text="who is sending it")
    claimed_at = models.DateTimeField(null=True, blank=True)
    sending_at = models.DateTimeField(null=True, blank=True, help_text="when it was handed to the mail server")
    next_at = models.DateTimeField(null=True, blank=True, help_text="not to be tried again before")
    sent_at = models.DateTimeField(null=True, blank=True)
    message_id = models.CharField(max_length=200, blank=True)
    ranking = models.ForeignKey(Ranking, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    paper_pks = models.JSONField(default=list, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-day", "-pk"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint("reader", "day", condition=Q(kind="due"), name="delivery_once_per_reader_and_day"),
            models.UniqueConstraint(
                "subscriber", "day", condition=Q(kind="due"), name="delivery_once_per_subscriber_and_day"
            ),
            models.CheckConstraint(
                condition=Q(reader__isnull=True, subscriber__isnull=False)
                | Q(reader__isnull=False, subscriber__isnull=True),
                name="delivery_to_exactly_one",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "next_at"], name="delivery_state"),
            models.Index(fields=["message_id"], name="delivery_message"),
        ]

    def __str__(self) -> str:
        return f"{self.reader or self.subscriber} {self.day}: {self.state}"


class Mailed(models.Model):
    """A paper that one of a reader's digests contained.

    No later digest contains it again.
    """

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mailed")
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="+")
    delivery = models.ForeignKey(Delivery, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)

    class Meta:
        ordering = ["reader", "paper"]
        constraints = [models.UniqueConstraint("reader", "paper", name="mailed_once_per_reader_and_paper")]

    def __str__(self) -> str:
        return f"{self.reader}: {self.paper_id}"
