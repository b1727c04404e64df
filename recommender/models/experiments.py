"""Tables of experiments between two models, and of the nightly evidence."""

import secrets

from django.db import models
from django.db.models import Q
from django.utils import timezone

from .training import TrainedModel


def new_experiment_id() -> str:
    return "ex_" + secrets.token_urlsafe(6)


class Experiment(models.Model):
    """Divides readers between the serving model and a challenger, to compare how they vote."""

    class Arm(models.TextChoices):
        SERVING = "serving", "the model that serves"
        CHALLENGER = "challenger", "the challenger"

    public_id = models.CharField(max_length=16, unique=True, default=new_experiment_id)
    challenger = models.ForeignKey(TrainedModel, on_delete=models.PROTECT, related_name="experiments")
    share = models.FloatField(help_text="of the readers, those whose rankings the challenger makes")
    started_at = models.DateTimeField(default=timezone.now)
    is_running = models.BooleanField(default=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint("is_running", condition=Q(is_running=True), name="experiment_one_at_a_time"),
            models.CheckConstraint(condition=Q(share__gt=0, share__lt=1), name="experiment_share_in_range"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} against {self.challenger}"


class Evidence(models.Model):
    """Public figures from the clicks and votes of many readers, up to one day."""

    day = models.DateField(unique=True)
    made_at = models.DateTimeField(default=timezone.now)
    figures = models.JSONField(default=dict)

    class Meta:
        ordering = ["-day"]
        verbose_name_plural = "evidence"

    def __str__(self) -> str:
        return f"evidence until {self.day}"
