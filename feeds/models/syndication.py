"""Keys of private feeds, listed papers, and their state."""

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
    """The key in the URLs of a reader's private feeds.

    At most one row for each reader, and no feeds without one. The secret itself is stored, not a digest of it: the
    settings page and the OPML file show the URLs again and again, since they have to be pasted into every feed reader.
    It gives access to these feeds only.
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
    """The papers of one day that a feed has listed.

    They are in their present order; a listed paper stays listed. A feed updates the listing of its newest day only. So
    a feed is never ranked with a model that no longer exists, no paper disappears because of a later vote, and none is
    added to an older day.
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
    """A paper in feeds.

    Has its day when it was first listed, and the time of the last change of its text. The paper's own row cannot tell
    either: its day may change when a second source announces it, and updated upvotes change its modification time.
    """

    paper = models.OneToOneField(Paper, on_delete=models.CASCADE, related_name="syndicated")
    day = models.DateField()
    digest = models.CharField(max_length=64, help_text="of title, abstract, authors and number of versions")
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["paper"]

    def __str__(self) -> str:
        return f"{self.paper_id} {self.changed_at}"
