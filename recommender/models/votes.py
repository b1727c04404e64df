"""Tables of votes, their history, and which readers' votes count for others."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

FOUNDERS = 20  # first readers of a site, whose votes count for others however new they are


class VoteValue(models.IntegerChoices):
    UP = 1, "thumbs up"
    DOWN = -1, "thumbs down"


class Vote(models.Model):
    """A reader's present vote on a paper, at most one.

    Earlier ones are in `VoteEvent`.
    """

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="votes")
    paper = models.ForeignKey("recommender.Paper", on_delete=models.CASCADE, related_name="votes")
    value = models.SmallIntegerField(choices=VoteValue)
    voted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-voted_at", "-pk"]
        constraints = [
            models.UniqueConstraint("reader", "paper", name="vote_once_per_reader_and_paper"),
            models.CheckConstraint(condition=Q(value__in=[1, -1]), name="vote_is_up_or_down"),
        ]
        indexes = [
            models.Index(fields=["voted_at"], name="vote_time"),
            models.Index(fields=["reader", "-voted_at"], name="vote_mine"),
            models.Index(fields=["paper", "value"], name="vote_public"),
        ]

    def __str__(self) -> str:
        return f"{self.reader} {self.value:+d} {self.paper_id}"


class VoteEvent(models.Model):
    """The history of votes: one row for each change.

    Value 0 is a removed vote.
    """

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="vote_events")
    paper = models.ForeignKey("recommender.Paper", on_delete=models.CASCADE, related_name="vote_events")
    value = models.SmallIntegerField()
    previous = models.SmallIntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.CheckConstraint(condition=Q(value__in=[1, 0, -1]), name="vote_event_value_known")]

    def __str__(self) -> str:
        return f"{self.reader} {self.previous:+d} -> {self.value:+d}"


class Standing(models.Model):
    """Whether a reader's votes count for others (`vote_rings`).

    As of the last night; readers without a row are new.
    """

    reader = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="standing")
    counts = models.BooleanField(help_text="for the popular order and for what the model learns")
    is_settled = models.BooleanField(help_text="has been here long enough to count also where a site has many readers")

    def __str__(self) -> str:
        return f"{self.reader_id} {'counts' if self.counts else 'is like another reader'}"


def counts_for_others() -> Q:
    """Filter votes to those of readers who count for others.

    Before a site has `FOUNDERS` voters, all votes count.
    """
    is_in_force = Exists(Standing.objects.order_by()[FOUNDERS - 1 : FOUNDERS])
    return Q(Exists(Standing.objects.filter(reader=OuterRef("reader"), counts=True))) | ~Q(is_in_force)
