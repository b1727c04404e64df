"""Celery's clock, when the machine's own is put back: it goes on from the new time, and does not wait for the old."""

import logging
from datetime import timedelta
from typing import Any

from celery.beat import PersistentScheduler, ScheduleEntry

log = logging.getLogger(__name__)
AHEAD = timedelta(minutes=2)  # no entry was last run later than this from now


class Clock(PersistentScheduler):
    """Entries whose last run lies in the future were run by a clock that was wrong."""

    def tick(self, *given: Any, **options: Any) -> Any:
        wrong = [entry for entry in self.schedule.values() if _is_ahead(entry)]
        if wrong:
            log.warning("the machine's clock was put back; what it had started ahead of time starts by the new one")
        for entry in wrong:
            entry.last_run_at = entry.default_now()
            self._heap = None  # orders the entries by times that are no more
        return super().tick(*given, **options)


def _is_ahead(entry: ScheduleEntry) -> bool:
    return entry.last_run_at is not None and entry.last_run_at > entry.default_now() + AHEAD
