"""Tables of the nights: models, model files, and the ledger."""

from itertools import takewhile

from django.db import models
from django.utils import timezone


class TrainedModelQuerySet(models.QuerySet["TrainedModel"]):
    def serving_order(self) -> "TrainedModelQuerySet":
        """The promoted models: the serving one first, then its fallbacks."""
        return self.filter(state=ModelState.PROMOTED).order_by("-promoted_at", "-pk")


class ModelState(models.TextChoices):
    CANDIDATE = "candidate", "waiting for the judge"
    PROMOTED = "promoted", "promoted"
    REFUSED = "refused", "refused"


class TrainedModel(models.Model):
    """One trained model with its figures and the verdict.

    Its arrays are files named by `version`.
    """

    version = models.CharField(max_length=40, unique=True)
    day = models.DateField()
    state = models.CharField(max_length=10, choices=ModelState, default=ModelState.CANDIDATE)
    trained_at = models.DateTimeField(default=timezone.now)
    promoted_at = models.DateTimeField(null=True, blank=True)
    votes_until = models.DateTimeField(null=True, blank=True)
    votes_seen = models.PositiveIntegerField(default=0)
    readers_seen = models.PositiveIntegerField(default=0)
    papers_seen = models.PositiveIntegerField(default=0)
    parameters = models.JSONField(default=dict)
    metrics = models.JSONField(default=dict)
    seconds = models.JSONField(default=dict, help_text="wall time of each stage of the training")
    verdict = models.TextField(blank=True)
    archive_digest = models.CharField(max_length=64, blank=True, db_default="", help_text="SHA-256 of its stored files")

    objects = TrainedModelQuerySet.as_manager()

    class Meta:
        ordering = ["-trained_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.version} ({self.state})"


class ModelPart(models.Model):
    """A part of a model's archive.

    Used if archives are stored in the database; see `serving.database_storage`.
    """

    file = models.CharField(max_length=60)
    number = models.PositiveIntegerField()
    content = models.BinaryField()
    stored_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["file", "number"]
        constraints = [models.UniqueConstraint("file", "number", name="model_part_once")]

    def __str__(self) -> str:
        return f"{self.file}, part {self.number}"


class StepState(models.TextChoices):
    RUNNING = "running", "running"
    DONE = "done", "done"
    WAITING = "waiting", "waiting for something to work on"
    FAILED = "failed", "failed"


class NightStep(models.Model):
    """A day's step in the ledger of the night.

    Its state, holder and outcome; see `night.ledger`.
    """

    day = models.DateField()
    step = models.CharField(max_length=20)
    state = models.CharField(max_length=8, choices=StepState)
    claim = models.CharField(max_length=32, help_text="names the run that may write the outcome")
    attempts = models.PositiveIntegerField(default=1)
    started_at = models.DateTimeField()
    lease_until = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    summary = models.JSONField(default=dict)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-day", "started_at"]
        constraints = [models.UniqueConstraint("day", "step", name="night_step_once_per_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.step}: {self.state}"


MOST_REFUSALS = 100  # models read to count refusals


def refused_in_a_row() -> int:
    """Nights since the last promotion, each with refused models only.

    0 if the newest model was promoted.
    """
    decided = TrainedModel.objects.exclude(state=ModelState.CANDIDATE).values_list("state", "day")[:MOST_REFUSALS]
    return len({day for _, day in takewhile(lambda row: row[0] == ModelState.REFUSED, decided)})


def newest_version() -> str | None:
    """The version of the newest model, whether it serves or not.

    Returns None if there is none.
    """
    return TrainedModel.objects.values_list("version", flat=True).first()
