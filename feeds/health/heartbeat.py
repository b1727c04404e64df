"""When Celery's clock was last heard: noted by the task that it starts every minute."""

from datetime import datetime, timedelta

from django.core.cache import cache
from django.utils import timezone

KEY = "health:last-tick"
SLOW = timedelta(minutes=5)
LATE = timedelta(minutes=30)  # a worker with one slot comes to the clock's task only between two steps of the night


def note_tick() -> None:
    cache.set(KEY, timezone.now(), timeout=None)


def last_tick() -> datetime | None:
    """None if it was never heard, or the cache has lost it."""
    found = cache.get(KEY)
    return found if isinstance(found, datetime) else None
