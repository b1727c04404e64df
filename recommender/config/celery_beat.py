"""Celery beat's scheduler, robust against the machine's clock being put back."""

import logging
from datetime import timedelta
from typing import Any

from celery.beat import PersistentScheduler

log = logging.getLogger(__name__)
AHEAD = timedelta(minutes=2)  # an entry whose last run is later than this from now was run by a wrong clock


class BeatScheduler(PersistentScheduler):
    """A scheduler that tolerates a clock put back.

    Entries whose last run is in the future run by the new time, instead of waiting for the old one.
    """

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        ahead = [
            entry
            for entry in self.schedule.values()
            if entry.last_run_at is not None and entry.last_run_at > entry.default_now() + AHEAD
        ]
        if ahead:
            log.warning("the machine's clock was put back; jobs that ran ahead of time are scheduled by the new time")
        for entry in ahead:
            entry.last_run_at = entry.default_now()
            self._heap = None  # it orders entries by times that are no longer valid
        return super().tick(*args, **kwargs)
