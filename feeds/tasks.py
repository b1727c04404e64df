"""Celery's side of the night: the clock that starts what is missing, and one task for a step."""

from datetime import date

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from recommender import ledger

from . import night
from .clock import due


@shared_task(name="feeds.tick")
def tick() -> str | None:
    """Every minute: start the first missing step of the night that is due."""
    return start_missing(due(timezone.now(), settings.NIGHT_HOUR))


@shared_task(name="feeds.night_step")
def night_step(day: str, step: str) -> str:
    """Run one step and start the one after it; a step in other hands is left alone."""
    try:
        night.run(date.fromisoformat(day), step)
    except ledger.Busy as busy:
        return str(busy)
    start_missing(date.fromisoformat(day))
    return f"{step} of {day} done"


def start_missing(day: date) -> str | None:
    step = night.next_step(day)
    if step:
        night_step.delay(day.isoformat(), step)
    return step
