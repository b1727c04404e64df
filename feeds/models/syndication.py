"""The key of a reader's private feeds, what each feed has listed, and what feeds have said of a paper."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone

from recommender.models import Paper, Ranking


def new_feed_id() -> str:
    return secrets.token_hex(8)


def new_feed_secret() -> str:
    return secrets.token_urlsafe(32)


class FeedKey(models.Model):
    """What the addresses of one reader's feeds are made of; they have one row at most, and without one no feed.

    The secret is kept as it is, not its digest: the settings page and the OPML file show the addresses again and
    again, since every program that reads feeds needs them pasted in. It opens nothing but these feeds.
    """

    reader = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="feed_key")
    public_id = models.CharField(max_length=16, unique=True, default=new_feed_id)
    secret = models.CharField(max_length=43, default=new_feed_secret, help_text="256 bits of chance")
    made_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now, help_text="when the secret was last another one")

    class Meta:
        ordering = ["reader"]

    def __str__(self) -> str:
        return self.public_id


class Listing(models.Model):
    """The papers of one day that a feed has listed, in its present order; once in, a paper stays in.

    A feed lists a day anew as long as that is its newest; then the listing stays as it is. So a feed is never
    ranked from a model that is gone, and a paper neither leaves because of a later vote nor comes late.
    """

    key = models.ForeignKey(FeedKey, on_delete=models.CASCADE, related_name="listings", null=True, blank=True)
    feed = models.CharField(max_length=60, help_text="such as mine, interest-7, popular or category/cs.LG")
    day = models.DateField()
    papers = models.JSONField(default=list, help_text="[primary key, best place so far from 1, why it is here] each")
    mode = models.CharField(max_length=8, choices=Ranking.Mode, blank=True)
    basis = models.CharField(max_length=64, help_text="the state from which it was made; an equal one gives the same")
    looked_at = models.DateTimeField(help_text="when its order was last asked for")
    changed_at = models.DateTimeField(help_text="when it last became another")

    class Meta:
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(Coalesce("key", 0), "feed", "day", name="listing_once_per_feed_and_day")]

    def __str__(self) -> str:
        return f"{self.feed} {self.day}"


class Syndicated(models.Model):
    """What feeds have said of a paper: its day when they first did, and since when its words are as they are.

    Both outlast what may happen to the paper's own row: its day may become another when a second source tells of it,
    and a count of votes elsewhere touches its time of change.
    """

    paper = models.OneToOneField(Paper, on_delete=models.CASCADE, related_name="syndicated")
    day = models.DateField()
    digest = models.CharField(max_length=64, help_text="of title, abstract, authors and number of versions")
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["paper"]

    def __str__(self) -> str:
        return f"{self.paper_id} {self.changed_at}"
