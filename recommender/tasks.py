"""Celery's side of what is counted once a night: the evidence is made, and old impressions go."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from . import impressions
from .evidence.record import gather


@shared_task(name="recommender.evidence")
def evidence() -> dict[str, Any]:
    """Make the evidence of today, and forget what was shown too long ago."""
    now = timezone.now()
    made = gather(now.date())
    return {"day": str(made.day), "impressions_deleted": impressions.prune(now)}
