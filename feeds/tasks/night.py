"""The tasks of the night.

They start the missing steps, run one, and help with those that are done in parts.
"""

import logging
from datetime import date

from celery import shared_task
from django.conf import settings
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from feeds import night
from feeds.health import check_jobs
from recommender.night import encode, ledger, rank_everyone
from recommender.night.ledger import due

log = logging.getLogger(__name__)
QUEUES = {  # by step
    "fetch": "fetch",
    "encode": "rank",
    "train": "train",
    "judge": "train",
    "promote": "train",
    "rank": "rank",
}
MAX_HELPERS = 16
HELP_SECONDS = 3600


@shared_task(name="feeds.tick")
def tick() -> str | None:
    """Every minute: start the first missing step of the night that is due."""
    check_jobs.note_tick()
    return start_missing(due(timezone.now(), settings.NIGHT_HOUR))


@shared_task(name="feeds.night_step")
def night_step(day: str, step: str) -> str:
    """Run one step and start the next.

    A step that another run holds is left alone.
    """

    def invite_helpers() -> None:
        """Ask other workers to help with a step of several parts.

        A late helper finds nothing to do.
        """
        if step not in HELPED:
            return
        part_numbers, help_with_parts = HELPED[step]
        try:
            for _ in range(min(len(part_numbers()) - 1, MAX_HELPERS)):
                help_with_parts.apply_async((day,), expires=HELP_SECONDS)
        except BrokerError as error:  # the step continues without help
            log.warning("no worker was asked to help with %s of %s: %s", step, day, error)

    try:
        night.run(date.fromisoformat(day), step, on_claim=invite_helpers)
    except ledger.Busy as busy:
        return str(busy)
    start_missing(date.fromisoformat(day))
    return f"{step} of {day} done"


@shared_task(name="feeds.rank_parts")
def rank_parts(day: str) -> int:
    """Help to rank for all readers until no part is left.

    Returns the number of parts done here.
    """
    return rank_everyone.help_to_rank(date.fromisoformat(day), "rank", log.info)


@shared_task(name="feeds.encode_parts")
def encode_parts(day: str) -> int:
    """Help to encode papers until no part is left.

    Returns the number of parts done here.
    """
    return encode.help_to_encode(date.fromisoformat(day), "encode", log.info)


HELPED = {  # by step: the numbers of its parts, and the task of a helper
    "encode": (encode.part_numbers, encode_parts),
    "rank": (rank_everyone.part_numbers, rank_parts),
}


def start_missing(day: date) -> str | None:
    """Queue the first missing step of the day's night.

    Nothing is queued if another run holds it. Returns the name of the step.
    """
    step = night.next_step(day)
    if step:
        night_step.apply_async((day.isoformat(), step), queue=QUEUES[step])
    return step
