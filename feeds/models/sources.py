"""Records from sources, and members' submissions and visits.

They are tellings, likenesses, cursors, hosts and fetches.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from recommender.models import Paper, PaperSource, ReadableJSON


class Telling(models.Model):
    """The last record of one source on one paper.

    The paper's own columns are merged from its tellings.
    """

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="tellings")
    source = models.CharField(max_length=12, choices=PaperSource)
    fields = models.JSONField(encoder=ReadableJSON, help_text="the record's fields that are not empty")
    first_seen_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["paper", "source"]
        constraints = [models.UniqueConstraint("paper", "source", name="telling_once_per_paper_and_source")]

    def __str__(self) -> str:
        return f"{self.get_source_display()} on {self.paper_id}"


class Likeness(models.Model):
    """A key that near-duplicate papers have in common.

    Their titles or abstracts are nearly the same, though their ids differ.
    """

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="likenesses")
    key = models.CharField(max_length=20)

    class Meta:
        ordering = ["key", "paper"]
        constraints = [models.UniqueConstraint("key", "paper", name="likeness_once_per_key_and_paper")]

    def __str__(self) -> str:
        return f"{self.paper_id} {self.key}"


class Cursor(models.Model):
    """How far a source has been read.

    It is updated in the transaction that stores the records.
    """

    source = models.CharField(max_length=20)
    scope = models.CharField(max_length=500, help_text="what is read: a set and a span of days, a feed, a day")
    position = models.JSONField(default=dict, help_text="where to go on: a resumption token, an ETag, a time")
    is_finished = models.BooleanField(default=False)
    moved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["source", "scope"]
        constraints = [models.UniqueConstraint("source", "scope", name="cursor_once_per_scope")]

    def __str__(self) -> str:
        return f"{self.source} {self.scope}"


class Host(models.Model):
    """When the next request to an outside host may start.

    All processes together send one request at a time. Services that require one pause between them, such as arXiv's,
    share a row for their turns; each has another row for the pause that it requested itself.
    """

    name = models.CharField(max_length=200, unique=True)
    free_at = models.DateTimeField(default=timezone.now, help_text="no request may begin before")
    holder = models.CharField(max_length=32, blank=True, help_text="the request that is under way")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class FetchState(models.TextChoices):
    RUNNING = "running", "running"
    DONE = "done", "done"
    PARTIAL = "partial", "incomplete"
    EMPTY = "empty", "nothing there yet"
    FAILED = "failed", "failed"


class Fetch(models.Model):
    """The state of fetching one source for one day: attempts, result and error."""

    source = models.CharField(max_length=20)
    day = models.DateField()
    state = models.CharField(max_length=8, choices=FetchState)
    attempts = models.PositiveIntegerField(default=0)
    tried_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(
        default=timezone.now, null=True, blank=True, help_text="not to be tried again before; empty: settled"
    )
    summary = models.JSONField(default=dict)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-day", "source"]
        verbose_name_plural = "fetches"
        constraints = [models.UniqueConstraint("source", "day", name="fetch_once_per_source_and_day")]

    def __str__(self) -> str:
        return f"{self.source} {self.day}: {self.state}"


class SubmissionState(models.TextChoices):
    WAITING = "waiting", "waiting for arXiv"
    LISTED = "listed", "listed"
    REFUSED = "refused", "refused"


class Submission(models.Model):
    """A paper that a member submitted to the day's list."""

    submitter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="submissions", null=True
    )
    public_id = models.CharField(max_length=64)
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="submissions", null=True)
    day = models.DateField(help_text="the date (UTC) on which it was submitted")
    state = models.CharField(max_length=8, choices=SubmissionState, default=SubmissionState.WAITING)
    reason = models.CharField(max_length=300, blank=True)
    submitted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-submitted_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["public_id"], condition=~Q(state="refused"), name="submission_once_per_paper"
            ),
        ]
        indexes = [models.Index(fields=["submitter", "day"], name="submission_mine")]

    def __str__(self) -> str:
        return f"{self.public_id} {self.state}"


class Visit(models.Model):
    """The times of a reader's current and previous visits.

    One row for each reader.
    """

    reader = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="visit")
    seen_at = models.DateTimeField(help_text="the newest look of this visit, give or take ten minutes")
    before = models.DateTimeField(null=True, blank=True, help_text="the last look of the visit before; none yet")

    class Meta:
        ordering = ["-seen_at"]

    def __str__(self) -> str:
        return f"{self.reader} {self.seen_at}"
