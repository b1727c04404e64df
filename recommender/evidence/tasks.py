"""Celery task: the nightly evidence, and the removal of old impressions."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from recommender import impressions

from .record import gather


@shared_task(name="recommender.evidence")
def evidence() -> dict[str, Any]:
    """Record the evidence of today and delete impressions that are too old."""
    now = timezone.now()
    record = gather(now.date())
    return {"day": str(record.day), "impressions_deleted": impressions.prune(now)}
